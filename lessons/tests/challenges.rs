//! Challenges can be met, are not met by luck, and not by the setting that one thinks of first.

use std::collections::BTreeSet;

use half_open::scenario::Experiment;
use half_open_files::judge::{Judge, Verdict};
use half_open_files::settings;
use half_open_lessons::{CHALLENGES, all, challenges};
use half_open_view::lesson::{Beat, Changes, Lesson, Task};
use half_open_view::link;

/// The seeds of the page, and others.
const SEEDS: [u64; 2] = [1, 101];
const EACH: u32 = 50;

/// For each challenge, what one tries first: alone, every one of them misses a goal.
const OBVIOUS: [(&str, &[&str]); 8] = [
    (
        "pay-once",
        &["clients-api.attempts = 1", "clients-api.keys = per_operation", "api.keep_keys = on"],
    ),
    (
        "outage",
        &[
            "clients-api.attempts = 1000",
            "clients-api.backoff = exponential",
            "clients-api.retry_budget = aws_standard",
            "clients-api.breaker = on",
        ],
    ),
    (
        "one-slow",
        &[
            "shop-database.timeout = 250 ms",
            "shop-database.need = optional",
            "shop-database.breaker = on",
            "shop.workers = 200",
        ],
    ),
    (
        "hedges",
        &[
            "clients-api.copies = 1",
            "clients-api.hedge_delay = 160 ms",
            "clients-api.hedge_after = percentile",
            "api.cancels = on",
        ],
    ),
    ("stampede", &["api.single_flight = on", "api.cache_for = 60 s", "api-database.timeout = 4 s"]),
    (
        "flapping",
        &[
            "api-bank.breaker = off",
            "api-bank.attempts = 4",
            "api-bank.open_wait = 5 s",
            "clients-api.attempts = 10",
        ],
    ),
    (
        "failover",
        &[
            "gateway-east.fallback = off",
            "gateway-west.rate_limit = sliding_window",
            "west.queue = 10",
            "west.shed = codel",
        ],
    ),
    (
        "standstill",
        &[
            "clients-api.attempts = 1",
            "clients-api.retry_budget = aws_2026",
            "clients-api.breaker = on",
            "api.queue = 50",
            "api.shed = codel",
        ],
    ),
];

/// A challenge: its one beat, its task, and the system that fails.
struct Challenge {
    lesson: Lesson,
    start: Experiment,
}

impl Challenge {
    fn beat(&self) -> &Beat {
        &self.lesson.beats[0]
    }

    fn task(&self) -> &Task {
        self.lesson.challenge().expect("a challenge")
    }

    fn mended(&self) -> Experiment {
        link::decode(&self.task().shown).expect("a link").experiment
    }

    /// With one more setting, as somebody would turn it on the page.
    fn with(&self, setting: &str) -> Experiment {
        let mut turned = self.start.clone();
        settings::turn(&mut turned, &[setting.to_owned()]).expect(setting);
        let changes = Changes::of(&self.start, &turned, &self.beat().offers);
        assert!(!changes.more && changes.settings.len() == 1, "{setting}: {changes:?}");
        turned
    }

    fn judged(&self, experiment: Experiment, first: u64) -> Verdict {
        let judge = Judge::new(experiment, &self.task().goals, first, EACH);
        let mut judge = judge.expect("goals that mean something");
        while judge.step() {}
        judge.verdict()
    }
}

fn every() -> Vec<Challenge> {
    let checked = challenges().map_err(|problems| problems.join("\n")).expect("no problems");
    let challenge = |lesson: Lesson| {
        let start = lesson.beats[0].place().expect("a link").experiment;
        Challenge { lesson, start }
    };
    checked.into_iter().map(|authored| challenge(authored.lesson)).collect()
}

#[test]
fn every_file_is_a_challenge_of_the_page() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("challenges");
    let files = std::fs::read_dir(here).expect("challenges").map(|file| file.expect("a file"));
    let names = files.map(|file| format!("challenges/{}", file.file_name().to_string_lossy()));
    let names: BTreeSet<String> = names.collect();
    assert_eq!(names, CHALLENGES.map(|(name, _)| name.to_owned()).into());

    let lessons = all().map_err(|problems| problems.join("\n")).expect("no problems");
    let mut taken: BTreeSet<String> = lessons.into_iter().map(|one| one.lesson.name).collect();
    for (n, challenge) in (1..).zip(every()) {
        let Lesson { number, name, .. } = &challenge.lesson;
        assert_eq!(*number, n, "{name}");
        assert!(taken.insert(name.clone()), "{name} is the name of two");
        assert_eq!(challenge.task().seeds, EACH, "{name}");
        assert!((1..=3).contains(&challenge.task().most), "{name}");
        assert!((4..=8).contains(&challenge.beat().offers.len()), "{name}");
        let written = challenge.lesson.write();
        assert_eq!(Lesson::read(&written), Ok(challenge.lesson), "what the page reads");
    }
}

#[test]
fn nobody_meets_one_by_luck_and_what_is_shown_meets_it() {
    for challenge in every() {
        let name = &challenge.lesson.name;
        for first in SEEDS {
            let start = challenge.judged(challenge.start.clone(), first);
            assert!(start.met <= EACH / 10, "{name} from seed {first}: {start:?}");
            let mended = challenge.judged(challenge.mended(), first);
            assert!(mended.met >= EACH - EACH / 10, "{name} from seed {first}: {mended:?}");
            assert_eq!((start.passed, mended.passed), (Some(false), Some(true)), "{name}");
        }
    }
}

#[test]
fn what_one_thinks_of_first_is_not_enough() {
    let challenges = every();
    assert_eq!(challenges.len(), OBVIOUS.len());
    for (challenge, (name, tries)) in challenges.iter().zip(OBVIOUS) {
        assert_eq!(challenge.lesson.name, name);
        for setting in tries {
            for first in SEEDS {
                let verdict = challenge.judged(challenge.with(setting), first);
                assert_eq!(verdict.passed, Some(false), "{name}, {setting}: {verdict:?}");
            }
        }
    }
}
