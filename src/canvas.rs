//! A canvas that is as large as its place on the page and sharp on every screen.

use std::cell::Cell;
use std::rc::Rc;

use half_open_paint::Palette;
use half_open_view::draw::{DrawList, Size};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ResizeObserver};

use crate::store::Hub;

/// A canvas and what it needs to be painted on.
pub(crate) struct Surface {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    scale: Cell<f64>,
    size: Cell<Size>,
    /// The size on the page, until it changes: asking for it makes the browser lay out the page.
    known: Rc<Cell<Option<Size>>>,
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
        let measure = || {
            let (w, h) = (self.canvas.client_width(), self.canvas.client_height());
            Size { w: w as f32, h: h as f32 }
        };
        let size = self.known.get().unwrap_or_else(measure);
        self.known.set(self.observer.is_some().then_some(size));
        size
    }

    /// Paints a picture of this size; the canvas is clear before.
    pub(crate) fn paint(&self, palette: &Palette, size: Size, list: &DrawList) {
        let scale = crate::browser::pixel_ratio();
        if self.scale.get() != scale || self.size.get() != size {
            self.canvas.set_width((f64::from(size.w) * scale).round() as u32);
            self.canvas.set_height((f64::from(size.h) * scale).round() as u32);
            // Setting the size has reset the transformation.
            if self.context.scale(scale, scale).is_err() {
                return;
            }
            self.scale.set(scale);
            self.size.set(size);
        }
        half_open_paint::paint(&self.context, palette, size, list);
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
