//! Reads markup.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Ident, LitBool, LitStr, Result, Token, braced, token};

/// The one node that a macro call is about.
pub(crate) struct Root(pub(crate) Node);

/// A part of the page.
pub(crate) enum Node {
    /// `<p class="soft">…</p>`
    Element(Element),
    /// `<>…</>`
    List(Vec<Self>),
    /// `{ name }`
    Value(Box<Expr>),
    /// `{ for names }`
    Each(Box<Expr>),
    /// `if charged { … } else { … }`
    If(If),
}

/// An element with what it has and holds.
pub(crate) struct Element {
    pub(crate) name: LitStr,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Node>,
}

/// `class="soft"`, `{class}` or `class={words}`.
pub(crate) struct Attribute {
    pub(crate) name: LitStr,
    pub(crate) value: Value,
}

/// What an attribute is set to.
pub(crate) enum Value {
    Fixed(LitStr),
    Computed(Box<Expr>),
}

/// Nodes that are there or not.
pub(crate) struct If {
    pub(crate) condition: Box<Expr>,
    pub(crate) then: Vec<Node>,
    pub(crate) otherwise: Vec<Node>,
}

impl Parse for Root {
    fn parse(input: ParseStream) -> Result<Self> {
        let node = input.parse()?;
        if input.is_empty() {
            return Ok(Self(node));
        }
        Err(input.error("only one element can be returned; put several between <> and </>"))
    }
}

impl Parse for Node {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(Token![if]) {
            return Ok(Self::If(input.parse()?));
        }
        if input.peek(token::Brace) {
            let inside;
            braced!(inside in input);
            if inside.peek(Token![for]) {
                inside.parse::<Token![for]>()?;
                return Ok(Self::Each(inside.parse()?));
            }
            return Ok(Self::Value(inside.parse()?));
        }
        if input.peek(Token![<]) && input.peek2(Token![>]) {
            input.parse::<Token![<]>()?;
            input.parse::<Token![>]>()?;
            let children = until_closed(input)?;
            input.parse::<Token![>]>()?;
            return Ok(Self::List(children));
        }
        Ok(Self::Element(input.parse()?))
    }
}

impl Parse for Element {
    fn parse(input: ParseStream) -> Result<Self> {
        input.parse::<Token![<]>()?;
        let name = dashed(input)?;
        let mut attributes = Vec::new();
        while !input.peek(Token![>]) && !input.peek(Token![/]) {
            attributes.push(input.parse()?);
        }
        if input.peek(Token![/]) {
            input.parse::<Token![/]>()?;
            input.parse::<Token![>]>()?;
            return Ok(Self { name, attributes, children: Vec::new() });
        }
        input.parse::<Token![>]>()?;
        let children = until_closed(input)?;
        let end = dashed(input)?;
        input.parse::<Token![>]>()?;
        if end.value() != name.value() {
            return Err(syn::Error::new(end.span(), format!("closes <{}>", name.value())));
        }
        Ok(Self { name, attributes, children })
    }
}

/// What stands before `</`.
fn until_closed(input: ParseStream) -> Result<Vec<Node>> {
    let mut nodes = Vec::new();
    while !(input.peek(Token![<]) && input.peek2(Token![/])) {
        nodes.push(input.parse()?);
    }
    input.parse::<Token![<]>()?;
    input.parse::<Token![/]>()?;
    Ok(nodes)
}

impl Parse for Attribute {
    fn parse(input: ParseStream) -> Result<Self> {
        if input.peek(token::Brace) {
            let inside;
            braced!(inside in input);
            let value: Box<Expr> = inside.parse()?;
            let Expr::Path(path) = &*value else {
                return Err(syn::Error::new_spanned(value, "only a name can stand for itself"));
            };
            let word = path.path.require_ident()?.unraw().to_string();
            let name = LitStr::new(&word, path.path.require_ident()?.span());
            return Ok(Self { name, value: Value::Computed(value) });
        }
        let name = dashed(input)?;
        input.parse::<Token![=]>()?;
        if input.peek(LitStr) {
            return Ok(Self { name, value: Value::Fixed(input.parse()?) });
        }
        if input.peek(LitBool) {
            let flag = Expr::Lit(ExprLit { attrs: Vec::new(), lit: input.parse()? });
            return Ok(Self { name, value: Value::Computed(Box::new(flag)) });
        }
        let inside;
        braced!(inside in input);
        Ok(Self { name, value: Value::Computed(inside.parse()?) })
    }
}

impl Parse for If {
    fn parse(input: ParseStream) -> Result<Self> {
        input.parse::<Token![if]>()?;
        let condition = Box::new(input.call(Expr::parse_without_eager_brace)?);
        let then = block(input)?;
        let mut otherwise = Vec::new();
        if input.peek(Token![else]) {
            input.parse::<Token![else]>()?;
            otherwise = if input.peek(Token![if]) { vec![input.parse()?] } else { block(input)? };
        }
        Ok(Self { condition, then, otherwise })
    }
}

fn block(input: ParseStream) -> Result<Vec<Node>> {
    let inside;
    braced!(inside in input);
    let mut nodes = Vec::new();
    while !inside.is_empty() {
        nodes.push(inside.parse()?);
    }
    Ok(nodes)
}

/// A name such as `aria-label`.
fn dashed(input: ParseStream) -> Result<LitStr> {
    let first = input.call(Ident::parse_any)?;
    let mut name = first.unraw().to_string();
    while input.peek(Token![-]) {
        input.parse::<Token![-]>()?;
        name.push('-');
        name.push_str(&input.call(Ident::parse_any)?.unraw().to_string());
    }
    Ok(LitStr::new(&name, first.span()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(markup: &str) -> String {
        syn::parse_str::<Root>(markup).err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn markup_is_read() {
        let markup = r#"<>
            <p {class} aria-label="name" onclick={press} selected=true>{ "text" }{ for rows }</p>
            if let Some(x) = found { <br /> } else if late { { words } } else { <hr /><hr /> }
        </>"#;
        assert_eq!(refusal(markup), "");
        let Ok(Root(Node::List(nodes))) = syn::parse_str(markup) else { panic!("a list") };
        let [Node::Element(p), Node::If(found)] = nodes.as_slice() else { panic!("two nodes") };
        let names: Vec<String> = p.attributes.iter().map(|it| it.name.value()).collect();
        assert_eq!(names, ["class", "aria-label", "onclick", "selected"]);
        assert!(matches!(p.children.as_slice(), [Node::Value(_), Node::Each(_)]));
        let [Node::If(late)] = found.otherwise.as_slice() else { panic!("another condition") };
        assert_eq!((found.then.len(), late.then.len(), late.otherwise.len()), (1, 1, 2));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(refusal("<p></div>"), "closes <p>");
        assert!(refusal("<p></p><p></p>").starts_with("only one element can be returned"));
        assert_eq!(refusal("<p {1} />"), "only a name can stand for itself");
    }
}
