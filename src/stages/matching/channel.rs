//! The recognition channel (認識の誤り方): how probable it is that a text was read as another, as a cost in nats
//! (-ln probability). Confusions of glyphs of nearly the same shape are cheap, anything else is dear. The figures are
//! general: a few per cent of characters are misread, about half of those into a glyph of like shape.

use crate::text::{confusable, kana, variants};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::OnceLock;

/// Kanji and kana of names that print takes for one another, beyond those of labels (`text::confusable`).
const LOOKALIKES: &[&str] = &[
    "日目曰白自",
    "大太犬",
    "未末",
    "土士",
    "干千于",
    "田由甲申",
    "人入八",
    "己已巳",
    "右石",
    "井丼",
    "西酉",
    "木本",
    "小少",
    "夫天失",
    "王玉主",
    "間問聞",
    "鳥島烏",
    "治冶",
    "代伐",
    "宜宣",
    "李季",
    "埼崎",
    "郎朗",
    "幸辛",
    "子孑",
    "輔補",
    "祐裕佑",
    "浩活",
    "博搏",
    "真具",
    "浩洗洛活治沽",
    "淳洛",
    "鈴鉛錠",
    "裕給",
    "哲折灯",
    "颯絡",
    "也世",
    "聡総計",
    "岩宮",
    "翔翻期",
    "晴睛",
    "宏広",
    "史吏",
    "伸仲",
    "弘引",
    "宮官",
    "永水氷",
    "久夕",
    "菜莱",
    "柿姉",
    "桜楼",
    "渡度",
    "達逹",
    "隆降",
    "孝考",
    "良艮",
    "俊後",
    "純鈍",
    "勝膝",
    "秀季",
    "明朋",
    "政攻",
    "武式",
    "実美",
    "哲晢",
    "昌晶",
    "恭泰",
    "奈奉",
    "岡岩",
    "吉古",
    "菅管",
    "前削",
    "堀掘",
    "村材",
    "林材",
    "阪坂",
    "ソンリ",
    "シツミ",
    "クタワケ",
    "コユロ",
    "ナオサ",
    "マムア",
    "ウワフヌ",
    "スヌ",
    "ルレ",
    "テチラ",
    "メナ",
    "セヤ",
    "モヒ",
    "イト",
    "ノハ",
    "ニミ",
];

/// Kanji of names that Tesseract's Japanese models cannot put out (not in their unicharset, JIS level 1 and 人名用漢字
/// looked up there): whatever comes out for them is no surprise.
const UNKNOWN: &str = "凜崔嶌曾栞桒榊樫澁澪紘紬藪蝦遙邉颯髙﨑濵瀨";

/// What an exactly read character costs (a few per cent of them are misread).
const RIGHT: f32 = 0.04;

/// How a text was misread: the cost, and how many cheap and dear faults it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// -ln of the probability.
    pub nats: f32,
    /// Glyph confusions, lost 濁点, 新旧.
    pub cheap: u8,
    /// Faults that no likeness explains.
    pub dear: u8,
}

impl Cost {
    fn and(self, nats: f32, cheap: u8, dear: u8) -> Self {
        Self { nats: self.nats + nats, cheap: self.cheap.saturating_add(cheap), dear: self.dear.saturating_add(dear) }
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        self.and(other.nats, other.cheap, other.dear)
    }

    /// The probability.
    pub(super) fn probability(self) -> f64 {
        f64::from(-self.nats).exp()
    }
}

/// The channel with a memory of the glyph pairs it has judged; one for each query.
#[derive(Default)]
pub(super) struct Channel {
    judged: HashMap<(char, char), (f32, u8, u8), BuildHasherDefault<Mixed>>,
}

/// A hash of two characters: they come from nobody who could gain by collisions, and are asked for in the inner loop.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u32(u32::from(*b));
        }
    }

    fn write_u32(&mut self, x: u32) {
        self.0 = (self.0.rotate_left(21) ^ u64::from(x)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Whether the two stand in one group of lookalikes.
fn lookalikes(a: char, b: char) -> bool {
    const _: () = assert!(LOOKALIKES.len() <= 128);
    static TABLE: OnceLock<HashMap<char, u128>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: HashMap<char, u128> = HashMap::new();
        for (i, group) in LOOKALIKES.iter().enumerate() {
            for c in group.chars() {
                *table.entry(c).or_default() |= 1 << i;
            }
        }
        table
    });
    let of = |c: char| table.get(&c).copied().unwrap_or(0);
    of(a) & of(b) != 0
}

/// Whether the character hides another (●京●郎).
pub(super) fn masks(c: char) -> bool {
    matches!(c, '●' | '○' | '〇' | '◯' | '■' | '□' | '*' | '×' | '?')
}

impl Channel {
    fn substitution(&mut self, seen: char, truth: char) -> (f32, u8, u8) {
        if seen == truth {
            return (RIGHT, 0, 0);
        }
        if masks(seen) {
            return (0.0, 1, 0);
        }
        *self.judged.entry((seen, truth)).or_insert_with(|| {
            let like = if UNKNOWN.contains(truth) { 0.5 } else { confusable::cost(seen, truth) };
            let both = |test: fn(char) -> bool| test(seen) && test(truth);
            if like <= 0.3 {
                (2.5, 1, 0)
            } else if like < 0.9 || lookalikes(seen, truth) || one_search_form(seen, truth) {
                (3.5, 1, 0)
            } else if both(kana::is_kana) || both(|c| c.is_ascii_alphanumeric()) {
                (7.5, 0, 1)
            } else {
                // One of some thousand kanji.
                (11.5, 0, 1)
            }
        })
    }

    fn extra(seen: char) -> (f32, u8, u8) {
        // Specks and rules beside a name are read as marks.
        if seen.is_alphanumeric() && seen != '一' && seen != 'ー' { (6.5, 0, 1) } else { (3.5, 1, 0) }
    }

    fn missing(truth: char) -> (f32, u8, u8) {
        if truth == 'ー' {
            (3.0, 1, 0)
        } else if kana::is_kana(truth) {
            (5.0, 0, 1)
        } else {
            (6.5, 0, 1)
        }
    }

    /// For each j: the cost of reading `truth` as the first j characters of `seen`.
    fn row(&mut self, seen: &[char], truth: &[char], backwards: bool) -> Vec<Cost> {
        let at = |s: &[char], i: usize| if backwards { s[s.len() - 1 - i] } else { s[i] };
        let add = |c: Cost, (nats, cheap, dear): (f32, u8, u8)| c.and(nats, cheap, dear);
        let mut row = vec![Cost::default(); seen.len() + 1];
        for j in 0..seen.len() {
            row[j + 1] = add(row[j], Self::extra(at(seen, j)));
        }
        for i in 0..truth.len() {
            let t = at(truth, i);
            let mut corner = row[0];
            row[0] = add(row[0], Self::missing(t));
            for j in 0..seen.len() {
                let s = at(seen, j);
                let ways = [
                    add(corner, self.substitution(s, t)),
                    add(row[j], Self::extra(s)),
                    add(row[j + 1], Self::missing(t)),
                ];
                corner = row[j + 1];
                row[j + 1] = ways.into_iter().min_by(|a, b| a.nats.total_cmp(&b.nats)).unwrap_or_default();
            }
        }
        row
    }

    /// The cost of reading `truth` as `seen`.
    pub(super) fn cost(&mut self, seen: &[char], truth: &[char]) -> Cost {
        if seen == truth {
            return Cost { nats: RIGHT * seen.len() as f32, cheap: 0, dear: 0 };
        }
        self.row(seen, truth, false).pop().unwrap_or_default()
    }

    /// Where `seen` divides into a reading of `family` and one of `given`; `hint` is where a space stood.
    pub(super) fn divide(&mut self, seen: &[char], family: &[char], given: &[char], hint: Option<usize>) -> usize {
        if seen.starts_with(family) && seen[family.len()..] == *given {
            return family.len();
        }
        let front = self.row(seen, family, false);
        let back = self.row(seen, given, true);
        let total = |j: usize| {
            let away = if hint.is_some_and(|h| h != j) { 1.0 } else { 0.0 };
            front[j].nats + back[seen.len() - j].nats + away
        };
        (0..=seen.len()).min_by(|a, b| total(*a).total_cmp(&total(*b))).unwrap_or(0)
    }
}

fn one_search_form(a: char, b: char) -> bool {
    let form = |c: char| variants::search_name(c.encode_utf8(&mut [0; 4]));
    form(a) == form(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(s: &str) -> Vec<char> {
        s.chars().collect()
    }

    #[test]
    fn like_glyphs_are_cheap_and_others_dear() {
        let mut ch = Channel::default();
        let mut of = |a: &str, b: &str| ch.cost(&v(a), &v(b));
        assert_eq!((of("山田", "山田").cheap, of("山田", "山田").dear), (0, 0));
        for (seen, truth) in
            [("ソノダ", "ンノダ"), ("シマ", "ツマ"), ("カトウ", "ガトウ"), ("目野", "日野"), ("斉藤", "斎藤")]
        {
            let c = of(seen, truth);
            assert_eq!((c.cheap, c.dear), (1, 0), "{seen} {truth}");
        }
        let c = of("美紀", "美香");
        assert_eq!((c.cheap, c.dear), (0, 1));
        assert!(of("美紀", "美香").nats > of("目野", "日野").nats + 5.0);
        assert_eq!(of("山木田", "山田").dear, 1);
    }

    #[test]
    fn a_name_without_a_space_divides_where_it_reads_best() {
        let mut ch = Channel::default();
        assert_eq!(ch.divide(&v("長谷川久美子"), &v("長谷川"), &v("久美子"), None), 3);
        assert_eq!(ch.divide(&v("長jll谷川久美子"), &v("長谷川"), &v("久美子"), None), 6);
        assert_eq!(ch.divide(&v("佐藤"), &v("佐藤"), &v("一郎"), None), 2);
    }
}
