//! A script that every page which embeds a run has to load, as short as it can be without being read
//! again.

use super::glue::bare;

/// The script without what is for readers, without white space that separates nothing, and with short
/// names for what is private. Statements must end in semicolons.
pub(super) fn squeezed(script: &str) -> String {
    let script = bare(script);
    let mut out = String::new();
    let mut quote = None;
    let mut rest = script.trim_end().chars().peekable();
    while let Some(c) = rest.next() {
        match quote {
            Some(open) => {
                out.push(c);
                quote = quote.filter(|_| c != open);
            }
            None if c.is_whitespace() => {
                while rest.next_if(|c| c.is_whitespace()).is_some() {}
                let before = out.chars().last().is_some_and(of_word);
                if before && rest.peek().copied().is_some_and(of_word) {
                    out.push(' ');
                }
            }
            None => {
                quote = Some(c).filter(|c| "'\"`".contains(*c));
                out.push(c);
            }
        }
    }
    short_privates(&out)
}

const fn of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '#')
}

/// `#a` for the first private name, `#b` for the second.
fn short_privates(script: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut parts = script.split('#');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        out.push('#');
        if name.is_empty() {
            out.push_str(rest);
            continue;
        }
        let place = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        out.push(char::from(b'a' + (place % 26) as u8));
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::squeezed;

    #[test]
    fn what_separates_nothing_goes_and_what_is_written_stays() {
        let script = "// why\nclass A extends B {\n  #near = 'a  b { c';\n  get far() {\n    \
                      return this.#near ?? `x ${ 1 } # y`;\n  }\n}\n";
        let short = "class A extends B{#a='a  b { c';get far(){return this.#a??`x ${ 1 } # y`;}}";
        assert_eq!(squeezed(script), short);
    }
}
