//! Charges against orders, beside the service that charges.

use super::layout::Area;
use super::pen::Pen;
use crate::draw::{Paint, Role, Shape};
use crate::focus::DIM;
use crate::link::Selection;
use crate::measure::{LABEL, SMALL, Style, fit, width};
use half_open::run::Receipt;

/// How many receipts are seen.
const SEEN: usize = 5;

impl Pen<'_> {
    pub(super) fn receipts(&mut self) {
        let Some((_, area)) = self.layout.receipts else { return };
        let ledger = &self.input.scene.ledger;
        let (charges, orders) =
            (format!("{} charges", ledger.charges), format!("{} orders", ledger.orders));
        let seen: Vec<Receipt> = ledger.notable().take(SEEN).copied().collect();
        let unequal = ledger.charges != ledger.orders;
        let style = if unequal { LABEL.role(Role::Failure) } else { LABEL };
        // At the right of its card it is a column; below it words above a row of slips.
        let beside = area.w < 100.0;
        let small = style.size(12.0);
        let lines = !self.layout.upright && area.y + 32.0 <= self.layout.size.h;
        let mut slips = area.y + 23.0;
        if beside {
            self.write(style, (area.x, area.y + 12.0), charges);
            self.write(SMALL, (area.x, area.y + 30.0), orders);
        } else if lines {
            self.write(small, (area.x, area.y + 14.0), charges);
            self.write(SMALL.size(12.0), (area.x, area.y + 29.0), orders);
            slips = area.y + 37.0;
        } else {
            let text = format!("{charges} · {orders}");
            // Thinner letters where bold ones would stick out from under the card, and smaller ones
            // before any are lost.
            let thin = SMALL.role(style.role).size(12.0);
            let fits = |style: &Style| width(&text, style.face, style.size) <= area.w;
            let least = thin.size(10.5);
            let style = [small, thin].into_iter().find(fits).unwrap_or(least);
            let text = fit(text, style.face, style.size, area.w);
            self.write(style, (area.x, area.y + 14.0), text);
        }
        for (place, receipt) in (0u8..).zip(seen) {
            let step = f32::from(place);
            let slip = if beside {
                Area { x: area.x, y: area.y + 42.0 + 12.0 * step, w: 66.0, h: 8.0 }
            } else {
                Area { x: area.x + 27.0 * step, y: slips, w: 21.0, h: 8.0 }
            };
            // Half a slip says less than none.
            if slip.y + slip.h <= self.layout.size.h {
                self.slip(&receipt, slip, beside);
            }
        }
    }

    fn slip(&mut self, receipt: &Receipt, area: Area, beside: bool) {
        let role = match (receipt.double, receipt.replay) {
            (true, _) => Role::Failure,
            (_, true) => Role::Replay,
            _ => Role::Hollow,
        };
        let Area { x, y, w, h } = area;
        let alpha = if self.in_focus(receipt.request) { 1.0 } else { DIM };
        self.stage.list.add(role, Paint::Fill, alpha, Shape::Rect { x, y, w, h, r: 1.5 });
        if self.is_followed(receipt.request) {
            self.add(Role::Selected, Paint::Stroke(1.6), Shape::Rect { x, y, w, h, r: 1.5 });
        }
        if beside && receipt.replay {
            self.write(SMALL.role(Role::Replay), (x + w + 6.0, y + 9.0), "↺");
        } else if beside && receipt.double {
            self.write(SMALL.role(Role::Failure), (x + w + 6.0, y + 9.0), "×2");
        }
        self.spot(Selection::Request(receipt.request), area);
    }
}
