//! JSON, written by hand: a library for it would be a tenth of the download.

use half_open::decimal;

/// An object in the making.
pub(crate) struct Object(String);

impl Object {
    /// Without a field.
    pub(crate) fn new() -> Self {
        Self("{".into())
    }

    /// Adds a text.
    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        self.raw(key, &quoted(value))
    }

    /// Adds a number; what is none becomes `null`.
    pub(crate) fn number(self, key: &str, value: f64) -> Self {
        if value.is_finite() {
            return self.raw(key, &decimal::show(value));
        }
        self.raw(key, "null")
    }

    /// Adds yes or no.
    pub(crate) fn flag(self, key: &str, value: bool) -> Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    /// Adds what is JSON already.
    pub(crate) fn raw(mut self, key: &str, value: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0 += &quoted(key);
        self.0.push(':');
        self.0 += value;
        self
    }

    /// The whole object.
    pub(crate) fn done(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A list of what is JSON already.
pub(crate) fn list(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    ["[", &items.join(","), "]"].concat()
}

/// A text.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // Nothing that is written here has lines or other controls in it, but for names of a link.
            c if c < ' ' => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read_whatever_it_says() {
        let nasty = "\"\\\n\u{1}</script> → é";
        let inner = list([quoted(nasty), "1".into()].into_iter());
        let all = Object::new()
            .text("a\"b", nasty)
            .number("n", -0.25)
            .number("none", f64::NAN)
            .flag("yes", true)
            .raw("list", &inner)
            .done();
        let read: serde_json::Value = serde_json::from_str(&all).expect("JSON");
        assert_eq!(read["a\"b"], "\"\\  </script> → é");
        assert_eq!((&read["n"], &read["yes"]), (&(-0.25).into(), &true.into()));
        assert!(read["none"].is_null() && read["list"][1] == 1);
        assert_eq!(Object::new().done(), "{}");
    }
}
