//! What [`html!`] expands to: elements are built by calls, not in place, because there are so many
//! of them.

use std::rc::Rc;

pub(crate) use half_open_markup::html;
use yew::html::{Classes, ImplicitClone, IntoPropValue, NodeRef};
use yew::virtual_dom::{
    AttrValue, AttributeOrProperty, Attributes, Key, Listener, VList, VNode, VTag, VText,
};

/// An element in the making, or a list of nodes if it has no tag.
pub(crate) struct Builder {
    children: Vec<VNode>,
    tag: Option<VTag>,
    keys: &'static [&'static str],
    values: Vec<Option<AttributeOrProperty>>,
    listeners: Vec<Option<Rc<dyn Listener>>>,
}

/// Begins an element whose attributes never change.
#[inline(never)]
pub(crate) fn open_fixed(
    name: &'static str,
    attributes: &'static [(&'static str, AttributeOrProperty)],
) -> Box<Builder> {
    let mut builder = open(name, &[]);
    if let Some(tag) = &mut builder.tag {
        tag.attributes = Attributes::Static(attributes);
    }
    builder
}

/// Begins an element whose attributes are told in this order.
#[inline(never)]
pub(crate) fn open(name: &'static str, keys: &'static [&'static str]) -> Box<Builder> {
    let mut builder = list();
    builder.tag = Some(VTag::new(name));
    builder.keys = keys;
    builder
}

/// Begins a list of nodes.
#[inline(never)]
pub(crate) fn list() -> Box<Builder> {
    Box::new(Builder {
        children: Vec::new(),
        tag: None,
        keys: &[],
        values: Vec::new(),
        listeners: Vec::new(),
    })
}

impl Builder {
    #[inline(never)]
    fn put(&mut self, value: Option<AttrValue>) {
        self.values.push(value.map(AttributeOrProperty::Attribute));
    }

    /// The next attribute, which is always the same.
    #[inline(never)]
    pub(crate) fn word(&mut self, value: &'static str) {
        self.put(Some(AttrValue::Static(value)));
    }

    /// The next attribute.
    #[inline(never)]
    pub(crate) fn attribute(&mut self, value: impl IntoPropValue<Option<AttrValue>>) {
        self.put(value.into_prop_value());
    }

    /// The next attribute, which is there or not.
    #[inline(never)]
    pub(crate) fn flag(&mut self, on: bool) {
        let name = self.keys.get(self.values.len()).copied();
        self.put(name.filter(|_| on).map(AttrValue::Static));
    }

    /// The next attribute, which a visitor can change: whether it is chosen.
    #[inline(never)]
    pub(crate) fn chosen(&mut self, on: bool) {
        self.values.push(Some(AttributeOrProperty::Property(on.into())));
    }

    /// The next attribute, a class.
    #[inline(never)]
    pub(crate) fn class(&mut self, classes: impl Into<Classes>) {
        self.put(classes.into().into_prop_value());
    }

    /// The text in a field.
    #[inline(never)]
    pub(crate) fn value(&mut self, value: impl IntoPropValue<Option<AttrValue>>) {
        if let Some(tag) = &mut self.tag {
            tag.set_value(value.into_prop_value());
        }
    }

    /// Whether a box is ticked.
    #[inline(never)]
    pub(crate) fn checked(&mut self, on: bool) {
        if let Some(tag) = &mut self.tag {
            tag.set_checked(on);
        }
    }

    /// What finds the element in the page.
    #[inline(never)]
    pub(crate) fn found_by(&mut self, node: &NodeRef) {
        if let Some(tag) = &mut self.tag {
            tag.node_ref = node.implicit_clone();
        }
    }

    /// What tells the element from its neighbours.
    #[inline(never)]
    pub(crate) fn keyed(&mut self, key: impl Into<Key>) {
        if let Some(tag) = &mut self.tag {
            tag.key = Some(key.into());
        }
    }

    /// What hears an event.
    #[inline(never)]
    pub(crate) fn listen(&mut self, listener: Option<Rc<dyn Listener>>) {
        self.listeners.push(listener);
    }

    /// Puts something at the end of the element.
    #[inline(never)]
    pub(crate) fn add(&mut self, child: impl Child) {
        self.children.extend(child.into_node());
    }

    /// Puts words at the end of the element that are always the same.
    #[inline(never)]
    pub(crate) fn say(&mut self, words: &'static str) {
        self.add(AttrValue::Static(words));
    }

    /// Puts another element at the end of this one.
    #[inline(never)]
    pub(crate) fn hold(&mut self, child: Box<Self>) {
        self.add(child.close());
    }

    /// The element, as it is now.
    #[inline(never)]
    #[allow(clippy::boxed_local, reason = "one pointer is the least that a caller can hand over")]
    pub(crate) fn close(self: Box<Self>) -> VNode {
        let Self { children, tag, keys, values, listeners } = *self;
        let Some(mut tag) = tag else { return VList::with_children(children, None).into() };
        if !keys.is_empty() {
            tag.attributes = Attributes::Dynamic { keys, values: values.into() };
        }
        if !listeners.is_empty() {
            tag.set_listeners(listeners.into());
        }
        tag.add_children(children);
        tag.into()
    }
}

/// What can stand between braces.
pub(crate) trait Child {
    /// As a node, if it is there.
    fn into_node(self) -> Option<VNode>;
}

impl Child for VNode {
    fn into_node(self) -> Option<VNode> {
        Some(self)
    }
}

impl Child for Option<VNode> {
    fn into_node(self) -> Option<VNode> {
        self
    }
}

impl Child for AttrValue {
    fn into_node(self) -> Option<VNode> {
        Some(VText::new(self).into())
    }
}

impl Child for &str {
    fn into_node(self) -> Option<VNode> {
        self.to_owned().into_node()
    }
}

impl Child for String {
    fn into_node(self) -> Option<VNode> {
        AttrValue::from(self).into_node()
    }
}

impl Child for Option<String> {
    fn into_node(self) -> Option<VNode> {
        self?.into_node()
    }
}

impl Child for &String {
    fn into_node(self) -> Option<VNode> {
        self.clone().into_node()
    }
}

impl Child for u32 {
    fn into_node(self) -> Option<VNode> {
        self.to_string().into_node()
    }
}
