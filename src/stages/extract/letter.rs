//! The body of a letter without labels: its sentences without the courtesies around them, and the one that says what is asked for.

use super::{Context, Leaf};
use crate::domain::Kind;
use crate::stages::classify::titles::PageKind;
use crate::stages::sheet::Glyph;
use crate::stages::sheet::regions::{How, Run};
use crate::text::{name, wareki};

/// Words of sentences with which letters begin and end; they say nothing of the patient.
const COURTESY: &[&str] = &[
    "拝啓",
    "謹啓",
    "前略",
    "拝復",
    "時下",
    "平素",
    "お世話になって",
    "ご清祥",
    "ご清栄",
    "ご健勝",
    "お慶び",
    "ご紹介、ご加療を賜り",
    "ありがとうございます",
    "ありがとうございました",
    "下記の患者",
    "下記のとおりご",
    "下記の通りご",
    "何卒宜しく",
    "何卒よろしく",
    "よろしくお願い申し上げます",
    "宜しくお願い申し上げます",
    "よろしくお願いいたします",
    "ご高診のほど",
    "ご多忙",
    "今後とも",
    "ご紹介いただき",
    "ご紹介頂き",
    "御紹介",
    "貴院ますます",
    "お手数ですが",
    "お送りいたします",
    "取り急ぎ",
];
/// What closes a letter, alone on its line.
const CLOSINGS: &[&str] = &["敬具", "草々", "以上", "謹白", "敬白", "記", "拝具"];
/// A sentence that only says that one reports.
const REPORTS: &[&str] = &["ご報告いたします", "ご報告申し上げます", "ご連絡ください"];
/// Letters of the longest sentence that only says so, or that the patient came.
const SHORT: usize = 16;
const CAME: usize = 32;

/// What a referral may ask for in a sentence of its letter.
const ASKED_FOR: &[&str] =
    &["高診", "加療", "精査", "検討", "教示", "評価", "診察", "治療", "手術", "検査", "御判断", "ご判断"];
/// How such a sentence ends.
const ASKING: &[&str] = &["お願い", "御願い", "ください", "下さい", "幸いです", "幸甚"];
/// Kanji before what is asked for that say nothing of it: 貴科的にご高診, お忙しいところ恐縮ですが.
const EMPTY: &str = "貴科的御高診先生何卒宜願申上多忙所恐縮誠存今後下記度患者方様";

/// The body on each page that has one: parts of its lines, from top to bottom; `asks` says that what it asks for is left to [`asked`].
pub fn bodies(context: &Context, asks: bool) -> Vec<(usize, Vec<Run>)> {
    let letters = matches!(context.kind, Kind::ReferralLetter | Kind::ReplyLetter | Kind::DischargeSummary);
    let asks = asks && context.kind == Kind::ReferralLetter;
    let says = |sentence: &str| !(courteous(sentence, context.kind) || asks && requests(sentence));
    let bodies =
        pages(context).filter(|_| letters).map(|(index, leaf)| (index, kept(leaf, &lines(context, leaf), says)));
    bodies.filter(|(_, runs)| runs.iter().map(|r| r.glyphs.len()).sum::<usize>() >= 30).collect()
}

/// The sentences of a referral that say what is asked for, on each page that has one.
pub fn asked(context: &Context) -> Vec<(usize, Vec<Run>)> {
    let letters = context.kind == Kind::ReferralLetter;
    let asked =
        pages(context).filter(|_| letters).map(|(index, leaf)| (index, kept(leaf, &lines(context, leaf), requests)));
    asked.filter(|(_, runs)| !runs.is_empty()).collect()
}

/// なお、現在の処方は以下のとおりです。 and the medicines under it, on each page that has them: its runs are the medicines.
pub fn doses(context: &Context) -> Vec<(usize, Vec<Run>)> {
    let listed = pages(context).map(|(index, leaf)| {
        let medicines = medicines(context, leaf);
        (index, medicines.into_iter().skip(1).cloned().collect::<Vec<Run>>())
    });
    listed.filter(|(_, runs)| !runs.is_empty()).collect()
}

/// The sentence that announces medicines, and the lines with them. On a reply they are part of what is told.
fn medicines<'a>(context: &Context, leaf: &'a Leaf) -> Vec<&'a Run> {
    if context.kind != Kind::ReferralLetter {
        return Vec::new();
    }
    let mut free: Vec<&Run> = free(leaf).collect();
    free.sort_by(|a, b| a.at.centre().1.total_cmp(&b.at.centre().1).then(a.at.left.total_cmp(&b.at.left)));
    let text = |run: &Run| leaf.page.glyphs(run).iter().map(|g| g.ch).collect::<String>();
    let Some(begin) = free.iter().position(|run| announces_medicines(&text(run))) else { return Vec::new() };
    let mut found = vec![free[begin]];
    for run in &free[begin + 1..] {
        let near = run.at.top - found[found.len() - 1].at.bottom < 1.6;
        let dose = is_dose(leaf.page.glyphs(run)) && !text(run).contains('。');
        if !near || !dose {
            break;
        }
        found.push(run);
    }
    if found.len() > 1 { found } else { Vec::new() }
}

fn announces_medicines(sentence: &str) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    says(&["処方", "内服", "投薬", "服薬"]) && says(&["以下", "下記", "次の", "次に"]) && sentence.chars().count() <= 40
}

/// A line of a prescription: a drug with its form or strength, or how it is taken.
pub fn is_dose(glyphs: &[Glyph]) -> bool {
    let text: String = glyphs.iter().map(|g| g.ch).collect();
    ["錠", "カプセル", "mg", "μg", "散", "軟膏", "点眼", "吸入", "注", "食後", "食前", "就寝前", "眠前", "日分"]
        .iter()
        .any(|word| text.contains(word))
}

fn pages<'a>(context: &'a Context) -> impl Iterator<Item = (usize, &'a Leaf)> {
    context.leaves.iter().enumerate().filter(|(_, leaf)| leaf.kind == PageKind::Body)
}

/// Whether a run that no label has is of running text.
pub fn is_sentence(leaf: &Leaf, run: &Run) -> bool {
    let glyphs = leaf.page.glyphs(run);
    let kana = glyphs.iter().filter(|g| matches!(g.ch, '\u{3041}'..='\u{3096}')).count();
    let chars: Vec<char> = glyphs.iter().map(|g| g.ch).collect();
    let dated = wareki::dates(&chars).first().is_some_and(|d| d.range.len() * 2 > chars.len());
    glyphs.len() >= 4 && kana * 5 >= glyphs.len() && !dated && run.how == How::Alone
}

/// Runs that no label has.
fn free(leaf: &Leaf) -> impl Iterator<Item = &Run> {
    leaf.page.runs.iter().filter(|r| r.owner.is_none() && r.how == How::Alone)
}

/// The lines from the first to the last sentence; a line of figures between two is part of the text.
fn lines<'a>(context: &Context, leaf: &'a Leaf) -> Vec<&'a Run> {
    let free = || free(leaf);
    let stops = |r: &Run| leaf.page.glyphs(r).iter().any(|g| matches!(g.ch, '。' | '、'));
    let sentences: Vec<&Run> = free().filter(|r| is_sentence(leaf, r) && stops(r)).collect();
    let Some(first) = sentences.iter().min_by(|a, b| a.at.top.total_cmp(&b.at.top)) else { return Vec::new() };
    let left = sentences.iter().map(|r| r.at.left).fold(f32::INFINITY, f32::min);
    let right = sentences.iter().map(|r| r.at.right).fold(0.0, f32::max);
    let mut bottom = sentences.iter().map(|r| r.at.bottom).fold(0.0, f32::max);
    // The last line may hold no stop but its own.
    let last = free().filter(|r| r.at.top > bottom - 0.3 && r.at.top < bottom + 1.2 && (r.at.left - left).abs() < 2.0);
    let open = sentences
        .iter()
        .max_by(|a, b| a.at.bottom.total_cmp(&b.at.bottom))
        .is_some_and(|r| leaf.page.glyphs(r).last().is_some_and(|g| g.ch != '。'));
    if let Some(tail) = last.filter(|_| open).min_by(|a, b| a.at.top.total_cmp(&b.at.top)) {
        bottom = bottom.max(tail.at.bottom);
    }
    // Sentences in several ruled cells are those of a form, where other words between them are not theirs.
    let cell = |r: &Run| leaf.page.sheet.segments[r.segment].cell;
    let form = sentences.iter().any(|r| cell(r) != cell(first));
    let within = |r: &&Run| {
        let y = r.at.centre().1;
        (is_sentence(leaf, r) || !form && cell(r) == cell(first) && !names_somebody(leaf, r))
            && y > first.at.top - 0.1
            && y < bottom + 0.1
            && r.at.left > left - 1.5
            && r.at.left < right
    };
    let medicines = medicines(context, leaf);
    let listed = |r: &&Run| medicines.iter().any(|m| std::ptr::eq(*m, *r));
    let mut lines: Vec<&Run> = free().filter(|r| within(r) && !listed(r)).collect();
    lines.sort_by(|a, b| a.at.centre().1.total_cmp(&b.at.centre().1).then(a.at.left.total_cmp(&b.at.left)));
    lines
}

/// A line on its own with a person and how one is called: 見本 花子 様(昭和33年生).
fn names_somebody(leaf: &Leaf, run: &Run) -> bool {
    let text: String = leaf.page.glyphs(run).iter().map(|g| g.ch).collect();
    let called = text.find(['様', '殿', '氏']);
    called.is_some_and(|at| name::person(&text[..at]).is_some())
}

/// The parts of the lines whose sentences say what is wanted.
fn kept(leaf: &Leaf, lines: &[&Run], wanted: impl Fn(&str) -> bool) -> Vec<Run> {
    let mut sentence: Vec<(usize, usize)> = Vec::new();
    let mut text = String::new();
    let mut keep: Vec<Vec<bool>> = lines.iter().map(|r| vec![false; r.glyphs.len()]).collect();
    let mut close = |sentence: &mut Vec<(usize, usize)>, text: &mut String| {
        let says = wanted(text);
        for (line, at) in sentence.drain(..) {
            keep[line][at] = says;
        }
        text.clear();
    };
    for (number, run) in lines.iter().enumerate() {
        let glyphs = leaf.page.glyphs(run);
        let whole: String = glyphs.iter().map(|g| g.ch).collect();
        if CLOSINGS.contains(&whole.as_str()) {
            close(&mut sentence, &mut text);
            continue;
        }
        for (at, glyph) in glyphs.iter().enumerate() {
            sentence.push((number, at));
            text.push(glyph.ch);
            if glyph.ch == '。' {
                close(&mut sentence, &mut text);
            }
        }
    }
    close(&mut sentence, &mut text);
    let mut parts = Vec::new();
    for (run, keep) in lines.iter().zip(&keep) {
        let mut at = 0;
        while let Some(from) = keep[at..].iter().position(|k| *k).map(|n| at + n) {
            let to = keep[from..].iter().position(|k| !*k).map_or(keep.len(), |n| from + n);
            let glyphs = run.glyphs.start + from..run.glyphs.start + to;
            let place = crate::stages::sheet::around(&leaf.page.glyphs(run)[from..to]);
            parts.push(Run { glyphs, at: place, ..(*run).clone() });
            at = to;
        }
    }
    parts
}

/// Whether a sentence says what is asked for, and of what.
fn requests(sentence: &str) -> bool {
    let Some(at) = ASKED_FOR.iter().filter_map(|word| sentence.rfind(word)).max() else { return false };
    let said = |c: char| (name::is_kanji(c) || c.is_ascii_alphabetic()) && !EMPTY.contains(c);
    // 精査加療をお願いします says of nothing what is to be examined; 手術適応のご判断 does.
    let before = ASKED_FOR.iter().fold(sentence[..at].to_owned(), |rest, word| rest.replace(word, ""));
    let before = before.chars().filter(|c| said(*c)).count();
    before >= 2 && !sentence.contains("配慮") && ASKING.iter().any(|word| sentence.contains(word))
}

/// Whether a line is nothing but how a letter ends.
pub fn ends(line: &str) -> bool {
    let line = line.trim_end_matches('。');
    let whole = !line.contains(['。', '、']) && !line.chars().any(|c| c.is_ascii_digit()) && line.chars().count() <= 28;
    let bare = ["今後とも", "ありがとうございま", "取り急ぎ", "まずは"].iter().any(|w| line.contains(w));
    whole && bare || CLOSINGS.contains(&line)
}

/// Whether a sentence says nothing of the patient.
fn courteous(sentence: &str, kind: Kind) -> bool {
    let length = sentence.chars().count();
    let came = kind == Kind::ReplyLetter
        && length <= CAME
        && ["受診され", "来院され", "受診いただ", "来院いただ"].iter().any(|w| sentence.contains(w));
    came || COURTESY.iter().any(|w| sentence.contains(w))
        || length <= SHORT && REPORTS.iter().any(|w| sentence.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_asks_for_something() {
        for (sentence, asks) in [
            ("人工膝関節置換術につきご高診のほどよろしくお願いいたします。", true),
            ("胃癌の疑いにて精査加療をお願い申し上げます。", true),
            ("手術適応のご判断をお願いいたします。", true),
            ("精査加療をお願いいたします。", false),
            ("ご高診のほどよろしくお願いいたします。", false),
            ("貴科的にご高診、ご加療のほど何卒宜しくお願い申し上げます。", false),
            ("ご多忙のところ誠に恐縮ではございますが、何卒よろしくお願い申し上げます。", false),
            ("CTの検査で肝転移を疑う所見はありません。", false),
            ("腎機能低下があり、造影検査に際してはご配慮をお願いいたします。", false),
        ] {
            assert_eq!(requests(sentence), asks, "{sentence}");
        }
    }

    #[test]
    fn a_letter_ends_with_thanks_and_not_with_findings() {
        assert!(ends("今後ともよろしくお願い申し上げます。") && ends("ご紹介ありがとうございました。") && ends("敬具"));
        assert!(!ends("まずは内服で経過をみますが、悪化時は手術を検討します。") && !ends("2週間後に再診とします。"));
    }

    #[test]
    fn sentences_about_the_patient_stay() {
        for (sentence, kind, empty) in [
            ("いつもお世話になっております。", Kind::ReferralLetter, true),
            ("2024年1月3日に当院を受診されました。", Kind::ReferralLetter, false),
            ("令和7年6月15日に当科を受診されました。", Kind::ReplyLetter, true),
            ("38度以上の発熱が続いています。", Kind::ReferralLetter, false),
            ("結果が判明しましたら改めてご報告いたします。", Kind::ReplyLetter, false),
            ("ご報告申し上げます。", Kind::ReplyLetter, true),
        ] {
            assert_eq!(courteous(sentence, kind), empty, "{sentence}");
        }
    }
}
