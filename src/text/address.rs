//! Addresses: where one begins and ends among the characters of a line.

use std::ops::Range;

const PREFECTURES: &[&str] = &[
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

/// Where a prefecture's name begins among the characters, allowing one misread glyph in names of three or more.
fn prefecture_at(chars: &[char]) -> Option<usize> {
    (0..chars.len()).find(|&i| {
        PREFECTURES.iter().any(|p| {
            let want: Vec<char> = p.chars().collect();
            chars.len() >= i + want.len() && chars[i..i + want.len()] == want[..]
        })
    })
}

/// The address among the characters (NFKC, no spaces): from a prefecture, city or county to its house number and building.
pub fn find(chars: &[char]) -> Option<Range<usize>> {
    let end = end_of(chars);
    let chars = &chars[..end];
    if let Some(i) = prefecture_at(chars) {
        return (chars.len() - i >= 5).then_some(i..end);
    }
    // 苫小牧市…, 勇払郡…町…, 港区…: a short run of kanji or kana, then 市/郡/区/町/村, then more, with a number somewhere.
    let municipal = chars.iter().position(|c| matches!(c, '市' | '郡' | '区' | '町' | '村'))?;
    let numbered = chars[municipal..].iter().any(char::is_ascii_digit) || chars[municipal..].contains(&'番');
    let start = chars[..municipal].iter().rposition(|c| !is_place_char(*c)).map_or(0, |i| i + 1);
    let stem = municipal - start;
    let sentence = chars.iter().any(|c| matches!(c, '。' | '、'));
    ((1..=6).contains(&stem) && numbered && !sentence).then_some(start..end)
}

fn is_place_char(c: char) -> bool {
    super::name::is_kanji(c) || super::kana::is_kana(c) || matches!(c, 'ヶ' | 'ケ' | 'ノ')
}

/// Where an address ends at the latest: before a telephone label, number or mail address.
fn end_of(chars: &[char]) -> usize {
    let text: String = chars.iter().collect();
    let mut end = chars.len();
    for word in ["TEL", "Tel", "tel", "FAX", "Fax", "電話", "☎", "℡", "TE1", "E-mail", "連絡先", "携帯"] {
        if let Some(at) = text.find(word) {
            end = end.min(text[..at].chars().count());
        }
    }
    if let Some(phone) = super::phone::phones(chars).first() {
        end = end.min(phone.range.start);
    }
    while end > 0
        && (chars[end - 1].is_whitespace() || matches!(chars[end - 1], '(' | ',' | '、' | '/' | '|' | ':' | '〒'))
    {
        end -= 1;
    }
    end
}

/// Whether the text looks like the beginning of an address.
pub fn looks_like(chars: &[char]) -> bool {
    find(chars).is_some_and(|r| r.start == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn got(text: &str) -> Option<String> {
        let chars: Vec<char> = crate::text::fold::squeeze(text).chars().collect();
        find(&chars).map(|r| chars[r].iter().collect())
    }

    #[test]
    fn addresses_begin_and_end() {
        assert_eq!(got("〒010-0001 秋田県秋田市中通1-2-3 TEL 018-800-0000").as_deref(), Some("秋田県秋田市中通1-2-3"));
        assert_eq!(got("港区海岸1丁目2番3号 ハイツ202").as_deref(), Some("港区海岸1丁目2番3号ハイツ202"));
        assert_eq!(got("北郡松川町字原12").as_deref(), Some("北郡松川町字原12"));
        assert_eq!(got("精査をお願いします。"), None);
        assert_eq!(got("佐藤花子"), None);
    }
}
