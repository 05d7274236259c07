//! The line that a fax machine prints at the top of each page (発信元記録, TTI): claimed time, sender's number, page n of N.
//!
//! Everything in it is claimed by the sending machine and often wrong; it is never the time of receipt.

use crate::domain::{BBox, Hospital, Line, PageText};
use crate::text::{fold, kana, number, phone};

/// What the header line says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeaderLine {
    /// The sender's number, half-width digits with hyphens where they are printed.
    pub sender_number: Option<String>,
    /// The sender's name as programmed into the machine.
    pub sender_name: Option<String>,
    /// The sending machine's date (ISO 8601).
    pub claimed: Option<String>,
    /// Which page this is.
    pub page: Option<u32>,
    /// Of how many.
    pub of: Option<u32>,
}

/// How far down the page the line may stand, as a fraction of the page's height.
const BAND: f32 = 0.035;

/// Reads the header line of a page; empty when there is none.
pub fn read(page: &PageText) -> HeaderLine {
    let mut lines: Vec<&Line> = page.lines.iter().filter(|l| is_header(page, l)).collect();
    lines.sort_by(|a, b| received(page, a).left.total_cmp(&received(page, b).left));
    let text = lines
        .iter()
        .map(|l| l.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join(" ");
    parse(&text)
}

/// Where a line stood on the page as it was received: the header of a page that was sent on its head is at the foot of what people see.
fn received(page: &PageText, line: &Line) -> BBox {
    line.bbox.turned(360 - page.rotation % 360)
}

/// Whether the line belongs to the header line: at the very top of the page as received, and made like one.
pub fn is_header(page: &PageText, line: &Line) -> bool {
    let at = received(page, line);
    if at.centre().1 > BAND {
        return false;
    }
    // The line's own look decides; a title may stand as high on a page that was cut.
    let below = page.lines.iter().map(|l| received(page, l)).filter(|at| at.centre().1 > BAND);
    let body = below.map(|at| at.height()).fold(0.0f32, f32::max);
    let text = fold::squeeze(&line.text());
    let digits = text.chars().filter(|c| c.is_ascii_digit()).count();
    let machine = ["FAX", "FROM", "TEL", "P.", "NO.", "#", "発信", "送信", "ページ"]
        .iter()
        .any(|w| text.to_uppercase().contains(w));
    at.bottom < 0.025
        || digits >= 6
        || (machine && digits >= 2)
        || (body > 0.0 && at.height() < 0.5 * body && digits >= 2)
}

/// Reads the text of a header line.
pub fn parse(text: &str) -> HeaderLine {
    let text = fold::tidy(text);
    let bare: Vec<char> = fold::squeeze(&text).chars().collect();
    let (page, of) = pages(&text);
    let sender_number = sender_number(&text, &bare);
    let claimed = claimed(&text);
    let sender_name = sender_name(&text);
    HeaderLine { sender_number, sender_name, claimed, page, of }
}

/// The sender's number unless it is one of the hospital's own.
pub fn foreign_number(header: &HeaderLine, hospital: &Hospital) -> Option<String> {
    let number = header.sender_number.clone()?;
    let same = |own: &str| !own.is_empty() && number::digits(own) == number::digits(&number);
    (!same(&hospital.phone) && !same(&hospital.phone2) && !same(&hospital.fax)).then_some(number)
}

fn sender_number(text: &str, bare: &[char]) -> Option<String> {
    // A date and the hour after it run together to ten digits; the minutes that follow give them away.
    if let Some(seen) = phone::phones(bare).into_iter().find(|seen| bare.get(seen.range.end) != Some(&':')) {
        return Some(seen.value);
    }
    // Bare digits with spaces between, or glued to a letter that was a separator: `j0144 33 4678`.
    let lower = text.to_lowercase();
    let from = ["fax no", "fax", "from", "tel", "発信"]
        .iter()
        .filter_map(|w| lower.find(w).map(|at| at + w.len()))
        .max()
        .unwrap_or(0);
    let tail: Vec<char> = lower.get(from..)?.chars().collect();
    let mut run = String::new();
    for (i, &c) in tail.iter().enumerate() {
        let joins =
            (c == ' ' || c == '-' || c == '.') && !run.is_empty() && tail.get(i + 1).is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() {
            run.push(c);
            if matches!(run.len(), 10 | 11)
                && run.starts_with('0')
                && !tail.get(i + 1).is_some_and(char::is_ascii_digit)
            {
                let digits: Vec<char> = run.chars().collect();
                return phone::phones(&digits).into_iter().next().map(|s| s.value);
            }
        } else if !joins {
            run.clear();
        }
    }
    None
}

/// The page and the number of pages: `P.001/003`, `# 1/ 2`, `P2`, `Pag.2/3`, `1/2頁`.
fn pages(text: &str) -> (Option<u32>, Option<u32>) {
    // A speck behind the number is a word of its own: `# 1/ 1 2` is the first page of one.
    let spaced: Vec<char> = text.to_uppercase().chars().collect();
    let close: Vec<char> = spaced.iter().copied().filter(|c| *c != ' ').collect();
    match pages_in(&spaced) {
        whole @ (Some(_), Some(_)) => whole,
        _ => match text.split(' ').find_map(counted) {
            Some((page, of)) => (Some(page), Some(of)),
            None => pages_in(&close),
        },
    }
}

/// `001/002` with nothing before it that says so: a count that is filled up with noughts is no date.
fn counted(word: &str) -> Option<(u32, u32)> {
    let (page, of) = word.split_once('/')?;
    let filled = |n: &str| n.len() >= 3 && n.starts_with('0') && n.bytes().all(|b| b.is_ascii_digit());
    if page.len() != of.len() || !filled(page) || !filled(of) {
        return None;
    }
    let (page, of): (u32, u32) = (page.parse().ok()?, of.parse().ok()?);
    (1..=of).contains(&page).then_some((page, of))
}

fn pages_in(chars: &[char]) -> (Option<u32>, Option<u32>) {
    let past_spaces = |mut i: usize| {
        while chars.get(i) == Some(&' ') {
            i += 1;
        }
        i
    };
    let number_at = |i: usize| -> Option<(u32, usize)> {
        let start = past_spaces(i);
        let mut i = start;
        let mut value = 0u32;
        while i < chars.len() && i - start < 4 {
            let Some(d) = number::lookalike(chars[i])
                .filter(|_| chars[i].is_ascii_digit() || i > start)
                .and_then(|c| c.to_digit(10))
            else {
                break;
            };
            value = value * 10 + d;
            i += 1;
        }
        (i > start).then_some((value, i))
    };
    let markers: [&[char]; 6] = [&['P', 'A', 'G', 'E'], &['P', 'A', 'G'], &['ペ', 'ー', 'ジ'], &['P'], &['#'], &['F']];
    for i in (0..chars.len()).rev() {
        let Some(marker) = markers.iter().find(|m| chars[i..].starts_with(m)) else { continue };
        let after_noon = i >= 2 && chars[i - 1] == 'M' && matches!(chars[i - 2], 'A' | 'P');
        if i > 0 && chars[i - 1].is_ascii_alphabetic() && !after_noon {
            continue;
        }
        let mut j = i + marker.len();
        while j < chars.len() && matches!(chars[j], '.' | ':' | ',' | '_' | '。' | '-' | ' ') {
            j += 1;
        }
        let Some((page, end)) = number_at(j) else { continue };
        let slash = past_spaces(end);
        let of = (chars.get(slash) == Some(&'/')).then(|| number_at(slash + 1)).flatten().map(|(n, _)| n);
        let whole = of.is_none_or(|n| n >= page && n > 0) && (1..=999).contains(&page);
        if whole && (of.is_some() || marker != &&['F'][..]) && chars.len() - end < 12 {
            return (Some(page), of);
        }
    }
    (None, None)
}

/// The date that the sending machine claims: `2024/05/14 10:02`, `24-05-14:10:02`, `Jun. 4 2024`, `2024年5月14日`.
fn claimed(text: &str) -> Option<String> {
    let bare: Vec<char> = fold::squeeze(text).chars().collect();
    let whole = crate::text::wareki::dates(&bare).into_iter().find_map(|s| match s.written {
        crate::text::wareki::Written::Day(d) if d.year() >= 1980 => Some(d),
        crate::text::wareki::Written::EraUnsaid(y, m, d) if s.range.start < 4 && (0..=99).contains(&y) => {
            jiff::civil::Date::new(2000 + y, m, d).ok()
        }
        _ => None,
    });
    whole.or_else(|| english(text)).map(|d| d.to_string())
}

fn english(text: &str) -> Option<jiff::civil::Date> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let words: Vec<String> = text
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect();
    let at = words.iter().position(|w| MONTHS.contains(&w.as_str()))?;
    let month = i8::try_from(MONTHS.iter().position(|m| *m == words[at])? + 1).ok()?;
    let day: i8 = words.get(at + 1)?.parse().ok()?;
    let year: i16 = words.get(at + 2)?.parse().ok().filter(|y| (1980..=2099).contains(y))?;
    jiff::civil::Date::new(year, month, day).ok()
}

/// The longest run of Japanese letters that is none of the machine's own words.
fn sender_name(text: &str) -> Option<String> {
    let japanese = |c: char| crate::text::name::is_kanji(c) || kana::is_kana(c);
    let squeezed = fold::squeeze(text);
    let own = ["年", "月", "日", "時", "分", "秒", "発信元", "送信元", "受信", "ページ", "頁"];
    squeezed
        .split(|c: char| !japanese(c))
        .filter(|run| run.chars().count() >= 3 && !own.contains(run))
        .max_by_key(|run| run.chars().count())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Word;

    #[test]
    fn the_header_of_a_page_sent_on_its_head_is_at_its_foot() {
        let line = |text: &str, left: f32, top: f32| {
            let bbox = BBox::new(left, top, left + 0.2, top + 0.01);
            Line { bbox, words: vec![Word { text: text.into(), bbox, confidence: 1.0 }] }
        };
        let lines = vec![
            line("診療情報提供書", 0.4, 0.01),
            line("FAX 0264-40-8161", 0.7, 0.985),
            line("見本薬局", 0.5, 0.985),
            line("002/002", 0.3, 0.985),
        ];
        let page = PageText { rotation: 180, lines, ..PageText::default() };
        assert_eq!((read(&page).page, read(&page).of), (Some(2), Some(2)));
        assert_eq!(read(&page).sender_number.as_deref(), Some("0264-40-8161"));
        assert!(!is_header(&page, &page.lines[0]) && is_header(&page, &page.lines[1]));
    }

    #[test]
    fn a_count_filled_with_noughts_needs_no_word() {
        assert_eq!(counted("001/002"), Some((1, 2)));
        for other in ["03/04", "2024/05", "002/001", "001/2", "000/000"] {
            assert_eq!(counted(other), None, "{other}");
        }
    }

    #[test]
    fn headers_of_several_makers() {
        for (text, number, claimed, page, of) in [
            (
                "01-31-2005 10:00 FROM: TOSHIBA 03-3333-0000 T-123 P.001/003 F-030",
                Some("03-3333-0000"),
                None,
                Some(1),
                Some(3),
            ),
            (
                "2025年07月01日(火) 09時12分　○○クリニック　FAX:0144-33-0000　P.001/003",
                Some("0144-33-0000"),
                Some("2025-07-01"),
                Some(1),
                Some(3),
            ),
            (
                "25-07-01;09:12 ;ﾏﾙﾏﾙｸﾘﾆｯｸ ;0144330000 # 1/ 3",
                Some("0144-33-0000"),
                Some("2025-07-01"),
                Some(1),
                Some(3),
            ),
            (
                "FROM : ﾐﾅﾄｲｲﾝ FAX NO. :0144-33-0000 Jun. 4 2024 11:24AM P2",
                Some("0144-33-0000"),
                Some("2024-06-04"),
                Some(2),
                None,
            ),
            ("2023年5月31日18時14分 NO.7739 P. 1/1", None, Some("2023-05-31"), Some(1), Some(1)),
            (
                "FROM : FAX NO. :0144 33 0000 Dec. 29 2025 01:14PM P1",
                Some("0144-33-0000"),
                Some("2025-12-29"),
                Some(1),
                None,
            ),
        ] {
            let got = parse(text);
            assert_eq!(got.sender_number.as_deref(), number, "{text}");
            assert_eq!(got.claimed.as_deref(), claimed, "{text}");
            assert_eq!((got.page, got.of), (page, of), "{text}");
        }
        assert_eq!(
            parse("25-07-01;09:12 ;ﾏﾙﾏﾙｸﾘﾆｯｸ ;0144330000 # 1/ 3").sender_name.as_deref(),
            Some("マルマルクリニック")
        );
        let speck = parse("25-07-01;09:12 ;ﾏﾙﾏﾙｸﾘﾆｯｸ ;0144330000 # 1/ 1 2");
        assert_eq!((speck.page, speck.of), (Some(1), Some(1)), "a speck after the number is no digit of it");
        assert_eq!((parse("P. 0 01/0 03").page, parse("P. 0 01/0 03").of), (Some(1), Some(3)));
        assert_eq!(parse(""), HeaderLine::default());
    }
}
