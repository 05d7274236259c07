//! Is this file whole? A bounded look at a format's own end markers; never decodes, never allocates by what the file says.

mod tiff;

/// Whether a file's own end is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The format says that nothing is missing.
    Whole,
    /// The end is missing: still being written, or damaged.
    Unfinished,
    /// The format has no end that could be proven; only stillness tells.
    Endless,
}

/// What the bytes themselves say; the file's name is never asked.
pub fn proof(bytes: &[u8]) -> Proof {
    // A share client that sets the final size first leaves zeros where nothing was written yet.
    if bytes.len() < 8 || bytes[..8] == [0; 8] {
        return Proof::Unfinished;
    }
    if let Some(answer) = tiff::proof(bytes) {
        return answer;
    }
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => whole(jpeg_ends(bytes)),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, rest @ ..] => whole(png_ends(rest)),
        [b'P', b'K', 3, 4, ..] => whole(zip_ends(bytes)),
        _ if find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_some() => whole(pdf_ends(bytes)),
        _ => Proof::Endless,
    }
}

fn whole(ends: bool) -> Proof {
    if ends { Proof::Whole } else { Proof::Unfinished }
}

/// Walks the segments and scans to the end-of-image marker; the marker of an embedded thumbnail lies inside a segment and is passed over.
fn jpeg_ends(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        // Scan data: a marker is 0xFF followed by neither a stuffed zero, a restart marker nor a fill byte.
        let Some(gap) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == 0xFF)) else { return false };
        at += gap;
        match bytes.get(at + 1) {
            None => return false,
            Some(0xD9) => return true,
            Some(0xFF) => at += 1,
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            Some(_) => {
                let Some([high, low]) = bytes.get(at + 2..at + 4) else { return false };
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if length < 2 {
                    return false;
                }
                at += 2 + length;
            }
        }
    }
}

/// Walks the chunks after the signature to `IEND` with its check sum.
fn png_ends(mut rest: &[u8]) -> bool {
    while let [a, b, c, d, kind @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let whole = length.checked_add(8).is_some_and(|needed| kind.len() >= needed);
        if !whole {
            return false;
        }
        if kind.starts_with(b"IEND") {
            return true;
        }
        rest = &kind[length + 8..];
    }
    false
}

/// The end-of-central-directory record, with its comment, ends the file.
fn zip_ends(bytes: &[u8]) -> bool {
    let start = bytes.len().saturating_sub(22 + usize::from(u16::MAX));
    let tail = &bytes[start..];
    let Some(at) = rfind(tail, b"PK\x05\x06") else { return false };
    matches!(tail.get(at + 20..at + 22), Some([low, high]) if tail.len() >= at + 22 + usize::from(u16::from_le_bytes([*low, *high])))
}

/// `startxref`, an offset inside the file and `%%EOF` near the end; a linearised file must also have its stated length.
fn pdf_ends(bytes: &[u8]) -> bool {
    if let Some(stated) = linearised_length(&bytes[..bytes.len().min(2048)])
        && stated > bytes.len() as u64
    {
        return false;
    }
    let tail = &bytes[bytes.len().saturating_sub(2048)..];
    let Some(end) = rfind(tail, b"%%EOF") else { return false };
    let Some(start) = rfind(&tail[..end], b"startxref") else { return false };
    let digits: String = tail[start + 9..end]
        .iter()
        .skip_while(|b| b.is_ascii_whitespace())
        .take_while(|b| b.is_ascii_digit())
        .take(12)
        .map(|b| char::from(*b))
        .collect();
    // Anything but white space and padding after the marker is the beginning of a later revision.
    let after = &tail[end + 5..];
    let quiet = after.iter().all(|b| b.is_ascii_whitespace() || *b == 0);
    (quiet || find(after, b" obj").is_none()) && digits.parse::<u64>().is_ok_and(|offset| offset < bytes.len() as u64)
}

fn linearised_length(head: &[u8]) -> Option<u64> {
    let dictionary = &head[find(head, b"/Linearized")?..];
    let dictionary = &dictionary[..find(dictionary, b">>").unwrap_or(dictionary.len())];
    let value = &dictionary[find(dictionary, b"/L ")? + 3..];
    let digits: String = value.iter().take_while(|b| b.is_ascii_digit()).take(12).map(|b| char::from(*b)).collect();
    digits.parse().ok()
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|w| w == word)
}

fn rfind(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|w| w == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every proper beginning of `bytes` must be unfinished, the whole must be whole.
    fn only_the_whole(bytes: &[u8]) {
        assert_eq!(proof(bytes), Proof::Whole);
        for n in 0..bytes.len() {
            assert_eq!(proof(&bytes[..n]), Proof::Unfinished, "after {n} of {} bytes", bytes.len());
        }
    }

    fn picture(format: image::ImageFormat) -> Vec<u8> {
        let mut out = std::io::Cursor::new(Vec::new());
        let grey = image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y % 251) as u8]));
        grey.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn a_png_is_whole_only_with_its_end() {
        only_the_whole(&picture(image::ImageFormat::Png));
    }

    #[test]
    fn a_jpeg_is_whole_only_with_its_end() {
        only_the_whole(&picture(image::ImageFormat::Jpeg));
    }

    #[test]
    fn the_end_marker_of_a_thumbnail_is_not_the_end() {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE1, 0, 8, 0xFF, 0xD8, 0xFF, 0xD9, 0, 0];
        bytes.extend([0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0x00, 4]);
        assert_eq!(proof(&bytes), Proof::Unfinished);
        bytes.extend([0xFF, 0xD9]);
        assert_eq!(proof(&bytes), Proof::Whole);
    }

    const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n29\n%%EOF";

    #[test]
    fn a_pdf_is_whole_only_with_its_trailer() {
        only_the_whole(PDF);
        let padded = [PDF, b"\r\n\0\0".as_slice()].concat();
        assert_eq!(proof(&padded), Proof::Whole);
    }

    #[test]
    fn a_pdf_whose_table_lies_outside_is_unfinished() {
        let text = String::from_utf8(PDF.to_vec()).unwrap().replace("\n29\n", "\n2900\n");
        assert_eq!(proof(text.as_bytes()), Proof::Unfinished);
    }

    #[test]
    fn a_second_revision_without_its_trailer_is_unfinished() {
        let grown = [PDF, b"\n2 0 obj\n<< /Type".as_slice()].concat();
        assert_eq!(proof(&grown), Proof::Unfinished);
    }

    #[test]
    fn a_linearised_pdf_must_have_its_length() {
        let first = format!("%PDF-1.4\n1 0 obj\n<</Linearized 1/L {} /O 3>>\nendobj\nstartxref\n0\n%%EOF\n", 4000);
        assert_eq!(proof(first.as_bytes()), Proof::Unfinished);
        let whole = format!("{first}{}\nstartxref\n9\n%%EOF\n", "x".repeat(4000));
        assert_eq!(proof(whole.as_bytes()), Proof::Whole);
    }

    #[test]
    fn a_zip_is_whole_only_with_its_directory() {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, b"abc").unwrap();
        only_the_whole(&writer.finish().unwrap().into_inner());
    }

    #[test]
    fn what_has_no_end_is_endless_and_what_was_not_written_yet_is_unfinished() {
        assert_eq!(proof(b"just some text here"), Proof::Endless);
        assert_eq!(proof(b""), Proof::Unfinished);
        assert_eq!(proof(&[0; 4096]), Proof::Unfinished);
    }

    #[test]
    fn no_bytes_bring_it_down() {
        let mut seed = 7u32;
        let mut draw = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as usize
        };
        let originals =
            [picture(image::ImageFormat::Png), picture(image::ImageFormat::Jpeg), PDF.to_vec(), tiff::sample()];
        for original in &originals {
            for _ in 0..3000 {
                let mut bytes = original.clone();
                for _ in 0..3 {
                    let at = draw() % bytes.len();
                    bytes[at] = draw() as u8;
                }
                proof(&bytes);
            }
        }
    }
}
