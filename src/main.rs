//! Half-Open, the page.

mod address;
mod app;
mod browser;
mod canvas;
mod controls;
mod crash;
mod desk;
mod editor;
mod files;
mod forks;
mod gallery;
mod habits;
mod help;
mod icons;
mod keyboard;
mod markup;
mod memory;
mod narrator;
mod near;
mod notice;
mod opening;
mod pair;
mod panel;
mod player;
mod present;
mod progress;
mod share;
mod stage;
mod store;
mod theme;
mod timeline;
mod topbar;
mod tour;
mod transport;
mod words;

fn main() {
    crash::report_panics();
    opening::prepare(|opening| {
        let hub = store::Hub::new(opening.state, browser::now);
        hub.go_on_with(opening.rest, opening.seeker);
        let props = app::Props { hub: hub.into(), unread: opening.unread };
        yew::Renderer::<app::App>::with_props(props).render();
    });
}
