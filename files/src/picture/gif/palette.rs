//! The colours of a GIF: those that there are, or as many of them as differ most.

use std::collections::BTreeMap;

/// How many colours there may be: one place of the table is for what is transparent.
const MOST: usize = 255;

/// A colour, and how often it was seen.
type Seen = ([u8; 3], u32);

/// The table, and how it came about.
pub(super) struct Palette {
    table: Vec<[u8; 3]>,
    sampled: BTreeMap<[u8; 3], u32>,
    /// Where each colour that was asked for is.
    known: BTreeMap<[u8; 3], u8>,
    exact: bool,
}

impl Palette {
    pub(super) const fn new() -> Self {
        Self { table: Vec::new(), sampled: BTreeMap::new(), known: BTreeMap::new(), exact: true }
    }

    /// A colour that stays as it is.
    pub(super) fn keep(&mut self, colour: [u8; 3]) {
        if !self.table.contains(&colour) && self.table.len() < MOST {
            self.known.insert(colour, self.table.len() as u8);
            self.table.push(colour);
        }
    }

    /// Counts the colours of a picture.
    pub(super) fn sample(&mut self, pixels: &[u8]) {
        let mut rest = pixels.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        let Some(mut colour) = rest.next() else { return };
        let mut count = 1;
        for next in rest {
            if next == colour {
                count += 1;
                continue;
            }
            *self.sampled.entry(colour).or_default() += count;
            (colour, count) = (next, 1);
        }
        *self.sampled.entry(colour).or_default() += count;
    }

    /// Fills the table with what was sampled, once.
    pub(super) fn settle(&mut self) {
        let sampled = std::mem::take(&mut self.sampled);
        let new = sampled.into_iter().filter(|(colour, _)| !self.known.contains_key(colour));
        let new: Vec<Seen> = new.collect();
        let room = MOST - self.table.len();
        if new.len() <= room {
            new.iter().for_each(|(colour, _)| self.keep(*colour));
        } else {
            quantised(new, room).into_iter().for_each(|colour| self.keep(colour));
        }
    }

    /// The place of a colour, or of the one that is most like it.
    pub(super) fn index(&mut self, colour: [u8; 3]) -> u8 {
        if let Some(index) = self.known.get(&colour) {
            return *index;
        }
        if self.table.len() < MOST {
            self.keep(colour);
            return self.table.len() as u8 - 1;
        }
        self.exact = false;
        let nearest = (0_u8..).zip(&self.table).min_by_key(|(_, other)| distance(colour, **other));
        let index = nearest.map_or(0, |(index, _)| index);
        self.known.insert(colour, index);
        index
    }

    /// All 256 places.
    pub(super) fn table(&self) -> Vec<[u8; 3]> {
        let mut table = self.table.clone();
        table.resize(256, [0; 3]);
        table
    }

    pub(super) const fn is_exact(&self) -> bool {
        self.exact
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let square = |(a, b): (u8, u8)| u32::from(a.abs_diff(b)).pow(2);
    a.into_iter().zip(b).map(square).sum()
}

/// Colours that lie near each other, what is between them, and how far they are from that.
struct Cloud {
    colours: Vec<Seen>,
    mean: [f64; 3],
    spread: [f64; 3],
}

impl Cloud {
    fn of(colours: Vec<Seen>) -> Self {
        // An area of one colour is no more to be seen than its edges are.
        let weight = |count: u32| f64::from(count).sqrt();
        let all: f64 = colours.iter().map(|(_, count)| weight(*count)).sum();
        let sum = |of: &dyn Fn(u8) -> f64, channel: usize| -> f64 {
            colours.iter().map(|(colour, count)| of(colour[channel]) * weight(*count)).sum()
        };
        let mean = [0, 1, 2].map(|channel| sum(&f64::from, channel) / all.max(1.0));
        let spread = [0, 1, 2]
            .map(|channel| sum(&|value| (f64::from(value) - mean[channel]).powi(2), channel));
        Self { colours, mean, spread }
    }

    /// The channel in which they lie farthest apart, and how far.
    fn widest(&self) -> (usize, f64) {
        let mut all = self.spread.into_iter().enumerate();
        let first = all.next().unwrap_or_default();
        all.fold(first, |most, next| if next.1 > most.1 { next } else { most })
    }
}

/// So many colours at most that stand for all of these: the cloud that is spread widest is divided at its
/// mean until there are enough (after Wan, Prusinkiewicz and Wong, 1990).
fn quantised(colours: Vec<Seen>, most: usize) -> Vec<[u8; 3]> {
    let mut clouds = vec![Cloud::of(colours)];
    while clouds.len() < most {
        let spread = |cloud: &Cloud| cloud.widest().1;
        let mut widest = 0;
        for (place, cloud) in clouds.iter().enumerate() {
            if spread(cloud) > spread(&clouds[widest]) {
                widest = place;
            }
        }
        let (channel, apart) = clouds[widest].widest();
        if apart <= 0.0 {
            break;
        }
        let Cloud { colours, mean, .. } = clouds.swap_remove(widest);
        let (low, high) = colours
            .into_iter()
            .partition(|(colour, _)| f64::from(colour[channel]) <= mean[channel]);
        clouds.extend([low, high].map(Cloud::of));
    }
    clouds.iter().map(|cloud| cloud.mean.map(|value| value.round() as u8)).collect()
}
