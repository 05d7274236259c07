//! How large the pictures on a page say they are, asked before any of them is opened: a few bytes can claim billions of pixels.

use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream};

/// The most pixels that the picture, its masks or something inside its code says it has.
pub(super) fn pixels(stream: &Stream<'_>) -> u64 {
    let dict = stream.dict();
    let masks = ["SMask", "Mask"].into_iter().filter_map(|key| dict.get::<Stream<'_>>(key));
    masks.map(|mask| alone(&mask)).fold(alone(stream), u64::max)
}

fn alone(stream: &Stream<'_>) -> u64 {
    let dict = stream.dict();
    // Pictures within the page's own instructions have short names.
    let number = |long: &str, short: &str| u64::from(dict.get::<u32>(long).or_else(|| dict.get(short)).unwrap_or(0));
    let (width, height) = (number("Width", "W"), number("Height", "H"));
    // What lies under another code as well is weighed by its dictionary alone.
    let inside = match codes(dict).iter().map(Name::as_str).collect::<Vec<_>>()[..] {
        [.., "CCITTFaxDecode" | "CCF"] => columns(dict).saturating_mul(height),
        ["JBIG2Decode"] => jbig2(&stream.raw_data()),
        ["JPXDecode"] => jpeg2000(&stream.raw_data()),
        _ => 0,
    };
    inside.max(width.saturating_mul(height))
}

/// The names of the codes that the picture is written in, the outermost first.
fn codes<'a>(dict: &Dict<'a>) -> Vec<Name<'a>> {
    let of = |key: &str| match dict.get::<Name<'_>>(key) {
        Some(one) => vec![one],
        None => dict.get::<Array<'_>>(key).map_or_else(Vec::new, |all| all.iter::<Name<'_>>().collect()),
    };
    [of("Filter"), of("F")].into_iter().find(|names| !names.is_empty()).unwrap_or_default()
}

/// The width that fax code is unpacked to, whatever the picture says.
fn columns(dict: &Dict<'_>) -> u64 {
    let of = |parms: Dict<'_>| parms.get::<u32>("Columns");
    let given = ["DecodeParms", "DP"].into_iter().find_map(|key| {
        let all =
            dict.get::<Array<'_>>(key).map(|all| all.iter::<Object<'_>>().filter_map(Object::into_dict).find_map(of));
        all.unwrap_or_else(|| dict.get::<Dict<'_>>(key).and_then(of))
    });
    u64::from(given.unwrap_or(1728))
}

/// The largest page or region of a JBIG2 (ITU-T T.88, 7.2 and 7.4): both begin with a width and a height.
fn jbig2(bytes: &[u8]) -> u64 {
    let (mut at, mut most) = (bytes, 0);
    while let Some((kind, length, data)) = segment(at) {
        // Page information, and regions of text, half-tones, pictures and refinements, to be kept or to be drawn.
        if matches!(kind, 48 | 4 | 6 | 7 | 20 | 22 | 23 | 36 | 38 | 39 | 40 | 42 | 43)
            && let (Some(width), Some(height)) = (number(data, 0), number(data, 4))
        {
            // A page of unknown height grows with what is drawn on it.
            let height = if height == u32::MAX { 0 } else { height };
            most = u64::from(width).saturating_mul(u64::from(height)).max(most);
        }
        let Some(next) = data.get(length..) else { break };
        at = next;
    }
    most
}

/// The kind, the length and the data of the first segment.
fn segment(bytes: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (no, flags, short) = (number(bytes, 0)?, *bytes.get(4)?, *bytes.get(5)? >> 5);
    let (count, mut head) = match short {
        7 => {
            let count = (number(bytes, 5)? & 0x1FFF_FFFF) as usize;
            (count, 9 + (count + 8) / 8)
        }
        few => (few as usize, 6),
    };
    head += count.checked_mul(match no {
        0..=256 => 1,
        257..=65_536 => 2,
        _ => 4,
    })?;
    head += if flags & 0x40 == 0 { 1 } else { 4 };
    let length = number(bytes, head)? as usize;
    Some((flags & 0x3F, length, bytes.get(head + 4..)?))
}

/// The size that the head of a JPEG 2000 says (ITU-T T.800, A.5.1), wherever the boxes around it put it.
fn jpeg2000(bytes: &[u8]) -> u64 {
    let Some(head) = bytes.windows(4).position(|w| w == b"\xFF\x4F\xFF\x51").map(|n| &bytes[n..]) else { return 0 };
    let side = |end, start| Some(u64::from(number(head, end)?.saturating_sub(number(head, start)?)));
    side(8, 16).zip(side(12, 20)).map_or(0, |(width, height)| width.saturating_mul(height))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_thing_in_the_code_counts() {
        let sized = |kind: u8, refers: &[u8], width: u32, height: u32| {
            let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
            let count = [(refers.len() as u8) << 5];
            [&[0, 0, 0, 9, kind][..], &count, refers, &[1, 0, 0, 0, 11], &width, &height, &[0; 3]].concat()
        };
        assert_eq!(jbig2(&sized(48, &[], 100, 200)), 20_000);
        assert_eq!(jbig2(&[sized(48, &[], 100, 200), sized(6, &[1, 2], 60_000, 60_000)].concat()), 3_600_000_000);
        assert_eq!(jbig2(&[sized(48, &[], 100, u32::MAX), sized(0, &[], 9_999, 9_999)].concat()), 0);
        assert_eq!(jbig2(b"nothing of the kind"), 0);
        let many = [
            &[0, 0, 1, 9, 0x46, 0xE0, 0, 0, 9, 0, 0][..],
            &[0; 18],
            &[0, 0, 0, 1, 0, 0, 0, 8],
            &[0, 0, 1, 0, 0, 0, 2, 0],
        ];
        assert_eq!(jbig2(&many.concat()), 0x100 * 0x200);
    }

    #[test]
    fn a_jpeg_2000_is_found_in_its_boxes() {
        let siz = |x: u32, y: u32, left: u32| {
            let sizes = [x, y, left, 0].map(u32::to_be_bytes).concat();
            [&b"boxes\xFF\x4F\xFF\x51\0\x29\0\0"[..], &sizes].concat()
        };
        assert_eq!(jpeg2000(&siz(60_000, 60_000, 0)), 3_600_000_000);
        assert_eq!(jpeg2000(&siz(110, 20, 10)), 2_000);
        assert_eq!(jpeg2000(b"\xFF\x4F\xFF\x51"), 0);
    }
}
