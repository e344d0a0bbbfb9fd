//! What holds for every preset.

use std::collections::BTreeSet;

use half_open::policy::breaker::{Preset, Settings};
use half_open::scenario::library;

#[test]
fn every_preset_is_valid_and_different() {
    let mut seen: Vec<Settings> = Vec::new();
    for preset in Preset::ALL {
        let settings = preset.settings();
        assert_eq!(settings.validate(), Ok(()), "{}", preset.name());
        assert!(!seen.contains(&settings), "{} is there twice", preset.name());
        seen.push(settings);
    }
}

#[test]
fn presets_are_found_by_their_names() {
    let names: BTreeSet<&str> = Preset::ALL.iter().map(|preset| preset.name()).collect();
    assert_eq!(names.len(), Preset::ALL.len());
    for preset in Preset::ALL {
        assert_eq!(Preset::find(preset.name()), Some(preset));
        assert!(preset.name().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
        assert!(preset.sentence().ends_with('.') && !preset.sentence().contains("  "));
        assert!(!preset.label().is_empty() && !preset.source().contains("  "));
    }
    assert_eq!(Preset::find("Resilience4j"), None);
}

/// In a scenario too, but for those whose surplus calls wait.
#[test]
fn a_line_of_a_scenario_can_have_any_breaker_that_lets_nobody_wait() {
    for preset in Preset::ALL {
        let mut experiment = library::payments();
        experiment.scenario.edges[1].policy.breaker = preset.settings();
        let waits = ["cockatiel", "cockatiel-count", "cockatiel-sampling", "linkerd"];
        assert_eq!(experiment.validate().is_err(), waits.contains(&preset.name()), "{preset:?}");
    }
}
