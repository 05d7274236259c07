//! Forms that were filled in and notes that were pinned on, with and without a drawing of their own.

use super::pdf::{hex, sheet, stream};
use super::{page, shade};

const LABELS: &str = "外来予約のお願いを申し上げます";

fn string(text: &str) -> String {
    format!("<FEFF{}>", hex(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>()))
}

fn text(size: u32, at: (u32, u32), text: &str) -> String {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    format!("BT /F {size} Tf {} {} Td <{}> Tj ET", at.0, at.1, hex(&units))
}

/// A page of 400 by 300 points with annotations; objects from 9 on are `others`.
fn form(described: &str, annotations: &[String], others: &[Vec<u8>]) -> Vec<u8> {
    let described = format!("/MediaBox[0 0 400 300]{described}/Annots[{}]", annotations.join(" "));
    let mut more =
        vec![stream("/Type/XObject/Subtype/Form/BBox[0 0 1 1]", b""), b"<</NeedAppearances true/Fields[]>>".to_vec()];
    more.extend_from_slice(others);
    sheet(&described, "UniJIS-UTF16-H", &text(16, (20, 260), LABELS), &more)
}

fn widget(rect: &str, rest: &str) -> String {
    format!("<</Type/Annot/Subtype/Widget/Rect[{rect}]{rest}>>")
}

#[test]
fn values_that_no_viewer_has_drawn_yet_are_seen_and_read() {
    let name = string("海野 環");
    let bytes = form(
        "",
        &[
            widget("100 200 300 220", &format!("/FT/Tx/DA(/Helv 12 Tf 0 g)/V{name}")),
            // The value stands with the field above it; the drawing is an empty frame.
            widget("100 160 300 180", "/Parent 10 0 R/AP<</N 9 0 R>>"),
            widget("100 120 300 140", &format!("/FT/Ch/V(b)/Opt[[(a){}][(b){}]]", string("内科"), string("整形外科"))),
            widget("100 60 300 110", &format!("/FT/Tx/Ff 4096/V{}", string("一行目の所見です\r二行目の所見です"))),
            widget("350 200 370 220", "/FT/Btn/AS/Yes/V/Yes"),
            widget("350 160 370 180", "/FT/Btn/AS/Off/V/Off"),
        ],
        &[
            stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]", b"/Tx BMC EMC"),
            format!("<</FT/Tx/T(birth)/V{}>>", string("昭和32年4月5日")).into_bytes(),
        ],
    );
    let read = page(&bytes);
    let layer = read.text.expect("a sound layer").plain();
    for expected in [LABELS, "海野環", "昭和32年4月5日", "整形外科", "一行目の所見です", "二行目の所見です"]
    {
        assert!(layer.contains(expected), "{expected} in {layer}");
    }
    let inked = |left: f64, bottom: f64, right: f64, top: f64| {
        shade(&read.image, left / 400.0, 1.0 - top / 300.0, right / 400.0, 1.0 - bottom / 300.0) < 250.0
    };
    assert!(
        inked(100.0, 200.0, 160.0, 220.0) && inked(100.0, 160.0, 200.0, 180.0) && inked(100.0, 120.0, 160.0, 140.0)
    );
    assert!(inked(350.0, 200.0, 370.0, 220.0) && !inked(350.0, 160.0, 370.0, 180.0));
    assert!(!inked(200.0, 200.0, 300.0, 220.0), "only where the value stands");
}

#[test]
fn a_value_that_is_drawn_is_not_drawn_twice_and_a_hidden_one_never() {
    let drawing = text(12, (2, 5), "海野 環");
    let secret = string("見せない値");
    let bytes = form(
        "",
        &[
            widget("100 200 300 220", &format!("/FT/Tx/V{}/AP<</N 9 0 R>>", string("海野 環"))),
            widget("100 160 300 180", &format!("/F 2/FT/Tx/V{secret}")),
            widget("100 120 300 140", &format!("/FT/Tx/Ff 8192/V{secret}")),
            widget("100 80 300 100", "/FT/Tx"),
            widget("100 40 300 60", "/FT/Sig/V<</Type/Sig>>"),
        ],
        &[stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F 5 0 R>>>>", drawing.as_bytes())],
    );
    let layer = page(&bytes).text.expect("a sound layer").plain();
    assert_eq!(layer.matches("海野").count(), 1, "{layer}");
    assert!(!layer.contains("見せない"), "{layer}");
}

#[test]
fn values_stand_upright_where_the_turned_page_shows_them() {
    let name = string("海野 環");
    let value = widget("100 200 300 220", &format!("/FT/Tx/V{name}"));
    // Seen turned clockwise by a quarter, the box stands from 200 to 220 across and from 100 to 300 down.
    let read = page(&form("/Rotate 90", &[value], &[]));
    assert!(read.image.width < read.image.height);
    let at = |left: f64, top: f64, right: f64, bottom: f64| {
        shade(&read.image, left / 300.0, top / 400.0, right / 300.0, bottom / 400.0)
    };
    assert!(at(195.0, 100.0, 225.0, 300.0) < 254.5);
    assert!(at(100.0, 100.0, 190.0, 300.0) > 254.9);
}

#[test]
fn notes_and_stamps_are_part_of_what_is_seen() {
    let note = string("至急ご連絡ください");
    let drawn = text(12, (2, 5), "代筆しました");
    let bytes = form(
        "",
        &[
            format!("<</Subtype/FreeText/Rect[100 200 300 220]/DA(/Helv 12 Tf)/Contents{note}>>"),
            format!("<</Subtype/FreeText/Rect[100 160 300 180]/Contents{}/AP<</N 9 0 R>>>>", string("代筆しました")),
            "<</Subtype/Stamp/Rect[100 120 300 140]/Name/Confidential>>".to_owned(),
            "<</Subtype/Stamp/Rect[100 60 200 110]/Name/X/AP<</N 10 0 R>>>>".to_owned(),
            format!("<</Subtype/FreeText/F 2/Rect[100 20 300 40]/Contents{}>>", string("隠れた注釈")),
        ],
        &[
            stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F 5 0 R>>>>", drawn.as_bytes()),
            stream("/Type/XObject/Subtype/Form/BBox[0 0 100 50]", b"0 0 100 50 re f"),
        ],
    );
    let read = page(&bytes);
    let layer = read.text.expect("a sound layer").plain();
    for expected in ["至急ご連絡ください", "代筆しました", "Confidential"] {
        assert_eq!(layer.matches(expected).count(), 1, "{expected} in {layer}");
    }
    assert!(!layer.contains("隠れた"), "{layer}");
    assert!(shade(&read.image, 0.27, 1.0 - 105.0 / 300.0, 0.48, 1.0 - 65.0 / 300.0) < 10.0, "the drawn stamp");
}
