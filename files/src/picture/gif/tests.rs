//! What is written is read by the decoder of image-rs.

use gif::{ColorOutput, DecodeOptions, DisposalMethod, Repeat};

use super::*;

const WIDE: usize = 40;
const HIGH: usize = 30;

/// A picture in which something moves, of about as many colours as asked for.
fn picture(number: usize, colours: usize) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..HIGH {
        for x in 0..WIDE {
            let inside = (number + 5..number + 15).contains(&x) && (8..20).contains(&y);
            let shade = (x * 31 + y * 17) % colours.max(1);
            let colour = match inside {
                true => [(shade * 5) as u8, (shade / 3) as u8, (shade * 9 % 251) as u8],
                false => [250, 250, 246],
            };
            pixels.extend(colour);
            pixels.push(255);
        }
    }
    pixels
}

struct Read {
    pictures: Vec<Vec<u8>>,
    delays: Vec<u16>,
    parts: Vec<(u16, u16, u16, u16)>,
    again: bool,
}

/// All pictures as they are seen.
fn read(bytes: &[u8]) -> Read {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).expect("a GIF");
    let mut canvas = vec![0; WIDE * HIGH * 4];
    let mut all = Read { pictures: vec![], delays: vec![], parts: vec![], again: false };
    while let Some(frame) = decoder.read_next_frame().expect("a picture") {
        assert_eq!(frame.dispose, DisposalMethod::Keep);
        let (left, wide) = (usize::from(frame.left), usize::from(frame.width));
        for (row, line) in frame.buffer.chunks(wide * 4).enumerate() {
            for (column, pixel) in line.chunks(4).enumerate().filter(|(_, pixel)| pixel[3] > 0) {
                let at = ((usize::from(frame.top) + row) * WIDE + left + column) * 4;
                canvas[at..at + 4].copy_from_slice(pixel);
            }
        }
        all.pictures.push(canvas.clone());
        all.delays.push(frame.delay);
        all.parts.push((frame.left, frame.top, frame.width, frame.height));
    }
    all.again = decoder.repeat() == Repeat::Infinite;
    all
}

fn written(pictures: &[Vec<u8>], sampled: &[usize], again: bool, comment: &str) -> (Vec<u8>, bool) {
    let mut gif = Gif::new(WIDE, HIGH, again, comment.into());
    gif.keep([250, 250, 246]);
    sampled.iter().for_each(|place| gif.sample(&pictures[*place]));
    let frames = pictures.iter().map(|pixels| gif.frame(pixels, 4).expect("its size"));
    let frames: Vec<u8> = frames.collect::<Vec<_>>().concat();
    ([gif.head(), frames, Gif::tail().to_vec()].concat(), gif.is_exact())
}

#[test]
fn up_to_255_colours_are_as_they_were_drawn() {
    let mut pictures: Vec<_> = (0..8).map(|number| picture(number, 150)).collect();
    // Also those that nobody has looked at before.
    pictures[3][..3].copy_from_slice(&[1, 2, 3]);
    pictures[4][..3].copy_from_slice(&[250, 250, 247]);
    let (bytes, exact) = written(&pictures, &[0, 5], true, "");
    let read = read(&bytes);
    assert!(exact && read.pictures == pictures);
    assert_eq!(read.delays, [4; 8]);
    assert!(read.again);
    assert_eq!(read.parts[0], (0, 0, 40, 30));
    // It moves by one: the rest is as it was.
    assert_eq!(read.parts[1], (5, 8, 11, 12));
    assert_eq!(read.parts[7], (11, 8, 11, 12));
}

#[test]
fn more_colours_become_those_that_are_most_like_them() {
    let pictures: Vec<_> = (0..4)
        .map(|number| {
            let mut pixels = picture(number, 1);
            for (place, pixel) in pixels.chunks_mut(4).enumerate().skip(WIDE * 20) {
                let shade = (place + number) as u32;
                pixel[..3].copy_from_slice(&[
                    (shade / 3) as u8,
                    (shade * 7) as u8,
                    (shade / 2) as u8,
                ]);
            }
            pixels
        })
        .collect();
    let (bytes, exact) = written(&pictures, &[0, 3], false, "");
    let read = read(&bytes);
    assert!(!exact && !read.again);
    for (seen, drawn) in read.pictures.iter().zip(&pictures) {
        let apart = seen.iter().zip(drawn).map(|(a, b)| u32::from(a.abs_diff(*b)));
        assert!(apart.max() < Some(40), "nothing is far from what was drawn");
        assert_eq!(seen[..4], [250, 250, 246, 255], "what must stay stays");
    }
}

#[test]
fn nothing_moves_and_there_is_a_picture_all_the_same() {
    let still = vec![picture(3, 9); 5];
    let read = read(&written(&still, &[0], true, "").0);
    assert_eq!(read.pictures, still);
    assert_eq!(read.parts[4], (0, 0, 1, 1));
}

#[test]
fn the_link_is_in_it_and_equal_films_are_equal_bytes() {
    let link = format!("https://example.org/#s={}", "abc".repeat(200));
    let pictures: Vec<_> = (0..8).map(|number| picture(number, 999)).collect();
    let (bytes, _) = written(&pictures, &[0, 7], true, &link);
    assert_eq!(bytes, written(&pictures, &[0, 7], true, &link).0);
    let at = bytes.windows(2).position(|two| two == [0x21, 0xfe]).expect("a comment");
    let (mut rest, mut comment) = (&bytes[at + 2..], Vec::new());
    while rest[0] > 0 {
        let long = usize::from(rest[0]);
        comment.extend(&rest[1..=long]);
        rest = &rest[long + 1..];
    }
    assert_eq!(String::from_utf8_lossy(&comment), link);
}

#[test]
fn long_pictures_begin_the_table_of_codes_anew() {
    // As little as possible repeats, so that all codes are used up many times over.
    let mut seed = 7_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8 % 240
    };
    for count in [1, 2, 255, 256, 257, 3_838, 3_839, 3_840, 3_841, 20_000] {
        let indices: Vec<u8> = (0..count).map(|_| noise()).collect();
        let mut data = Vec::new();
        lzw::write(&indices, &mut data);
        let mut gif = Gif::new(count, 1, false, String::new());
        gif.palette.keep([1, 2, 3]);
        let mut bytes = gif.head();
        bytes.extend([0x2c, 0, 0, 0, 0]);
        bytes.extend((count as u16).to_le_bytes());
        bytes.extend([1, 0, 0]);
        bytes.extend(data);
        bytes.push(0x3b);
        let mut decoder = DecodeOptions::new().read_info(&bytes[..]).expect("a GIF");
        let frame = decoder.read_next_frame().expect("a picture").expect("one");
        assert_eq!(frame.buffer[..], indices[..], "{count}");
    }
}
