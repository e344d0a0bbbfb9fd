//! Reads what the browser parsed as JSON into types. An error names the field, the value and what
//! is expected there; a field that nobody knows is an error too, as it is on the command line.

use std::fmt;

use js_sys::{Array, JSON, Object, Reflect};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use wasm_bindgen::{JsCast, JsValue};

/// Lists in lists in lists: nothing that is meant seriously goes deeper.
const DEEPEST: u32 = 40;
/// Up to here JavaScript counts without gaps.
const LAST_WHOLE: f64 = 9_007_199_254_740_991.0;

/// Reads a value.
///
/// # Errors
/// The first thing that cannot be read, and where it is.
pub(crate) fn read<T: DeserializeOwned>(value: &JsValue) -> Result<T, Unreadable> {
    T::deserialize(Json { value: value.clone(), depth: 0 })
}

/// What cannot be read: a path such as `interventions[2].at`, and a sentence that it begins. In a
/// box, because every type that is read passes it on.
#[derive(Debug)]
pub(crate) struct Unreadable(Box<(String, String)>);

impl Unreadable {
    #[inline(never)]
    fn new(path: &str, message: String) -> Self {
        Self(Box::new((path.into(), message)))
    }

    /// The same, seen from outside.
    #[inline(never)]
    fn within(mut self, outer: &str) -> Self {
        let (path, _) = &mut *self.0;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        *path = format!("{outer}{dot}{path}");
        self
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, message) = &*self.0;
        write!(f, "{} {message}", if path.is_empty() { "This" } else { path })
    }
}

impl std::error::Error for Unreadable {}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("", format!("cannot be read: {message}"))
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        Self::new("", format!("must be {}, not “{found}”", expected.join(" or ")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(field, format!("is not known; there are {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(field, "is missing".into())
    }
}

/// A value to be read.
struct Json {
    value: JsValue,
    depth: u32,
}

impl Json {
    /// Its items or fields.
    fn parts(self) -> Result<Parts, Unreadable> {
        if self.depth > DEEPEST {
            return Err(Unreadable::new("", "is nested too deeply".into()));
        }
        let names = Object::keys(self.value.unchecked_ref::<Object>());
        Ok(Parts { of: self.value, names, next: 0, depth: self.depth + 1 })
    }

    fn is_list(&self) -> bool {
        Array::is_array(&self.value)
    }

    fn is_object(&self) -> bool {
        self.value.is_object() && !self.is_list()
    }

    /// Says that it is something else than what is wanted.
    fn is_not(&self, wanted: &str) -> Unreadable {
        let found = if self.is_list() {
            "a list".into()
        } else if self.value.is_object() {
            "an object".into()
        } else {
            shown(&self.value)
        };
        Unreadable::new("", format!("must be {wanted}, not {found}"))
    }
}

/// As it stands in the file, cut short.
fn shown(value: &JsValue) -> String {
    let text = JSON::stringify(value).map(String::from).unwrap_or_default();
    text.chars().take(40).collect()
}

/// The other types are read as one of those above.
macro_rules! like {
    ($($other:ident($($name:ident: $type:ty),*) => $method:ident;)*) => {$(
        fn $other<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, Unreadable> {
            $(let _ = $name;)*
            self.$method(visitor)
        }
    )*};
}

/// Every type asks for what it needs, so that no code is made for what it could not be anyway.
impl<'de> Deserializer<'de> for Json {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match (self.value.as_f64(), self.value.as_string()) {
            (Some(number), _) => visitor.visit_f64(number),
            (None, Some(text)) => visitor.visit_string(text),
            (None, None) => Err(self.is_not("a number or a text")),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_f64(self.value.as_f64().ok_or_else(|| self.is_not("a number"))?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let number = self.value.as_f64();
        let whole = number.filter(|n| n.fract() == 0.0 && (0.0..=LAST_WHOLE).contains(n));
        visitor.visit_u64(whole.ok_or_else(|| self.is_not("a whole number"))? as u64)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.value.as_bool().ok_or_else(|| self.is_not("true or false"))?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.value.as_string() {
            Some(text) => visitor.visit_string(text),
            // Durations are texts too, and say so.
            None => Err(self.is_not(&(&visitor as &dyn Expected).to_string())),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let list = if self.is_list() { self.parts() } else { Err(self.is_not("a list")) };
        visitor.visit_seq(list?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let map = if self.is_object() { self.parts() } else { Err(self.is_not("an object")) };
        visitor.visit_map(map?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let names = Object::keys(self.value.unchecked_ref::<Object>());
        let chosen = match self.value.as_string() {
            Some(name) => Chosen { name, inside: None },
            None if self.is_object() && names.length() == 1 => {
                let (name, inside) = self.parts()?.take();
                Chosen { name, inside: Some(inside) }
            }
            None => return Err(self.is_not(&variants.join(" or "))),
        };
        visitor.visit_enum(chosen)
    }

    like! {
        deserialize_u8() => deserialize_u64;
        deserialize_u16() => deserialize_u64;
        deserialize_u32() => deserialize_u64;
        deserialize_i8() => deserialize_f64;
        deserialize_i16() => deserialize_f64;
        deserialize_i32() => deserialize_f64;
        deserialize_i64() => deserialize_f64;
        deserialize_f32() => deserialize_f64;
        deserialize_char() => deserialize_string;
        deserialize_str() => deserialize_string;
        deserialize_identifier() => deserialize_string;
        deserialize_bytes() => deserialize_seq;
        deserialize_byte_buf() => deserialize_seq;
        deserialize_tuple(_length: usize) => deserialize_seq;
        deserialize_tuple_struct(_name: &'static str, _length: usize) => deserialize_seq;
        deserialize_struct(_name: &'static str, _fields: &'static [&'static str]) => deserialize_map;
        deserialize_unit() => deserialize_any;
        deserialize_unit_struct(_name: &'static str) => deserialize_any;
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    /// What nobody wants to know is not looked at.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_unit()
    }
}

/// The items of a list, or the fields of an object.
struct Parts {
    of: JsValue,
    names: Array,
    next: u32,
    depth: u32,
}

impl Parts {
    fn take(&mut self) -> (String, Json) {
        let key = self.names.get(self.next);
        self.next += 1;
        let value = Reflect::get(&self.of, &key).unwrap_or_default();
        let name = key.as_string().unwrap_or_default();
        let name = if Array::is_array(&self.of) { format!("[{name}]") } else { name };
        (name, Json { value, depth: self.depth })
    }
}

impl<'de> SeqAccess<'de> for Parts {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        if self.next == self.names.length() {
            return Ok(None);
        }
        let (index, item) = self.take();
        seed.deserialize(item).map(Some).map_err(|error| error.within(&index))
    }
}

impl<'de> MapAccess<'de> for Parts {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        if self.next == self.names.length() {
            return Ok(None);
        }
        let name = self.names.get(self.next).as_string().unwrap_or_default();
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        let (name, value) = self.take();
        seed.deserialize(value).map_err(|error| error.within(&name))
    }
}

/// One of several: its name alone, or the name and what goes with it.
struct Chosen {
    name: String,
    inside: Option<Json>,
}

impl<'de> EnumAccess<'de> for Chosen {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Unreadable> {
        let name = seed.deserialize(self.name.as_str().into_deserializer())?;
        Ok((name, self))
    }
}

impl Chosen {
    fn with<T>(self, read: impl FnOnce(Json) -> Result<T, Unreadable>) -> Result<T, Unreadable> {
        let inside = self.inside.unwrap_or(Json { value: JsValue::NULL, depth: 0 });
        read(inside).map_err(|error| error.within(&self.name))
    }
}

impl<'de> VariantAccess<'de> for Chosen {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        match self.inside {
            None => Ok(()),
            Some(_) => {
                Err(Unreadable::new(&self.name, "has nothing in it: write its name alone".into()))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        self.with(|inside| seed.deserialize(inside))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.with(|inside| inside.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        self.with(|inside| inside.deserialize_map(visitor))
    }
}
