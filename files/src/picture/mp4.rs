//! A film as MP4, for programs that know no WebM: pictures in H.264 with times, an index and a link around
//! them. The shapes are those of ISO/IEC 14496-12 and -15; what is said of the film is where players look
//! for it, as iTunes began to do.

use super::video::{BT709, Film, Sample};

/// A second has so many units of time.
const UNITS: u32 = 1_000;
/// Nothing is turned or stretched.
const UPRIGHT: [u32; 9] = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30];
/// 72 pixels an inch, as all have it.
const INCH: u32 = 72 << 16;

/// A film that is being written.
pub struct Mp4 {
    film: Film,
    /// What a decoder must know in advance: the body of `avcC`.
    description: Vec<u8>,
    sizes: Vec<u32>,
    /// Which pictures, counted from one, can be understood without those before them.
    keys: Vec<u32>,
}

impl Mp4 {
    /// Before the first picture.
    #[must_use]
    pub const fn new(film: Film, description: Vec<u8>) -> Self {
        Self { film, description, sizes: Vec::new(), keys: Vec::new() }
    }

    /// The next picture; returns the bytes that are ready.
    pub fn frame(&mut self, sample: Sample) -> Vec<u8> {
        self.sizes.push(sample.bytes.len() as u32);
        if sample.is_key {
            self.keys.push(self.sizes.len() as u32);
        }
        sample.bytes
    }

    /// What comes before all that was ready; nothing comes behind it.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let kind = bytes(b"ftyp", &[b"isom", &512_u32.to_be_bytes(), b"isomiso2avc1mp41"]);
        // How long it is does not change with what it says.
        let start = kind.len() + self.movie(0).len() + 16;
        let all: u64 = self.sizes.iter().map(|size| u64::from(*size)).sum();
        let mut head = kind;
        head.extend(self.movie(start as u64));
        // The long form of a size, in sixteen bytes.
        head.extend(1_u32.to_be_bytes());
        head.extend(b"mdat");
        head.extend((all + 16).to_be_bytes());
        head
    }

    fn movie(&self, start: u64) -> Vec<u8> {
        let length = self.film.frames * self.film.each;
        let mut header = numbers(&[0, 0, UNITS, length, 1 << 16, 1 << 24, 0, 0]);
        header.extend(numbers(&UPRIGHT));
        header.extend(numbers(&[0, 0, 0, 0, 0, 0, 2]));
        bytes(b"moov", &[&full(b"mvhd", 0, &[&header]), &self.track(length, start), &self.told()])
    }

    fn track(&self, length: u32, start: u64) -> Vec<u8> {
        let Film { width, height, .. } = self.film;
        let mut header = numbers(&[0, 0, 1, 0, length, 0, 0, 0, 0]);
        header.extend(numbers(&UPRIGHT));
        header.extend(numbers(&[width << 16, height << 16]));
        // In no language.
        let mut media = numbers(&[0, 0, UNITS, length]);
        media.extend([0x55, 0xc4, 0, 0]);
        let here = full(b"dref", 0, &[&numbers(&[1]), &full(b"url ", 1, &[])]);
        let inside = bytes(
            b"minf",
            &[&full(b"vmhd", 1, &[&[0; 8]]), &bytes(b"dinf", &[&here]), &self.table(start)],
        );
        let kind = full(b"hdlr", 0, &[&[0; 4], b"vide", &[0; 12], b"\0"]);
        let media = bytes(b"mdia", &[&full(b"mdhd", 0, &[&media]), &kind, &inside]);
        // It is shown, and part of the film.
        bytes(b"trak", &[&full(b"tkhd", 3, &[&header]), &media])
    }

    /// How pictures are encoded, when they are, and where they are.
    fn table(&self, start: u64) -> Vec<u8> {
        let count = self.sizes.len() as u32;
        bytes(
            b"stbl",
            &[
                &full(b"stsd", 0, &[&numbers(&[1]), &self.entry()]),
                &full(b"stts", 0, &[&numbers(&[1, count, self.film.each])]),
                &full(b"stss", 0, &[&numbers(&[self.keys.len() as u32]), &numbers(&self.keys)]),
                &full(b"stsc", 0, &[&numbers(&[1, 1, count, 1])]),
                &full(b"stsz", 0, &[&numbers(&[0, count]), &numbers(&self.sizes)]),
                &full(b"co64", 0, &[&numbers(&[1]), &start.to_be_bytes()]),
            ],
        )
    }

    fn entry(&self) -> Vec<u8> {
        let size = [self.film.width, self.film.height].map(|side| (side as u16).to_be_bytes());
        let colour = [0, BT709, 0, BT709, 0, BT709, 0];
        bytes(
            b"avc1",
            &[
                &[0, 0, 0, 0, 0, 0, 0, 1],
                &[0; 16],
                &size.concat(),
                &numbers(&[INCH, INCH, 0]),
                &[0, 1],
                &[0; 32],
                &[0, 24, 0xff, 0xff],
                &bytes(b"avcC", &[&self.description]),
                &bytes(b"colr", &[b"nclx", &colour]),
            ],
        )
    }

    /// What it shows, where that is, and what is written beneath.
    fn told(&self) -> Vec<u8> {
        let kind = full(b"hdlr", 0, &[&[0; 4], b"mdirappl", &[0; 9]]);
        let texts = self.film.tags().map(|(name, text)| {
            let name = match name {
                "TITLE" => b"\xa9nam",
                "COMMENT" => b"\xa9cmt",
                _ => b"desc",
            };
            bytes(name, &[&bytes(b"data", &[&numbers(&[1, 0]), text.as_bytes()])])
        });
        let list = bytes(b"ilst", &[&texts.collect::<Vec<_>>().concat()]);
        bytes(b"udta", &[&full(b"meta", 0, &[&kind, &list])])
    }
}

/// A box: how long it is, what it is, and what is in it.
fn bytes(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut out = (body.len() as u32 + 8).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(body);
    out
}

/// A box of version 0 with flags.
fn full(name: &[u8; 4], flags: u32, parts: &[&[u8]]) -> Vec<u8> {
    bytes(name, &[&flags.to_be_bytes(), &parts.concat()])
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::video::tests::{film, samples};
    use super::*;

    /// The body of the box at the end of a way through boxes, and where it begins.
    fn find(bytes: &[u8], way: &[(&[u8; 4], usize)]) -> (usize, Vec<u8>) {
        let [(name, skipped), rest @ ..] = way else { return (0, bytes.to_vec()) };
        let mut at = 0;
        while at < bytes.len() {
            let word = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four"));
            let (mut size, mut body) = (word(at) as usize, at + 8);
            if size == 1 {
                (size, body) = (word(at + 12) as usize, at + 16);
            }
            if bytes[at + 4..at + 8] == name[..] {
                let start = body + skipped;
                let (inside, found) = find(&bytes[start..at + size], rest);
                return (start + inside, found);
            }
            at += size;
        }
        panic!("no {}", String::from_utf8_lossy(&name[..]));
    }

    fn words(bytes: &[u8]) -> Vec<u32> {
        let words = bytes.chunks_exact(4);
        words.map(|word| u32::from_be_bytes(word.try_into().expect("four"))).collect()
    }

    fn written() -> Vec<u8> {
        let mut mp4 = Mp4::new(film(), vec![1, 100, 0, 51]);
        let ready: Vec<u8> = samples().flat_map(|sample| mp4.frame(sample)).collect();
        [mp4.finish(), ready].concat()
    }

    #[test]
    fn every_picture_is_where_and_when_it_is_said_to_be() {
        let film = written();
        let stbl: [(&[u8; 4], usize); 5] =
            [(b"moov", 0), (b"trak", 0), (b"mdia", 0), (b"minf", 0), (b"stbl", 0)];
        let part = |name: &'static [u8; 4]| find(&film, &[&stbl[..], &[(name, 4)]].concat()).1;
        let sizes = words(&part(b"stsz"));
        let place =
            part(b"co64")[4..].iter().fold(0, |place, byte| place << 8 | usize::from(*byte));
        let (data, body) = find(&film, &[(b"mdat", 0)]);
        assert_eq!((place, sizes[..2].to_vec()), (data, vec![0, 70]));
        let mut at = place;
        for (sample, size) in samples().zip(&sizes[2..]) {
            assert_eq!(film[at..at + *size as usize], sample.bytes[..]);
            at += *size as usize;
        }
        assert_eq!(at, data + body.len());
        assert_eq!(words(&part(b"stts")), [1, 70, 40]);
        assert_eq!(words(&part(b"stss")), [3, 1, 31, 61]);
        let stsd = part(b"stsd");
        assert!(stsd.windows(8).any(|part| part == b"avcC\x01\x64\x00\x33"));
    }

    #[test]
    fn its_length_its_size_and_its_link_are_said() {
        let bytes = written();
        let (_, header) = find(&bytes, &[(b"moov", 0), (b"mvhd", 4)]);
        assert_eq!(words(&header)[2..4], [1_000, 2_800]);
        let (_, track) = find(&bytes, &[(b"moov", 0), (b"trak", 0), (b"tkhd", 4)]);
        assert_eq!(words(&track)[18..], [1920 << 16, 1080 << 16]);
        let way: [(&[u8; 4], usize); 6] =
            [(b"moov", 0), (b"udta", 0), (b"meta", 4), (b"ilst", 0), (b"\xa9cmt", 0), (b"data", 8)];
        assert_eq!(find(&bytes, &way).1, film().link.as_bytes());
    }
}
