//! Why something happened: the causes in the log, one after another, a sentence each.
//!
//! Every event names the event that made it happen. A chain follows these causes to where they
//! begin: something a visitor did, a fault, a configured limit, or a random draw.

mod breaker;
mod chain;
mod not;
mod place;
mod root;
mod sentence;
mod walk;
mod window;

pub use breaker::{Whose, whose, why_breaker, why_not_yet};
pub use not::why_not;
pub use place::{why_line, why_node, why_queue};
pub use window::MARKS;

use half_open::log::{Event, EventId, Kind, RequestId};
use half_open::run::{Run, ids};
use half_open::time::SimTime;

/// What a link is about, for its mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Something failed.
    Failure,
    /// Something waited.
    Waiting,
    /// A breaker counted or probed.
    Probe,
    /// Something went well.
    Ok,
    /// Something was sent or worked on.
    Request,
    /// A stored answer.
    Replay,
    /// Where the chain begins, and what it is.
    Root(Root),
}

/// What a chain begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Root {
    /// Something a visitor did: a knob, a breaker worked by hand, a request, a burst.
    Deed,
    /// Something is broken.
    Fault,
    /// Something is set to be like that: a size, a rate, a rule.
    Limit,
    /// A random draw.
    Chance,
}

/// One sentence of an explanation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The event it is about.
    pub event: Option<EventId>,
    /// Its moment.
    pub at: SimTime,
    /// The sentence, without a full stop.
    pub text: String,
    /// What it is about.
    pub tone: Tone,
    /// The calls that a breaker had seen when it moved, oldest first.
    pub marks: Vec<Mark>,
}

impl Link {
    #[inline(never)]
    fn new(event: Option<EventId>, at: SimTime, text: String, tone: Tone) -> Self {
        Self { event, at, text, tone, marks: Vec::new() }
    }
}

/// A call in a breaker's window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The event that ended it for its caller; its sending, if nothing had by then.
    pub event: EventId,
    /// When that was.
    pub at: SimTime,
    /// What the breaker made of it; none: it had not ended.
    pub failed: Option<bool>,
    /// Whether it had taken longer than is allowed.
    pub slow: bool,
}

/// An explanation: what happened last comes first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Why {
    /// What is explained.
    pub question: String,
    /// The chain, from what happened back to what began it.
    pub links: Vec<Link>,
}

/// Why an event happened.
#[must_use]
pub fn why_event(run: &Run, event: EventId) -> Why {
    let log = run.log();
    if event >= log.len() {
        return Why { question: "Why?".into(), links: Vec::new() };
    }
    let event = log.event(event);
    // What happened to one call did not yet happen to the request.
    let subject = event.span().map_or_else(String::new, |span| {
        let whole = event.is_last() && log.span(span).by_client;
        let part = if whole || event.kind == Kind::BackedOff { "" } else { "a call of " };
        format!("{part}request {}", ids::short_id(run, log.request_of(span)))
    });
    let question = match event.kind {
        Kind::Rejected => format!("Why was {subject} rejected?"),
        Kind::TimedOut if event.is_deadline() => {
            format!("Why did {subject} exceed its deadline?")
        }
        Kind::TimedOut => format!("Why did {subject} time out?"),
        Kind::BackedOff => format!("Why does {subject} wait?"),
        Kind::Shed => format!("Why was {subject} shed?"),
        Kind::Held => format!("Why was {subject} held back?"),
        Kind::Duplicated => format!("Why was {subject} delivered twice?"),
        Kind::Hedged => format!("Why was {subject} made again?"),
        Kind::Overtaken => format!("What became of {subject}?"),
        Kind::FellBack if event.is_last() && subject.starts_with("request") => {
            format!("Why is {subject} degraded?")
        }
        Kind::FellBack => format!("Why did {subject} fall back?"),
        Kind::Denied => format!("Why was {subject} not tried again?"),
        Kind::Answered if event.status().is_degraded() => format!("Why is {subject} degraded?"),
        Kind::Answered if event.status().is_success() => format!("How did {subject} succeed?"),
        Kind::Answered => format!("Why did {subject} fail?"),
        Kind::RequestLost | Kind::ResponseLost => format!("What became of {subject}?"),
        Kind::Breaker => breaker::question(run, event),
        _ => "How did this come about?".to_owned(),
    };
    Why { question, links: chain::from(run, event) }
}

/// Where the time went that a request took.
#[must_use]
pub fn why_slow(run: &Run, end: EventId) -> Vec<Link> {
    chain::slow(run, run.log().event(end))
}

/// Why a request is where it is at an instant: its latest news that somebody acted on.
#[must_use]
pub fn why_request(run: &Run, request: RequestId, at: SimTime) -> Why {
    let log = run.log();
    let Some(row) = run.index().requests.get(request as usize) else {
        return Why { question: "Why?".into(), links: Vec::new() };
    };
    let question = |what: &str| format!("{what} request {}?", ids::short_id(run, request));
    let began = log.at(row.first);
    if at < began {
        let text = format!("not begun yet: it begins at {}", began.short());
        let link = Link::new(Some(row.first), began, text, Tone::Waiting);
        return Why { question: question("Where is"), links: vec![link] };
    }
    let last = row.last.min(log.count_until(at).saturating_sub(1)).max(row.first);
    let over = row.over.is_some_and(|over| over <= at);
    let news = (row.first..=last).rev().map(|id| log.event(id)).find(|event| {
        let mine = event.span().filter(|span| log.request_of(*span) == request);
        // Once it is over, nothing counts but how it ended.
        let news = match over {
            true => event.is_last() && mine.is_some_and(|span| log.span(span).by_client),
            false => matches!(
                event.kind,
                Kind::Answered
                    | Kind::TimedOut
                    | Kind::Rejected
                    | Kind::FellBack
                    | Kind::BackedOff
                    | Kind::Queued
                    | Kind::Held
                    | Kind::Started
                    | Kind::Sent
            ),
        };
        mine.is_some() && news
    });
    let mut why = why_event(run, news.map_or(row.first, |event| event.id));
    let told = |event: Event| match event.kind {
        Kind::TimedOut | Kind::Rejected | Kind::BackedOff | Kind::FellBack => true,
        Kind::Answered => !event.status().is_success() || event.status().is_degraded(),
        _ => false,
    };
    if !over && !news.is_some_and(told) {
        why.question = question("Where is");
    }
    // What somebody sent by hand has its place in the story, whatever became of it.
    if let Some(link) = chain::by_hand(run, row)
        && why.links.iter().all(|other| other.event != link.event)
    {
        let place = why.links.partition_point(|other| other.at >= link.at);
        why.links.insert(place, link);
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::log::Event;
    use half_open::run::{Limits, Seeker};
    use half_open::scenario::{Change, HandRequest, Intervention, library};

    fn payments() -> Run {
        Run::new(library::payments(), Limits::default())
    }

    fn first(run: &Run, wanted: impl Fn(&Event) -> bool) -> Event {
        run.log().events_from(0).find(wanted).expect("it happens")
    }

    fn texts(why: &Why) -> Vec<&str> {
        why.links.iter().map(|link| link.text.as_str()).collect()
    }

    #[test]
    fn a_rejection_is_explained_down_to_the_fault() {
        let run = payments();
        let rejected = first(&run, |event| event.kind == Kind::Rejected);
        let why = why_event(&run, rejected.id);
        assert!(why.question.starts_with("Why was a call of request "), "{}", why.question);
        assert!(why.question.ends_with("rejected?"));
        let texts = texts(&why);
        assert!(texts[0].starts_with("rejected at 4.3"), "{texts:?}");
        assert_eq!(texts[1], "breaker open since 4.36 s");
        assert!(texts[2].ends_with("of the last 10 calls failed (limit 50 %)"), "{texts:?}");
        assert!(texts[3].starts_with("300 ms timeout"), "{texts:?}");
        assert_eq!(texts.last(), Some(&"fault “slow ×7” on bank since 4.00 s"));
    }

    #[test]
    fn the_arithmetic_of_an_opening_is_that_of_the_log() {
        let run = payments();
        let log = run.log();
        let opened = first(&run, |event| event.kind == Kind::Breaker);
        let to_bank = |event: &Event| log.span(event.subject).edge == 1;
        let outcomes = log.events_from(0).take_while(|event| event.id < opened.id);
        let outcomes = outcomes.filter(|e| matches!(e.kind, Kind::Answered | Kind::TimedOut));
        let outcomes: Vec<Event> = outcomes.filter(to_bank).collect();
        let window = &outcomes[outcomes.len() - 10..];
        let failed = window.iter().filter(|event| event.kind == Kind::TimedOut).count();
        let why = why_event(&run, opened.id);
        let expected = format!("{failed} of the last 10 calls failed (limit 50 %)");
        assert!(texts(&why).contains(&expected.as_str()), "{:?}", texts(&why));
    }

    #[test]
    fn a_replay_leads_back_to_the_lost_response() {
        let run = payments();
        let replayed = run.index().requests.iter().find(|row| row.replayed).expect("a replay");
        let request = run.log().event(replayed.first).subject;
        let why = why_request(&run, request, run.end());
        let texts = texts(&why);
        let key = ids::key(&run, request, 1).expect("it has one");
        let used = format!("key {key} was used before, at ");
        assert!(texts.iter().any(|text| text.starts_with(&used)), "{texts:?}");
        assert_eq!(
            texts.last(),
            Some(&"fault “lose next response” on clients → api since 12.30 s")
        );
    }

    #[test]
    fn a_request_sent_by_hand_names_its_key() {
        let long = "k".repeat(200);
        for (key, said) in [
            (Some("abc-123"), "with key abc-123 at 1.00 s"),
            (Some(long.as_str()), "with key kkkkkkkkkkkkkkkkkkkkkkkk… at 1.00 s"),
            (Some(""), "without a key at 1.00 s"),
            (None, "without a key at 1.00 s"),
        ] {
            let mut experiment = library::payments();
            experiment.interventions.clear();
            let hand = HandRequest { key: key.map(Into::into), ..HandRequest::default() };
            let at = SimTime::from_millis(1_000);
            experiment.insert(Intervention { at, change: Change::Send(hand) });
            let run = Run::new(experiment, Limits::default());
            let (request, _) = run.index().rows().find(|(_, row)| row.by_hand).expect("it is sent");
            let why = why_request(&run, request, run.end());
            let expected = format!("POST /api/payments was sent by hand {said}");
            assert_eq!(texts(&why).last(), Some(&expected.as_str()), "{:?}", texts(&why));
        }
    }

    #[test]
    fn whatever_failed_has_a_chain_with_a_root_and_never_goes_forward_in_time() {
        let run = payments();
        for (request, row) in run.index().rows() {
            if row.succeeded || row.over.is_none() {
                continue;
            }
            let why = why_request(&run, request, run.end());
            let last = why.links.last().map(|link| link.tone);
            assert!(matches!(last, Some(Tone::Root(_))), "{why:?}");
            assert!(why.links.windows(2).all(|pair| pair[0].at >= pair[1].at), "{why:?}");
        }
    }

    #[test]
    fn a_request_that_has_not_begun_says_when_it_will() {
        let run = payments();
        let (id, row) = run.index().rows().last().expect("there are requests");
        let why = why_request(&run, id, SimTime::from_millis(1));
        assert!(texts(&why)[0].starts_with("not begun yet: it begins at 59."), "{why:?}");
        assert_eq!(why.links[0].at, run.log().at(row.first));
    }

    #[test]
    fn a_second_attempt_under_way_leads_back_to_what_became_of_the_first() {
        let run = payments();
        let log = run.log();
        let again = |event: &Event| event.kind == Kind::Sent && log.span(event.subject).attempt > 1;
        let by_client = |event: &Event| again(event) && log.span(event.subject).by_client;
        let sent = first(&run, by_client);
        let why = why_request(&run, log.request_of(sent.subject), sent.at);
        let texts = texts(&why);
        assert!(why.question.starts_with("Where is request "), "{}", why.question);
        assert!(texts[0].starts_with("sent to api at "), "{texts:?}");
        assert!(texts[1].starts_with("a wait of ") && texts[1].ends_with(" before attempt 2 of 3"));
        assert_eq!(texts.last(), Some(&"fault “slow ×7” on bank since 4.00 s"));
    }

    #[test]
    fn a_breaker_that_opened_shows_the_calls_it_saw() {
        let run = payments();
        let opened = first(&run, |event| event.kind == Kind::Breaker);
        let why = why_event(&run, opened.id);
        let marks = &why.links[1].marks;
        assert_eq!(marks.len(), 10);
        let failed: Vec<_> = marks.iter().filter(|mark| mark.failed == Some(true)).collect();
        assert!(why.links[1].text.starts_with(&format!("{} of the last 10", failed.len())));
        assert!(marks.windows(2).all(|pair| pair[0].event < pair[1].event), "oldest first");
        assert_eq!(Some(marks[9].event), opened.cause(), "the last one opened it");
    }

    #[test]
    fn what_did_not_happen_to_a_request_is_explained_by_what_is_set() {
        let run = payments();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(5_200));
        let why = why_not_yet(&run, scene, (1, None)).expect("it is open");
        assert_eq!(why.question, "Why is it not half-open yet?");
        assert_eq!(texts(&why), ["it waits 1.2 s more of 2 s"]);
        let failed = run.index().rows().find(|(_, row)| row.over.is_some() && !row.succeeded);
        let (request, row) = failed.expect("one fails");
        let whys = why_not(&run, request, row.over.expect("it is over"));
        assert_eq!(whys[0].question, "Why was it not tried again?");
        assert_eq!(texts(&whys[0]), ["attempt 3 was the last of 3"]);
        let replayed = run.index().rows().find(|(_, row)| row.replayed && row.charges == 1);
        let whys = why_not(&run, replayed.expect("a replay").0, run.end());
        assert_eq!(whys[0].question, "Why was nobody charged twice?");
        assert!(texts(&whys[0])[0].contains(": stored answer replayed at "), "{whys:?}");
    }

    #[test]
    fn a_breaker_that_has_not_opened_says_what_is_missing() {
        let run = payments();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(1));
        let why = why_breaker(&run, scene, (1, None)).expect("there is a breaker");
        assert_eq!(texts(&why), ["0 of the minimum 5 calls so far"]);
        let scene = seeker.seek(&run, SimTime::from_millis(3_000));
        let why = why_breaker(&run, scene, (1, None)).expect("there is a breaker");
        assert_eq!(texts(&why), ["0 of the last 10 calls failed, the limit is 50 %"]);
    }

    #[test]
    fn a_question_is_about_what_is_known_by_then() {
        let run = payments();
        let log = run.log();
        let failed = run.index().rows().filter(|(_, row)| !row.succeeded && row.retried);
        let mut asked = 0;
        for (request, row) in failed.take(40) {
            let Some(over) = row.over else { continue };
            let whole = format!("request {}", ids::short_id(&run, request));
            for id in row.first..=row.last {
                let at = log.at(id);
                let question = why_request(&run, request, at).question;
                let ended = [" fail?", " time out?", " rejected?"]
                    .iter()
                    .any(|end| question.ends_with(end) && !question.contains("a call of"));
                assert_eq!(ended, at >= over, "{question} at {at}, over at {over}");
                assert!(question.contains(&whole));
                asked += 1;
            }
        }
        assert!(asked > 100);
    }
}
