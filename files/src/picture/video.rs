//! What a browser has encoded, on its way into a container.

use serde::Deserialize;

/// How pictures are encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
    /// AV1.
    Av1,
    /// H.264.
    Avc,
}

/// What the numbers of a picture mean, in the words of ITU-T H.273.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// Which red, green and blue.
    pub primaries: u8,
    /// From light to numbers.
    pub transfer: u8,
    /// From red, green and blue to brightness and colour.
    pub matrix: u8,
    /// Whether they use their whole range.
    pub full: bool,
}

/// All that is known of a film before its first picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Film {
    /// How pictures are encoded.
    pub codec: Codec,
    /// What a decoder must know in advance; empty if nothing.
    pub description: Vec<u8>,
    /// What the numbers of a picture mean.
    pub space: Space,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How many pictures there are.
    pub frames: u32,
    /// How long each is seen, in milliseconds.
    pub each: u32,
    /// What it shows.
    pub title: String,
    /// The address that leads there.
    pub link: String,
    /// What is written beneath; may be empty.
    pub caption: String,
}

impl Film {
    /// What is said of it, by the names of Matroska.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all =
            [("TITLE", &*self.title), ("COMMENT", &*self.link), ("DESCRIPTION", &*self.caption)];
        all.into_iter().filter(|(_, text)| !text.is_empty())
    }
}

/// An encoded picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sample {
    /// When it is seen, in milliseconds.
    pub at: u32,
    /// Whether it can be understood without those before it.
    pub is_key: bool,
    /// What the encoder wrote.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A film of seventy pictures, of which three stand by themselves.
    pub(crate) fn film(codec: Codec) -> Film {
        Film {
            codec,
            description: Vec::new(),
            space: Space { primaries: 1, transfer: 1, matrix: 6, full: false },
            width: 1920,
            height: 1080,
            frames: 70,
            each: 40,
            title: "Payments, from 0:04.000 to 0:08.000".into(),
            link: "https://example.org/half-open/#s=AbC".into(),
            caption: "The bank is down.".into(),
        }
    }

    pub(crate) fn samples() -> impl Iterator<Item = Sample> {
        (0..70).map(|number| Sample {
            at: number * 40,
            is_key: number % 30 == 0,
            bytes: vec![number as u8; number as usize * 5 + 1],
        })
    }
}
