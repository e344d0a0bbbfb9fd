//! CSV, one row at a time.

use std::io::{self, BufRead, Read};

/// The longest line. A file without line ends is no CSV.
const LONGEST_LINE: u64 = 64 * 1024;

/// The rows of a file or stream that are not empty.
pub(crate) struct Rows<R> {
    reader: R,
    line: u64,
}

/// Why there is no row.
#[derive(Debug)]
pub(crate) enum RowProblem {
    /// Nothing can be read.
    Unreadable(String),
    /// What is wrong in the present line.
    Bad(&'static str),
}

impl<R: BufRead> Rows<R> {
    pub(crate) const fn new(reader: R) -> Self {
        Self { reader, line: 0 }
    }

    /// The line of the last row, from 1.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// The fields of the next line that is not empty; nothing at the end.
    pub(crate) fn next_row(&mut self) -> Result<Option<Vec<String>>, RowProblem> {
        loop {
            let mut bytes = Vec::new();
            let mut line = (&mut self.reader).take(LONGEST_LINE + 1);
            if line.read_until(b'\n', &mut bytes).map_err(|error| cannot_be_read(&error))? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if bytes.len() as u64 > LONGEST_LINE {
                return Err(RowProblem::Bad("a line must not be longer than 64 KiB"));
            }
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| RowProblem::Bad("it is not text, so it cannot be CSV"))?;
            let text = text.trim_start_matches('\u{feff}').trim();
            if !text.is_empty() {
                return split(text).map(Some).map_err(RowProblem::Bad);
            }
        }
    }
}

fn cannot_be_read(error: &io::Error) -> RowProblem {
    RowProblem::Unreadable(format!("cannot be read: {error}"))
}

/// The fields of a line; those in quotation marks may have commas, and doubled quotation marks.
fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let last = fields.len() - 1;
        let field = &mut fields[last];
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.trim().is_empty() => {
                field.clear();
                quoted = true;
            }
            ',' if !quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    if quoted {
        return Err("a quotation mark is not closed in its line");
    }
    Ok(fields.iter().map(|field| field.trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_fields_or_in_quotation_marks() {
        let fields = |line| split(line).expect("fields");
        assert_eq!(fields("1, 2,,x"), ["1", "2", "", "x"]);
        assert_eq!(fields(r#"1,"GET /a,b", "say ""no""",2"#), ["1", "GET /a,b", "say \"no\"", "2"]);
        assert!(split("1,\"2,3").is_err());
    }
}
