//! The text of a mail as a PDF of plain pages, so that staff see it in the queue like any other document. The font comes
//! from the machine, as with every PDF that brings none.

/// A4 in points, with margins as letters have them.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 56.0;
const SIZE: f32 = 11.0;
const LEADING: f32 = 17.0;
/// Pages after which the text is cut; the original has the rest.
const MOST_PAGES: usize = 40;
/// Characters that do not begin a line, and those that do not end one (禁則).
const NOT_FIRST: &str = "、。，．・：；？！）」』】〕》〉々ーぁぃぅぇぉっゃゅょァィゥェォッャュョ)],.:;?!";
const NOT_LAST: &str = "（「『【〔《〈([";

/// The text as pages.
pub fn pdf(text: &str) -> Vec<u8> {
    let columns = (WIDTH - 2.0 * MARGIN) / SIZE * 2.0;
    let lines: Vec<String> = text.lines().flat_map(|line| broken(line, columns as usize)).collect();
    let per_page = ((HEIGHT - 2.0 * MARGIN) / LEADING) as usize;
    let empty = [String::new()];
    let lines = if lines.is_empty() { &empty[..] } else { &lines[..] };
    let pages: Vec<String> = lines.chunks(per_page).take(MOST_PAGES).map(drawn).collect();
    pages_of(WIDTH, HEIGHT, &pages)
}

fn pages_of(width: f32, height: f32, pages: &[String]) -> Vec<u8> {
    let kids: String = (0..pages.len()).map(|n| format!("{} 0 R ", 5 + 2 * n)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{kids}]/Count {}>>", pages.len()),
        "<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/UniJIS-UTF16-H/DescendantFonts[4 0 R]>>".to_owned(),
        // Latin letters and half-width kana are half as wide.
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/DW 1000/W[1 95 500 231 632 500]\
         /CIDSystemInfo<</Registry(Adobe)/Ordering(Japan1)/Supplement 6>>>>"
            .to_owned(),
    ];
    for (n, page) in pages.iter().enumerate() {
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents {} 0 R/Resources<</Font<</F 3 0 R>>>>>>",
            6 + 2 * n
        ));
        objects.push(format!("<</Length {}>>stream\n{page}\nendstream", page.len()));
    }
    bytes(&objects)
}

/// A line of text at its place on a sheet, in points from the lower left corner.
pub struct Laid {
    /// Where it begins.
    pub left: f32,
    /// Where its letters stand.
    pub base: f32,
    /// Size of its letters.
    pub size: f32,
    /// What it says.
    pub text: String,
}

/// One page of that size with these lines.
pub fn sheet(width: f32, height: f32, laid: &[Laid]) -> Vec<u8> {
    let mut drawing = String::new();
    for Laid { left, base, size, text } in laid {
        drawing.push_str(&format!("BT /F {size} Tf {left} {base} Td <{}> Tj ET\n", hex(text)));
    }
    pages_of(width, height, &[drawing])
}

/// A text as lines of so many columns.
pub fn lines(text: &str, columns: usize) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.trim_end().split('\n').flat_map(|line| broken(line, columns)).collect()
}

/// The columns of a line; a full-width sign takes two.
pub fn columns(line: &str) -> usize {
    line.chars().map(columns_of).sum()
}

fn hex(line: &str) -> String {
    line.encode_utf16().map(|unit| format!("{unit:04X}")).collect()
}

/// The drawing of one page.
fn drawn(lines: &[String]) -> String {
    let mut out = format!("BT /F {SIZE} Tf {MARGIN} {} Td {LEADING} TL\n", HEIGHT - MARGIN - SIZE);
    for line in lines {
        // Half-width and full-width runs begin where the columns say, whatever width the font gives them.
        out.push_str(&format!("<{}> Tj T*\n", hex(line)));
    }
    out.push_str("ET");
    out
}

/// A line of the text as lines of the page.
fn broken(line: &str, columns: usize) -> Vec<String> {
    let mut out = Vec::new();
    let (mut current, mut width) = (String::new(), 0);
    for c in line.chars().map(printable) {
        let wide = columns_of(c);
        if width + wide > columns && !NOT_FIRST.contains(c) {
            let mut next = String::new();
            while current.chars().count() > 1 && current.chars().next_back().is_some_and(|c| NOT_LAST.contains(c)) {
                next.insert(0, current.pop().unwrap_or(' '));
            }
            out.push(std::mem::replace(&mut current, next));
            width = current.chars().map(columns_of).sum();
        }
        current.push(c);
        width += wide;
    }
    out.push(current);
    out
}

/// Half-width signs take one column, all others two.
fn columns_of(c: char) -> usize {
    if matches!(c, ' '..='~' | '\u{ff61}'..='\u{ff9f}') { 1 } else { 2 }
}

/// What a Japanese font has: pictures and signs of other scripts become a mark that shows something stood there.
fn printable(c: char) -> char {
    match c {
        '\u{a0}' => ' ',
        '\u{301c}' => '\u{ff5e}',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '－',
        c if c.is_control() || u32::from(c) > 0x2_FFFF || ('\u{1f000}'..='\u{1faff}').contains(&c) => '〓',
        c => c,
    }
}

fn bytes(objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.5\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    out.extend(
        format!("{table}trailer<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).bytes(),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_japanese_may() {
        assert_eq!(broken("あいうえお。か", 10), ["あいうえお。", "か"]);
        assert_eq!(broken("あいうえ（おか", 10), ["あいうえ", "（おか"]);
        assert_eq!(broken("abcdefghijk", 10), ["abcdefghij", "k"]);
        assert_eq!(broken("", 10), [""]);
        assert_eq!(broken("😀〜", 10), ["〓～"]);
    }

    #[test]
    fn a_long_text_is_cut_and_an_empty_one_is_a_page() {
        let count = |text: &str| String::from_utf8_lossy(&pdf(text)).matches("/Type/Page/").count();
        assert_eq!(count(""), 1);
        assert_eq!(count("一行\n二行"), 1);
        assert_eq!(count(&"行\n".repeat(100)), 3);
        assert_eq!(count(&"行\n".repeat(10_000)), MOST_PAGES);
    }
}
