//! Dates as documents write them: 令和6年5月14日, R6.5.14, 昭43/2/9, 2024-05-14, 5月14日(火); and the checks that choose an era.

use super::era::Era;
use jiff::civil::{Date, Weekday};
use std::ops::Range;

/// What a written date says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A whole date.
    Day(Date),
    /// The era is not said: it is circled, cut off or not legible (`29年7月24日`, `57.4.5`).
    EraUnsaid(i16, i8, i8),
    /// The year is not said (`12月15日`, `4/2(火)`).
    YearUnsaid(i8, i8, Option<Weekday>),
}

/// A date and where it stands among the characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What is written.
    pub written: Written,
    /// The characters it takes.
    pub range: Range<usize>,
    /// 0 to 1: 1 when every character was as it should be.
    pub sure: f32,
}

/// All dates among the characters (NFKC, no spaces), in order.
pub fn dates(chars: &[char]) -> Vec<Seen> {
    let strict = scan(chars, false);
    // A day with its weekday is as sure as one with its year.
    if strict.iter().any(|s| !matches!(s.written, Written::YearUnsaid(.., None))) {
        return strict;
    }
    // Letters that recognition puts for digits are tried only where nothing reads as it stands.
    let lenient = scan(chars, true);
    if lenient.iter().any(|s| !matches!(s.written, Written::YearUnsaid(..))) { lenient } else { strict }
}

/// The first whole date in a text.
pub fn first_day(text: &str) -> Option<Date> {
    let chars: Vec<char> = super::fold::squeeze(text).chars().collect();
    dates(&chars).into_iter().find_map(|s| match s.written {
        Written::Day(d) => Some(d),
        _ => None,
    })
}

fn scan(chars: &[char], lenient: bool) -> Vec<Seen> {
    let mut found: Vec<Seen> = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(chars, i, lenient) {
            Some(seen) => {
                i = seen.range.end.max(i + 1);
                found.push(seen);
            }
            None => i += 1,
        }
    }
    found
}

fn at(chars: &[char], i: usize, lenient: bool) -> Option<Seen> {
    // A number that goes on to the left is not the beginning of a date.
    if i > 0
        && chars[i].is_ascii_digit()
        && (chars[i - 1].is_ascii_digit()
            || (chars[i - 1] == '.' && i > 1 && chars[i - 2].is_ascii_digit() && !new_after(&chars[..i])))
    {
        return counted(chars, i);
    }
    era_date(chars, i, lenient)
        .or_else(|| western(chars, i, lenient))
        .or_else(|| without_era(chars, i, lenient))
        .or_else(|| without_year(chars, i, lenient))
}

/// 第2 8/6(水): a day with its weekday right behind the number that counts it, where both together are no month.
fn counted(chars: &[char], i: usize) -> Option<Seen> {
    let alone = matches!(chars[i - 1], '1'..='9') && (i < 2 || !chars[i - 2].is_ascii_digit());
    let short = matches!(chars.get(i + 1), Some('/' | '月'));
    let seen = (alone && short).then(|| without_year(chars, i, false)).flatten()?;
    matches!(seen.written, Written::YearUnsaid(.., Some(_))).then_some(seen)
}

/// 令和6年5月14日 · R6.5.14 · 昭43/2/9
fn era_date(chars: &[char], i: usize, lenient: bool) -> Option<Seen> {
    let (era, mut j, mut sure) = era(chars, i, lenient)?;
    if is_choice(chars, i) {
        return None;
    }
    while chars.get(j).is_some_and(|c| matches!(c, '.' | '・' | '(' | ')' | ' ')) {
        j += 1;
    }
    let (year, j) = if chars.get(j) == Some(&'元') { (1, j + 1) } else { number(chars, j, 2, lenient)? };
    let (month, day, end, part) = month_day(chars, j, lenient)?;
    sure *= part;
    let date = match era.day(year, month, day) {
        Some(d) => d,
        // 平成31年5月 and later is still printed on old forms; the day is clear, the era is not.
        None => {
            sure *= 0.7;
            let ended_gently = era == Era::Heisei && (31..=45).contains(&year) || era == Era::Showa && year == 64;
            ended_gently.then(|| era.counted_on(year, month, day)).flatten()?
        }
    };
    Some(Seen { written: Written::Day(date), range: i..end, sure })
}

/// Whether the era at `i` is the last of several printed to choose from (`明・大・昭・平`).
fn is_choice(chars: &[char], i: usize) -> bool {
    // Boxes are read as anything, 日 too: three eras and no number between them are a list.
    let listed = chars[i.saturating_sub(14)..i].rsplit(char::is_ascii_digit).next().unwrap_or_default();
    if ['明', '大', '昭', '平'].iter().filter(|era| listed.contains(era)).count() >= 3 {
        return true;
    }
    // A box or a misread letter may stand between two eras: 口昭 口平 口令.
    if (2..=3).any(|back| {
        i >= back
            && matches!(chars[i - back], '明' | '大' | '昭' | '平')
            && !matches!(chars[i - 1], '年' | '日' | '月' | '生')
    }) {
        return true;
    }
    // The same of Latin letters, which stand alone (□H □R) or next to the era that came before (HR).
    let apart = |at: usize| at == 0 || !chars[at - 1].is_ascii_alphanumeric();
    let latin = |at: usize| matches!(chars[at], 'M' | 'T' | 'S' | 'H' | 'R');
    if i >= 2 && latin(i) && latin(i - 2) && !chars[i - 1].is_ascii_alphanumeric() && apart(i - 2) {
        return true;
    }
    if i >= 1 && matches!((chars[i - 1], chars[i]), ('M', 'T') | ('T', 'S') | ('S', 'H') | ('H', 'R')) {
        return true;
    }
    let mut k = i;
    let mut separated = false;
    while k > 0 && i - k < 4 {
        k -= 1;
        match chars[k] {
            '・' | '.' | '·' => separated = true,
            '/' | '(' | ')' | ',' | '、' | '-' | '|' | '[' | ']' | '<' | '>' => {}
            '和' | '成' | '正' | '治' => return true,
            c => {
                // 男・昭和29年: the sex before it is no era.
                return Era::from_char(c).is_some()
                    && (!c.is_ascii() || k == 0 || !chars[k - 1].is_ascii_alphanumeric())
                    || separated && i - k == 2 && !matches!(c, '男' | '女' | '性' | '様' | '歳' | '才');
            }
        }
    }
    separated && i - k <= 1
}

/// Whether a stop or stroke at the end separates what follows from a time or a list number: `1.`, `13:30/`.
fn new_after(before: &[char]) -> bool {
    let Some((mark, head)) = before.split_last() else { return true };
    let digits = head.iter().rev().take_while(|c| c.is_ascii_digit()).count();
    let lead = head.len().checked_sub(digits + 1).map(|at| head[at]);
    match mark {
        '.' => digits == 1 && lead.is_none_or(|c| c.is_whitespace() || matches!(c, ')' | ':')),
        '/' => digits == 0 || lead == Some(':'),
        _ => false,
    }
}

/// Whether an era that is no choice ends just before `i`.
fn after_era(chars: &[char], i: usize) -> bool {
    [1, 2].into_iter().filter(|back| *back <= i).any(|back| {
        let at = i - back;
        era(chars, at, false).is_some_and(|(_, end, _)| end == i) && !is_choice(chars, at)
    })
}

/// Which era begins here, where its year begins, and how sure that is.
fn era(chars: &[char], i: usize, lenient: bool) -> Option<(Era, usize, f32)> {
    let c = chars[i];
    let next = chars.get(i + 1).copied().unwrap_or(' ');
    let starts_number = |c: char| {
        c.is_ascii_digit()
            || matches!(c, '元' | '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十')
            || matches!(c, '.' | '(')
            || (lenient && digit(c, true).is_some())
    };
    // A letter that is part of a word or code is no era.
    let apart = i == 0 || !chars[i - 1].is_ascii_alphanumeric();
    let full = match (c, next) {
        ('令', '和' | '利' | '租') | ('今' | '合' | '会' | '念' | '命', '和') => Some(Era::Reiwa),
        ('平', '成' | '戒' | '威') | ('半', '成') => Some(Era::Heisei),
        ('昭' | '招' | '沼' | '照' | '眧', '和') | ('昭', '利') => Some(Era::Showa),
        ('大', '正') | ('太', '正') => Some(Era::Taisho),
        ('明', '治') => Some(Era::Meiji),
        _ => None,
    };
    if let Some(era) = full {
        return Some((era, i + 2, if Era::from_char(c).is_some() { 1.0 } else { 0.9 }));
    }
    if next == '和' && lenient && !c.is_ascii() {
        // One of the two eras in 和; only 昭和 has years beyond the twenties, and a document's date is not in 昭和.
        let (year, _) = number(chars, i + 2, 2, lenient)?;
        return (year > 20).then_some((Era::Showa, i + 2, 0.7));
    }
    if c.is_ascii_alphabetic() {
        let upper = Era::from_char(c)?;
        return (apart && starts_number(next)).then_some((
            upper,
            i + 1,
            if c.is_ascii_uppercase() { 1.0 } else { 0.7 },
        ));
    }
    let short = Era::from_char(c)?;
    starts_number(next).then_some((short, i + 1, 0.95))
}

/// 2024年5月14日 · 2024/5/14 · 2024-05-14 · 2024.5.14
fn western(chars: &[char], i: usize, lenient: bool) -> Option<Seen> {
    let (year, j) = number(chars, i, 4, lenient)?;
    // 29xx is 20xx in a typeface whose noughts are dotted or struck through.
    let (year, misread) = if (2900..=2999).contains(&year) { (year - 900, true) } else { (year, false) };
    let doubt = if misread { 0.7 } else { 1.0 };
    if !(1873..=2099).contains(&year) {
        return None;
    }
    let (month, day, end, sure) = month_day(chars, j, lenient)?;
    Some(Seen { written: Written::Day(Date::new(year, month, day).ok()?), range: i..end, sure: sure * doubt })
}

/// 29年7月24日 · 57.4.5
fn without_era(chars: &[char], i: usize, lenient: bool) -> Option<Seen> {
    if after_era(chars, i)
        || (i > 0
            && chars[i - 1].is_ascii_alphabetic()
            && !(Era::from_char(chars[i - 1]).is_some() && is_choice(chars, i - 1)))
    {
        return None;
    }
    let (year, j) = if chars[i] == '元' { (1, i + 1) } else { number(chars, i, 2, lenient)? };
    let (month, day, end, sure) = month_day(chars, j, lenient)?;
    // Slashes without a year of four digits may be anything; 24/06/04 is left to the caller as it is.
    let closed = chars[end - 1] == '日';
    if !closed && chars.get(end).is_some_and(char::is_ascii_alphanumeric) {
        return None;
    }
    let plausible = (1..=99).contains(&year) && Date::new(2000, month, day).is_ok();
    plausible.then_some(Seen { written: Written::EraUnsaid(year, month, day), range: i..end, sure: sure * 0.9 })
}

/// 12月15日(月) · 4/2(火)
fn without_year(chars: &[char], i: usize, lenient: bool) -> Option<Seen> {
    let (month, j) = number(chars, i, 2, lenient)?;
    let by_word = chars.get(j) == Some(&'月');
    let goes_on = i > 0 && matches!(chars[i - 1], '年' | '/' | '.' | '-');
    if goes_on && !(by_word && new_after(&chars[..i])) {
        return None;
    }
    let k = if by_word || chars.get(j) == Some(&'/') { j + 1 } else { return None };
    let (day, mut end) = number(chars, k, 2, lenient)?;
    if chars.get(end).is_some_and(|&c| c == '/' || c == '年') {
        return None;
    }
    if chars.get(end) == Some(&'日') {
        end += 1;
    }
    let weekday = weekday(&chars[end..]);
    if !by_word && weekday.is_none() {
        return None;
    }
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    Date::new(2000, month, day).ok()?;
    Some(Seen { written: Written::YearUnsaid(month, day, weekday), range: i..end, sure: 0.9 })
}

const MONTH: &[char] = &['月', '.', '/', '-', ',', '・', '貝'];

/// What follows the year: 年5月14日 · .5.14 · /5/14 · -05-14
fn month_day(chars: &[char], j: usize, lenient: bool) -> Option<(i8, i8, usize, f32)> {
    if let Some(after) = year_again(chars, j) {
        let (month, k) = number(chars, after, 2, lenient)?;
        let (day, end) = number(chars, separator(chars, k, &['月'])?, 2, lenient)?;
        let end = if chars.get(end) == Some(&'日') { end + 1 } else { end };
        return Some((i8::try_from(month).ok()?, i8::try_from(day).ok()?, end, 0.95));
    }
    let first = *chars.get(j)?;
    let by_word = matches!(first, '年' | '午' | '牛' | '竿' | '生');
    if !by_word && !matches!(first, '.' | '/' | '-' | ',' | '・') {
        return None;
    }
    let (month, k) = number(chars, j + 1, 2, lenient)?;
    // 1991/08 19(34歳): the second stroke may be lost, the room for it is not.
    let lost = first == '/'
        && chars.get(k) == Some(&' ')
        && number(chars, k + 1, 2, false).is_some_and(|(_, end)| chars.get(end) == Some(&'('));
    let k2 = if lost { k + 1 } else { separator(chars, k, MONTH)? };
    // 2024.5/14 is no date: the separators agree, or they are words.
    let second = if lost { first } else { chars[k] };
    if !by_word && (second != first && !(matches!(first, '.' | ',') && matches!(second, '.' | ','))) {
        return None;
    }
    if by_word && !matches!(second, '月' | '貝') {
        return None;
    }
    let (day, mut end) = number(chars, k2, 2, lenient).or_else(|| before_age(chars, k2))?;
    if chars.get(end).is_some_and(|c| matches!(c, '日' | '目')) {
        end += 1;
    } else if before_age(chars, k2).is_some() {
        // 51.4.1548歳: the age follows without a space.
    } else if chars.get(end).is_some_and(char::is_ascii_digit) {
        return None;
    }
    // A nought read as 9 gives months and days that there are not.
    let (month, month_misread) = if (91..=99).contains(&month) { (month - 90, true) } else { (month, false) };
    let (day, day_misread) = if (91..=99).contains(&day) { (day - 90, true) } else { (day, false) };
    let clean = !month_misread && !day_misread && first != '午' && first != '牛' && first != '竿' && first != '生';
    Some((i8::try_from(month).ok()?, i8::try_from(day).ok()?, end, if clean { 1.0 } else { 0.8 }))
}

/// 昭和26*年(1951年)*7月30日, 1951*(昭和26)年*7月30日: where the month begins when the same year is said twice.
fn year_again(chars: &[char], j: usize) -> Option<usize> {
    let word = chars.get(j) == Some(&'年');
    let open = j + usize::from(word);
    if chars.get(open) != Some(&'(') {
        return None;
    }
    let close = open + chars[open..].iter().take(10).position(|c| *c == ')')?;
    let inside = &chars[open + 1..close];
    let year = inside.strip_suffix(&['年']).unwrap_or(inside);
    let digits = year.iter().rev().take_while(|c| c.is_ascii_digit()).count();
    let western = digits == 4 && year.len() == 4;
    let era = (1..=2).contains(&digits) && year.len() > digits && Era::from_char(year[0]).is_some();
    let behind = if word { close + 1 } else { separator(chars, close + 1, &['年'])? };
    (western || era).then_some(behind)
}

/// Two digits of a day directly before a two-digit age.
fn before_age(chars: &[char], i: usize) -> Option<(i16, usize)> {
    let four = chars.get(i..i + 4)?;
    let aged = matches!(chars.get(i + 4), Some('歳' | '才')) && four.iter().all(char::is_ascii_digit);
    if aged { number(&four[..2], 0, 2, false).map(|(day, _)| (day, i + 2)) } else { None }
}

/// 四一, 二〇, 二〇二五: digits in kanji, as vertical writing has them, before 年, 月 or 日. Of one digit, see [`kanji_number`].
fn kanji_digits(chars: &[char], i: usize, count: usize) -> Option<(i16, usize)> {
    let digit = |c: &char| match c {
        '〇' | '○' | '◯' | '0' => Some(0),
        'ニ' => Some(2),
        c => "一二三四五六七八九".chars().position(|k| k == *c).and_then(|u| i16::try_from(u + 1).ok()),
    };
    let digits: Option<Vec<i16>> = chars.get(i..i + count)?.iter().map(digit).collect();
    let written = digits?.iter().fold(0, |value, digit| value * 10 + digit);
    // A zero that was read as a letter among digits in kanji is one; a number of digits alone is read elsewhere.
    let kanji = chars[i] != '0' && written > 0;
    (kanji && matches!(chars.get(i + count), Some('年' | '月' | '日'))).then_some((written, i + count))
}

/// 八, 十一, 二十九 before 年, 月 or 日; elsewhere 一 is a dash as often as a number.
fn kanji_number(chars: &[char], i: usize) -> Option<(i16, usize)> {
    let unit = |c: char| "一二三四五六七八九".chars().position(|k| k == if c == 'ニ' { '二' } else { c });
    let (mut value, mut tens, mut j) = (0i16, false, i);
    while let Some(&c) = chars.get(j).filter(|_| j - i < 3) {
        match unit(c).and_then(|u| i16::try_from(u + 1).ok()) {
            Some(u) if j == i || (tens && value % 10 == 0) => value += u,
            None if c == '十' && !tens => {
                value = value.max(1) * 10;
                tens = true;
            }
            _ => break,
        }
        j += 1;
    }
    (value > 0 && matches!(chars.get(j), Some('年' | '月' | '日'))).then_some((value, j))
}

fn separator(chars: &[char], k: usize, allowed: &[char]) -> Option<usize> {
    chars.get(k).filter(|c| allowed.contains(c)).map(|_| k + 1)
}

/// A number of at most `most` digits (exactly four when `most` is four), and where it ends.
fn number(chars: &[char], i: usize, most: usize, lenient: bool) -> Option<(i16, usize)> {
    let kanji = if most == 2 {
        kanji_number(chars, i).or_else(|| kanji_digits(chars, i, 2))
    } else {
        kanji_digits(chars, i, most)
    };
    if kanji.is_some() {
        return kanji;
    }
    let mut value: i16 = 0;
    let mut j = i;
    while j - i < most {
        match chars.get(j).and_then(|&c| digit(c, lenient)) {
            Some(d) => value = value * 10 + d,
            None => break,
        }
        j += 1;
    }
    let n = j - i;
    let goes_on = chars.get(j).is_some_and(char::is_ascii_digit);
    (n > 0 && !goes_on && (most < 4 || n == 4)).then_some((value, j))
}

fn digit(c: char, lenient: bool) -> Option<i16> {
    if let Some(d) = c.to_digit(10) {
        return i16::try_from(d).ok();
    }
    if !lenient {
        return None;
    }
    Some(match c {
        'O' | 'o' | '〇' | '○' | 'Q' | 'D' => 0,
        'l' | 'I' | 'i' | '|' | ']' | '!' => 1,
        'Z' | 'z' => 2,
        'S' | 's' => 5,
        'b' => 6,
        'B' => 8,
        'g' | 'q' => 9,
        _ => return None,
    })
}

fn weekday(rest: &[char]) -> Option<Weekday> {
    let at = rest.iter().take(2).position(|c| matches!(c, '(' | '<' | '[' | '（'))?;
    Some(match rest.get(at + 1)? {
        '月' => Weekday::Monday,
        '火' | '人' => Weekday::Tuesday,
        '水' | '氷' => Weekday::Wednesday,
        '木' | '本' => Weekday::Thursday,
        '金' | '全' => Weekday::Friday,
        '土' | '士' => Weekday::Saturday,
        '日' => Weekday::Sunday,
        _ => return None,
    })
}

/// Full years from `birth` to `on`.
pub fn age(birth: Date, on: Date) -> i16 {
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    on.year() - birth.year() - i16::from(!had_birthday)
}

/// The eras under which a day with that year number lies before `on` in a human life.
pub fn possible_eras(year: i16, month: i8, day: i8, on: Option<Date>) -> Vec<(Era, Date)> {
    Era::ALL
        .into_iter()
        .filter_map(|era| era.day(year, month, day).map(|date| (era, date)))
        .filter(|(_, date)| on.is_none_or(|on| *date <= on && age(*date, on) <= 120))
        .collect()
}

/// The one era that goes with the printed age on the day of the document; `None` when none or several do.
pub fn era_by_age(year: i16, month: i8, day: i8, printed_age: i16, on: Date) -> Option<(Era, Date)> {
    let fits = |slack: i16| {
        let mut left = possible_eras(year, month, day, Some(on))
            .into_iter()
            .filter(|(_, d)| (age(*d, on) - printed_age).abs() <= slack);
        left.next().filter(|_| left.next().is_none())
    };
    // 満 first; one year off is 数え or a document dated around the birthday.
    fits(0).or_else(|| fits(1))
}

/// The day without a year that comes next on or after `from` (up to eleven months on), else the one just before it.
pub fn next_day(month: i8, day: i8, from: Date) -> Option<Date> {
    let this = Date::new(from.year(), month, day).ok();
    match this {
        Some(d) if d >= from => Some(d),
        Some(d) if (from.year(), from.month()) == (d.year(), d.month()) => Some(d),
        _ => Date::new(from.year() + 1, month, day).ok().or(this),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn seen(text: &str) -> Vec<Written> {
        let chars: Vec<char> = crate::text::fold::squeeze(text).chars().collect();
        dates(&chars).into_iter().map(|s| s.written).collect()
    }

    #[test]
    fn numbers_in_kanji_are_read_before_their_word_only() {
        let day = |y, m, d| vec![Written::Day(Date::new(y, m, d).unwrap())];
        assert_eq!(seen("令和八年三月十一日"), day(2026, 3, 11));
        assert_eq!(seen("昭和五十三年十月三十日"), day(1978, 10, 30));
        assert_eq!(seen("平成十年二月二十九日"), vec![]);
        assert_eq!(seen("0968一02一1755"), vec![]);
        assert_eq!(seen("昭和四一年一〇月六日"), day(1966, 10, 6));
        assert_eq!(seen("昭和四十一年十月六日"), day(1966, 10, 6));
        assert_eq!(seen("二〇二五年一二月三〇日"), day(2025, 12, 30));
        assert_eq!(seen("二○二五年十二月三日"), day(2025, 12, 3));
        for n in 1..=31i8 {
            let tens = ["", "十", "二十", "三十"][usize::from(n.unsigned_abs() / 10)];
            let units = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"][usize::from(n.unsigned_abs() % 10)];
            assert_eq!(seen(&format!("令和六年一月{tens}{units}日")), day(2024, 1, n));
        }
    }

    #[test]
    fn an_age_may_follow_at_once() {
        assert_eq!(seen("31年11月14日68歳"), vec![Written::EraUnsaid(31, 11, 14)]);
        assert_eq!(seen("S51.4.1548歳"), vec![Written::Day(Date::new(1976, 4, 15).unwrap())]);
    }

    #[test]
    fn every_way_of_writing_a_day() {
        for text in [
            "令和6年5月14日",
            "令和 ６ 年 ５ 月 １４ 日",
            "R6.5.14",
            "Ｒ６／５／１４",
            "令6年5月14日",
            "2024年5月14日",
            "2024/05/14",
            "2024-05-14",
            "西暦2024.5.14",
            "作成日:2024/5/14",
            "2024年(令和6年)5月14日",
            "令利6年5月14日",
            "念和6年5月14日",
            "令和6午5月14日",
            "R6-5-14 生",
        ] {
            assert_eq!(seen(text).first(), Some(&Written::Day(date(2024, 5, 14))), "{text}");
        }
        assert_eq!(seen("令和元年5月1日"), [Written::Day(date(2019, 5, 1))]);
        assert_eq!(seen("昭43.2.9生 56歳"), [Written::Day(date(1968, 2, 9))]);
        assert_eq!(seen("S43/2/9"), [Written::Day(date(1968, 2, 9))]);
    }

    #[test]
    fn a_year_may_be_said_twice() {
        for text in
            ["昭和26年(1951年)7月30日", "昭和26(1951)年7月30日", "1951年(昭和26年)7月30日", "1951(S26)年7月30日"]
        {
            assert_eq!(first_day(text), Date::new(1951, 7, 30).ok(), "{text}");
        }
        assert_eq!(first_day("昭和26年(74歳)7月30日"), None, "an age is no year");
    }

    #[test]
    fn a_stroke_may_be_lost_before_the_day() {
        let read = |text: &str| dates(&text.chars().collect::<Vec<_>>()).first().map(|s| s.written);
        assert_eq!(read("1991/08 19(34歳)"), Date::new(1991, 8, 19).ok().map(Written::Day));
        assert_ne!(read("1991/08 19件"), Date::new(1991, 8, 19).ok().map(Written::Day));
    }

    #[test]
    fn what_is_not_said_stays_unsaid() {
        assert_eq!(seen("明・大・昭・平 29年7月24日生"), [Written::EraUnsaid(29, 7, 24)]);
        assert_eq!(seen("(昭)平・令 29年7月24日生"), [Written::EraUnsaid(29, 7, 24)]);
        assert_eq!(seen("(男・昭和29年9月22日生)"), [Written::Day(Date::new(1954, 9, 22).unwrap())]);
        assert_eq!(seen("M・T・S・H・R 46年4月21日"), [Written::EraUnsaid(46, 4, 21)]);
        assert_eq!(seen("大正・昭和・平成 46年4月21日"), [Written::EraUnsaid(46, 4, 21)]);
        assert_eq!(seen("口大 口昭 圧平 口令 2年3月25日生"), [Written::EraUnsaid(2, 3, 25)]);
        assert_eq!(seen("□明大☑昭□平日令4年2月19日"), [Written::EraUnsaid(4, 2, 19)]);
        assert_eq!(seen("HI6/8/20 生"), [Written::Day(date(2004, 8, 20))]);
        assert_eq!(seen("2925年8月21日"), [Written::Day(date(2025, 8, 21))]);
        assert_eq!(seen("1957/92/18"), [Written::Day(date(1957, 2, 18))]);
        assert_eq!(seen("12月15日(月) 午前"), [Written::YearUnsaid(12, 15, Some(Weekday::Monday))]);
        assert_eq!(seen("4/2(火)"), [Written::YearUnsaid(4, 2, Some(Weekday::Tuesday))]);
        let days = [(8, 5, Weekday::Tuesday), (8, 6, Weekday::Wednesday), (8, 7, Weekday::Thursday)];
        let days = days.map(|(month, day, weekday)| Written::YearUnsaid(month, day, Some(weekday)));
        assert_eq!(seen("第18/5(火)第28/6(水)第38/7(木)"), days);
        assert_eq!(seen("8月5日(火)28月6日(水)38月7日(木)"), days);
        assert_eq!(seen("□M□T■S□H□R46年12月26日生"), [Written::EraUnsaid(46, 12, 26)]);
        assert_eq!(seen("M・T・SHR3年8月18日生"), [Written::EraUnsaid(3, 8, 18)]);
        assert_eq!(seen("1.12月15日(月)午前"), [Written::YearUnsaid(12, 15, Some(Weekday::Monday))]);
        assert_eq!(
            seen("12月28日13:30/1月1日PM"),
            [Written::YearUnsaid(12, 28, None), Written::YearUnsaid(1, 1, None)]
        );
        assert_eq!(seen("1.2025年6月11日(水)AM"), [Written::Day(date(2025, 6, 11))]);
        assert_eq!(seen("血圧 120/80"), []);
        assert_eq!(seen("0144-33-4678"), []);
        assert_eq!(seen("2024/13/40"), []);
        assert_eq!(seen("HbA1c 6.5.2mg"), []);
    }

    #[test]
    fn two_days_in_one_line() {
        assert_eq!(
            seen("令和7年6月20日~令和7年8月13日"),
            [Written::Day(date(2025, 6, 20)), Written::Day(date(2025, 8, 13))]
        );
    }

    #[test]
    fn old_eras_end_strictly_unless_forms_go_on() {
        assert_eq!(seen("S64.1.7"), [Written::Day(date(1989, 1, 7))]);
        assert_eq!(seen("平成31年5月2日"), [Written::Day(date(2019, 5, 2))]);
        assert_eq!(seen("昭和70年1月1日"), []);
        assert_eq!(seen("令和6年2月30日"), []);
    }

    #[test]
    fn the_age_chooses_the_era() {
        let on = date(2024, 3, 22);
        assert_eq!(era_by_age(29, 7, 24, 69, on), Some((Era::Showa, date(1954, 7, 24))));
        assert_eq!(era_by_age(29, 7, 24, 6, on), Some((Era::Heisei, date(2017, 7, 24))));
        assert_eq!(era_by_age(29, 7, 24, 40, on), None);
        assert_eq!(possible_eras(6, 1, 1, Some(on)).len(), 4);
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        assert_eq!(age(date(2000, 2, 29), date(2024, 2, 28)), 23);
        assert_eq!(age(date(2000, 2, 29), date(2024, 2, 29)), 24);
        assert_eq!(age(date(1954, 7, 24), date(2024, 7, 23)), 69);
    }

    #[test]
    fn a_day_without_a_year_comes_next() {
        assert_eq!(next_day(1, 10, date(2024, 12, 20)), Some(date(2025, 1, 10)));
        assert_eq!(next_day(12, 25, date(2024, 12, 20)), Some(date(2024, 12, 25)));
    }
}
