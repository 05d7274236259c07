//! How near two strings are when recognition mixes up glyphs of nearly the same shape.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Glyphs that recognition takes for one another; general knowledge of print, of no engine in particular.
const GROUPS: &[&str] = &[
    "患愚悪怠恵遇思",
    "者看老",
    "生牛午主",
    "年午牛竿",
    "月貝日目曰",
    "氏民",
    "名各若色",
    "住佳往任",
    "所断",
    "電雷竜",
    "話語詰",
    "番香審",
    "号弓",
    "性牲",
    "別列刈",
    "診珍修",
    "療瞭僚",
    "情清",
    "報鞭",
    "提捉",
    "供共",
    "紹招沼",
    "介会界个",
    "先元光",
    "医区匡匠",
    "院陀",
    "機械",
    "関閲",
    "科料",
    "担但",
    "当富",
    "目日月自",
    "的約",
    "経径軽",
    "過週",
    "傷場偽",
    "病痛",
    "歴暦礎",
    "家豪",
    "族旅",
    "処如",
    "方万",
    "備倦",
    "考孝",
    "希布",
    "望盟",
    "入人八",
    "退迷",
    "検険倹",
    "査香",
    "部邦",
    "位付",
    "造進",
    "影景",
    "ロ口□",
    "ー一-―",
    "カ力",
    "ニ二",
    "タ夕",
    "ト卜",
    "エ工",
    "ハ八",
    "フワラ",
    "シツ",
    "ンソ",
    "ナオ",
    "コユ",
    "クタワ",
    "ミ三",
    "チ千",
    "オ才",
    "0OoQD〇",
    "1lIi|!",
    "2Zz",
    "5Ss",
    "6b",
    "8B",
    "9gq",
    "令今合",
    "和利",
    "平半",
    "昭招沼",
    "大太犬",
    "土士",
    "未末",
    "己巳",
    "往住",
    "待侍特",
    "緑録縁",
    "緊繁",
    "要夢",
    "護譲",
    "介企",
    "薬楽",
    "局肩",
    "室宝",
    "室空",
    "請諸",
    "申中由",
    "込辺",
    "間問聞",
    "開閉",
    "師帥",
    "御卸",
    "訪訊",
    "看着",
    "指捐",
    "示不",
    "状伏",
    "続統",
    "依休",
    "頼瀬",
    "予子",
    "約的",
    "送迷",
    "付什",
    "件作",
    "収取",
    "採探",
    "結詰",
    "果呆",
    "保係",
    "険検",
    "記紀",
    "連運",
    "絡終",
    "説読",
    "術述",
    "手千",
    "既概",
    "往住",
    "前削",
    "後俊",
    "服眼眠",
    "現規",
    "在右",
    "左在",
    "症疔",
    "主王",
    "訴訟",
    "苗苫",
    "浜派",
    "総縦",
    "合台",
];

/// Which groups each glyph is in, one bit a group; looked up millions of times a page, so by plain index.
struct Classes {
    row: Vec<u16>,
    masks: Vec<[u128; 4]>,
}

static CLASSES: LazyLock<Classes> = LazyLock::new(|| {
    let mut classes = Classes { row: vec![0; 0x1_0000], masks: vec![[0; 4]] };
    let shapes = super::variants::groups().iter().map(|g| (*g).to_owned());
    for (i, group) in GROUPS.iter().map(|g| (*g).to_owned()).chain(shapes).chain(kana_families()).enumerate() {
        for c in group.chars() {
            let Some(row) = classes.row.get_mut(c as usize) else { continue };
            if *row == 0 {
                *row = u16::try_from(classes.masks.len()).unwrap_or(0);
                classes.masks.push([0; 4]);
            }
            classes.masks[usize::from(*row)][i / 128 % 4] |= 1u128 << (i % 128);
        }
    }
    classes
});

impl Classes {
    fn mask(&self, c: char) -> &[u128; 4] {
        &self.masks[usize::from(self.row.get(c as usize).copied().unwrap_or(0))]
    }
}

/// Kana that differ only in 濁点 or size.
fn kana_families() -> Vec<String> {
    let mut families: BTreeMap<char, String> = BTreeMap::new();
    for c in '\u{30A1}'..='\u{30FA}' {
        families.entry(base(c)).or_default().push(c);
    }
    families.into_values().filter(|f| f.chars().count() > 1).collect()
}

/// What it costs to take `b` for `a`: 0 equal, 0.4 alike, 1 otherwise.
pub fn cost(a: char, b: char) -> f32 {
    if a == b {
        return 0.0;
    }
    if a.is_ascii() && b.is_ascii() && a.eq_ignore_ascii_case(&b) {
        return 0.1;
    }
    let (x, y) = (CLASSES.mask(a), CLASSES.mask(b));
    let apart = a.is_ascii_digit() != b.is_ascii_digit() && !(a.is_ascii() && b.is_ascii());
    if (x[0] & y[0]) | (x[1] & y[1]) | (x[2] & y[2]) | (x[3] & y[3]) != 0 {
        0.4
    } else if apart {
        // A digit is hardly ever read for a letter of another script.
        1.6
    } else {
        1.0
    }
}

/// A katakana letter without its 濁点, large.
pub fn base(c: char) -> char {
    let plain = std::iter::once(c).nfd().next().unwrap_or(c);
    match plain {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        other => other,
    }
}

/// The weighted edit distance of two strings.
pub fn distance(a: &[char], b: &[char]) -> f32 {
    let mut row: Vec<f32> = (0..=b.len()).map(|j| j as f32).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = (i + 1) as f32;
        for (j, &y) in b.iter().enumerate() {
            let best = (corner + cost(x, y)).min(row[j] + 1.0).min(row[j + 1] + 1.0);
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}

/// How alike two strings are: 1 equal, 0 nothing in common.
pub fn likeness(a: &[char], b: &[char]) -> f32 {
    let longest = a.len().max(b.len());
    if longest == 0 { 0.0 } else { (1.0 - distance(a, b) / longest as f32).max(0.0) }
}

/// The best reading of `pattern` at the beginning of `text`: characters taken and cost; `None` over `most`.
pub fn prefix(pattern: &[char], text: &[char], most: f32) -> Option<(usize, f32)> {
    let width = (pattern.len() + most as usize + 1).min(text.len());
    // Quick look: the exact case is the common one.
    if text.len() >= pattern.len() && text[..pattern.len()] == *pattern {
        return Some((pattern.len(), 0.0));
    }
    if most <= 0.0 || text.is_empty() || !begins_near(pattern, text) {
        return None;
    }
    let mut row: Vec<f32> = (0..=width).map(|j| j as f32).collect();
    for (i, &x) in pattern.iter().enumerate() {
        let mut corner = row[0];
        row[0] = (i + 1) as f32;
        let mut least = row[0];
        for (j, &y) in text[..width].iter().enumerate() {
            let best = (corner + cost(x, y)).min(row[j] + 1.0).min(row[j + 1] + 1.0);
            corner = row[j + 1];
            row[j + 1] = best;
            least = least.min(best);
        }
        if least > most {
            return None;
        }
    }
    let (end, cost) = row.iter().copied().enumerate().min_by(|a, b| {
        // Of equal costs the length nearest to the pattern's.
        a.1.total_cmp(&b.1).then_with(|| a.0.abs_diff(pattern.len()).cmp(&b.0.abs_diff(pattern.len())))
    })?;
    (cost <= most && end > 0).then_some((end, cost))
}

/// One of the first two glyphs must be nearly right and nearly in place, or nothing there is worth comparing.
fn begins_near(pattern: &[char], text: &[char]) -> bool {
    let near = |i: usize, j: usize| matches!((pattern.get(i), text.get(j)), (Some(&a), Some(&b)) if cost(a, b) < 0.5);
    near(0, 0) || near(1, 1) || near(1, 0) || near(0, 1)
}

/// The best place of `pattern` anywhere in `text`: start, end and cost; `None` over `most`.
pub fn find(pattern: &[char], text: &[char], most: f32) -> Option<(usize, usize, f32)> {
    let mut best: Option<(usize, usize, f32)> = None;
    for start in 0..text.len() {
        let limit = best.map_or(most, |b| b.2 - 0.01);
        if let Some((len, cost)) = prefix(pattern, &text[start..], limit) {
            best = Some((start, start + len, cost));
            if cost == 0.0 {
                break;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(s: &str) -> Vec<char> {
        s.chars().collect()
    }

    #[test]
    fn alike_glyphs_cost_less_than_others() {
        assert_eq!(distance(&v("患者氏名"), &v("患者氏名")), 0.0);
        assert!(distance(&v("患者氏名"), &v("愚者民名")) < distance(&v("患者氏名"), &v("医者大名")));
        assert_eq!(distance(&v("abc"), &v("")), 3.0);
    }

    #[test]
    fn a_prefix_is_found_through_misreadings() {
        assert_eq!(prefix(&v("患者氏名"), &v("患者氏名山田"), 1.0), Some((4, 0.0)));
        let (end, cost) = prefix(&v("患者氏名"), &v("愚者氏名山田"), 1.0).unwrap();
        assert!(end == 4 && cost < 0.5);
        assert_eq!(prefix(&v("患者氏名"), &v("医療機関名"), 1.0), None);
    }

    #[test]
    fn a_pattern_is_found_anywhere() {
        let (start, end, cost) = find(&v("情報提供書"), &v("診療情報提供書です"), 1.0).unwrap();
        assert_eq!((start, end, cost), (2, 7, 0.0));
        assert!(find(&v("情報提供書"), &v("お知らせ"), 1.0).is_none());
    }
}
