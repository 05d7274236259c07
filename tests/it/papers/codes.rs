//! What the codes of copiers carry, bit by bit: JBIG2 with its arithmetic coder (written here) and JPEG 2000 with both of its wavelets.

use super::half_dark;
use super::page;
use super::pdf::scan;
use std::collections::HashMap;

/// Qe, the next state after the likelier and after the other symbol, and whether they change places (ITU-T T.88, table E.1).
const STATES: [(u32, u8, u8, bool); 47] = [
    (0x5601, 1, 1, true),
    (0x3401, 2, 6, false),
    (0x1801, 3, 9, false),
    (0x0AC1, 4, 12, false),
    (0x0521, 5, 29, false),
    (0x0221, 38, 33, false),
    (0x5601, 7, 6, true),
    (0x5401, 8, 14, false),
    (0x4801, 9, 14, false),
    (0x3801, 10, 14, false),
    (0x3001, 11, 17, false),
    (0x2401, 12, 18, false),
    (0x1C01, 13, 20, false),
    (0x1601, 29, 21, false),
    (0x5601, 15, 14, true),
    (0x5401, 16, 14, false),
    (0x5101, 17, 15, false),
    (0x4801, 18, 16, false),
    (0x3801, 19, 17, false),
    (0x3401, 20, 18, false),
    (0x3001, 21, 19, false),
    (0x2801, 22, 19, false),
    (0x2401, 23, 20, false),
    (0x2201, 24, 21, false),
    (0x1C01, 25, 22, false),
    (0x1801, 26, 23, false),
    (0x1601, 27, 24, false),
    (0x1401, 28, 25, false),
    (0x1201, 29, 26, false),
    (0x1101, 30, 27, false),
    (0x0AC1, 31, 28, false),
    (0x09C1, 32, 29, false),
    (0x08A1, 33, 30, false),
    (0x0521, 34, 31, false),
    (0x0441, 35, 32, false),
    (0x02A1, 36, 33, false),
    (0x0221, 37, 34, false),
    (0x0141, 38, 35, false),
    (0x0111, 39, 36, false),
    (0x0085, 40, 37, false),
    (0x0049, 41, 38, false),
    (0x0025, 42, 39, false),
    (0x0015, 43, 40, false),
    (0x0009, 44, 41, false),
    (0x0005, 45, 42, false),
    (0x0001, 45, 43, false),
    (0x5601, 46, 46, false),
];

/// The arithmetic coder of JBIG2 (ITU-T T.88, annex E.2), each context by a number of its own.
struct Coder {
    a: u32,
    c: u32,
    count: u32,
    /// The byte before the first one is none of the code.
    out: Vec<u8>,
    contexts: HashMap<u32, (u8, bool)>,
}

impl Coder {
    fn new() -> Coder {
        Coder { a: 0x8000, c: 0, count: 12, out: vec![0], contexts: HashMap::new() }
    }

    fn put(&mut self, context: u32, bit: bool) {
        let (state, likely) = self.contexts.get(&context).copied().unwrap_or((0, false));
        let (qe, after_likely, after_other, change) = STATES[state as usize];
        self.a -= qe;
        if bit == likely {
            if self.a & 0x8000 != 0 {
                self.c += qe;
                return;
            }
            if self.a < qe {
                self.a = qe
            } else {
                self.c += qe
            }
            self.contexts.insert(context, (after_likely, likely));
        } else {
            if self.a < qe {
                self.c += qe
            } else {
                self.a = qe
            }
            self.contexts.insert(context, (after_other, likely != change));
        }
        while self.a & 0x8000 == 0 {
            self.a <<= 1;
            self.c <<= 1;
            self.count -= 1;
            if self.count == 0 {
                self.byte();
            }
        }
    }

    fn byte(&mut self) {
        let last = self.out.last_mut().expect("a byte");
        if *last != 0xFF && self.c >= 0x800_0000 {
            // The carry.
            *last += 1;
            if *last == 0xFF {
                self.c &= 0x7FF_FFFF;
            }
        }
        let (shift, count) = if *last == 0xFF { (20, 7) } else { (19, 8) };
        self.out.push((self.c >> shift) as u8);
        self.c &= (1 << shift) - 1;
        self.count = count;
    }

    fn end(mut self) -> Vec<u8> {
        let most = self.c + self.a;
        self.c |= 0xFFFF;
        if self.c >= most {
            self.c -= 0x8000;
        }
        for _ in 0..2 {
            self.c <<= self.count;
            self.byte();
        }
        if self.out.last() != Some(&0xFF) {
            self.out.push(0xFF);
        }
        self.out.push(0xAC);
        self.out.split_off(1)
    }
}

/// A generic region in template 0 with its usual neighbours; which number a context has is nobody's matter but the coder's.
fn region(size: i32, black: &dyn Fn(i32, i32) -> bool) -> Vec<u8> {
    let at = |x: i32, y: i32| x >= 0 && y >= 0 && x < size && black(x, y);
    let mut coder = Coder::new();
    for y in 0..size {
        for x in 0..size {
            let above = (-2..=2).map(|dx| at(x + dx, y - 2));
            let neighbours = above.chain((-3..=3).map(|dx| at(x + dx, y - 1))).chain((-4..0).map(|dx| at(x + dx, y)));
            let context = neighbours.fold(0, |all, bit| all << 1 | u32::from(bit));
            coder.put(context, black(x, y));
        }
    }
    coder.end()
}

/// One page with that region.
fn jbig2(size: u32, black: &dyn Fn(i32, i32) -> bool) -> Vec<u8> {
    let number = |value: u32| value.to_be_bytes().to_vec();
    let segment =
        |no: u32, kind: u8, body: &[u8]| [&number(no)[..], &[kind, 0, 1], &number(body.len() as u32), body].concat();
    let page = [number(size), number(size), number(0), number(0), vec![0, 0, 0]].concat();
    // How it is joined with the page, how it is written, and where the four movable neighbours stand.
    let head = vec![0, 0, 3, 0xFF, 0xFD, 0xFF, 2, 0xFE, 0xFE, 0xFE];
    let region = [number(size), number(size), number(0), number(0), head, region(size as i32, black)].concat();
    [segment(0, 48, &page), segment(1, 38, &region)].concat()
}

#[test]
fn jbig2_of_the_arithmetic_coder_is_what_was_written() {
    half_dark(&page(&scan("JBIG2Decode", 64, &jbig2(64, &|x, _| x < 32), 1, "")).image);
    // One dot wrong, and everything after it would be.
    let pattern = |x: i32, y: i32| (x * x / 7 + y * 5 + x * y / 3) % 11 < 4;
    let image = page(&scan("JBIG2Decode", 128, &jbig2(128, &pattern), 1, "")).image;
    assert_eq!((image.width, image.height), (128, 128), "a scan is shown as it is");
    let dark = |x: usize, y: usize| image.pixels[y * 128 + x] < 128;
    let wrong =
        (0..128 * 128).filter(|n| dark(n % 128, n / 128) != pattern((n % 128) as i32, (n / 128) as i32)).count();
    assert_eq!(wrong, 0, "dots that are not as written");
}

/// Our own picture of 64×64, its left half 20 and its right half 235, as OpenJPEG writes it with two steps of the 5/3 wavelet…
const REVERSIBLE: &str = "FF4FFF510029000000000040000000400000000000000000000000400000004000000000000000000001070101FF52000C000000010002040400\
     01FF5C000A4040484850484850FF90000A0000000000B80001FF93DF83C035F23F3B64B90D336100D5F1B2298C40309097FF4D77000000001846\
     B25A00FC7FE55477A353DE4845CC27845DD563CC8151AE3587D8F320546B8D61F63CC8151AE42124690E63CC5388EF9E4338F695023BE790CE3D\
     A5408EF9E4338F695023EE53447DCA688FB94D11F729A23EE53447DCA688FB94D11FC7DA2A0035F23FAAAEB715AC3EB60E551A0ADBB0FAA41B0D\
     7FC7DA24005EFAC53F9AF8CB801847F2108901A3B09097FFD9";
/// …and of the 9/7 wavelet.
const IRREVERSIBLE: &str = "FF4FFF510029000000000040000000400000000000000000000000400000004000000000000000000001070101FF52000C000000010002040400\
     00FF5C0011425F5250055005504757D357D35762FF90000A0000000000320001FF93C71611505318DB7F63AE8E1ACEC7C42435F23FA9C9561930\
     ACC3C4005EFAC53F98A4F9C3FFD9";

#[test]
fn jpeg_2000_of_both_wavelets_is_what_was_written() {
    let bytes = |hex: &str| -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter_map(|digit| char::from(digit).to_digit(16)).map(|d| d as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    };
    for (what, code, off) in [("5/3", REVERSIBLE, 0), ("9/7", IRREVERSIBLE, 30)] {
        // Upside down in the page would be seen nowhere; left and right would.
        let image = page(&scan("JPXDecode", 64, &bytes(code), 8, "")).image;
        half_dark(&image);
        let widest = image.pixels.iter().enumerate().map(|(n, shade)| {
            let expected: u8 = if n % image.width as usize * 2 < image.width as usize { 20 } else { 235 };
            shade.abs_diff(expected)
        });
        let widest = widest.max();
        println!("{what}: {}×{}, at most {widest:?} off", image.width, image.height);
        assert!(widest.is_some_and(|widest| widest <= off), "{what}: {widest:?} off");
    }
}
