//! Whether a text that is meant as JSON is JSON. Nothing is made of it: a parser would weigh more
//! than the form it serves.

/// Longer lists of lists than anybody types; they are not looked at.
const DEEPEST: usize = 100;

/// What follows, or the place where it goes wrong and all that follows.
type Rest<'a> = Result<&'a str, &'a str>;

/// The character, from 1, at which a text that looks like JSON stops being JSON.
pub(super) fn wrong_at(text: &str) -> Option<usize> {
    let meant = text.trim_start().starts_with(['{', '[']);
    if !meant || text.matches(['{', '[']).count() > DEEPEST {
        return None;
    }
    match value(text).map(space) {
        Ok("") => None,
        Ok(rest) | Err(rest) => Some(text[..text.len() - rest.len()].chars().count() + 1),
    }
}

fn space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

fn value(text: &str) -> Rest<'_> {
    let text = space(text);
    match text.chars().next() {
        Some('{') => list(&text[1..], '}', |text| {
            let rest = space(string(space(text))?);
            value(rest.strip_prefix(':').ok_or(rest)?)
        }),
        Some('[') => list(&text[1..], ']', value),
        Some('"') => string(text),
        Some('-' | '0'..='9') => number(text),
        _ => ["true", "false", "null"].iter().find_map(|word| text.strip_prefix(word)).ok_or(text),
    }
}

fn list<'a>(text: &'a str, end: char, item: impl Fn(&'a str) -> Rest<'a>) -> Rest<'a> {
    let mut rest = space(text);
    if let Some(rest) = rest.strip_prefix(end) {
        return Ok(rest);
    }
    loop {
        rest = space(item(rest)?);
        match rest.strip_prefix(end) {
            Some(rest) => return Ok(rest),
            None => rest = rest.strip_prefix(',').ok_or(rest)?,
        }
    }
}

fn string(text: &str) -> Rest<'_> {
    let mut rest = text.strip_prefix('"').ok_or(text)?;
    loop {
        rest = rest.trim_start_matches(|c: char| c >= ' ' && c != '"' && c != '\\');
        match rest.as_bytes() {
            [b'"', ..] => return Ok(&rest[1..]),
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => {
                rest = &rest[2..];
            }
            [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|b| b.is_ascii_hexdigit()) => {
                rest = &rest[6..];
            }
            _ => return Err(rest),
        }
    }
}

fn number(text: &str) -> Rest<'_> {
    let whole = text.strip_prefix('-').unwrap_or(text);
    let rest = whole.strip_prefix('0').map_or_else(|| digits(whole), Ok)?;
    let rest = rest.strip_prefix('.').map_or(Ok(rest), digits)?;
    let power = rest.strip_prefix(['e', 'E']);
    power.map_or(Ok(rest), |power| digits(power.strip_prefix(['+', '-']).unwrap_or(power)))
}

fn digits(text: &str) -> Rest<'_> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() < text.len() { Ok(rest) } else { Err(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json_is_not_complained_about() {
        for text in [
            r#"{"amount":5000,"currency":"usd"}"#,
            " [ ] ",
            "{}\n",
            r#"[-0.5e+10, 0, 12E3, true, false, null, {"a": {"b": []}}, "é\u00e9\"\\\n"]"#,
        ] {
            assert_eq!(wrong_at(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_meant_as_json_is_left_alone() {
        let deep = "[".repeat(100_000);
        for text in ["", "amount=5000", "hello {", "\"a", deep.as_str()] {
            assert_eq!(wrong_at(text), None, "{text:.20}");
        }
    }

    #[test]
    fn what_looks_like_json_and_is_none_says_where_it_goes_wrong() {
        for (text, at) in [
            ("{", 2),
            ("{\"amount\":5000", 15),
            ("{amount:5000}", 2),
            ("{\"a\":1,}", 8),
            ("[1 2]", 4),
            ("[01]", 3),
            ("[1.]", 4),
            ("[-]", 3),
            ("[nil]", 2),
            ("{\"é\" 1}", 6),
            ("[\"a\\x\"]", 4),
            ("[\"\\u12g4\"]", 3),
            ("[\"a\nb\"]", 4),
            ("{} {}", 4),
            ("{'a':1}", 2),
        ] {
            assert_eq!(wrong_at(text), Some(at), "{text}");
        }
    }
}
