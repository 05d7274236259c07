//! Stops behind a bracket (、 。). Between a full-width bracket and the stop there is half a letter of white, and the network
//! leaves the stop out; its ink is there to be seen: small, low and by itself.

use super::ctc::Letter;
use super::engine::PxBox;
use crate::domain::GreyImage;

/// Darker than this is ink.
const INK: u8 = 128;
/// How sure a stop is that was found by its ink.
const SURE: f32 = 0.7;

/// The letters with the stops that stand behind closing brackets; `ink` is where the line's ink lies in its picture.
pub(super) fn restored(line: &GreyImage, ink: &PxBox, letters: Vec<Letter>) -> Vec<Letter> {
    let mut out: Vec<Letter> = Vec::with_capacity(letters.len());
    for letter in letters {
        // The white is read as a space.
        let before = out.iter().rev().find(|l| l.text != ' ').copied();
        if let Some(before) = before.filter(|l| letter.text != ' ' && matches!(l.text, ')' | '）' | '」' | '〕' | '】'))
        {
            let (from, to) = (before.centre as i32, letter.centre as i32);
            let stop = matches!(letter.text, '、' | '。' | ',' | '.');
            if let Some((text, centre)) = stop_between(line, ink, from, to).filter(|_| !stop) {
                while out.pop_if(|l| l.text == ' ').is_some() {}
                out.push(Letter { text, centre, confidence: SURE });
            }
        }
        out.push(letter);
    }
    out
}

/// The only small ink in the lower part of the columns between two letters, and which stop it is.
fn stop_between(line: &GreyImage, ink: &PxBox, from: i32, to: i32) -> Option<(char, f32)> {
    let height = (ink.bottom - ink.top) as f32;
    let (from, to) = (from.max(ink.left), to.min(ink.right));
    let at = |x: i32, y: i32| line.pixels[y as usize * line.width as usize + x as usize] < INK;
    let mut found: Vec<PxBox> = Vec::new();
    let mut x = from;
    while x < to {
        let rows = |x: i32| (ink.top..ink.bottom).filter(move |y| at(x, *y));
        if rows(x).next().is_none() {
            x += 1;
            continue;
        }
        let left = x;
        let (mut top, mut bottom) = (ink.bottom, ink.top);
        while x < to
            && let Some(first) = rows(x).next()
        {
            (top, bottom) = (top.min(first), bottom.max(rows(x).next_back().unwrap_or(first) + 1));
            x += 1;
        }
        let (w, h) = ((x - left) as f32, (bottom - top) as f32);
        let low = top as f32 > ink.top as f32 + height * 0.52;
        // What goes on beyond the columns is part of one of the letters.
        if low && left > from && x < to && w <= height * 0.36 && h <= height * 0.4 && w.min(h) >= 2.0 {
            found.push(PxBox { left, top, right: x, bottom });
        }
    }
    let [stop] = found[..] else { return None };
    let (middle_x, middle_y) = ((stop.left + stop.right) / 2, (stop.top + stop.bottom) / 2);
    let ring = stop.right - stop.left >= 5 && stop.bottom - stop.top >= 5 && !at(middle_x, middle_y);
    Some((if ring { '。' } else { '、' }, middle_x as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(line: &mut GreyImage, left: usize, top: usize, w: usize, h: usize) {
        for y in top..top + h {
            line.pixels[y * line.width as usize + left..][..w].fill(0);
        }
    }

    /// A bracket, a letter, and between them what is drawn by `stop`.
    fn read(stop: impl Fn(&mut GreyImage)) -> String {
        let mut line = GreyImage { width: 120, height: 40, pixels: vec![255; 120 * 40] };
        block(&mut line, 10, 4, 4, 30);
        block(&mut line, 60, 6, 26, 26);
        stop(&mut line);
        let ink = PxBox { left: 8, top: 2, right: 90, bottom: 36 };
        let letter = |text, centre| Letter { text, centre, confidence: 0.9 };
        restored(&line, &ink, vec![letter(')', 12.0), letter(' ', 24.0), letter('術', 73.0)])
            .iter()
            .map(|l| l.text)
            .collect()
    }

    #[test]
    fn a_comma_behind_a_bracket_is_seen() {
        assert_eq!(read(|line| block(line, 30, 27, 5, 6)), ")、術");
        let ring = |line: &mut GreyImage| {
            for (x, y, w, h) in [(30, 25, 8, 2), (30, 31, 8, 2), (30, 25, 2, 8), (36, 25, 2, 8)] {
                block(line, x, y, w, h);
            }
        };
        assert_eq!(read(ring), ")。術");
    }

    #[test]
    fn nothing_is_made_of_specks_and_other_ink() {
        assert_eq!(read(|_| ()), ") 術");
        assert_eq!(read(|line| block(line, 30, 27, 1, 1)), ") 術", "a speck");
        assert_eq!(read(|line| block(line, 30, 16, 5, 5)), ") 術", "a dot half-way up");
        assert_eq!(read(|line| block(line, 30, 12, 6, 20)), ") 術", "a letter that was not read");
    }
}
