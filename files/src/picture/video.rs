//! What a browser has encoded, on its way into a container.

/// All that is known of a film before its first picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Film {
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

/// ITU-T H.273's name for what [`i420`] does: the primaries, the curve and the matrix of BT.709.
pub(super) const BT709: u8 = 1;

/// The same pixels as brightness for each and colour for four of them, which is what encoders take: BT.709,
/// 16 to 235. Pixels are four bytes each; width and height are even. What browsers would make of red, green
/// and blue by themselves differs between them.
#[must_use]
pub fn i420(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let (w, h) = (width / 2, height / 2);
    let mut out = vec![0; width * height + 2 * w * h];
    let (bright, colour) = out.split_at_mut(width * height);
    for (y, pixel) in bright.iter_mut().zip(pixels.chunks_exact(4)) {
        *y = brightness(pixel);
    }
    let (blue, red) = colour.split_at_mut(w * h);
    let row = width * 4;
    let rows = pixels.chunks_exact(2 * row);
    for ((blue, red), rows) in blue.chunks_mut(w).zip(red.chunks_mut(w)).zip(rows) {
        let (upper, lower) = rows.split_at(row);
        let four = upper.chunks_exact(8).zip(lower.chunks_exact(8));
        for ((blue, red), (upper, lower)) in blue.iter_mut().zip(red).zip(four) {
            let sum = |channel: usize| {
                [upper[channel], upper[channel + 4], lower[channel], lower[channel + 4]]
                    .into_iter()
                    .map(i32::from)
                    .sum::<i32>()
            };
            let (r, g, b) = (sum(0), sum(1), sum(2));
            *blue = difference(-6_596 * r - 22_189 * g + 28_785 * b);
            *red = difference(28_785 * r - 26_145 * g - 2_640 * b);
        }
    }
    out
}

/// In 65,536ths: 219 / 255 of what of a pixel is bright.
fn brightness(pixel: &[u8]) -> u8 {
    let [r, g, b] = [0, 1, 2].map(|channel| i32::from(pixel[channel]));
    (16 + ((11_966 * r + 40_254 * g + 4_064 * b + 32_768) >> 16)) as u8
}

/// In 65,536ths and of four pixels: 224 / 255 of how far a colour is from grey.
fn difference(sum: i32) -> u8 {
    (128 + ((sum + (1 << 17)) >> 18)) as u8
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What BT.709 says, from a picture of one colour.
    fn seen([r, g, b]: [u8; 3]) -> [u8; 3] {
        let pixels = [r, g, b, 255].repeat(8);
        let out = i420(&pixels, 4, 2);
        assert_eq!(out.len(), 12);
        assert!(out[..8].iter().all(|y| *y == out[0]));
        assert_eq!((out[8], out[10]), (out[9], out[11]));
        [out[0], out[8], out[10]]
    }

    #[test]
    fn colours_are_what_bt_709_says() {
        for colour in
            [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [208, 80, 26]]
        {
            let [r, g, b] = colour.map(|value| f64::from(value) / 255.0);
            let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            let wanted = [
                16.0 + 219.0 * y,
                128.0 + 224.0 * (b - y) / 1.8556,
                128.0 + 224.0 * (r - y) / 1.5748,
            ];
            assert_eq!(seen(colour), wanted.map(|value| value.round() as u8), "{colour:?}");
        }
    }

    #[test]
    fn colour_is_the_mean_of_four_and_brightness_that_of_each() {
        let (black, white, red) = ([0, 0, 0, 255], [255, 255, 255, 255], [255, 0, 0, 255]);
        let out = i420(&[black, white, red, red].concat(), 2, 2);
        assert_eq!(out[..4], [16, 235, 63, 63]);
        assert_eq!(out[5], 128 + 56, "half of it is red");
    }

    /// A film of seventy pictures, of which three stand by themselves.
    pub(crate) fn film() -> Film {
        Film {
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
