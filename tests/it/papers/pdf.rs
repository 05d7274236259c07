//! PDF: what stands where on the page, pictures in it, and text layers that say what is seen, or do not.

use super::{half_dark, page, pages, shade};
use uketsuke::domain::Trouble;

/// A PDF of these objects, the first of which is the catalogue.
pub fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n", index + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    let size = objects.len() + 1;
    out.extend(format!("{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

pub fn stream(dict: &str, content: &[u8]) -> Vec<u8> {
    [format!("<<{dict}/Length {}>>\nstream\n", content.len()).as_bytes(), content, b"\nendstream"].concat()
}

/// A font that is not in the file, written in `encoding`, for Japanese. It is object 5, its descendant object 6.
pub fn font(encoding: &str) -> [Vec<u8>; 2] {
    [
        format!("<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/{encoding}/DescendantFonts[6 0 R]>>")
            .into_bytes(),
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/DW 1000/W[1 95 500 231 632 500]\
          /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>>>"
            .to_vec(),
    ]
}

/// One page of that description, with `content` drawn on it and other objects from number 7 on.
pub fn sheet(described: &str, encoding: &str, content: &str, others: &[Vec<u8>]) -> Vec<u8> {
    let page = format!(
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>/XObject<</I 7 0 R>>>>{described}>>"
    );
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R/AcroForm 8 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        page.into_bytes(),
        stream("", content.as_bytes()),
    ];
    objects.extend(font(encoding));
    objects.extend_from_slice(others);
    pdf(&objects)
}

/// Hexadecimal, as strings are written here.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn utf16(text: &str) -> String {
    hex(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
}

const LINE: &str = "外来予約のお願いを申し上げます 0999-12-3468";

#[test]
fn a_page_is_shown_turned_as_it_says() {
    // A black bar at the lower left of the sheet.
    let bar = "0 0 100 25 re f";
    for (turn, size, bar_at) in [
        (0, (200, 100), (0.0, 0.76, 0.49, 1.0)),
        (90, (100, 200), (0.0, 0.0, 0.24, 0.49)),
        (180, (200, 100), (0.51, 0.0, 1.0, 0.24)),
        (270, (100, 200), (0.76, 0.51, 1.0, 1.0)),
        (-90, (100, 200), (0.76, 0.51, 1.0, 1.0)),
    ] {
        let bytes = sheet(&format!("/MediaBox[0 0 200 100]/Rotate {turn}"), "UniJIS-UTF16-H", bar, &[]);
        let image = page(&bytes).image;
        let ratio = f64::from(image.width) / f64::from(image.height);
        assert!((ratio - f64::from(size.0) / f64::from(size.1)).abs() < 0.02, "{turn}: {ratio}");
        let (left, top, right, bottom) = bar_at;
        assert!(shade(&image, left, top, right, bottom) < 20.0, "{turn}");
        assert!(shade(&image, 0.0, 0.0, 1.0, 1.0) > 210.0, "{turn}");
    }
}

#[test]
fn text_that_stands_upright_only_because_the_page_is_turned_is_read_from_its_layer() {
    // The sheet lies on its side, and so do the letters on it.
    let text = format!("BT /F 20 Tf 0 1 -1 0 100 40 Tm <{}> Tj ET", utf16(LINE));
    let turned = page(&sheet("/MediaBox[0 0 300 600]/Rotate 90", "UniJIS-UTF16-H", &text, &[]));
    let layer = turned.text.expect("a sound layer");
    assert!(layer.plain().contains("0999-12-3468"), "{}", layer.plain());
    // Without the turn nobody could read it, so the recogniser turns the picture.
    assert!(page(&sheet("/MediaBox[0 0 300 600]", "UniJIS-UTF16-H", &text, &[])).text.is_none());
}

#[test]
fn what_a_crop_box_cuts_off_is_neither_seen_nor_read() {
    let text = format!(
        "BT /F 20 Tf 120 150 Td <{}> Tj ET BT /F 20 Tf 120 20 Td <{}> Tj ET 0 0 600 60 re f",
        utf16(LINE),
        utf16("切り落とされた文字")
    );
    let cut = page(&sheet("/MediaBox[0 0 600 300]/CropBox[100 100 600 200]", "UniJIS-UTF16-H", &text, &[]));
    assert!((f64::from(cut.image.width) / f64::from(cut.image.height) - 5.0).abs() < 0.05);
    assert!(shade(&cut.image, 0.0, 0.0, 1.0, 1.0) > 200.0);
    let layer = cut.text.expect("a sound layer").plain();
    assert!(layer.contains("お願い") && !layer.contains("切り落とされた"), "{layer}");
}

#[test]
fn codes_of_old_programs_are_words_without_a_table() {
    let shift_jis = |text: &str| hex(&encoding_rs::SHIFT_JIS.encode(text).0);
    let euc = hex(&encoding_rs::EUC_JP.encode(LINE).0);
    // Adobe-Japan1 numbers kana from 843, and Latin from 1.
    let numbers: Vec<u8> =
        [843_u16, 845, 847, 849, 851, 17, 18, 19, 20, 21, 22, 23, 24].into_iter().flat_map(u16::to_be_bytes).collect();
    let cases = [
        ("90ms-RKSJ-H", shift_jis(LINE), "外来予約のお願いを申し上げます"),
        ("90msp-RKSJ-H", shift_jis(LINE), "0999-12-3468"),
        // Signs that only Windows had.
        ("90ms-RKSJ-H", shift_jis("髙橋①㈱№ 外来予約のお願い"), "髙橋"),
        ("EUC-H", euc, "外来予約のお願い"),
        ("UniJIS-UCS2-H", utf16(LINE), "0999-12-3468"),
        ("UniJIS-UTF16-H", utf16(LINE), "外来予約のお願い"),
        ("Identity-H", hex(&numbers), "あいうえお01234567"),
    ];
    for (encoding, shown, expected) in cases {
        let bytes = sheet("/MediaBox[0 0 700 100]", encoding, &format!("BT /F 20 Tf 20 40 Td <{shown}> Tj ET"), &[]);
        let read = page(&bytes);
        let ink = read.image.pixels.iter().filter(|shade| **shade < 128).count();
        assert!(ink > 1000, "{encoding}: {ink} dark pixels");
        let layer = read.text.unwrap_or_else(|| panic!("{encoding}: no sound layer")).plain();
        assert!(layer.contains(expected), "{encoding}: {layer}");
    }
}

/// A one-bit picture, its left half black, in the code of Group 4.
fn group4(size: u32) -> Vec<u8> {
    let mut bits = String::from("001 00110101 000001101010 1");
    assert_eq!(size, 64, "a run of 32 black pixels has this code");
    bits.push_str(&"111".repeat(size as usize - 1));
    bits.push_str("000000000001000000000001");
    let bits: Vec<u8> = bits.bytes().filter(u8::is_ascii_digit).map(|bit| bit - b'0').collect();
    bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |all, (n, bit)| all | bit << (7 - n))).collect()
}

/// The same in JBIG2: a page and one region of it.
fn jbig2(size: u32) -> Vec<u8> {
    let number = |value: u32| value.to_be_bytes().to_vec();
    let segment =
        |no: u32, kind: u8, body: &[u8]| [&number(no)[..], &[kind, 0, 1], &number(body.len() as u32), body].concat();
    let page = [number(size), number(size), number(0), number(0), vec![0, 0, 0]].concat();
    let region = [number(size), number(size), number(0), number(0), vec![0, 1], group4(size)].concat();
    [segment(0, 48, &page), segment(1, 38, &region)].concat()
}

/// A JPEG 2000 of one grey: its only packet says that nothing differs from the middle.
fn jpeg2000(size: u32) -> Vec<u8> {
    let number = |value: u32| value.to_be_bytes().to_vec();
    [
        b"\xFF\x4F\xFF\x51\0\x29\0\0".to_vec(),
        [number(size), number(size), number(0), number(0)].concat(),
        [number(size), number(size), number(0), number(0)].concat(),
        b"\0\x01\x07\x01\x01".to_vec(),
        b"\xFF\x52\0\x0C\0\0\0\x01\0\0\x04\x04\0\x01".to_vec(),
        b"\xFF\x5C\0\x04\x40\x40".to_vec(),
        b"\xFF\x90\0\x0A\0\0\0\0\0\x0F\0\x01\xFF\x93\0".to_vec(),
        b"\xFF\xD9".to_vec(),
    ]
    .concat()
}

pub fn scan(filter: &str, size: u32, data: &[u8], bits: u32, over: &str) -> Vec<u8> {
    let dict = format!(
        "/Type/XObject/Subtype/Image/Width {size}/Height {size}/BitsPerComponent {bits}/ColorSpace/DeviceGray/Filter/{filter}"
    );
    let drawn = format!("q 100 0 0 100 0 0 cm /I Do Q {over}");
    sheet("/MediaBox[0 0 100 100]", "UniJIS-UTF16-H", &drawn, &[stream(&dict, data)])
}

#[test]
fn scans_in_the_codes_of_copiers() {
    half_dark(&page(&scan("CCITTFaxDecode/DecodeParms<</K -1/Columns 64/Rows 64>>", 64, &group4(64), 1, "")).image);
    half_dark(&page(&scan("JBIG2Decode", 64, &jbig2(64), 1, "")).image);
    let grey = page(&scan("JPXDecode", 64, &jpeg2000(64), 8, "")).image;
    let mean = shade(&grey, 0.1, 0.1, 0.9, 0.9);
    assert!((120.0..136.0).contains(&mean), "{mean}");
}

#[test]
fn a_scan_is_read_by_eye_whatever_its_layer_says() {
    let dict = "/Type/XObject/Subtype/Image/Width 64/Height 64/BitsPerComponent 1/ColorSpace/DeviceGray\
                /Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 64/Rows 64>>";
    let picture = "q 595 0 0 842 0 0 cm /I Do Q";
    let line = utf16("誤った文字認識の結果がここにあります");
    for (how, content) in [
        ("invisible over the scan", format!("{picture} BT 3 Tr /F 12 Tf 60 700 Td <{line}> Tj ET")),
        ("under the scan", format!("BT /F 12 Tf 60 700 Td <{line}> Tj ET {picture}")),
        (
            "beside half a page of scan",
            format!("q 595 0 0 500 0 0 cm /I Do Q BT 3 Tr /F 12 Tf 60 700 Td <{line}> Tj ET"),
        ),
        ("invisible over nothing", format!("BT 3 Tr /F 12 Tf 60 700 Td <{line}> Tj ET")),
    ] {
        let bytes = sheet("/MediaBox[0 0 595 842]", "UniJIS-UTF16-H", &content, &[stream(dict, &group4(64))]);
        assert!(page(&bytes).text.is_none(), "{how}");
    }
}

#[test]
fn letters_that_the_eye_cannot_see_are_not_read() {
    let hidden = utf16("この行は白い紙に白い字で書かれています");
    let seen = utf16(LINE);
    let content = format!("BT /F 16 Tf 20 150 Td <{seen}> Tj ET BT 1 g /F 16 Tf 20 60 Td <{hidden}> Tj ET");
    assert!(page(&sheet("/MediaBox[0 0 600 200]", "UniJIS-UTF16-H", &content, &[])).text.is_none());
    // White on black is seen, and so is pale ink.
    for seen_as in ["0 0 600 200 re f 1 g", "0.6 g"] {
        let content = format!("{seen_as} BT /F 16 Tf 20 150 Td <{seen}> Tj ET");
        let layer = page(&sheet("/MediaBox[0 0 600 200]", "UniJIS-UTF16-H", &content, &[])).text;
        assert!(layer.is_some_and(|layer| layer.plain().contains("0999-12-3468")), "{seen_as}");
    }
}

/// A form that only the program it was made with can lay out (XFA) shows others a page that asks to wait.
#[test]
fn a_form_that_lays_itself_out_is_handed_to_a_person() {
    let wait = format!("BT /F 12 Tf 60 700 Td <{}> Tj ET", utf16("しばらくお待ちください"));
    let bytes = sheet("/MediaBox[0 0 595 842]", "UniJIS-UTF16-H", &wait, &[]);
    let (pages_of_it, trouble) = pages(&bytes);
    assert_eq!((pages_of_it.len(), trouble), (1, None));
    let dynamic = String::from_utf8_lossy(&bytes).replace("/Type/Catalog", "/Type/Catalog/NeedsRendering true");
    let (pages_of_it, trouble) = pages(dynamic.as_bytes());
    assert_eq!((pages_of_it.len(), trouble), (1, Some(Trouble::UnsupportedFormat)));
}
