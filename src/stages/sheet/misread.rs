//! Signs that a recogniser takes for letters where only their place on the page tells them: ＜傷病名＞ read as く傷病名ン, and the
//! colons of a column read as ・. Letters inside words are none of its business.

use super::Segment;
use super::words::{heading, label};
use crate::text::{fold, kana, name};

/// Puts the signs back.
pub(super) fn mend(segments: &mut [Segment]) {
    segments.iter_mut().for_each(mend_brackets);
    segments.iter_mut().for_each(mend_brackets_before_a_value);
    mend_colons(segments);
}

/// Letters of a heading in angle brackets at most, with them.
const LONGEST: usize = 18;

/// No word begins with く and a kanji, and none ends with a kanji and ン: there a heading stands in angle brackets.
fn mend_brackets(segment: &mut Segment) {
    let letters: Vec<char> = segment.chars();
    let opening = letters.iter().take_while(|c| matches!(c, 'く' | 'ぐ' | '<' | 'ク' | 'グ')).count();
    let closing = letters.iter().rev().take_while(|c| matches!(c, 'ン' | '>' | '〉' | 'シ')).count();
    if !(1..=2).contains(&opening) || !(1..=2).contains(&closing) || letters.len() > LONGEST {
        return;
    }
    let Some([first, .., last]) = letters.get(opening..letters.len().saturating_sub(closing)) else { return };
    let certain = |sign: bool, letter: char| sign || name::is_kanji(letter);
    let word = |c: char| name::is_kanji(c) || kana::is_katakana(c);
    let open = certain(opening == 2 || letters[0] == '<', *first) && word(*first) && matches!(letters[0], 'く' | '<');
    let close = certain(closing == 2 || matches!(letters.last(), Some('>' | '〉')), *last);
    if !open || !close {
        return;
    }
    let end = segment.glyphs.len();
    segment.glyphs[..opening].iter_mut().for_each(|g| g.ch = '<');
    segment.glyphs[end - closing..].iter_mut().for_each(|g| g.ch = '>');
}

/// く病名ン 左頬部の腫瘍: the same before a value, where the word between is one of headings.
fn mend_brackets_before_a_value(segment: &mut Segment) {
    let letters: Vec<char> = segment.chars();
    if !matches!(letters.first(), Some('く' | '<' | '〈')) {
        return;
    }
    let closing = letters.iter().enumerate().skip(3).take(LONGEST).find(|(_, c)| matches!(c, 'ン' | '>' | '〉'));
    let Some((close, _)) = closing.filter(|(at, _)| at + 1 < letters.len()) else { return };
    let word: Vec<char> = letters[1..close].iter().filter_map(|c| fold::label_char(*c)).collect();
    if heading::is_made_of_words(&word) || label::is_made_of_words(&word) {
        segment.glyphs[0].ch = '<';
        segment.glyphs[close].ch = '>';
    }
}

/// White behind a colon before its value, ems.
const BEHIND: f32 = 0.2;
/// How far colons of one column stand from each other, ems.
const COLUMN: f32 = 0.6;
/// From a label to its colon at most, ems.
const LABEL_WITHIN: f32 = 8.0;

/// One ・ before a value may be a bullet; several below each other, each right of something on its row, are colons.
fn mend_colons(segments: &mut [Segment]) {
    let beside = |at: usize| {
        let here = &segments[at];
        let dotted = here.glyphs[0].ch == '・' && here.glyphs.get(1).is_some_and(|g| g.gap >= BEHIND);
        let left = |s: &Segment| {
            (0.0..LABEL_WITHIN).contains(&(here.at.left - s.at.right)) && s.at.vertical_overlap(&here.at) > 0.5
        };
        dotted && segments.iter().any(left)
    };
    let dotted: Vec<usize> = (0..segments.len()).filter(|at| beside(*at)).collect();
    let left = |at: usize| segments[at].at.left;
    let colons: Vec<usize> = dotted
        .iter()
        .copied()
        .filter(|at| dotted.iter().any(|other| other != at && (left(*other) - left(*at)).abs() < COLUMN))
        .collect();
    colons.into_iter().for_each(|at| segments[at].glyphs[0].ch = ':');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;
    use crate::stages::sheet::Glyph;

    /// A segment at a place; a space is a wide gap.
    fn segment(text: &str, left: f32, top: f32) -> Segment {
        let mut gap = 0.0;
        let mut glyphs = Vec::new();
        for (n, ch) in text.chars().enumerate() {
            if ch == ' ' {
                gap = 1.0;
                continue;
            }
            let at = BBox::new(left + n as f32, top, left + n as f32 + 1.0, top + 1.0);
            glyphs.push(Glyph { ch, raw: ch.to_string(), at, gap: std::mem::take(&mut gap), confidence: 1.0 });
        }
        Segment::new(glyphs, None)
    }

    #[test]
    fn angle_brackets_about_a_heading_are_put_back() {
        for (read, mended) in [
            ("く傷病名ン", "<傷病名>"),
            ("<処方ン", "<処方>"),
            ("くぐケイカ・ケンサケッカンン", "<<ケイカ・ケンサケッカ>>"),
            ("くも膜下出血", "くも膜下出血"),
            ("くも膜下ドレーン", "くも膜下ドレーン"),
            ("クレアチニン", "クレアチニン"),
            ("くすり", "くすり"),
            ("くン", "くン"),
        ] {
            let mut segment = segment(read, 0.0, 0.0);
            mend_brackets(&mut segment);
            assert_eq!(segment.text(), mended);
        }
    }

    #[test]
    fn angle_brackets_about_a_heading_before_its_value_are_put_back() {
        for (read, mended) in [
            ("く病名ン左頬部皮膚腫瘍", "<病名>左頬部皮膚腫瘍"),
            ("く経過〉3年前より", "<経過>3年前より"),
            ("<Rp〉ニフェジピン錠", "<Rp>ニフェジピン錠"),
            ("くも膜下出血のドレーン抜去後", "くも膜下出血のドレーン抜去後"),
            ("クレアチニン1.2", "クレアチニン1.2"),
        ] {
            let mut segment = segment(read, 0.0, 0.0);
            mend_brackets_before_a_value(&mut segment);
            assert_eq!(segment.text(), mended);
        }
    }

    #[test]
    fn dots_of_a_column_behind_labels_are_colons() {
        let mended = |mut segments: Vec<Segment>| {
            mend_colons(&mut segments);
            segments.iter().map(|s| s.glyphs[0].ch).collect::<String>()
        };
        let rows = |dots: &[(&str, f32)]| {
            let mut all = Vec::new();
            for (n, (value, left)) in dots.iter().enumerate() {
                all.push(segment("病名", 0.0, n as f32 * 2.0));
                all.push(segment(value, *left, n as f32 * 2.0));
            }
            all
        };
        assert_eq!(mended(rows(&[("・ 胃潰瘍", 5.0), ("・ 精査", 5.2)])), "病:病:");
        assert_eq!(mended(rows(&[("・ 胃潰瘍", 5.0)])), "病・");
        assert_eq!(mended(rows(&[("・胃潰瘍", 5.0), ("・胃炎", 5.0)])), "病・病・");
        assert_eq!(mended(vec![segment("・ 胃潰瘍", 5.0, 0.0), segment("・ 胃炎", 5.0, 2.0)]), "・・");
    }
}
