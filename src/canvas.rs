//! A canvas that is as large as its place on the page and sharp on every screen.

use std::cell::Cell;
use std::rc::Rc;

use half_open_paint::Palette;
use half_open_view::draw::{DrawList, Size};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ResizeObserver};

use crate::browser;
use crate::near::Near;
use crate::store::Hub;

/// A canvas and what it needs to be painted on.
pub(crate) struct Surface {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    scale: Cell<f64>,
    size: Cell<Size>,
    /// The size on the page and how much that is enlarged, until it changes: asking for it makes the
    /// browser lay out the page.
    known: Rc<Cell<Option<(Size, f64)>>>,
    observer: Option<(ResizeObserver, Closure<dyn FnMut()>)>,
}

impl Surface {
    /// Prepares a canvas of the page; asks for a frame whenever its size changes.
    #[must_use]
    pub(crate) fn new(canvas: HtmlCanvasElement, hub: &Rc<Hub>) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let hub = hub.clone();
        let known = Rc::new(Cell::new(None));
        let changed = known.clone();
        let closure = Closure::<dyn FnMut()>::new(move || {
            changed.set(None);
            hub.wake();
        });
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            observer.observe(&canvas);
        }
        Some(Self {
            canvas,
            context,
            scale: Cell::new(0.0),
            size: Cell::new(Size { w: 0.0, h: 0.0 }),
            known,
            observer: observer.map(|observer| (observer, closure)),
        })
    }

    /// The size that the canvas has on the page now, in CSS pixels.
    #[must_use]
    pub(crate) fn size(&self) -> Size {
        self.measured().0
    }

    /// How many pixels of the screen a pixel of the canvas has.
    #[must_use]
    pub(crate) fn scale(&self) -> f64 {
        browser::pixel_ratio() * self.measured().1
    }

    fn measured(&self) -> (Size, f64) {
        let measure = || {
            let (w, h) = (self.canvas.client_width(), self.canvas.client_height());
            (Size { w: w as f32, h: h as f32 }, browser::enlarged(&self.canvas))
        };
        let measured = self.known.get().unwrap_or_else(measure);
        self.known.set(self.observer.is_some().then_some(measured));
        measured
    }

    /// Paints a picture of this size, or the part of it that is seen from near; the canvas is clear before.
    pub(crate) fn paint(&self, palette: &Palette, size: Size, near: Option<Near>, list: &DrawList) {
        let scale = self.scale();
        if self.scale.get() != scale || self.size.get() != size {
            self.canvas.set_width((f64::from(size.w) * scale).round() as u32);
            self.canvas.set_height((f64::from(size.h) * scale).round() as u32);
            self.scale.set(scale);
            self.size.set(size);
        }
        let Near { x, y, times } = near.unwrap_or_default();
        let (scale, x, y) = (scale * f64::from(times), f64::from(x), f64::from(y));
        let placed = self.context.set_transform(scale, 0.0, 0.0, scale, -x * scale, -y * scale);
        if placed.is_ok() {
            half_open_paint::paint(&self.context, palette, size, list);
        }
    }

    /// The element.
    #[must_use]
    pub(crate) fn element(&self) -> &HtmlCanvasElement {
        &self.canvas
    }
}

impl Drop for Surface {
    fn drop(&mut self) {
        if let Some((observer, _)) = &self.observer {
            observer.disconnect();
        }
    }
}
