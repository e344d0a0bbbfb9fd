//! The breakers of libraries as links write them: to be told by, and chosen, at a tenth of what the
//! settings themselves would weigh in the page.

use half_open::policy::breaker::{Overflow, Preset, Settings};

use super::base64;
use super::wire::{Reader, Wire};

/// What [`Preset::in_scenario`] gives, in the order of [`Preset::ALL`]; a test compares them.
const WRITTEN: [&str; Preset::ALL.len()] = [
    "AWSAyK-gJQoAZAABAAAAAAAA4D8AAAABgLCdwt8BAQAAAAAAAPA_AACAsJ3C3wEAAAEAAAEKAgAAAAAAAAABAQEBAAAAAA",
    "AgqA0NvD9AJkAGQAAQAAAAAAAOA_AAAAAYCwncLfAQEAAAAAAADwPwAAgLCdwt8BAAABAAABCgIAAAAAAAAAAQEBAQAAAAA",
    "AWSAyK-gJQoAZAABAAAAAAAA4D8AAAABgLCdwt8BAQAAAAAAAPA_AACAsJ3C3wEAAAEBAAEKAgAAAAAAAAABAQEBAAAAAA",
    "AgqA2I7hbwoCZAABmpmZmZmZuT8AAQAAAIDkl9ASAAAAAAABAQAAAAAAAQAAAQEBAQEBAAA",
    "AAqAyK-gJQoAAAEGAAABAAAAgLCdwt8BAAABAAEBAQAAAAAAAQAAAQEBAQAAAQA",
    "BAqAyK-gJQoAAwABMzMzMzMz4z8AAQAAAYCwncLfAQAAAQABAQEAAAAAAAEAAAEBAQEAAAEA",
    "AQGAyK-gJQoAAAEBAAAAAAAAgLCdwt8BAAAAAAABAQMAAAAAAwAAAQEBAQEBAAA",
    "AgqAsJ3C3wEKAAUAAZqZmZmZmck_AAABAACAsJ3C3wEAAAAAAAEFAwAAAAAEAAABAQEFAQEAAA",
    "AAqAyK-gJQoAAAEFAAABAAAAgMivoCUAAAAAAAEBAAAAAAABAAABAQEBAAECAA",
    "AWSAyK-gJQoAZAABmpmZmZmZyT8BAQAAAIDIr6AlAAAAAAABAQAAAAAAAQAAAQEBAQABAgE",
    "AgqA2I7hbx4C7gUAAZqZmZmZmck_AQEAAACAyK-gJQAAAAAAAQEAAAAAAAEAAAEBAQEAAQIB",
    "AgqAyK-gJQoDAAABAAAAAAAA4D8BAQAAAoDYjuFvAAAAAQABAQAAAAAAAQAAAQEBAQEBAAI",
    "AAqAyK-gJQoAAAEHAAAAAAAAgJTr3AMAAYCU69wDAAAAAAAAAECAsJ3C3wEAAQABAQAAAAAAAQAAAQEBAQEBAAA",
    "AAqAyK-gJQoAAAEFAAABAAAAgLCdwt8BAAAAAAAAAAAAAAABAAABAQEBAQEAAA",
];

/// The settings of a library's breaker in a scenario.
#[must_use]
pub fn preset_settings(preset: Preset) -> Settings {
    let bytes = base64::decode(WRITTEN[preset as usize]).unwrap_or_default();
    Settings::read(&mut Reader::new(&bytes))
}

/// The library whose breaker behaves like this, as far as it shows in a scenario.
#[must_use]
pub fn preset_of(settings: &Settings) -> Option<Preset> {
    let mut settings = settings.clone();
    settings.half_open.overflow = Overflow::Reject;
    let written = write(&settings);
    Preset::ALL
        .into_iter()
        .zip(WRITTEN)
        .find(|(_, text)| *text == written)
        .map(|(preset, _)| preset)
}

fn write(settings: &Settings) -> String {
    let mut bytes = Vec::new();
    settings.write(&mut bytes);
    base64::encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_the_presets_are() {
        let written = Preset::ALL.map(|preset| write(&preset.in_scenario()));
        assert_eq!(WRITTEN.map(str::to_owned), written);
        for preset in Preset::ALL {
            assert_eq!(preset_settings(preset), preset.in_scenario());
            assert_eq!(preset_of(&preset.settings()), Some(preset));
        }
    }

    #[test]
    fn settings_that_no_library_has_are_nobodys() {
        let mut settings = Preset::Polly.settings();
        settings.window.min_calls = 20;
        assert_eq!(preset_of(&settings), None);
    }
}
