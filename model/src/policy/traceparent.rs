//! Which trace a request belongs to: the `traceparent` header of the W3C recommendation *Trace
//! Context*.
//!
//! `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01` is a version, the ID of the trace, the
//! ID of the caller's span and flags. Whoever calls on keeps the trace and puts its own span there,
//! a new one for every call: also for each retry and each hedge. Whoever receives something else
//! begins a new trace (and drops `tracestate`); see [`hop`].
//!
//! ```
//! use half_open::policy::traceparent::Traceparent;
//!
//! let caller: Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?;
//! let retry = caller.child(0x00f0_67aa_0ba9_02b8);
//! assert_eq!(retry.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01");
//! # Ok::<_, half_open::policy::traceparent::TraceparentError>(())
//! ```

use std::fmt;
use std::str::FromStr;

/// Bit 0 of the flags: the caller may have recorded the trace.
const SAMPLED: u8 = 1;
/// Bit 1 of the flags, in Level 2 of the recommendation: the trace ID is random.
const RANDOM: u8 = 2;

/// The length of a header of version 00.
const LENGTH: usize = 55;

/// One `traceparent`. Prints as the header's value, always in version 00.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Traceparent {
    trace_id: u128,
    parent_id: u64,
    flags: u8,
}

impl Traceparent {
    /// The first of a trace. IDs of zero are forbidden and become 1.
    #[must_use]
    pub const fn root(trace_id: u128, span_id: u64, sampled: bool) -> Self {
        let flags = if sampled { SAMPLED } else { 0 };
        Self { trace_id: if trace_id == 0 { 1 } else { trace_id }, parent_id: 0, flags }
            .child(span_id)
    }

    /// What goes with a call of the span `span_id` in the same trace, and with the same flags. A span
    /// ID of zero is forbidden and becomes 1.
    #[must_use]
    pub const fn child(self, span_id: u64) -> Self {
        Self { parent_id: if span_id == 0 { 1 } else { span_id }, ..self }
    }

    /// The ID of the whole trace; never zero.
    #[must_use]
    pub const fn trace_id(self) -> u128 {
        self.trace_id
    }

    /// The ID of the span that made the call; never zero.
    #[must_use]
    pub const fn parent_id(self) -> u64 {
        self.parent_id
    }

    /// Whether the caller may have recorded the trace.
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// Whether at least the right half of the trace ID was drawn at random (Level 2). It is passed
    /// on as it came.
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.flags & RANDOM != 0
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.parent_id, self.flags)
    }
}

/// Why a text is not a `traceparent`. Whoever receives it begins a new trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum TraceparentError {
    /// Shorter than its fields, or longer than version 00 allows.
    #[error("a traceparent of version 00 has exactly 55 characters, and no other has fewer")]
    Length,
    /// A version that is not two digits, or ff.
    #[error("the version of a traceparent is two of 0-9 and a-f, and not ff")]
    Version,
    /// No dash between two fields, or after the fields of a higher version.
    #[error("the fields of a traceparent are joined by dashes")]
    Dash,
    /// A trace ID with other characters, or all zero.
    #[error("a trace ID is 32 of 0-9 and a-f, and not all 0")]
    TraceId,
    /// A parent ID with other characters, or all zero.
    #[error("a parent ID is 16 of 0-9 and a-f, and not all 0")]
    ParentId,
    /// Flags with other characters.
    #[error("the flags of a traceparent are two of 0-9 and a-f")]
    Flags,
    /// The header came more than once.
    #[error("a request has only one traceparent")]
    Repeated,
}

impl FromStr for Traceparent {
    type Err = TraceparentError;

    /// Reads the value of a header. Spaces and tabs around it do not belong to it (RFC 9110, section
    /// 5.5). Of a version higher than 00 only what it shares with 00 is read, and of its flags only
    /// *sampled*. Flags that have no meaning yet are dropped, because they must be sent as 0.
    ///
    /// # Errors
    /// The first field that is not as it should be.
    fn from_str(text: &str) -> Result<Self, TraceparentError> {
        use TraceparentError as E;
        let bytes = text.trim_matches([' ', '\t']).as_bytes();
        let (fields, rest) = bytes.split_at_checked(LENGTH).ok_or(E::Length)?;
        let version = hex(fields, 0, 2).filter(|&v| v != 0xff).ok_or(E::Version)?;
        if [2, 35, 52].iter().any(|&at| fields.get(at) != Some(&b'-')) {
            return Err(E::Dash);
        }
        let trace_id = hex(fields, 3, 32).filter(|&id| id != 0).ok_or(E::TraceId)?;
        let parent_id = hex(fields, 36, 16).filter(|&id| id != 0).ok_or(E::ParentId)?;
        let flags = hex(fields, 53, 2).ok_or(E::Flags)?;
        let known = match (version, rest.first()) {
            (0, None) => SAMPLED | RANDOM,
            (0, Some(_)) => return Err(E::Length),
            (_, None | Some(b'-')) => SAMPLED,
            (_, Some(_)) => return Err(E::Dash),
        };
        Ok(Self { trace_id, parent_id: parent_id as u64, flags: flags as u8 & known })
    }
}

/// The number that `length` lower-case hexadecimal digits from `start` on write.
fn hex(bytes: &[u8], start: usize, length: usize) -> Option<u128> {
    let digits = bytes.get(start..start + length)?;
    digits.iter().try_fold(0, |number: u128, &digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

/// What a hop sends on: the same trace with its own span, or a new trace if what it `received` (the
/// value of every `traceparent` header of the request) is not exactly one valid header. Then the
/// error says why, and `tracestate` must be dropped too; it is none if there was no header at all.
pub fn hop(
    received: &[&str],
    span_id: u64,
    new_trace: impl FnOnce() -> Traceparent,
) -> (Traceparent, Option<TraceparentError>) {
    let parsed = match received {
        [] => return (new_trace().child(span_id), None),
        [one] => one.parse::<Traceparent>(),
        _ => Err(TraceparentError::Repeated),
    };
    match parsed {
        Ok(caller) => (caller.child(span_id), None),
        Err(error) => (new_trace().child(span_id), Some(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::TraceparentError as E;
    use super::*;
    use proptest::prelude::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    fn read(text: &str) -> Result<Traceparent, E> {
        text.parse()
    }

    fn printed(text: &str) -> Result<String, E> {
        read(text).map(|header| header.to_string())
    }

    #[test]
    fn a_header_has_a_trace_a_parent_and_flags() {
        let text = format!("00-{TRACE}-{PARENT}-01");
        let header = read(&text).expect("the example of the recommendation");
        assert_eq!(header.trace_id(), 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(header.parent_id(), 0x00f0_67aa_0ba9_02b7);
        assert!(header.is_sampled() && !header.is_random());
        assert_eq!(header.to_string(), text);
    }

    /// The cases of `test/test.py` in w3c/trace-context.
    #[test]
    fn what_the_recommendation_forbids_is_refused() {
        let cases = [
            (format!("00-{}-{PARENT}-01", "0".repeat(32)), E::TraceId),
            (format!("00-.{}-{PARENT}-01", &TRACE[1..]), E::TraceId),
            (format!("00-{}-{PARENT}-01", TRACE.to_uppercase()), E::TraceId),
            (format!("00-{TRACE}-{}-01", "0".repeat(16)), E::ParentId),
            (format!("00-{TRACE}-{}-01", PARENT.to_uppercase()), E::ParentId),
            (format!("00-{TRACE}-{PARENT}-.0"), E::Flags),
            (format!("00-{TRACE}-{PARENT}-0"), E::Length),
            (format!("00-{TRACE}-{PARENT}-001"), E::Length),
            (format!("00-{TRACE}-{PARENT}-01-"), E::Length),
            (format!("ff-{TRACE}-{PARENT}-01"), E::Version),
            (format!("FF-{TRACE}-{PARENT}-01"), E::Version),
            (format!(".0-{TRACE}-{PARENT}-01"), E::Version),
            (format!("0-{TRACE}-{PARENT}-01."), E::Version),
            (format!("00_{TRACE}-{PARENT}-01"), E::Dash),
            (format!("00-{TRACE}_{PARENT}-01"), E::Dash),
            (format!("00-{TRACE}-{PARENT}_01"), E::Dash),
            (format!("00-{TRACE}-{PARENT}"), E::Length),
            (String::new(), E::Length),
        ];
        for (text, error) in cases {
            assert_eq!(read(&text), Err(error), "{text}");
        }
    }

    #[test]
    fn higher_versions_are_read_as_far_as_they_are_known() {
        let ours = Ok(format!("00-{TRACE}-{PARENT}-01"));
        assert_eq!(printed(&format!("cc-{TRACE}-{PARENT}-01")), ours);
        assert_eq!(printed(&format!("cc-{TRACE}-{PARENT}-ff-what-the-future-holds")), ours);
        assert_eq!(read(&format!("cc-{TRACE}-{PARENT}-01.what")), Err(E::Dash));
        assert_eq!(read(&format!("cc-{TRACE}-{PARENT}-0")), Err(E::Length));
    }

    #[test]
    fn flags_without_a_meaning_are_not_passed_on() {
        assert_eq!(
            printed(&format!("00-{TRACE}-{PARENT}-ff")),
            Ok(format!("00-{TRACE}-{PARENT}-03"))
        );
        assert_eq!(
            printed(&format!("00-{TRACE}-{PARENT}-08")),
            Ok(format!("00-{TRACE}-{PARENT}-00"))
        );
    }

    #[test]
    fn white_space_around_a_header_does_not_belong_to_it() {
        assert!(read(&format!(" \t00-{TRACE}-{PARENT}-01\t ")).is_ok());
        assert_eq!(read(&format!("00-{TRACE}-{PARENT}-01\n")), Err(E::Length));
    }

    #[test]
    fn a_hop_keeps_the_trace_and_names_its_own_span() {
        let text = format!("00-{TRACE}-{PARENT}-01");
        let (sent, error) = hop(&[&text], 7, || unreachable!("the trace goes on"));
        assert_eq!(sent.to_string(), format!("00-{TRACE}-0000000000000007-01"));
        assert_eq!(error, None);
    }

    #[test]
    fn a_hop_begins_a_new_trace_where_there_is_none() {
        let text = format!("00-{TRACE}-{PARENT}-01");
        let fresh = || Traceparent::root(5, 0, false);
        let new = format!("00-{}5-0000000000000007-00", "0".repeat(31));
        for (received, error) in [
            (&[][..], None),
            (&["gibberish"], Some(E::Length)),
            (&[text.as_str(), text.as_str()], Some(E::Repeated)),
        ] {
            let (sent, why) = hop(received, 7, fresh);
            assert_eq!((sent.to_string(), why), (new.clone(), error));
        }
        assert_eq!(E::Repeated.to_string(), "a request has only one traceparent");
    }

    #[test]
    fn ids_are_never_zero() {
        let header = Traceparent::root(0, 0, true);
        assert_eq!((header.trace_id(), header.parent_id()), (1, 1));
        assert_eq!(header.child(0).parent_id(), 1);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(trace: u128, span: u64, sampled: bool) {
            let header = Traceparent::root(trace, span, sampled);
            prop_assert_eq!(header.to_string().parse(), Ok(header));
            prop_assert_eq!(header.to_string().len(), LENGTH);
        }

        #[test]
        fn no_text_breaks_the_reader(
            text in ".{0,60}|[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}.{0,3}|[0-9a-fA-F-]{50,60}",
        ) {
            if let Ok(header) = text.parse::<Traceparent>() {
                prop_assert!(header.trace_id() != 0 && header.parent_id() != 0);
                let ids = format!("{:032x}-{:016x}", header.trace_id(), header.parent_id());
                prop_assert!(text.contains(&ids));
            }
        }
    }
}
