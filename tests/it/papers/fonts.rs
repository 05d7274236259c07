//! Odd fonts: glyphs that are drawings (Type 3), and font files that are none.

use super::page;
use super::pdf::{pdf, stream};
use super::shade;

/// One page with `content` and the font F of those objects, from number 5 on.
fn sheet(content: &str, font: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>".to_vec(),
        stream("", content.as_bytes()),
    ];
    objects.extend_from_slice(font);
    pdf(&objects)
}

/// Programs of old write letters as little drawings whose names say nothing.
#[test]
fn glyphs_that_are_drawings_are_seen_and_not_guessed_at() {
    let font = |first: &str, second: &str| {
        [
            format!(
                "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 1/LastChar 2\
                 /Widths[1000 1000]/CharProcs<</{first} 6 0 R/{second} 7 0 R>>/Resources<<>>\
                 /Encoding<</Type/Encoding/Differences[1/{first}/{second}]>>>>"
            )
            .into_bytes(),
            // The lower half black; nothing at all.
            stream("", b"1000 0 0 0 1000 1000 d1 0 0 1000 500 re f"),
            stream("", b"1000 0 0 0 1000 1000 d1"),
        ]
    };
    let content = format!("BT /F 20 Tf 100 100 Td <{}{}> Tj ET", "01".repeat(10), "02".repeat(10));
    let read = page(&sheet(&content, &font("g1", "g2")));
    // Ten letters of 20 points from 100 on, of which the lower half is ink; the ten after them are empty.
    let ink = |left: f64, top: f64, right: f64, bottom: f64| {
        shade(&read.image, left / 600.0, 1.0 - top / 200.0, right / 600.0, 1.0 - bottom / 200.0)
    };
    assert!(ink(102.0, 109.0, 298.0, 101.0) < 20.0, "{}", ink(102.0, 109.0, 298.0, 101.0));
    assert!(ink(102.0, 119.0, 298.0, 111.0) > 235.0 && ink(302.0, 119.0, 498.0, 101.0) > 235.0);
    assert!(read.text.is_none(), "nobody knows which letters they are");
}

/// A font file that is no font, or breaks off: the page is shown, and what its layer says is on it or not taken.
#[test]
fn a_font_file_that_is_none_costs_no_page() {
    let garbage: Vec<u8> = (0..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut table = b"\0\x01\0\0\0\x7F\0\0\0\0\0\0glyf\0\0\0\0\xFF\xFF\xFF\xF0\xFF\xFF\xFF\xFF".to_vec();
    table.extend_from_slice(&garbage[..200]);
    let words = "INVENTED LETTER 0999-12-3468";
    for (what, key, file) in [
        ("noise", "FontFile2", garbage.clone()),
        ("nothing", "FontFile2", Vec::new()),
        ("a table that lies", "FontFile2", table.clone()),
        ("noise as CFF", "FontFile3", garbage.clone()),
        ("noise as Type 1", "FontFile", garbage),
    ] {
        let font = [
            b"<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+Invented/FirstChar 32/LastChar 33/Widths[500 500]\
              /Encoding/WinAnsiEncoding/FontDescriptor 6 0 R>>"
                .to_vec(),
            format!(
                "<</Type/FontDescriptor/FontName/ABCDEF+Invented/Flags 32/FontBBox[0 0 1000 1000]/ItalicAngle 0/Ascent 800\
                 /Descent -200/CapHeight 700/StemV 80/MissingWidth 500/{key} 7 0 R>>"
            )
            .into_bytes(),
            stream(if key == "FontFile3" { "/Subtype/Type1C" } else { "" }, &file),
        ];
        let read = page(&sheet(&format!("BT /F 20 Tf 20 100 Td ({words}) Tj ET 0 0 600 20 re f"), &font));
        assert!(shade(&read.image, 0.0, 0.92, 1.0, 0.99) < 20.0, "{what}: the rest of the page");
        let ink = shade(&read.image, 0.03, 0.4, 0.5, 0.5) < 250.0;
        println!("{what}: letters drawn: {ink}, layer: {:?}", read.text.as_ref().map(|layer| layer.plain()));
        if let Some(layer) = &read.text {
            assert!(ink, "{what}: a layer of what cannot be seen");
            assert!(layer.plain().contains("0999-12-3468"), "{what}: {}", layer.plain());
        }
    }
}
