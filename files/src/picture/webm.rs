//! A film as WebM: what a browser has encoded, with times, an index and a link around it. The shapes are
//! those of RFC 8794 (EBML) and RFC 9559 (Matroska).
//!
//! Libraries for this are made for any number of tracks that come as they please; one track whose pictures
//! are known in advance is a page of code.

use super::video::{BT709, Film, Sample};

// The names of elements.
const EBML: u32 = 0x1a45_dfa3;
const EBML_VERSION: u32 = 0x4286;
const EBML_READ_VERSION: u32 = 0x42f7;
const MAX_ID_LENGTH: u32 = 0x42f2;
const MAX_SIZE_LENGTH: u32 = 0x42f3;
const DOC_TYPE: u32 = 0x4282;
const DOC_TYPE_VERSION: u32 = 0x4287;
const DOC_TYPE_READ_VERSION: u32 = 0x4285;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114d_9b74;
const SEEK: u32 = 0x4dbb;
const SEEK_ID: u32 = 0x53ab;
const SEEK_POSITION: u32 = 0x53ac;
const INFO: u32 = 0x1549_a966;
const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
const DURATION: u32 = 0x4489;
const TITLE: u32 = 0x7ba9;
const MUXING_APP: u32 = 0x4d80;
const WRITING_APP: u32 = 0x5741;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const TRACK_UID: u32 = 0x73c5;
const TRACK_TYPE: u32 = 0x83;
const FLAG_LACING: u32 = 0x9c;
const LANGUAGE: u32 = 0x22_b59c;
const CODEC_ID: u32 = 0x86;
const DEFAULT_DURATION: u32 = 0x23_e383;
const VIDEO: u32 = 0xe0;
const PIXEL_WIDTH: u32 = 0xb0;
const PIXEL_HEIGHT: u32 = 0xba;
const COLOUR: u32 = 0x55b0;
const MATRIX: u32 = 0x55b1;
const RANGE: u32 = 0x55b9;
const TRANSFER: u32 = 0x55ba;
const PRIMARIES: u32 = 0x55bb;
const TAGS: u32 = 0x1254_c367;
const TAG: u32 = 0x7373;
const TARGETS: u32 = 0x63c0;
const SIMPLE_TAG: u32 = 0x67c8;
const TAG_NAME: u32 = 0x45a3;
const TAG_STRING: u32 = 0x4487;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const CUES: u32 = 0x1c53_bb6b;
const CUE_POINT: u32 = 0xbb;
const CUE_TIME: u32 = 0xb3;
const CUE_POSITIONS: u32 = 0xb7;
const CUE_TRACK: u32 = 0xf7;
const CUE_CLUSTER: u32 = 0xf1;

/// A picture's time counts from that of its cluster, and may be no more than this after it.
const LONGEST_CLUSTER: u32 = 30_000;

/// How pictures are encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// VP8.
    Vp8,
    /// VP9.
    Vp9,
}

/// A film that is being written.
pub struct Webm {
    film: Film,
    codec: Codec,
    /// The cluster that is not over, and when it began.
    cluster: Vec<u8>,
    begun: u32,
    /// When each cluster began, and where it is, counted from the first one.
    cues: Vec<(u32, u64)>,
    /// How many bytes of clusters there are.
    written: u64,
}

impl Webm {
    /// Before the first picture.
    #[must_use]
    pub const fn new(film: Film, codec: Codec) -> Self {
        Self { film, codec, cluster: Vec::new(), begun: 0, cues: Vec::new(), written: 0 }
    }

    /// The next picture; returns the bytes that are ready.
    pub fn frame(&mut self, sample: Sample) -> Vec<u8> {
        let over = sample.is_key || sample.at.saturating_sub(self.begun) > LONGEST_CLUSTER;
        let ready = if over { self.end_cluster() } else { Vec::new() };
        if self.cluster.is_empty() {
            self.begun = sample.at;
            self.cluster = number(TIMESTAMP, sample.at.into());
        }
        let mut block = vec![0x81];
        block.extend(((sample.at - self.begun) as i16).to_be_bytes());
        block.push(if sample.is_key { 0x80 } else { 0 });
        block.extend(sample.bytes);
        self.cluster.extend(element(SIMPLE_BLOCK, &block));
        ready
    }

    fn end_cluster(&mut self) -> Vec<u8> {
        if self.cluster.is_empty() {
            return Vec::new();
        }
        self.cues.push((self.begun, self.written));
        let cluster = element(CLUSTER, &std::mem::take(&mut self.cluster));
        self.written += cluster.len() as u64;
        cluster
    }

    /// What comes behind all that was ready so far, and what comes before it.
    #[must_use]
    pub fn finish(mut self) -> (Vec<u8>, Vec<u8>) {
        let mut tail = self.end_cluster();
        let fixed = [(INFO, self.info()), (TRACKS, self.track()), (TAGS, self.tags())];
        // Where things are does not change how long it takes to say so.
        let mut places = [0; 4];
        let mut at = self.seek_head(places).len() as u64;
        for (place, (id, body)) in places.iter_mut().zip(&fixed) {
            *place = at;
            at += element(*id, body).len() as u64;
        }
        places[3] = at + self.written;
        tail.extend(self.index(at));
        let mut before = self.seek_head(places);
        fixed.iter().for_each(|(id, body)| before.extend(element(*id, body)));
        let all = before.len() as u64 + self.written + self.index(at).len() as u64;
        let mut head = element(EBML, &header());
        head.extend(id(SEGMENT));
        head.extend(size(all));
        head.extend(before);
        (head, tail)
    }

    /// Where everything is, counted from the beginning of the segment.
    fn seek_head(&self, places: [u64; 4]) -> Vec<u8> {
        let seeks = [INFO, TRACKS, TAGS, CUES].into_iter().zip(places).flat_map(|(name, place)| {
            let mut seek = element(SEEK_ID, &id(name));
            seek.extend(element(SEEK_POSITION, &place.to_be_bytes()));
            element(SEEK, &seek)
        });
        element(SEEK_HEAD, &seeks.collect::<Vec<u8>>())
    }

    fn info(&self) -> Vec<u8> {
        let film = &self.film;
        let length = f64::from(film.frames) * f64::from(film.each);
        [
            number(TIMESTAMP_SCALE, 1_000_000),
            element(DURATION, &length.to_be_bytes()),
            element(TITLE, film.title.as_bytes()),
            element(MUXING_APP, b"Half-Open"),
            element(WRITING_APP, b"Half-Open"),
        ]
        .concat()
    }

    fn track(&self) -> Vec<u8> {
        let film = &self.film;
        let name: &[u8] = match self.codec {
            Codec::Vp8 => b"V_VP8",
            Codec::Vp9 => b"V_VP9",
        };
        let colour = [
            number(MATRIX, BT709.into()),
            // Not all of what a byte can be.
            number(RANGE, 1),
            number(TRANSFER, BT709.into()),
            number(PRIMARIES, BT709.into()),
        ];
        let video = [
            number(PIXEL_WIDTH, film.width.into()),
            number(PIXEL_HEIGHT, film.height.into()),
            element(COLOUR, &colour.concat()),
        ];
        let track = [
            number(TRACK_NUMBER, 1),
            number(TRACK_UID, 1),
            number(TRACK_TYPE, 1),
            number(FLAG_LACING, 0),
            element(LANGUAGE, b"und"),
            element(CODEC_ID, name),
            number(DEFAULT_DURATION, u64::from(film.each) * 1_000_000),
            element(VIDEO, &video.concat()),
        ];
        element(TRACK_ENTRY, &track.concat())
    }

    fn tags(&self) -> Vec<u8> {
        let mut tag = element(TARGETS, &[]);
        for (name, text) in self.film.tags() {
            let simple = [element(TAG_NAME, name.as_bytes()), element(TAG_STRING, text.as_bytes())];
            tag.extend(element(SIMPLE_TAG, &simple.concat()));
        }
        element(TAG, &tag)
    }

    /// Where each cluster is, by its time.
    fn index(&self, first: u64) -> Vec<u8> {
        let points = self.cues.iter().flat_map(|(at, place)| {
            let positions =
                [number(CUE_TRACK, 1), element(CUE_CLUSTER, &(first + place).to_be_bytes())];
            let point =
                [number(CUE_TIME, (*at).into()), element(CUE_POSITIONS, &positions.concat())];
            element(CUE_POINT, &point.concat())
        });
        element(CUES, &points.collect::<Vec<u8>>())
    }
}

fn header() -> Vec<u8> {
    [
        number(EBML_VERSION, 1),
        number(EBML_READ_VERSION, 1),
        number(MAX_ID_LENGTH, 4),
        number(MAX_SIZE_LENGTH, 8),
        element(DOC_TYPE, b"webm"),
        number(DOC_TYPE_VERSION, 4),
        number(DOC_TYPE_READ_VERSION, 2),
    ]
    .concat()
}

/// The name of an element, as short as it is.
fn id(name: u32) -> Vec<u8> {
    let bytes = name.to_be_bytes();
    bytes[name.leading_zeros() as usize / 8..].to_vec()
}

/// How many bytes follow, in eight bytes.
fn size(bytes: u64) -> [u8; 8] {
    (bytes | 1 << 56).to_be_bytes()
}

fn element(name: u32, body: &[u8]) -> Vec<u8> {
    let mut out = id(name);
    match body.len() {
        short @ 0..127 => out.push(0x80 | short as u8),
        long => out.extend(size(long as u64)),
    }
    out.extend(body);
    out
}

fn number(name: u32, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    element(name, &bytes[(value.leading_zeros() as usize / 8).min(7)..])
}

#[cfg(test)]
mod tests {
    use super::super::video::tests::{film, samples};
    use super::*;

    /// An element: its name, where its body begins, and its body.
    type Read<'a> = (u32, usize, &'a [u8]);

    /// Everything in a body, one after the other.
    fn read(bytes: &[u8], from: usize) -> Vec<Read<'_>> {
        let mut all = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let long = bytes[at].leading_zeros() as usize + 1;
            let name =
                bytes[at..at + long].iter().fold(0, |name, byte| name << 8 | u32::from(*byte));
            at += long;
            let long = bytes[at].leading_zeros() as usize + 1;
            let whole =
                bytes[at..at + long].iter().fold(0_u64, |size, byte| size << 8 | u64::from(*byte));
            let size = (whole & ((1 << (7 * long)) - 1)) as usize;
            at += long;
            all.push((name, from + at, &bytes[at..at + size]));
            at += size;
        }
        all
    }

    fn find<'a>(all: &[Read<'a>], name: u32) -> Read<'a> {
        *all.iter().find(|(known, ..)| *known == name).unwrap_or_else(|| panic!("no {name:x}"))
    }

    fn value(body: &[u8]) -> u64 {
        body.iter().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn written() -> Vec<u8> {
        let mut webm = Webm::new(film(), Codec::Vp9);
        let ready: Vec<u8> = samples().flat_map(|sample| webm.frame(sample)).collect();
        let (head, tail) = webm.finish();
        [head, ready, tail].concat()
    }

    #[test]
    fn every_picture_is_there_with_its_time() {
        let bytes = written();
        let all = read(&bytes, 0);
        assert_eq!(all.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), [EBML, SEGMENT]);
        let segment = read(all[1].2, 0);
        let clusters = segment.iter().filter(|(name, ..)| *name == CLUSTER);
        let mut seen = Vec::new();
        for (_, _, cluster) in clusters {
            let parts = read(cluster, 0);
            let begun = value(find(&parts, TIMESTAMP).2) as i64;
            for (_, _, block) in parts.iter().filter(|(name, ..)| *name == SIMPLE_BLOCK) {
                let after = i64::from(i16::from_be_bytes([block[1], block[2]]));
                seen.push((begun + after, block[3] == 0x80, block[4..].to_vec()));
            }
        }
        let wanted = samples().map(|s| (s.at.into(), s.is_key, s.bytes)).collect::<Vec<_>>();
        assert_eq!(seen, wanted);
    }

    #[test]
    fn what_is_said_to_be_somewhere_is_there() {
        let bytes = written();
        let (_, start, segment) = read(&bytes, 0)[1];
        let parts = read(segment, start);
        for (_, _, seek) in read(find(&parts, SEEK_HEAD).2, 0) {
            let seek = read(seek, 0);
            let (name, place) = (find(&seek, SEEK_ID).2, value(find(&seek, SEEK_POSITION).2));
            assert!(bytes[start + place as usize..].starts_with(name), "{name:x?}");
        }
        let points = read(find(&parts, CUES).2, 0);
        assert_eq!(points.len(), 3);
        for (_, _, point) in points {
            let point = read(point, 0);
            let place = value(find(&read(find(&point, CUE_POSITIONS).2, 0), CUE_CLUSTER).2);
            let at = start + place as usize;
            assert!(bytes[at..].starts_with(&id(CLUSTER)));
            let cluster = read(read(&bytes[at..], 0)[0].2, 0);
            assert_eq!(find(&cluster, TIMESTAMP).2, find(&point, CUE_TIME).2);
        }
    }

    #[test]
    fn its_length_its_size_and_its_link_are_said() {
        let bytes = written();
        let segment = read(read(&bytes, 0)[1].2, 0);
        let info = read(find(&segment, INFO).2, 0);
        assert_eq!(find(&info, DURATION).2, 2_800_f64.to_be_bytes());
        let track = read(read(find(&segment, TRACKS).2, 0)[0].2, 0);
        let video = read(find(&track, VIDEO).2, 0);
        assert_eq!(value(find(&video, PIXEL_WIDTH).2), 1920);
        assert_eq!(value(find(&video, PIXEL_HEIGHT).2), 1080);
        let tags = find(&segment, TAGS).2;
        let link = film().link;
        assert!(tags.windows(link.len()).any(|part| part == link.as_bytes()));
    }
}
