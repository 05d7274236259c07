//! Addresses compared by town and numbers (番地): prefectures may be left out, 丁目・番地・号 may be hyphens.

use super::channel::Channel;
use super::digits::{self, Apart};
use crate::text::fold;

/// An address as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    /// City, town and 字, without the prefecture.
    pub town: Vec<char>,
    /// 丁目, 番地, 号; what follows (a building) does not count.
    pub numbers: Vec<u32>,
}

/// How two addresses compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Town and numbers.
    Same,
    /// Town, and numbers but for a misreading or a missing end.
    Nearly,
    /// Town only.
    Town,
    /// Neither.
    Other,
    /// Cannot be compared.
    Unknown,
}

impl Address {
    pub(super) fn parse(text: &str) -> Self {
        let chars: Vec<char> = fold::dashes(&fold::squeeze(text)).chars().collect();
        let start = prefecture_end(&chars);
        let chars = &chars[start..];
        let mut out = Self::default();
        let mut i = 0;
        while i < chars.len() && !starts_number(chars, i) {
            // 大字 and 字 are written or left out at will.
            if chars[i] == '字' {
                if out.town.last() == Some(&'大') {
                    out.town.pop();
                }
            } else {
                out.town.push(chars[i]);
            }
            i += 1;
        }
        while i < chars.len() && out.numbers.len() < 4 {
            let (value, len) = number_at(chars, i);
            if len == 0 {
                break;
            }
            out.numbers.push(value);
            i += len;
            let joint = chars[i..].iter().take_while(|c| "-丁目番地のノ号".contains(**c) || fold::is_dash(**c)).count();
            // 号 ends the address; what follows is a building.
            if joint == 0 || chars[i..i + joint].contains(&'号') {
                break;
            }
            i += joint;
        }
        out
    }

    /// The characters by which addresses of one house are found.
    pub(super) fn key(&self) -> Option<Vec<char>> {
        if self.numbers.is_empty() || self.town.len() < 2 {
            return None;
        }
        let tail = &self.town[self.town.len().saturating_sub(3)..];
        let numbers = self.numbers.iter().flat_map(|n| format!("-{n}").chars().collect::<Vec<_>>());
        Some(tail.iter().copied().chain(numbers).collect())
    }

    /// Compares a seen address with a master's.
    pub(super) fn compare(&self, master: &Self, channel: &mut Channel) -> Place {
        if self.town.len() < 2 || master.town.len() < 2 {
            return Place::Unknown;
        }
        if !self.same_town(master, channel) {
            return Place::Other;
        }
        let shared = self.numbers.len().min(master.numbers.len());
        if shared == 0 {
            return Place::Town;
        }
        let off: Vec<usize> = (0..shared).filter(|&i| self.numbers[i] != master.numbers[i]).collect();
        let misread = |i: usize| {
            let of = |n: u32| n.to_string().into_bytes();
            matches!(digits::compare(&of(self.numbers[i]), &of(master.numbers[i])), Apart::LikeDigit)
        };
        match off[..] {
            [] if self.numbers.len() == master.numbers.len() => Place::Same,
            [] if shared >= 2 => Place::Nearly,
            [i] if shared >= 2 && misread(i) => Place::Nearly,
            _ => Place::Town,
        }
    }

    fn same_town(&self, master: &Self, channel: &mut Channel) -> bool {
        let (a, b) = (&self.town, &master.town);
        if a.ends_with(b) || b.ends_with(a) {
            return true;
        }
        // The city or county may be left out on either side: compare the ends.
        let n = a.len().min(b.len());
        let cost = channel.cost(&a[a.len() - n..], &b[b.len() - n..]);
        let whole = channel.cost(a, b);
        let faults = |c: super::channel::Cost| f32::from(c.dear) + 0.4 * f32::from(c.cheap);
        faults(cost).min(faults(whole)) <= 0.3 * n as f32
    }
}

/// Where the prefecture's name ends; 0 when there is none.
fn prefecture_end(chars: &[char]) -> usize {
    let text: String = chars.iter().take(4).collect();
    if text.starts_with("北海道")
        || text.starts_with("東京都")
        || text.starts_with("京都府")
        || text.starts_with("大阪府")
    {
        return 3;
    }
    chars.iter().take(4).position(|c| *c == '県').filter(|i| *i >= 2).map_or(0, |i| i + 1)
}

/// A number begins here: a digit, or 漢数字 before 丁目.
fn starts_number(chars: &[char], i: usize) -> bool {
    chars[i].is_ascii_digit() || number_at(chars, i).1 > 0
}

/// The number that begins at `i` and how many characters it takes (0: none).
fn number_at(chars: &[char], i: usize) -> (u32, usize) {
    let digits = chars[i..].iter().take_while(|c| c.is_ascii_digit()).count();
    if digits > 0 {
        let text: String = chars[i..i + digits.min(6)].iter().collect();
        return (text.parse().unwrap_or(0), digits);
    }
    let kanji = chars[i..].iter().take_while(|c| "一二三四五六七八九十".contains(**c)).count();
    if kanji == 0 || chars.get(i + kanji) != Some(&'丁') || chars.get(i + kanji + 1) != Some(&'目') {
        return (0, 0);
    }
    let mut value = 0;
    for c in &chars[i..i + kanji] {
        match "一二三四五六七八九".chars().position(|k| k == *c) {
            Some(n) => value += n as u32 + 1,
            None => value = value.max(1) * 10,
        }
    }
    (value, kanji)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Vec<u32>) {
        let a = Address::parse(text);
        (a.town.iter().collect(), a.numbers)
    }

    #[test]
    fn towns_and_numbers_are_told_apart() {
        assert_eq!(parsed("北海道見本市例町1-2-34 ハイツ105"), ("見本市例町".into(), vec![1, 2, 34]));
        assert_eq!(parsed("見本市例町１丁目２番３４号"), ("見本市例町".into(), vec![1, 2, 34]));
        assert_eq!(parsed("見本市例町一丁目2番34号"), ("見本市例町".into(), vec![1, 2, 34]));
        assert_eq!(parsed("京都府京都市北区例条5-1"), ("京都市北区例条".into(), vec![5, 1]));
        assert_eq!(parsed("見本市北二十四条西5-1-7"), ("見本市北二十四条西".into(), vec![5, 1, 7]));
        assert_eq!(parsed("見本郡例町大字原番地12番地の3"), ("見本郡例町原番地".into(), vec![12, 3]));
    }

    #[test]
    fn the_same_house_is_known_in_another_spelling() {
        let of = |a: &str, b: &str| Address::parse(a).compare(&Address::parse(b), &mut Channel::default());
        assert_eq!(of("見本市例町1丁目2番3号", "北海道見本市例町1-2-3 コーポ5"), Place::Same);
        assert_eq!(of("例町1-2-3", "北海道見本市例町1-2-3"), Place::Same);
        assert_eq!(of("見木市例町1-2-3", "見本市例町1-2-8"), Place::Nearly);
        assert_eq!(of("見本市例町1-2", "見本市例町1-2-3"), Place::Nearly);
        assert_eq!(of("見本市例町4-5-6", "見本市例町1-2-3"), Place::Town);
        assert_eq!(of("遠方市別荘1-2-3", "見本市例町1-2-3"), Place::Other);
        assert_eq!(of("", "見本市例町1-2-3"), Place::Unknown);
    }
}
