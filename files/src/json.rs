//! Reads JSON into types. An error names the field, the value and what is expected there; a field
//! that nobody knows is an error too.

use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Value};

/// Up to here every program that reads JSON counts without gaps.
const LAST_WHOLE: f64 = 9_007_199_254_740_991.0;

/// Parses a text.
///
/// # Errors
/// A sentence with the line.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Err("The file is empty.".to_owned());
    }
    let unreadable = |error: serde_json::Error| {
        let what = if error.is_data() { "It cannot be read" } else { "It is not JSON" };
        format!("{what}: {error}.")
    };
    let Once(value) = serde_json::from_str(text).map_err(unreadable)?;
    Ok(value)
}

/// A value in which every field is there once. JSON has no word for what a second one means, and
/// half of the programs that read it take the first.
struct Once(Value);

impl<'de> de::Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor).map(Self)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            if map.contains_key(&name) {
                let name: String = name.chars().take(40).collect();
                return Err(de::Error::custom(format!("the field “{name}” is there twice")));
            }
            let Once(value) = fields.next_value()?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads a text.
///
/// # Errors
/// A sentence about the first thing that cannot be read, and where it is.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    from_value(&parse(text)?)
}

/// Reads what was parsed.
///
/// # Errors
/// A sentence about the first thing that cannot be read, and where it is.
pub(crate) fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    T::deserialize(Json(value)).map_err(|error| format!("{error}."))
}

/// What cannot be read: a path such as `interventions[2].at`, and a sentence that it begins.
#[derive(Debug)]
struct Unreadable {
    path: String,
    message: String,
}

impl Unreadable {
    fn new(path: &str, message: String) -> Self {
        Self { path: path.into(), message }
    }

    /// The same, seen from outside.
    fn within(self, outer: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{outer}{dot}{}", self.path), ..self }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "This" } else { &self.path };
        write!(f, "{path} {}", self.message)
    }
}

impl std::error::Error for Unreadable {}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("", format!("cannot be read: {message}"))
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let found: String = found.chars().take(40).collect();
        Self::new("", format!("must be {}, not “{found}”", expected.join(" or ")))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let field: String = field.chars().take(40).collect();
        Self::new(&field, format!("is not known; there are {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(field, "is missing".into())
    }
}

/// A value to be read.
#[derive(Clone, Copy)]
struct Json<'a>(&'a Value);

impl Json<'_> {
    /// Says that it is something else than what is wanted.
    fn is_not(self, wanted: &str) -> Unreadable {
        let found = match self.0 {
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            other => other.to_string().chars().take(40).collect(),
        };
        Unreadable::new("", format!("must be {wanted}, not {found}"))
    }

    fn whole(self, most: f64) -> Result<u64, Unreadable> {
        let number = self.0.as_f64().filter(|n| n.fract() == 0.0);
        let number = number.ok_or_else(|| self.is_not("a whole number"))?;
        if (0.0..=most).contains(&number) {
            return Ok(number as u64);
        }
        Err(self.is_not(&format!("a whole number between 0 and {most}")))
    }
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

impl<'de> Deserializer<'de> for Json<'_> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0 {
            Value::Number(_) => self.deserialize_f64(visitor),
            Value::String(text) => visitor.visit_str(text),
            _ => Err(self.is_not("a number or a text")),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_f64(self.0.as_f64().ok_or_else(|| self.is_not("a number"))?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_u64(self.whole(LAST_WHOLE)?)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_u64(self.whole(u8::MAX.into())?)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_u64(self.whole(u16::MAX.into())?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_u64(self.whole(u32::MAX.into())?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.0.as_bool().ok_or_else(|| self.is_not("true or false"))?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.0.as_str() {
            Some(text) => visitor.visit_str(text),
            // Durations are texts too, and say so.
            None => Err(self.is_not(&(&visitor as &dyn Expected).to_string())),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let items = self.0.as_array().ok_or_else(|| self.is_not("a list"))?;
        visitor.visit_seq(Items { items: items.iter(), index: 0 })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let fields = self.0.as_object().ok_or_else(|| self.is_not("an object"))?;
        visitor.visit_map(Fields { fields: fields.iter(), value: None })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        let only = |fields: &'_ Map<String, Value>| fields.len() == 1;
        match self.0 {
            Value::String(name) => visitor.visit_enum(Chosen { name, inside: None }),
            Value::Object(fields) if only(fields) => {
                let (name, inside) = fields.iter().next().ok_or_else(|| self.is_not("a name"))?;
                visitor.visit_enum(Chosen { name, inside: Some(inside) })
            }
            _ => Err(self.is_not(&variants.join(" or "))),
        }
    }

    like! {
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

/// The items of a list.
struct Items<'a> {
    items: std::slice::Iter<'a, Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let read = seed.deserialize(Json(item));
        read.map(Some).map_err(|error| error.within(&format!("[{index}]")))
    }
}

/// The fields of an object.
struct Fields<'a> {
    fields: serde_json::map::Iter<'a>,
    value: Option<(&'a str, &'a Value)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        let Some((name, value)) = self.fields.next() else { return Ok(None) };
        self.value = Some((name, value));
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<T::Value, Unreadable> {
        let (name, value) = self.value.take().unwrap_or(("", &Value::Null));
        seed.deserialize(Json(value)).map_err(|error| error.within(name))
    }
}

/// One of several: its name alone, or the name and what goes with it.
#[derive(Clone, Copy)]
struct Chosen<'a> {
    name: &'a str,
    inside: Option<&'a Value>,
}

impl<'de> EnumAccess<'de> for Chosen<'_> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Unreadable> {
        Ok((seed.deserialize(self.name.into_deserializer())?, self))
    }
}

impl Chosen<'_> {
    fn with<T>(self, read: impl FnOnce(Json) -> Result<T, Unreadable>) -> Result<T, Unreadable> {
        read(Json(self.inside.unwrap_or(&Value::Null))).map_err(|error| error.within(self.name))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        match self.inside {
            None => Ok(()),
            Some(_) => {
                Err(Unreadable::new(self.name, "has nothing in it: write its name alone".into()))
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
