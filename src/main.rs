//! Half-Open, the page.

mod address;
mod app;
mod browser;
mod canvas;
mod controls;
mod crash;
mod desk;
mod files;
mod help;
mod icons;
mod keyboard;
mod memory;
mod narrator;
mod notice;
mod painter;
mod panel;
mod player;
mod share;
mod stage;
mod store;
mod theme;
mod timeline;
mod topbar;
mod transport;
mod words;

fn main() {
    crash::report_panics();
    yew::Renderer::<app::App>::new().render();
}
