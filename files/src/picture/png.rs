//! Texts in a PNG that a browser has made.

/// What every PNG begins with.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Where its first chunk, which says how large it is, ends.
const HEADER_END: usize = 8 + 4 + 4 + 13 + 4;

/// The same picture with texts in it, each a keyword of the PNG specification and what it says.
///
/// # Errors
/// If the bytes are no PNG.
pub fn with_texts(png: &[u8], texts: &[(&str, &str)]) -> Result<Vec<u8>, String> {
    let is_png = png.starts_with(&SIGNATURE) && png.get(12..16) == Some(b"IHDR");
    if !is_png || png.len() < HEADER_END {
        return Err("The browser did not make a PNG.".into());
    }
    let (head, rest) = png.split_at(HEADER_END);
    let mut out = head.to_vec();
    for (keyword, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        // Not compressed, in no language.
        let data = [keyword.as_bytes(), &[0, 0, 0, 0, 0], text.as_bytes()].concat();
        out.extend((data.len() as u32).to_be_bytes());
        let chunk = [b"iTXt", &data[..]].concat();
        out.extend(&chunk);
        out.extend(crc(&chunk).to_be_bytes());
    }
    out.extend(rest);
    Ok(out)
}

/// The checksum of a chunk's type and data.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    let over = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(!0, over)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One black pixel.
    const PNG: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\
        \0\0\0\x0aIDAT\x78\x9c\x63\x60\0\0\0\x02\0\x01\x48\xaf\xa4\x71\0\0\0\0IEND\xae\x42\x60\x82";

    /// Every chunk: what it is, what is in it, and whether its checksum is right.
    fn chunks(mut png: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        png = &png[8..];
        while let [a, b, c, d, rest @ ..] = png {
            let long = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
            let (chunk, after) = rest.split_at(4 + long);
            assert_eq!(after[..4], crc(chunk).to_be_bytes());
            all.push((String::from_utf8_lossy(&chunk[..4]).into(), chunk[4..].to_vec()));
            png = &after[4..];
        }
        all
    }

    #[test]
    fn texts_are_chunks_between_the_header_and_the_pixels() {
        let texts =
            [("Source", "https://example.org/#s=abc"), ("Comment", ""), ("Title", "Zahlung, ½")];
        let with = with_texts(PNG, &texts).expect("it is a PNG");
        let all = chunks(&with);
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["IHDR", "iTXt", "iTXt", "IDAT", "IEND"]);
        assert_eq!(all[1].1, b"Source\0\0\0\0\0https://example.org/#s=abc");
        assert_eq!(all[2].1, "Title\0\0\0\0\0Zahlung, ½".as_bytes());
        assert_eq!(chunks(PNG)[1], all[3], "the pixels are as they were");
    }

    #[test]
    fn what_is_no_png_is_refused() {
        for bytes in [&b""[..], b"GIF89a", &PNG[..20]] {
            assert_eq!(with_texts(bytes, &[]), Err("The browser did not make a PNG.".into()));
        }
    }
}
