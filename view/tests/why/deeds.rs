//! What somebody did, or chaos.

use half_open::log::Event;
use half_open::scenario::{Change, Target};
use half_open_view::explain::{Link, Root, Tone};

use crate::facts::{Verdicts, change, holes, moment, same};
use crate::record::Record;

pub(crate) fn deed(record: &Record, event: Event, link: &Link) -> Verdicts {
    let scenario = &record.run.experiment().scenario;
    let text = link.text.as_str();
    let deed = change(record, event);
    let text = match deed {
        Change::Struck(_) => text.strip_prefix("chaos: ").ok_or("no chaos")?,
        _ => text,
    };
    let root = match deed {
        Change::Fault(fault) | Change::Struck(fault) => {
            let h = holes("fault “{}” on {} since {}", text).ok_or("no fault")?;
            same("fault", h[0].to_owned(), fault.kind.label())?;
            let target = match fault.target {
                Target::Node(node) => scenario.node_name(node).to_owned(),
                Target::Edge(edge) => scenario.edge_name(edge),
            };
            same("target", h[1].to_owned(), target)?;
            moment(h[2], event.at)?;
            Root::Fault
        }
        Change::Breaker { edge, action } => {
            let h = holes("the breaker {} was {} by hand at {}", text).ok_or("no deed")?;
            same("line", h[0].to_owned(), scenario.edge_name(*edge))?;
            same("deed", h[1], action.done())?;
            moment(h[2], event.at)?;
            Root::Deed
        }
        Change::Send(hand) => {
            let h = holes("{} {} was sent by hand {} at {}", text).ok_or("no request")?;
            same("request", (h[0], h[1]), (&*hand.method, &*hand.path))?;
            same("lost", h[2].ends_with(", its first answer to be lost,"), hand.lose_response)?;
            let keyed = hand.key.as_deref().filter(|key| !key.is_empty());
            same("key", h[2].starts_with("with key "), keyed.is_some())?;
            moment(h[3], event.at)?;
            Root::Deed
        }
        Change::Burst(_) => {
            let h = holes("everyone sent at once at {}", text).ok_or("no burst")?;
            moment(h[0], event.at)?;
            Root::Deed
        }
        Change::Drop { edge, .. } => {
            let h = holes("a message {} was dropped by hand at {}", text).ok_or("no drop")?;
            same("line", h[0].to_owned(), scenario.edge_name(*edge))?;
            moment(h[1], event.at)?;
            Root::Deed
        }
        Change::Chaos(_) => {
            let h = holes("chaos began at {}", text).ok_or("no chaos")?;
            moment(h[0], event.at)?;
            Root::Deed
        }
        Change::Set { .. } | Change::SetBreaker { .. } => {
            return Err("a setting explains nothing by itself".into());
        }
    };
    same("root", link.tone, Tone::Root(root))
}
