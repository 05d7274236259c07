//! From the network's answer, step by step along a line, to characters and their places. Knows nothing of the network itself.

use super::engine::{PxBox, Seen};
use crate::domain::GreyImage;

/// Letters that stand further apart than this, in letter sizes, are spaced out.
const MOST_PITCH: f32 = 1.3;

/// A character that the network puts out: where along the line, and how sure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Peak {
    /// Its number in the alphabet, never the blank.
    pub class: usize,
    /// The step at which it is surest.
    pub step: f32,
    /// 0 to 1.
    pub confidence: f32,
}

/// A character and the column that its middle is near to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter {
    pub text: char,
    pub centre: f32,
    pub confidence: f32,
}

/// The likeliest character of each step, repeats and blanks taken out (connectionist temporal classification,
/// Graves et al. 2006, best path decoding). Each item of `steps` holds the probabilities of all classes, the blank first.
pub(super) fn peaks<'a>(steps: impl Iterator<Item = &'a [f32]>) -> Vec<Peak> {
    let mut peaks: Vec<Peak> = Vec::new();
    let mut before = 0;
    for (step, chances) in steps.enumerate() {
        let best = chances.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let Some((class, confidence)) = best.map(|(class, p)| (class, *p)) else { continue };
        if class != 0 {
            let here = Peak { class, step: step as f32, confidence };
            match peaks.last_mut().filter(|last| class == before && last.class == class) {
                Some(last) if confidence > last.confidence => *last = here,
                Some(_) => {}
                None => peaks.push(here),
            }
        }
        before = class;
    }
    peaks
}

/// Characters on the line's picture. Latin letters and digits that follow each other closely are one word.
pub(super) fn placed(line: &GreyImage, ink: &PxBox, letters: &[Letter]) -> Vec<Seen> {
    let columns = dark(line, ink);
    let mut edges = vec![ink.left];
    edges.extend(letters.windows(2).map(|pair| border(&columns, ink.left, pair[0].centre, pair[1].centre)));
    edges.push(ink.right);
    let boxes = bodies(line, ink, &columns, letters, &edges);
    let em = em(&boxes);
    let step = step(letters, &boxes);
    let mut words: Vec<(Seen, usize)> = Vec::new();
    let mut parted = true;
    for (at, letter) in letters.iter().enumerate() {
        if letter.text == ' ' {
            parted = true;
            continue;
        }
        let bbox = boxes[at];
        match words.last_mut() {
            Some((word, count))
                if !parted
                    && letter.text.is_ascii_graphic()
                    && word.text.is_ascii()
                    && !spaced(&word.bbox, &boxes[at - 1], &bbox, em, step) =>
            {
                word.text.push(letter.text);
                word.bbox = word.bbox.union(&bbox);
                let all = word.confidence * *count as f32 + letter.confidence;
                *count += 1;
                word.confidence = all / *count as f32;
            }
            _ => words.push((Seen { text: letter.text.to_string(), bbox, confidence: letter.confidence }, 1)),
        }
        parted = false;
    }
    words.into_iter().map(|(word, _)| word).collect()
}

/// From the middle of a Latin letter or digit to the middle of the next, as is usual in the line; 0 when there are too few.
fn step(letters: &[Letter], boxes: &[PxBox]) -> f32 {
    let narrow = |pair: &[Letter]| pair.iter().all(|l| l.text.is_ascii_graphic());
    let pairs = letters.windows(2).zip(boxes.windows(2)).filter(|(pair, _)| narrow(pair));
    let mut steps: Vec<i32> = pairs.map(|(_, b)| b[1].left + b[1].right - b[0].left - b[0].right).collect();
    steps.sort_unstable();
    if steps.len() < 4 { 0.0 } else { steps[steps.len() / 2] as f32 / 2.0 }
}

/// Whether a space stands before a Latin letter though the network puts out none.
fn spaced(word: &PxBox, before: &PxBox, here: &PxBox, em: f32, step: f32) -> bool {
    let white = (here.left - word.right) as f32;
    let apart = (here.left + here.right - before.left - before.right) as f32 / 2.0;
    white >= em * 0.5 || step > 0.0 && white > em * 0.25 && apart > step * 1.55
}

/// The places of letters. A Japanese letter takes up a square, however narrow its ink: between ク and リ there is no space.
fn bodies(line: &GreyImage, ink: &PxBox, columns: &[u32], letters: &[Letter], edges: &[i32]) -> Vec<PxBox> {
    let mut boxes: Vec<PxBox> = edges.windows(2).map(|edge| shrunk(line, ink, columns, edge[0], edge[1])).collect();
    let em = em(&boxes);
    let middle = |b: &PxBox| (b.left + b.right) as f32 / 2.0;
    let wide = |letter: &Letter| !letter.text.is_ascii() && !('｡'..='ﾟ').contains(&letter.text);
    let pairs = letters.windows(2).zip(boxes.windows(2)).filter(|(pair, _)| pair.iter().all(wide));
    let mut apart: Vec<f32> = pairs.map(|(_, b)| middle(&b[1]) - middle(&b[0])).collect();
    apart.sort_by(f32::total_cmp);
    let pitch = apart.get(apart.len() / 2).copied().unwrap_or(em).clamp(em * 0.9, em * MOST_PITCH);
    for at in (0..letters.len()).filter(|at| wide(&letters[*at])) {
        let b = boxes[at];
        let (from, to) = (middle(&b) - pitch / 2.0, middle(&b) + pitch / 2.0);
        boxes[at].left = b.left.min((from as i32).max(edges[at]));
        boxes[at].right = b.right.max((to as i32).min(edges[at + 1]));
    }
    boxes
}

/// The size of a line's ordinary letters.
fn em(boxes: &[PxBox]) -> f32 {
    let mut sides: Vec<i32> = boxes.iter().map(|b| (b.right - b.left).max(b.bottom - b.top)).collect();
    sides.sort_unstable();
    sides.get(sides.len() * 2 / 3).map_or(1.0, |side| (*side).max(1) as f32)
}

/// Dark pixels in each column of the inked part.
fn dark(line: &GreyImage, ink: &PxBox) -> Vec<u32> {
    let mut columns = vec![0; (ink.right - ink.left).max(0) as usize];
    for y in ink.top..ink.bottom {
        let row = &line.pixels[y as usize * line.width as usize..][ink.left as usize..ink.right as usize];
        columns.iter_mut().zip(row).for_each(|(count, p)| *count += u32::from(*p < 160));
    }
    columns
}

/// The column between two middles where there is least ink, the nearer to half-way the better.
fn border(columns: &[u32], left: i32, from: f32, to: f32) -> i32 {
    let middle = (from + to) / 2.0;
    let reach = ((to - from) * 0.35).max(1.0);
    let (first, last) = ((middle - reach).ceil() as i32, (middle + reach).floor() as i32);
    let cost = |x: &i32| {
        let ink = columns.get((x - left).max(0) as usize).copied().unwrap_or(0) as f32;
        ink * 2.0 + (*x as f32 - middle).abs()
    };
    (first..=last).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(middle as i32)
}

/// The ink between two columns; all of the line's height when there is none.
fn shrunk(line: &GreyImage, ink: &PxBox, columns: &[u32], from: i32, to: i32) -> PxBox {
    let from = from.clamp(ink.left, ink.right - 1);
    let to = to.clamp(from + 1, ink.right);
    let inked = |x: &i32| columns[(x - ink.left) as usize] > 0;
    let left = (from..to).find(inked).unwrap_or(from);
    let right = (left..to).rev().find(inked).map_or(to, |x| x + 1);
    let row = |y: &i32| {
        let at = *y as usize * line.width as usize;
        line.pixels[at + left as usize..at + right as usize].iter().any(|p| *p < 160)
    };
    let top = (ink.top..ink.bottom).find(row).unwrap_or(ink.top);
    let bottom = (top..ink.bottom).rev().find(row).map_or(ink.bottom, |y| y + 1);
    PxBox { left, top, right, bottom }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps that are sure of a class each; 0 is the blank.
    fn steps(classes: &[(usize, f32)]) -> Vec<Vec<f32>> {
        let of = |(class, sure): &(usize, f32)| {
            let mut chances = vec![(1.0 - sure) / 3.0; 4];
            chances[*class] = *sure;
            chances
        };
        classes.iter().map(of).collect()
    }

    #[test]
    fn repeats_are_one_character_unless_a_blank_parts_them() {
        let steps = steps(&[(0, 0.9), (1, 0.6), (1, 0.8), (0, 0.9), (1, 0.7), (2, 0.9), (2, 0.5)]);
        let found = peaks(steps.iter().map(Vec::as_slice));
        let seen: Vec<(usize, f32, f32)> = found.iter().map(|p| (p.class, p.step, p.confidence)).collect();
        assert_eq!(seen, [(1, 2.0, 0.8), (1, 4.0, 0.7), (2, 5.0, 0.9)]);
        assert!(peaks(std::iter::empty()).is_empty());
    }

    /// Blocks of ink from column to column, rows 8 to 28.
    fn line(blocks: &[(usize, usize)]) -> (GreyImage, PxBox) {
        let (width, height) = (200_usize, 36_u32);
        let mut pixels = vec![255; width * height as usize];
        for y in 8..28 {
            blocks.iter().for_each(|(from, to)| pixels[y * width..][*from..*to].fill(0));
        }
        let (left, right) = (blocks[0].0 as i32, blocks[blocks.len() - 1].1 as i32);
        (GreyImage { width: width as u32, height, pixels }, PxBox { left, top: 4, right, bottom: 32 })
    }

    fn letter(text: char, centre: f32) -> Letter {
        Letter { text, centre, confidence: 0.8 }
    }

    #[test]
    fn letters_get_the_ink_that_is_theirs() {
        // The first letter has a gap of its own in its middle.
        let (image, ink) = line(&[(10, 16), (22, 30), (36, 56)]);
        let seen = placed(&image, &ink, &[letter('い', 19.0), letter('田', 46.0)]);
        assert_eq!((seen[0].bbox.left, seen[0].bbox.top, seen[0].bbox.bottom), (10, 8, 28));
        assert!((30..=33).contains(&seen[0].bbox.right), "{seen:?}");
        assert!((33..=36).contains(&seen[1].bbox.left) && seen[1].bbox.right == 56, "{seen:?}");
    }

    #[test]
    fn narrow_kana_leave_no_gap_and_a_space_does() {
        let (image, ink) = line(&[(10, 30), (34, 42), (56, 64), (74, 94), (114, 134)]);
        let letters: Vec<Letter> =
            [('内', 20.0), ('ク', 38.0), ('リ', 60.0), ('ニ', 84.0), ('科', 124.0)].map(|(c, x)| letter(c, x)).into();
        let seen = placed(&image, &ink, &letters);
        let gaps: Vec<i32> = seen.windows(2).map(|pair| pair[1].bbox.left - pair[0].bbox.right).collect();
        assert!(gaps[..3].iter().all(|gap| (0..=4).contains(gap)) && gaps[3] >= 14, "{gaps:?}");
    }

    #[test]
    fn digits_are_one_word_until_a_space_or_a_wide_gap() {
        let (image, ink) = line(&[(10, 20), (22, 32), (40, 50), (100, 110)]);
        let all = |space: bool| {
            let mut letters = vec![letter('0', 15.0), letter('3', 27.0), letter('5', 45.0), letter('7', 105.0)];
            if space {
                letters.insert(2, letter(' ', 36.0));
            }
            let seen = placed(&image, &ink, &letters);
            seen.iter().map(|s| s.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(all(false), ["035", "7"]);
        assert_eq!(all(true), ["03", "5", "7"]);
        let seen = placed(&image, &ink, &[letter('0', 15.0), letter('氏', 27.0)]);
        assert_eq!(seen.len(), 2);
        // Less than half a letter's height, yet twice the usual step.
        let (image, ink) = line(&[(10, 18), (20, 28), (30, 38), (46, 54), (56, 64)]);
        let letters = [('1', 14.0), ('2', 24.0), ('3', 34.0), ('P', 50.0), ('2', 60.0)].map(|(c, x)| letter(c, x));
        let texts: Vec<String> = placed(&image, &ink, &letters).into_iter().map(|s| s.text).collect();
        assert_eq!(texts, ["123", "P2"]);
    }
}
