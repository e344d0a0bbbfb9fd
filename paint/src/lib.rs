//! Paints a draw list on a canvas: each style is set once per group.

mod palette;

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use half_open_view::draw::{Align, DrawList, Group, Paint, Shape, Size, Text};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

pub use palette::Palette;

/// How far the lines of a hatch, or the dots of a dotted ground, are apart.
const HATCH: f64 = 6.0;
const DOTS: f64 = 5.0;
/// How much of its colour lies beneath a hatch or dots.
const GROUND: f64 = 0.28;

/// Clears a canvas and paints a picture on it.
pub fn paint(context: &CanvasRenderingContext2d, palette: &Palette, size: Size, list: &DrawList) {
    context.clear_rect(0.0, 0.0, size.w.into(), size.h.into());
    add(context, palette, list);
}

/// Paints a picture over what is on a canvas.
pub fn add(context: &CanvasRenderingContext2d, palette: &Palette, list: &DrawList) {
    for group in &list.groups {
        paint_group(context, palette, group);
    }
    paint_texts(context, palette, &list.texts);
    context.set_global_alpha(1.0);
}

fn paint_group(context: &CanvasRenderingContext2d, palette: &Palette, group: &Group) {
    let colour = palette.colour(group.role);
    let alpha = f64::from(group.alpha);
    context.set_global_alpha(alpha);
    match group.paint {
        Paint::Fill => {
            context.set_fill_style_str(colour);
            trace(context, &group.shapes);
            context.fill();
        }
        Paint::Stroke(width) => {
            context.set_stroke_style_str(colour);
            context.set_line_width(width.into());
            trace(context, &group.shapes);
            context.stroke();
        }
        Paint::Dotted(width) | Paint::Dashed(width) => {
            context.set_stroke_style_str(colour);
            context.set_line_width(width.into());
            context.save();
            let dashes = match group.paint {
                Paint::Dashed(_) => [4.0, 3.0],
                _ => {
                    // A dash of no length with round ends is a dot.
                    context.set_line_cap("round");
                    [0.0, 2.6]
                }
            };
            let dashes = dashes.map(|times| JsValue::from(times * f64::from(width)));
            let dashes = js_sys::Array::from_iter(dashes);
            let dotted = context.set_line_dash(&dashes).is_ok();
            trace(context, &group.shapes);
            if dotted {
                context.stroke();
            }
            context.restore();
        }
        Paint::Hatch | Paint::Dots => {
            context.set_fill_style_str(colour);
            context.set_stroke_style_str(colour);
            for shape in &group.shapes {
                paint_textured(context, group.paint, alpha, shape);
            }
        }
    }
}

/// A light ground in the group's colour, with lines or dots that keep their place on the canvas
/// wherever the shape begins.
fn paint_textured(context: &CanvasRenderingContext2d, paint: Paint, alpha: f64, shape: &Shape) {
    let (x, y, w, h) = bounds(shape);
    context.save();
    trace(context, std::slice::from_ref(shape));
    context.clip();
    context.set_global_alpha(alpha * GROUND);
    context.fill_rect(x, y, w, h);
    context.set_global_alpha(alpha);
    context.begin_path();
    if paint == Paint::Hatch {
        let first = ((x - h) / HATCH).floor() as i64;
        let last = ((x + w) / HATCH).ceil() as i64;
        for line in first..=last {
            let left = line as f64 * HATCH;
            context.move_to(left, y + h);
            context.line_to(left + h, y);
        }
        context.set_line_width(1.5);
        context.stroke();
    } else {
        let columns = (x / DOTS).floor() as i64..=((x + w) / DOTS).ceil() as i64;
        let rows = (h / DOTS).floor().max(1.0) as i64;
        let top = y + (h - (rows - 1) as f64 * DOTS) / 2.0;
        for column in columns {
            for row in 0..rows {
                let (cx, cy) = (column as f64 * DOTS, top + row as f64 * DOTS);
                circle(context, cx, cy, 1.3);
            }
        }
        context.fill();
    }
    context.restore();
}

fn bounds(shape: &Shape) -> (f64, f64, f64, f64) {
    match *shape {
        Shape::Rect { x, y, w, h, .. } => (x.into(), y.into(), w.into(), h.into()),
        Shape::Circle { x, y, r }
        | Shape::Pie { x, y, r, .. }
        | Shape::HalfDisc { x, y, r }
        | Shape::Diamond { x, y, r } => {
            let (x, y, r) = (f64::from(x), f64::from(y), f64::from(r));
            (x - r, y - r, 2.0 * r, 2.0 * r)
        }
        Shape::Segment { x1, y1, x2, y2 } => {
            let (x, y) = (x1.min(x2), y1.min(y2));
            (x.into(), y.into(), (x1.max(x2) - x).into(), (y1.max(y2) - y).into())
        }
    }
}

/// One path around all of these shapes. What goes on where the last one ended is one line.
fn trace(context: &CanvasRenderingContext2d, shapes: &[Shape]) {
    context.begin_path();
    let mut end = None;
    for shape in shapes {
        let start = end.take();
        match *shape {
            Shape::Circle { x, y, r } => circle(context, x.into(), y.into(), r.into()),
            Shape::Pie { x, y, r, part } => {
                let (x, y, part) = (f64::from(x), f64::from(y), f64::from(part.clamp(0.0, 1.0)));
                context.move_to(x, y);
                arc(context, x, y, r.into(), -FRAC_PI_2, TAU * part - FRAC_PI_2);
                context.close_path();
            }
            Shape::HalfDisc { x, y, r } => {
                let (x, y, r) = (f64::from(x), f64::from(y), f64::from(r));
                context.move_to(x, y + r);
                arc(context, x, y, r, FRAC_PI_2, FRAC_PI_2 + PI);
                context.close_path();
            }
            Shape::Diamond { x, y, r } => {
                let (x, y, r) = (f64::from(x), f64::from(y), f64::from(r));
                context.move_to(x, y - r);
                context.line_to(x + r, y);
                context.line_to(x, y + r);
                context.line_to(x - r, y);
                context.close_path();
            }
            Shape::Rect { x, y, w, h, r } => {
                let (x, y, w, h) = (f64::from(x), f64::from(y), f64::from(w), f64::from(h));
                let r = f64::from(r).min(w / 2.0).min(h / 2.0);
                if r <= 0.0 || context.round_rect_with_f64(x, y, w, h, r).is_err() {
                    context.rect(x, y, w, h);
                }
            }
            Shape::Segment { x1, y1, x2, y2 } => {
                if start != Some((x1, y1)) {
                    context.move_to(x1.into(), y1.into());
                }
                context.line_to(x2.into(), y2.into());
                end = Some((x2, y2));
            }
        }
    }
}

fn circle(context: &CanvasRenderingContext2d, x: f64, y: f64, r: f64) {
    context.move_to(x + r, y);
    arc(context, x, y, r, 0.0, TAU);
}

fn arc(context: &CanvasRenderingContext2d, x: f64, y: f64, r: f64, from: f64, to: f64) {
    // The only error is a negative radius: then there is nothing to draw.
    let _ = context.arc(x, y, r, from, to);
}

fn paint_texts(context: &CanvasRenderingContext2d, palette: &Palette, texts: &[Text]) {
    let mut font = None;
    let mut colour = None;
    let mut align = None;
    for text in texts {
        if font != Some((text.face, text.size)) {
            font = Some((text.face, text.size));
            context.set_font(&palette.font(text.face, text.size));
        }
        if colour != Some(text.role) {
            colour = Some(text.role);
            context.set_fill_style_str(palette.colour(text.role));
        }
        if align != Some(text.align) {
            align = Some(text.align);
            context.set_text_align(match text.align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
        }
        context.set_global_alpha(text.alpha.into());
        // Fails only for numbers that are none; such a text has no place.
        let _ = context.fill_text(&text.text, text.x.into(), text.y.into());
    }
}
