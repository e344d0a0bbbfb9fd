//! Writes what was read as calls of `crate::markup`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, ExprLit, Lit};

use crate::parse::{Attribute, Element, If, Node, Value};

/// Attributes that are there or not.
const FLAGS: [&str; 3] = ["disabled", "hidden", "open"];

/// What is being built, under a name that no other code can see.
fn builder() -> Ident {
    Ident::new("builder", Span::mixed_site())
}

/// A node as an expression.
pub(crate) fn node(node: &Node) -> TokenStream {
    match node {
        Node::Element(it) => closed(&element(it)),
        Node::List(children) => closed(&list(children)),
        Node::If(it) => conditional(it),
        Node::Value(_) | Node::Each(_) => closed(&list(std::slice::from_ref(node))),
    }
}

fn element(element: &Element) -> TokenStream {
    let builder = builder();
    let Element { name, attributes, children } = element;
    let form = ["input", "textarea"].contains(&name.value().as_str());
    let is_attribute = |it: &&Attribute| match it.name.value().as_str() {
        "ref" | "key" => false,
        // What a visitor can change is more than an attribute.
        "value" | "checked" => !form,
        name => !name.starts_with("on"),
    };
    let listed: Vec<&Attribute> = attributes.iter().filter(is_attribute).collect();
    let fixed: Vec<TokenStream> = listed.iter().filter_map(|it| fixed(it)).collect();
    let is_fixed = fixed.len() == listed.len();
    let open = if is_fixed {
        quote! { crate::markup::open_fixed(#name, &[#(#fixed),*]) }
    } else {
        let keys = listed.iter().map(|it| &it.name);
        quote! { crate::markup::open(#name, &[#(#keys),*]) }
    };
    let values = listed.iter().filter(|_| !is_fixed).map(|it| value(it));
    let others = attributes.iter().filter(|it| !is_attribute(it)).map(other);
    let children = children.iter().map(add);
    quote! {{
        let mut #builder = #open;
        #(#values)*
        #(#others)*
        #(#children)*
        #builder
    }}
}

fn closed(builder: &TokenStream) -> TokenStream {
    quote! { #builder.close() }
}

fn fixed(attribute: &Attribute) -> Option<TokenStream> {
    let Attribute { name, value: Value::Fixed(text) } = attribute else { return None };
    Some(quote! { (#name, ::yew::virtual_dom::AttributeOrProperty::Static(#text)) })
}

/// The next of the listed attributes.
fn value(attribute: &Attribute) -> TokenStream {
    let builder = builder();
    let name = attribute.name.value();
    match &attribute.value {
        Value::Fixed(text) => quote! { #builder.word(#text); },
        Value::Computed(value) if name == "class" => quote! { #builder.class(#value); },
        // An option that a visitor has once chosen does not look at its attribute any more.
        Value::Computed(value) if name == "selected" => quote! { #builder.chosen(#value); },
        Value::Computed(value) if FLAGS.contains(&name.as_str()) => {
            quote! { #builder.flag(#value); }
        }
        Value::Computed(value) => quote! { #builder.attribute(#value); },
    }
}

/// What is no attribute, although it is written like one.
fn other(attribute: &Attribute) -> TokenStream {
    let builder = builder();
    let value = match &attribute.value {
        Value::Fixed(text) => quote! { #text },
        Value::Computed(value) => quote! { #value },
    };
    let name = attribute.name.value();
    match name.as_str() {
        "ref" => quote! { #builder.found_by(#value); },
        "key" => quote! { #builder.keyed(#value); },
        "value" => quote! { #builder.value(#value); },
        "checked" => quote! { #builder.checked(#value); },
        listener => {
            let event = format_ident!("{listener}", span = attribute.name.span());
            quote! {
                #builder.listen(
                    ::yew::html::IntoEventCallback::into_event_callback(#value).map(|callback| {
                        ::std::rc::Rc::new(::yew::html::#event::Wrapper::new(callback))
                            as ::std::rc::Rc<dyn ::yew::virtual_dom::Listener>
                    }),
                );
            }
        }
    }
}

/// A child of the element in the making.
fn add(child: &Node) -> TokenStream {
    let builder = builder();
    match child {
        Node::Value(value) => match &**value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => quote! { #builder.say(#text); },
            value => quote! { #builder.add(#value); },
        },
        Node::Each(values) => quote! { for child in #values { #builder.add(child); } },
        Node::Element(it) => {
            let element = element(it);
            quote! { #builder.hold(#element); }
        }
        Node::List(children) => {
            let list = list(children);
            quote! { #builder.hold(#list); }
        }
        Node::If(it) => {
            let node = conditional(it);
            quote! { #builder.add(#node); }
        }
    }
}

fn list(children: &[Node]) -> TokenStream {
    let builder = builder();
    let children = children.iter().map(add);
    quote! {{
        let mut #builder = crate::markup::list();
        #(#children)*
        #builder
    }}
}

fn conditional(If { condition, then, otherwise }: &If) -> TokenStream {
    let branch = |nodes: &[Node]| match nodes {
        [] => quote! { ::yew::virtual_dom::VNode::default() },
        [single] => node(single),
        several => closed(&list(several)),
    };
    let (then, otherwise) = (branch(then), branch(otherwise));
    quote! { if #condition { #then } else { #otherwise } }
}
