//! Half-width kana (半角カナ). The engine has learnt letters as wide as they are high; drawn out to that shape it reads them.

use super::engine::{PxBox, Seen, confidence};
use crate::domain::GreyImage;

/// A first reading surer than this stands.
const SURE: f32 = 0.88;
/// How much wider narrow letters are drawn; beyond it strokes come apart.
const STRETCH: f32 = 1.65;
/// White round the stretched picture.
const MARGIN: u32 = 8;

/// Where narrow letters stand in the picture of a line: first column, and the column after the last.
pub(super) fn stretches(line: &GreyImage) -> Vec<(i32, i32)> {
    let width = line.width as usize;
    let mut inked = vec![false; width];
    let (mut top, mut bottom) = (line.height, 0);
    for (y, row) in line.pixels.chunks_exact(width.max(1)).enumerate() {
        let mut any = false;
        for (column, p) in inked.iter_mut().zip(row) {
            *column |= *p < 128;
            any |= *p < 128;
        }
        if any {
            (top, bottom) = (top.min(y as u32), y as u32 + 1);
        }
    }
    let high = bottom.saturating_sub(top) as f32;
    let mut found: Vec<(i32, i32)> = Vec::new();
    let mut run: Vec<(i32, i32)> = Vec::new();
    let mut close = |run: &mut Vec<(i32, i32)>| {
        if let (Some(first), Some(last)) = (run.first(), run.last())
            && run.len() >= 3
            && (last.1 - first.0) as f32 >= high * 1.2
        {
            found.push((first.0, last.1));
        }
        run.clear();
    };
    let mut x = 0;
    while let Some(from) = inked[x..].iter().position(|c| *c).map(|n| x + n) {
        let to = inked[from..].iter().position(|c| !*c).map_or(width, |n| from + n);
        x = to;
        let (from, to) = (from as i32, to as i32);
        if run.last().is_some_and(|last| (from - last.1) as f32 > high * 0.9) {
            close(&mut run);
        }
        if (to - from) as f32 <= high * 0.58 {
            run.push((from, to))
        } else {
            close(&mut run)
        }
        if x >= width {
            break;
        }
    }
    close(&mut run);
    found
}

/// Whether what was read there is worth a second look.
pub(super) fn doubtful(seen: &[Seen], stretch: (i32, i32)) -> bool {
    let there: Vec<Seen> = seen.iter().filter(|s| within(&s.bbox, stretch)).cloned().collect();
    confidence(&there) < SURE
}

/// The part of a line's picture, drawn out.
pub(super) fn drawn_out(line: &GreyImage, (left, right): (i32, i32)) -> GreyImage {
    let wide = ((right - left) as f32 * STRETCH) as u32;
    let width = wide + 2 * MARGIN;
    let mut pixels = vec![255; (width * line.height) as usize];
    let rows = line.pixels.chunks_exact(line.width.max(1) as usize);
    for (row, into) in rows.zip(pixels.chunks_exact_mut(width as usize)) {
        let row = &row[left as usize..right as usize];
        for (x, p) in into[MARGIN as usize..][..wide as usize].iter_mut().enumerate() {
            let from = ((x as f32 + 0.5) / STRETCH - 0.5).clamp(0.0, (row.len() - 1) as f32);
            let (at, part) = (from as usize, from.fract());
            let next = row[(at + 1).min(row.len() - 1)];
            *p = (f32::from(row[at]) * (1.0 - part) + f32::from(next) * part) as u8;
        }
    }
    GreyImage { width, height: line.height, pixels }
}

/// The line with its narrow part read again, when that reading is kana and the better one.
pub(super) fn settled(first: Vec<Seen>, again: Vec<Seen>, stretch: (i32, i32)) -> Vec<Seen> {
    let (there, mut rest): (Vec<Seen>, Vec<Seen>) = first.into_iter().partition(|s| within(&s.bbox, stretch));
    match kana(again, stretch.0) {
        Some(kana) if confidence(&kana) > confidence(&there) => {
            rest.extend(kana);
            rest.sort_by_key(|s| s.bbox.left);
            rest
        }
        _ => {
            rest.extend(there);
            rest.sort_by_key(|s| s.bbox.left);
            rest
        }
    }
}

fn within(b: &PxBox, (left, right): (i32, i32)) -> bool {
    let middle = (b.left + b.right) / 2;
    left <= middle && middle < right
}

/// The words of a stretched picture on the line it was taken from; nothing when they are not kana throughout.
fn kana(again: Vec<Seen>, left: i32) -> Option<Vec<Seen>> {
    let back = |x: i32| left + ((x - MARGIN as i32).max(0) as f32 / STRETCH) as i32;
    let mut words: Vec<Seen> = again
        .into_iter()
        .map(|s| Seen {
            bbox: PxBox { left: back(s.bbox.left), right: back(s.bbox.right).max(back(s.bbox.left) + 1), ..s.bbox },
            ..s
        })
        .collect();
    voice(&mut words);
    let last = words.len().checked_sub(1)?;
    // A bracket beside the name comes out as anything.
    if words[0].text.chars().next().is_some_and(|c| !katakana(c) && !c.is_alphanumeric() || hiragana(c)) {
        words[0].text.remove(0);
    }
    if words[last].text.chars().last().is_some_and(|c| !katakana(c) && !c.is_alphanumeric() || hiragana(c)) {
        words[last].text.pop();
    }
    words.retain(|w| !w.text.is_empty());
    let letters: Vec<char> = words.iter().flat_map(|w| w.text.chars()).collect();
    (letters.len() >= 2 && letters.iter().all(|c| katakana(*c))).then_some(words)
}

/// Voiced marks have a place of their own in half-width kana, and are read as what they resemble.
fn voice(words: &mut [Seen]) {
    let mut last: Option<(usize, char)> = None;
    for at in 0..words.len() {
        let mut text = String::new();
        for c in words[at].text.clone().chars() {
            let mark = match c {
                '゛' | '"' | '”' | '“' | '~' | '〃' | '*' | '\'' => '\u{3099}',
                '゜' | '°' | '。' | '\u{ba}' => '\u{309a}',
                _ => {
                    last = Some((at, c));
                    text.push(c);
                    continue;
                }
            };
            let voiced =
                last.and_then(|(word, before)| Some((word, unicode_normalization::char::compose(before, mark)?)));
            match voiced {
                Some((word, c)) if word == at => {
                    text.pop();
                    text.push(c);
                }
                Some((word, c)) => {
                    words[word].text.pop();
                    words[word].text.push(c);
                }
                None => text.push(c),
            }
            last = None;
        }
        words[at].text = text;
    }
}

fn katakana(c: char) -> bool {
    matches!(c, 'ァ'..='ヴ' | 'ー')
}

fn hiragana(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, left: i32, right: i32, confidence: f32) -> Seen {
        Seen { text: text.into(), bbox: PxBox { left, top: 0, right, bottom: 20 }, confidence }
    }

    /// Blocks of ink from column to column, 20 rows high.
    fn line(blocks: &[(usize, usize)]) -> GreyImage {
        let (width, height) = (300_usize, 36_u32);
        let mut pixels = vec![255; width * height as usize];
        for y in 8..28 {
            blocks.iter().for_each(|(from, to)| pixels[y * width..][*from..*to].fill(0));
        }
        GreyImage { width: width as u32, height, pixels }
    }

    fn texts(words: &[Seen]) -> Vec<&str> {
        words.iter().map(|w| w.text.as_str()).collect()
    }

    #[test]
    fn narrow_letters_are_found_beside_wide_ones() {
        let image = line(&[(10, 28), (32, 50), (70, 78), (80, 88), (90, 98), (104, 112), (140, 158)]);
        assert_eq!(stretches(&image), [(70, 112)]);
        assert_eq!(stretches(&line(&[(10, 28), (32, 50), (54, 72)])), []);
        assert_eq!(stretches(&line(&[])), []);
    }

    #[test]
    fn a_drawn_out_picture_is_wider_and_as_dark() {
        let image = line(&[(70, 78), (80, 88), (90, 98)]);
        let wide = drawn_out(&image, (70, 98));
        assert_eq!(wide.height, image.height);
        assert_eq!(wide.width, (28.0 * STRETCH) as u32 + 2 * MARGIN);
        let dark = |i: &GreyImage| i.pixels.iter().filter(|p| **p < 128).count() as f32;
        assert!((dark(&wide) / dark(&image) / STRETCH - 1.0).abs() < 0.15);
    }

    #[test]
    fn the_second_reading_stands_when_it_is_kana_and_surer() {
        let first = || vec![seen("名", 0, 18, 0.9), seen("727", 70, 112, 0.4)];
        let again = vec![seen("アライ", 8, 40, 0.8), seen("ミオ", 50, 70, 0.9)];
        let both = settled(first(), again, (70, 112));
        assert_eq!(texts(&both), ["名", "アライ", "ミオ"]);
        assert!(both[1].bbox.left == 70 && both[2].bbox.right <= 112);
        let digits = settled(first(), vec![seen("0727", 8, 70, 0.99)], (70, 112));
        assert_eq!(texts(&digits), ["名", "727"]);
        let doubtful = settled(first(), vec![seen("アライ", 8, 40, 0.2)], (70, 112));
        assert_eq!(texts(&doubtful), ["名", "727"]);
    }

    #[test]
    fn voiced_marks_join_their_letter_even_in_the_word_before() {
        let mut words = vec![seen("スス~", 0, 9, 1.0), seen("カ", 9, 12, 1.0), seen("\"ハ°", 12, 20, 1.0)];
        voice(&mut words);
        assert_eq!(texts(&words), ["スズ", "ガ", "パ"]);
    }

    #[test]
    fn brackets_at_the_ends_fall_away() {
        let words = kana(vec![seen("てツカダ", 8, 60, 0.9), seen("ケイスケ)", 70, 130, 0.9)], 0).expect("kana");
        assert_eq!(texts(&words), ["ツカダ", "ケイスケ"]);
        assert!(kana(vec![seen("ツカダ45", 8, 60, 0.9)], 0).is_none());
    }
}
