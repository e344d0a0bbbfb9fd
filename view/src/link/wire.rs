//! How a link writes numbers, texts and what is made of them: the format of postcard, which version
//! 1 was written with. By hand, because what serde makes of so many shapes was a twentieth of the
//! page.
//!
//! Whole numbers are LEB128, a list or a text begins with its length, a choice with its number.

use half_open::policy::breaker::Millis;
use half_open::time::{SimDuration, SimTime};

/// Something that a link can hold.
pub(super) trait Wire: Sized {
    /// Reads it; what has failed is told by the reader at the end.
    fn read(from: &mut Reader) -> Self;
    /// Writes it.
    fn write(&self, to: &mut Vec<u8>);
}

/// Bytes that are read from the left. Where they make no sense it goes on with zeros, and says so
/// when everything is read.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    sound: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest, sound: true }
    }

    /// Whether everything made sense, and nothing is left.
    pub(super) fn is_done(&self) -> bool {
        self.sound && self.rest.is_empty()
    }

    /// What is left, if everything made sense so far.
    pub(super) fn rest(self) -> Option<&'a [u8]> {
        self.sound.then_some(self.rest)
    }

    pub(super) fn fail(&mut self) {
        self.sound = false;
        self.rest = &[];
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            self.fail();
            return &[];
        };
        self.rest = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// A whole number of seven bits a byte, the lowest first.
    fn number(&mut self, most: u64) -> u64 {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte();
            let (part, room) = (u64::from(byte & 0x7f), most >> shift);
            if room == 0 || part > room {
                break;
            }
            number |= part << shift;
            if byte < 0x80 {
                return number;
            }
        }
        self.fail();
        0
    }

    /// The number of a choice, or the length of something.
    pub(super) fn count(&mut self) -> u32 {
        self.number(u32::MAX.into()) as u32
    }
}

pub(super) fn write_number(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

impl Wire for u8 {
    fn read(from: &mut Reader) -> Self {
        from.byte()
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.push(*self);
    }
}

impl Wire for bool {
    fn read(from: &mut Reader) -> Self {
        let byte = from.byte();
        if byte > 1 {
            from.fail();
        }
        byte == 1
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.push((*self).into());
    }
}

impl Wire for u32 {
    fn read(from: &mut Reader) -> Self {
        from.count()
    }

    fn write(&self, to: &mut Vec<u8>) {
        write_number(to, (*self).into());
    }
}

impl Wire for u64 {
    fn read(from: &mut Reader) -> Self {
        from.number(Self::MAX)
    }

    fn write(&self, to: &mut Vec<u8>) {
        write_number(to, *self);
    }
}

impl Wire for f64 {
    fn read(from: &mut Reader) -> Self {
        from.take(8).try_into().map_or(0.0, Self::from_le_bytes)
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.to_le_bytes());
    }
}

impl Wire for SimDuration {
    fn read(from: &mut Reader) -> Self {
        Self::from_nanos(u64::read(from))
    }

    fn write(&self, to: &mut Vec<u8>) {
        write_number(to, self.nanos());
    }
}

impl Wire for SimTime {
    fn read(from: &mut Reader) -> Self {
        Self::from_nanos(u64::read(from))
    }

    fn write(&self, to: &mut Vec<u8>) {
        write_number(to, self.nanos());
    }
}

impl Wire for Millis {
    fn read(from: &mut Reader) -> Self {
        Self(SimDuration::read(from))
    }

    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }
}

impl Wire for String {
    fn read(from: &mut Reader) -> Self {
        let length = from.count();
        let text = from.take(length as usize);
        std::str::from_utf8(text).map(str::to_owned).unwrap_or_else(|_| {
            from.fail();
            Self::new()
        })
    }

    fn write(&self, to: &mut Vec<u8>) {
        write_number(to, self.len() as u64);
        to.extend(self.as_bytes());
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read(from: &mut Reader) -> Self {
        bool::read(from).then(|| T::read(from))
    }

    fn write(&self, to: &mut Vec<u8>) {
        self.is_some().write(to);
        if let Some(value) = self {
            value.write(to);
        }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn read(from: &mut Reader) -> Self {
        Self::new(T::read(from))
    }

    fn write(&self, to: &mut Vec<u8>) {
        self.as_ref().write(to);
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read(from: &mut Reader) -> Self {
        // A length is only believed as far as there are bytes for it: each entry takes one or more.
        let length = from.count();
        let mut list = Self::new();
        for _ in 0..length {
            if from.rest.is_empty() {
                from.fail();
                break;
            }
            list.push(T::read(from));
        }
        list
    }

    fn write(&self, to: &mut Vec<u8>) {
        write_number(to, self.len() as u64);
        for entry in self {
            entry.write(to);
        }
    }
}

/// Structures that are written field by field, in this order.
macro_rules! structures {
    ($($shape:ty { $($field:ident),+ $(,)? })+) => { $(
        impl Wire for $shape {
            fn read(from: &mut Reader) -> Self {
                Self { $($field: Wire::read(from)),+ }
            }

            fn write(&self, to: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $($field.write(to);)+
            }
        }
    )+ };
}

/// Choices that are written as a number, with what belongs to the chosen one behind it.
macro_rules! choices {
    ($($shape:ty {
        $($number:literal $variant:ident $(($($part:ident),+))? $({ $($field:ident),+ })?),+ $(,)?
    })+) => { $(
        impl Wire for $shape {
            fn read(from: &mut Reader) -> Self {
                match from.count() {
                    $($number => Self::$variant
                        $(($({ let $part = Wire::read(from); $part }),+))?
                        $({ $($field: Wire::read(from)),+ })?,)+
                    _ => {
                        from.fail();
                        // Nothing is left but zeros, so this is the first one.
                        Self::read(from)
                    }
                }
            }

            fn write(&self, to: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($part),+))? $({ $($field),+ })? => {
                        write_number(to, $number);
                        $($($part.write(to);)+)?
                        $($($field.write(to);)+)?
                    })+
                }
            }
        }
    )+ };
}

pub(super) use {choices, structures};
