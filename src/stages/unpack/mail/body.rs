//! The text of a mail, and whether it says more than a greeting.

use super::charset;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};
use unicode_normalization::UnicodeNormalization;

/// Texts longer than this are cut; nobody reads a book in a queue.
const LONGEST: usize = 60_000;
/// Letters that a text must have beside greeting and signature to be a document.
const FEWEST: usize = 24;
/// With a word of the trade among them, fewer are enough.
const FEWEST_IN_EARNEST: usize = 8;

/// Words that greetings, covers and closings are made of; a line that holds one says nothing else.
const POLITE: &[&str] = &[
    "お世話になって",
    "お世話になります",
    "お世話様",
    "平素より",
    "平素は",
    "大変お世話",
    "ご高配",
    "拝啓",
    "敬具",
    "前略",
    "草々",
    "よろしくお願い",
    "宜しくお願い",
    "お願い申し上げます",
    "ご確認ください",
    "ご確認のほど",
    "ご確認下さい",
    "ご査収",
    "御査収",
    "添付",
    "標記の件",
    "お疲れ様",
    "取り急ぎ",
    "失礼いたします",
    "送信専用",
    "このメールに心当たり",
    "転送します",
    "転送いたします",
    "iphoneから送信",
    "sent from",
    "パスワードは別",
    "ファイルをお送り",
    "資料をお送り",
    "書類をお送り",
];
/// Words of a cover; what is sent is named in them, so that only a wish makes them more.
const COVER: &[&str] = &["添付", "ご査収", "御査収", "お送りし", "お送りいたし", "送付いたし", "送付し", "転送"];
/// Words with which somebody wants something done.
const WISHES: &[&str] = &[
    "予約",
    "キャンセル",
    "取消",
    "取り消",
    "変更",
    "延期",
    "中止",
    "希望",
    "至急",
    "欠席",
    "出席",
    "参加",
    "休診",
    "急ぎ",
];
/// What nobody writes without meaning it.
const IN_EARNEST: &[&str] = &[
    "予約",
    "キャンセル",
    "取消",
    "取り消",
    "変更",
    "延期",
    "中止",
    "受診",
    "紹介",
    "患者",
    "氏名",
    "生年月日",
    "転院",
    "退院",
    "入院",
    "検査",
    "至急",
    "希望",
    "申込",
    "申し込",
    "参加",
    "欠席",
    "出席",
    "休診",
    "照会",
    "回答",
    "返信",
    "処方",
    "診断",
    "病名",
];

/// The mail's own text as plain lines.
pub fn text(message: &Message<'_>) -> String {
    let mut out = String::new();
    for at in &message.text_body {
        let Some(part) = message.parts.get(*at as usize) else { continue };
        if !matches!(part.body, PartType::Text(_) | PartType::Html(_)) {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&part_text(message, part));
        if out.len() > LONGEST {
            break;
        }
    }
    out
}

/// The text of one part, read from its raw bytes: what it says of its charset is often missing, unknown or wrong.
pub fn part_text(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let raw = message.raw_message.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
    let bytes = match part.encoding {
        Encoding::Base64 => super::header::base64_lines(raw),
        Encoding::QuotedPrintable => quoted_printable_decode(raw).unwrap_or_else(|| raw.to_vec()),
        Encoding::None => raw.to_vec(),
    };
    let label = part.content_type().and_then(|t| t.attribute("charset"));
    let text = charset::decode(label, &bytes);
    let text = if matches!(part.body, PartType::Html(_)) { html_to_text(&text) } else { text };
    cleaned(&text)
}

/// Lines without what cannot be printed, and not too many.
fn cleaned(text: &str) -> String {
    let mut out = String::new();
    for line in text.split(['\n', '\x0C']) {
        let line: String = line
            .nfc()
            .map(|c| if c == '\t' { ' ' } else { c })
            .filter(|c| !c.is_control() && *c != '\u{feff}')
            .collect();
        if out.len() + line.len() > LONGEST {
            break;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Whether the text says more than a greeting, a cover and a signature do.
pub fn carries_something(text: &str) -> bool {
    let mut said = String::new();
    for paragraph in paragraphs(text) {
        for line in paragraph {
            let folded: String = line.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect();
            if !is_polite(&folded) {
                said.extend(folded.chars().filter(|c| c.is_alphanumeric()));
            }
        }
    }
    let letters = said.chars().count();
    letters >= FEWEST || letters >= FEWEST_IN_EARNEST && IN_EARNEST.iter().any(|word| said.contains(word))
}

/// A line of a greeting: an address, who writes, thanks, or nothing but the cover of what is attached.
fn is_polite(line: &str) -> bool {
    let ends = |words: &[&str]| words.iter().any(|word| line.trim_end_matches(['。', '、', '.']).ends_with(word));
    let short = line.chars().count() <= 40;
    let holds = |words: &[&str]| words.iter().any(|word| line.contains(word));
    let earnest = holds(IN_EARNEST);
    short && ends(&["様", "御中", "殿", "先生", "各位", "御机下", "御侍史"])
        || short && !earnest && ends(&["です", "と申します", "でございます"])
        || !earnest && holds(POLITE)
        || short && holds(COVER) && !holds(WISHES)
        // 「ご確認をよろしくお願いいたします。」 holds a word in earnest and still says nothing.
        || line.chars().count() <= 24 && POLITE.iter().any(|word| line.starts_with(word))
}

/// The text without quoted lines and without signatures.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut all = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim();
        // Two hyphens are how mail programs begin a signature.
        if lines[at] == "-- " || line == "--" {
            break;
        }
        if is_rule(line) {
            let close = lines[at + 1..].iter().position(|other| is_rule(other.trim())).map(|n| at + 1 + n);
            let end = close.unwrap_or(lines.len());
            if is_signature(&lines[at + 1..end]) {
                at = end + 1;
                continue;
            }
        } else if !line.starts_with('>') && !line.is_empty() {
            all.push(vec![line]);
        }
        at += 1;
    }
    all
}

/// A line drawn with signs.
fn is_rule(line: &str) -> bool {
    let count = line.chars().count();
    count >= 4 && line.chars().filter(|c| !c.is_alphanumeric()).count() == count
}

/// Short lines among which a number, an address or a page stands.
fn is_signature(lines: &[&str]) -> bool {
    let filled: Vec<&&str> = lines.iter().filter(|line| !line.trim().is_empty()).collect();
    let contact = filled.iter().any(|line| {
        let folded: String = line.nfkc().flat_map(char::to_lowercase).collect();
        ["tel", "fax", "〒", "@", "http", "電話", "mail", "住所"].iter().any(|mark| folded.contains(mark))
    });
    let earnest = filled.iter().filter(|line| IN_EARNEST.iter().any(|word| line.contains(word))).count();
    contact && filled.len() <= 14 && earnest <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "--------------------\n医療法人 みなと会 みなと内科\n〒000-0000 港町1-2-3\nTEL 000-000-0000 / FAX 000-000-0001\n--------------------\n";

    #[test]
    fn greetings_and_covers_carry_nothing() {
        for text in [
            "",
            "○○病院 地域医療連携室 御中\n\nいつもお世話になっております。\nみなと内科です。\n\n書類を添付いたしますのでご査収ください。\n",
            "お世話になります。\n標記の件、添付ファイルにてお送りいたします。\n添付ファイルはパスワード付きです。\nよろしくお願いいたします。",
            "スキャンした文書を添付します。",
            "> 先日はありがとうございました。患者様の予約の件、変更をお願いします。\n> 以上\n",
            "iPhoneから送信",
        ] {
            assert!(!carries_something(&format!("{text}\n{SIGNATURE}")), "{text}");
            assert!(!carries_something(text), "{text}");
        }
    }

    #[test]
    fn what_wants_something_is_a_document() {
        for text in [
            "明日の予約をキャンセルしてください。",
            "地域医療連携室 御中\nお世話になっております。\n患者 山田 太郎様（S32.4.5生）の受診日を5月14日から5月21日に変更をお願いいたします。",
            "症例検討会に2名で参加します。",
            "先日ご紹介いただいた件について、以下のとおりご報告します。\n経過は良好で、来週から自宅で過ごされます。",
            "至急、折り返しお電話ください。",
        ] {
            assert!(carries_something(&format!("{text}\n{SIGNATURE}")), "{text}");
        }
    }
}
