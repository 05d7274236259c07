//! How far a label reaches beyond the letters by which it was found: 病状経過・検査所見, 生年月日(年齢), 病名(疑い含む).

use super::labels::Occurrence;
use super::lexicon::{Lexicon, Use};
use super::words::{heading, label};
use super::{Glyph, Segment};
use crate::domain::ValueType;
use crate::text::{fold, name};

/// Gives the last label of a segment what belongs to it; `alone` says that it is the first, too.
pub(super) fn lengthen(segment: &Segment, found: &mut Occurrence, alone: bool, lexicon: &Lexicon) {
    let text = lexicon.entries[found.entry].uses.iter().any(|u| match u {
        Use::Field(i) => lexicon.fields[*i].field.value_type() == ValueType::Text,
        _ => false,
    });
    if let Some(more) = open_bracket(segment, found) {
        found.glyphs.end += more;
        found.clear = true;
    }
    if alone && begins_before(&segment.glyphs[..found.glyphs.start], found) {
        found.glyphs.start = 0;
    }
    let rest = &segment.glyphs[found.glyphs.end..];
    let whole = trails_off(rest, text)
        || (hint_ends_the_line(rest) && lexicon.entries[found.entry].key.len() > 1)
        || goes_on(rest, text);
    found.glyphs.end += if whole { rest.len() } else { hint_before_a_colon(rest).unwrap_or(0) };
    found.at = super::around(&segment.glyphs[found.glyphs.clone()]);
}

/// 病名(疑い含む): glyphs up to the end of the bracket within which the label was found to end.
fn open_bracket(segment: &Segment, found: &Occurrence) -> Option<usize> {
    let inside = &segment.glyphs[found.glyphs.clone()];
    let count = |of: fn(char) -> bool| inside.iter().filter(|g| of(g.ch)).count();
    let close = segment.glyphs[found.glyphs.end..].iter().take(8).position(|g| closes(g.ch))?;
    (count(opens) > count(closes)).then_some(close + 1)
}

/// *4.併存症・*既往症: words of labels before it, up to the head of its line.
fn begins_before(before: &[Glyph], found: &Occurrence) -> bool {
    let joined = before.last().is_some_and(|g| matches!(g.ch, '・' | '/' | '及' | '、'));
    let word = before.iter().skip_while(|g| g.ch.is_ascii_digit() || fold::is_ornament(g.ch));
    let letters: Vec<char> = word.filter_map(|g| fold::label_char(g.ch)).collect();
    let words = label::is_made_of_words(&letters) || heading::is_made_of_words(&letters);
    found.clear && joined && !letters.is_empty() && words
}

/// 心臓ペースメーカー*が入っている*, 既往歴*等*, 処方*について*: the end of a question or of a heading.
fn trails_off(rest: &[Glyph], text: bool) -> bool {
    let letters: Vec<char> = rest.iter().filter_map(|g| fold::label_char(g.ch)).collect();
    let near = rest.iter().all(|g| g.gap < 0.6);
    let trailing: String = rest.iter().filter(|g| !fold::is_ornament(g.ch)).map(|g| g.ch).collect();
    !letters.is_empty() && near && label::trails(&letters)
        || text && ["等", "など", "について", "欄"].contains(&trailing.as_str())
}

/// 生年月日*(年齢)*: a word in brackets that ends the line; a choice or a reading there is a value.
fn hint_ends_the_line(rest: &[Glyph]) -> bool {
    let [first, word @ .., last] = rest else { return false };
    let chosen =
        |g: &Glyph| matches!(g.ch, '男' | '女' | '有' | '無' | '要' | '否' | '本' | '・') || g.ch.is_ascii_digit();
    opens(first.ch)
        && (closes(last.ch) || last.ch == '】')
        && (2..=8).contains(&word.len())
        && word.iter().any(|g| name::is_kanji(g.ch))
        && !word.iter().any(chosen)
}

/// 病名*(疑い含む)*:胆石症: how to fill it in, in brackets before the colon.
fn hint_before_a_colon(rest: &[Glyph]) -> Option<usize> {
    rest.first().filter(|g| opens(g.ch))?;
    let close = rest.iter().position(|g| closes(g.ch)).filter(|at| (2..=10).contains(at))?;
    rest.get(close + 1).is_some_and(|g| g.ch == ':').then_some(close + 1)
}

/// 病状経過*・検査所見*: more words of a heading of text; 診療科*・担当*, ペースメーカー*・ICD*: one more word of a label before a value further right.
fn goes_on(rest: &[Glyph], text: bool) -> bool {
    let Some(first) = rest.first() else { return false };
    let pair = matches!(first.ch, '・' | '/')
        && (3..=5).contains(&rest.len())
        && rest.iter().skip(1).all(|g| (name::is_kanji(g.ch) || g.ch.is_ascii_uppercase()) && g.gap < 0.6);
    // What ends as a sentence does is what the label is about.
    let said =
        rest.iter().rev().take(2).filter(|g| matches!(g.ch, 'な' | 'し' | 'り' | 'す' | 'た' | 'い')).count() == 2;
    let short =
        (2..=16).contains(&rest.len()) && !rest.iter().any(|g| matches!(g.ch, '。' | ':') || g.ch.is_ascii_digit());
    let closed = rest.last().is_some_and(|g| closes(g.ch) || g.ch == '】');
    (text || pair)
        && (opens(first.ch) && closed || matches!(first.ch, '・' | '/' | '及' | '、' | '･'))
        && short
        && !said
        && rest.iter().skip(1).all(|g| g.gap < 1.5)
}

fn opens(c: char) -> bool {
    matches!(c, '(' | '[')
}

fn closes(c: char) -> bool {
    matches!(c, ')' | ']')
}

#[cfg(test)]
mod tests {
    use crate::domain::{BBox, Kind, PageNo};
    use crate::stages::recipes;
    use crate::stages::sheet::lexicon::Lexicon;
    use crate::stages::sheet::regions::Page;
    use crate::stages::sheet::{Glyph, Segment, Sheet};

    /// Labels of a line, as they are printed there, and what stands beside them.
    fn read(line: &str) -> (Vec<String>, Vec<String>) {
        let glyph = |(i, ch): (usize, char)| Glyph {
            ch,
            raw: ch.to_string(),
            at: BBox::new(5.0 + i as f32, 40.0, 6.0 + i as f32, 41.0),
            gap: 0.0,
            confidence: 0.9,
        };
        let segment = Segment::new(line.chars().enumerate().map(glyph).collect(), None);
        let (segments, cells, marks) = (vec![segment], Vec::new(), Vec::new());
        let sheet = Sheet { no: PageNo(1), segments, cells, marks, width: 80.0, height: 100.0 };
        let page = Page::of(sheet, &Lexicon::of(&recipes::embedded(), Kind::ReferralLetter));
        let text = |glyphs: &[Glyph]| glyphs.iter().map(|g| g.ch).collect::<String>();
        let labels = page.labels.iter().map(|l| text(&page.sheet.segments[l.segment].glyphs[l.glyphs.clone()]));
        (labels.collect(), page.runs.iter().map(|r| text(page.glyphs(r))).collect())
    }

    #[test]
    fn words_of_labels_before_and_behind_a_label_are_its_own() {
        for line in ["4.併存症・既往症", "病状経過・検査所見", "病名(疑い含む)"] {
            let (labels, rest) = read(line);
            assert_eq!((labels.len(), rest.len()), (1, 0), "{line}: {labels:?} {rest:?}");
        }
        let (labels, rest) = read("病名(疑い含む):胆石症");
        assert_eq!((labels.len(), rest), (1, vec!["胆石症".to_owned()]));
    }

    #[test]
    fn several_labels_of_one_line_never_overlap() {
        let (labels, _) = read("氏名・住所・電話番号");
        assert!(labels.iter().map(|l| l.chars().count()).sum::<usize>() <= 10, "{labels:?}");
    }
}
