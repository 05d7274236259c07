//! How one page looks on its own: its title, whether it is a cover sheet or an annex, what it shows of a beginning.

use super::composed;
use crate::domain::{Hospital, Kind, ReadPage, Recipes};
use crate::stages::header;
use crate::stages::sheet::{Segment, Sheet};
use crate::text::{confusable, fold, wareki};

/// What sort of page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// Part of a document.
    Body,
    /// A cover sheet (送付状).
    Cover,
    /// A page that accompanies the one before (別紙, 検査データ).
    Annex,
    /// Nothing but a header line.
    Blank,
}

/// What a page shows on its own.
#[derive(Clone, Debug)]
pub struct Look {
    /// What sort of page it is.
    pub kind: PageKind,
    /// How strongly a title stands at its head, 0 to about 1.5.
    pub title: f32,
    /// Kinds whose title was found, with strength.
    pub titles: Vec<(Kind, f32)>,
    /// Somebody is addressed near the top (御中, 先生, 殿).
    pub addressed: bool,
    /// A date stands near the top.
    pub dated: bool,
    /// Number of labels that begin documents (患者氏名, 生年月日, 医療機関名 …).
    pub labels: usize,
    /// Its first line goes on with a sentence.
    pub mid_sentence: bool,
    /// The patient's name, where one is named.
    pub patient: Option<String>,
    /// Page number printed in the body (1/2).
    pub body_page: Option<u32>,
    /// Whether its title says that it goes on: 診療情報提供書(続).
    pub goes_on: bool,
}

/// A segment near the top that may be a title.
pub struct Heading {
    /// Characters, NFKC, without spaces.
    pub text: String,
    /// Height of the type in ems.
    pub size: f32,
    /// Place of its middle, as a fraction of the page's height.
    pub depth: f32,
    /// Whether it stands in the middle of the page's width.
    pub centred: bool,
}

/// Looks at one page.
pub fn look(page: &ReadPage, recipes: &Recipes, hospital: &Hospital) -> Look {
    let sheet = Sheet::of(&without_header(page));
    let headings = headings(&sheet);
    let text = sheet.plain();
    let squeezed = fold::squeeze(&text);
    let titles = kind_titles(&headings, recipes);
    let cover = phrase_strength(&headings, &recipes.phrases.covers).max(if faxlike_cover(&headings, &squeezed) {
        0.6
    } else {
        0.0
    });
    let annex = phrase_strength(&headings, &recipes.phrases.annexes);
    let title = titles.iter().map(|t| t.1).fold(0.0, f32::max);
    let few = squeezed.chars().count() < 12;
    let labels = beginning_labels(&squeezed);
    let covers = cover_words(&squeezed);
    let kind = if few && sheet.segments.len() <= 3 && !page.text.drawing {
        PageKind::Blank
    } else if squeezed.chars().count() < WORDY
        && ((cover > 0.45 && cover >= title - 0.15 && labels < 3) || (covers >= 3 && labels <= 1 && title < 0.9))
    {
        PageKind::Cover
    } else if annex > 0.4 && annex > title {
        PageKind::Annex
    } else {
        PageKind::Body
    };
    Look {
        kind,
        title,
        titles,
        addressed: addressed(&sheet, hospital),
        dated: dated(&sheet),
        labels,
        mid_sentence: mid_sentence(&sheet),
        patient: patient(&sheet),
        body_page: numbered_at_edge(&sheet).or_else(|| body_page(&squeezed)),
        goes_on: headings.iter().any(|h| h.depth < 0.12 && says_that_it_goes_on(&h.text)),
    }
}

/// Characters that no cover sheet holds; a letter that mentions 送信日 and 至急 does.
const WORDY: usize = 500;

/// The page without the fax machine's header line.
pub fn without_header(page: &ReadPage) -> ReadPage {
    let mut page = page.clone();
    let lines = std::mem::take(&mut page.text.lines);
    let whole = crate::domain::PageText { lines, ..page.text.clone() };
    page.text.lines = whole.lines.iter().filter(|l| !header::is_header(&whole, l)).cloned().collect();
    page
}

/// Segments of the upper part of the page that may be titles, alone and joined with what stands right of them.
pub fn headings(sheet: &Sheet) -> Vec<Heading> {
    let mut out = Vec::new();
    let top: Vec<&Segment> = sheet.segments.iter().filter(|s| s.at.centre().1 < sheet.height * 0.42).collect();
    for (i, segment) in top.iter().enumerate() {
        let depth = segment.at.centre().1 / sheet.height;
        let centre = segment.at.centre().0 / sheet.width;
        out.push(Heading { text: segment.text(), size: segment.size, depth, centred: (0.35..0.65).contains(&centre) });
        // 紹　　介　　状 is cut at its spaces.
        let row: Vec<&&Segment> = top
            .iter()
            .skip(i)
            .filter(|s| s.at.vertical_overlap(&segment.at) > 0.6 && s.at.left >= segment.at.left)
            .collect();
        if row.len() > 1 && row.len() < 16 {
            let text: String = row.iter().map(|s| s.text()).collect();
            let right = row.iter().map(|s| s.at.right).fold(0.0, f32::max);
            let centre = (segment.at.left + right) / 2.0 / sheet.width;
            out.push(Heading { text, size: segment.size, depth, centred: (0.35..0.65).contains(&centre) });
        }
    }
    out
}

/// How strongly one of the phrases stands as a title among the headings.
pub fn phrase_strength(headings: &[Heading], phrases: &[String]) -> f32 {
    phrases.iter().map(|p| title_strength(headings, &fold::label_key(p))).fold(0.0, f32::max)
}

/// Kinds whose titles stand among the headings.
fn kind_titles(headings: &[Heading], recipes: &Recipes) -> Vec<(Kind, f32)> {
    let composed: Vec<(Kind, f32)> = headings.iter().filter_map(composed_title).collect();
    let mut found: Vec<(Kind, f32)> = recipes
        .kinds
        .iter()
        .map(|k| {
            let listed = k.titles.iter().map(|t| title_strength(headings, &fold::label_key(t)));
            let made = composed.iter().filter(|(kind, _)| *kind == k.kind).map(|(_, strength)| *strength);
            (k.kind, listed.chain(made).fold(0.0, f32::max))
        })
        .filter(|(_, s)| *s > 0.2)
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// The kind whose title a heading is by its words, and how strongly it stands there.
fn composed_title(heading: &Heading) -> Option<(Kind, f32)> {
    if heading.size < LARGER || heading.depth > 0.3 {
        return None;
    }
    let kind = composed::kind(&heading.text)?;
    Some((kind, 0.95 * standing(heading)))
}

/// Type of a title, in ems, where its words alone tell that it is one.
const LARGER: f32 = 1.25;

/// How much a heading looks like a title: by the size of its type and its place.
fn standing(heading: &Heading) -> f32 {
    let size = ((heading.size - 0.8) / 0.9).clamp(0.0, 1.0);
    let place = if heading.depth < 0.15 {
        1.0
    } else if heading.depth < 0.28 {
        0.75
    } else {
        0.45
    };
    (0.45 + 0.55 * size) * place * if heading.centred { 1.1 } else { 0.95 }
}

/// How strongly a title stands among the headings: by likeness, size of type, place, and how much of the line it is.
fn title_strength(headings: &[Heading], key: &[char]) -> f32 {
    let mut best = 0.0f32;
    if key.len() < 2 {
        return best;
    }
    for heading in headings {
        let text = fold::label_key(&heading.text);
        if text.len() < 2 {
            continue;
        }
        let most = if key.len() <= 2 { 0.0 } else { 0.25 * key.len() as f32 };
        let Some((start, end, cost)) = confusable::find(key, &text, most) else { continue };
        let cover = (end - start) as f32 / text.len() as f32;
        // A title is its own line; the same words inside a sentence are not.
        if cover < 0.45 && !(heading.size > 1.5 && cover > 0.3) {
            continue;
        }
        let likeness = 1.0 - cost / key.len() as f32;
        let long = (key.len() as f32 / 5.0).clamp(0.55, 1.15);
        let strength = likeness * likeness * standing(heading) * cover.sqrt() * long;
        best = best.max(strength);
    }
    best
}

/// `FAX` alone in very large type, with 宛先, 枚数 and 件名 below.
fn faxlike_cover(headings: &[Heading], text: &str) -> bool {
    let large = headings.iter().any(|h| {
        h.size > 1.6 && matches!(fold::squeeze(&h.text).to_uppercase().as_str(), "FAX" | "ファックス" | "FACSIMILE")
    });
    large && cover_words(text) >= 1
}

/// How many words of a cover sheet the text holds.
fn cover_words(text: &str) -> usize {
    [
        &["送信枚数", "送付枚数", "枚(送付状", "枚(本状", "本紙含む", "送付状を含む", "本状含む", "枚数", "本紙を含"][..],
        &["件名", "送付書類", "件　名"][..],
        &["お送りいたしますので", "下記のとおり書類を", "送付いたします", "ご査収", "お送りします", "送信いたします"][..],
        &["誤って受信", "誤送信", "お手数ですが上記", "至急", "ご確認ください", "ご返信ください"][..],
        &["送信先", "発信元", "宛先", "発信者", "送信者", "受信者"][..],
    ]
    .iter()
    .filter(|group| group.iter().any(|w| text.contains(w)))
    .count()
}

/// Labels that stand at the beginning of documents rather than on later pages.
fn beginning_labels(text: &str) -> usize {
    [
        "生年月日",
        "性別",
        "氏名",
        "フリガナ",
        "ふりがな",
        "医療機関名",
        "紹介元",
        "住所",
        "電話番号",
        "医師名",
        "医師氏名",
        "傷病名",
        "紹介目的",
        "先生",
        "御中",
        "主治医",
        "担当医",
        "所在地",
        "病名",
        "診断名",
        "希望日",
        "希望診療科",
        "受診日",
        "事業所名",
        "利用者",
        "参加人数",
        "開催",
        "利用目的",
        "目的",
    ]
    .iter()
    .filter(|w| text.contains(*w))
    .count()
}

fn addressed(sheet: &Sheet, hospital: &Hospital) -> bool {
    let own = fold::label_key(&hospital.name);
    sheet.segments.iter().filter(|s| s.at.centre().1 < sheet.height * 0.35).any(|s| {
        let text = s.text();
        let ends = ["御中", "先生", "殿", "宛", "行", "各位", "御机下", "侍史"].iter().any(|w| text.ends_with(w))
            && text.chars().count() < 40;
        let ours = own.len() >= 4 && confusable::find(&own, &fold::label_key(&text), own.len() as f32 * 0.3).is_some();
        ends || ours
    })
}

fn dated(sheet: &Sheet) -> bool {
    sheet.segments.iter().filter(|s| s.at.centre().1 < sheet.height * 0.28).any(|s| {
        let chars = s.chars();
        chars.len() < 26 && wareki::dates(&chars).iter().any(|d| !matches!(d.written, wareki::Written::YearUnsaid(..)))
    })
}

/// The first line begins in the middle of a sentence: with a small letter, a particle, or without any label in a long line.
fn mid_sentence(sheet: &Sheet) -> bool {
    let Some(first) = sheet.segments.first() else { return false };
    let text = first.text();
    let long = text.chars().count() > 22;
    long && (text.contains('。') || text.contains('、')) && !text.contains("先生") && first.size < 1.3
}

fn patient(sheet: &Sheet) -> Option<String> {
    const LABELS: [&str; 6] = ["患者氏名", "患者名", "利用者氏名", "受診者", "氏名", "お名前"];
    for segment in &sheet.segments {
        let chars = fold::label_key(&segment.text());
        for label in LABELS {
            let key = fold::label_key(label);
            let budget = if key.len() >= 4 { 1.0 } else { 0.0 };
            if let Some((len, _)) = confusable::prefix(&key, &chars, budget) {
                let rest: String = chars[len..].iter().collect();
                if let Some(name) = crate::text::name::person(&rest) {
                    return Some(name);
                }
            }
        }
    }
    sheet.segments.iter().find_map(|s| {
        let text = s.text();
        let at =
            text.find('様').filter(|_| !text.contains("患者様") && !text.contains("者様") && !text.contains("室様"))?;
        crate::text::name::person(&text[..at])
    })
}

/// 紹介状(続き), (2枚目) 患者氏名 …: a line at the head of a further sheet.
fn says_that_it_goes_on(line: &str) -> bool {
    let sheet = line.trim_start_matches(['(', '[', '【']).split_once("枚目").map(|(number, _)| number);
    let further = sheet.and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| number > 1);
    further || ["(続)", "(続き)", "(つづき)"].iter().any(|word| line.ends_with(word))
}

/// `診療情報提供書 2/3`: the page's number at the end of a line at its head or foot, or alone under all that it says.
fn numbered_at_edge(sheet: &Sheet) -> Option<u32> {
    let lowest = sheet.segments.iter().map(|s| s.at.bottom).fold(0.0, f32::max);
    let last = |s: &Segment| s.at.bottom > lowest - 0.5 && s.glyphs.len() <= 5;
    let edge = |s: &&Segment| !(0.12..0.92).contains(&(s.at.centre().1 / sheet.height)) || last(s);
    sheet.segments.iter().filter(edge).find_map(|s| page_of(&fold::squeeze(&s.text())))
}

/// The first number of `n/N` that ends a line, where N pages are more than one.
fn page_of(line: &str) -> Option<u32> {
    let line = line.trim_end_matches([')', '頁', '枚', '目']).trim_end_matches("ページ");
    let (head, of) = line.rsplit_once('/')?;
    let of: u32 = of.parse().ok().filter(|of| (2..=30).contains(of))?;
    let digits = head.chars().rev().take_while(char::is_ascii_digit).count();
    let (before, page) = head.split_at(head.len() - digits);
    // 002/002 is how fax machines count.
    let page: u32 = page.parse().ok().filter(|n| (1..=of).contains(n) && !page.starts_with('0'))?;
    // 2024/2/3 is a date.
    (!before.ends_with(['/', '.', '-', '年', '月'])).then_some(page)
}

/// `1/2`, `2頁` at the foot or head of the body.
fn body_page(text: &str) -> Option<u32> {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(4).find_map(|w| match w {
        ['(', a, '/', _] | ['-', a, '/', _] | ['P', a, '/', _] if a.is_ascii_digit() => a.to_digit(10),
        [a, '/', b, '頁' | 'ペ'] if a.is_ascii_digit() && b.is_ascii_digit() => a.to_digit(10),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::page_of;

    #[test]
    fn a_page_tells_its_number_at_the_end_of_a_line() {
        assert_eq!(page_of("入院診療要約2/2"), Some(2));
        assert_eq!(page_of("(1/3)"), Some(1));
        assert_eq!(page_of("2/3ページ"), Some(2));
        for other in ["2024/2/3", "1/1", "3/2", "血圧132/78", "R5.2/3", "002/002"] {
            assert_eq!(page_of(other), None, "{other}");
        }
    }
}
