//! Glyph variants (異体字) in two tiers: one name in two shapes, and two names that are often taken for one another.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Groups of shapes of one character: a name written with either is the same name. The first is the plain one.
const SAME: &[&str] = &[
    "高髙",
    "崎﨑嵜碕",
    "斎齋",
    "斉齊",
    "辺邊邉",
    "浜濱濵",
    "桑桒",
    "広廣",
    "沢澤",
    "富冨",
    "桜櫻",
    "関關",
    "国國",
    "滝瀧",
    "黒黑",
    "徳德",
    "瀬瀨",
    "栄榮",
    "真眞",
    "恵惠",
    "竜龍龒",
    "静靜",
    "寿壽",
    "実實",
    "礼禮",
    "豊豐",
    "清淸",
    "橋槗",
    "柳栁桺",
    "曽曾",
    "渕淵渊",
    "館舘",
    "峰峯",
    "条條",
    "薮藪籔",
    "会會",
    "渋澁澀",
    "昇曻",
    "晃晄",
    "凛凜",
    "桧檜",
    "晧皓",
    "円圓",
    "学學斈",
    "県縣",
    "将將",
    "亜亞",
    "彦彥",
    "弥彌",
    "万萬",
    "与與",
    "稲稻",
    "満滿",
    "弁辨辯",
    "為爲",
    "穂穗",
    "郎郞",
    "芦蘆",
    "籠篭",
    "鉄鐵鉃",
    "絵繪",
    "遥遙",
    "吉𠮷",
    "島嶋嶌",
    "鶴鸖",
    "権權",
    "気氣",
    "検檢",
    "顕顯",
    "厳嚴",
    "恒恆",
    "児兒",
    "収收",
    "従從",
    "縦縱",
    "粛肅",
    "乗乘",
    "浄淨",
    "剰剩",
    "畳疊",
    "譲讓",
    "醸釀",
    "慎愼",
    "尽盡",
    "図圖",
    "粋粹",
    "酔醉",
    "随隨",
    "髄髓",
    "枢樞",
    "数數",
    "声聲",
    "践踐",
    "銭錢",
    "浅淺",
    "繊纖",
    "禅禪",
    "双雙",
    "壮壯",
    "荘莊",
    "捜搜",
    "挿插",
    "巣巢",
    "争爭",
    "総總",
    "聡聰",
    "蔵藏",
    "臓臟",
    "続續",
    "堕墮",
    "体體",
    "対對",
    "帯帶",
    "台臺",
    "単單",
    "団團",
    "遅遲",
    "昼晝",
    "虫蟲",
    "鋳鑄",
    "庁廳",
    "聴聽",
    "転轉",
    "伝傳",
    "灯燈",
    "当當",
    "党黨",
    "闘鬪",
    "独獨",
    "読讀",
    "届屆",
    "縄繩",
    "悩惱",
    "脳腦",
    "拝拜",
    "廃廢",
    "売賣",
    "麦麥",
    "発發",
    "抜拔",
    "蛮蠻",
    "秘祕",
    "払拂",
    "仏佛",
    "並竝",
    "変變",
    "宝寶",
    "翻飜",
    "黙默",
    "訳譯",
    "薬藥",
    "余餘",
    "予豫",
    "誉譽",
    "揺搖",
    "様樣",
    "謡謠",
    "来來",
    "頼賴",
    "乱亂",
    "覧覽",
    "両兩",
    "猟獵",
    "緑綠",
    "塁壘",
    "励勵",
    "霊靈",
    "隷隸",
    "齢齡",
    "恋戀",
    "炉爐",
    "労勞",
    "楼樓",
    "湾灣",
    "園薗",
    "岡罡",
    "槙槇",
    "尭堯",
    "蝋蠟",
    "頬頰",
    "侠俠",
    "掴摑",
    "填塡",
    "剥剝",
    "箪簞",
    "鴎鷗",
    "涛濤",
    "祢禰",
    "諌諫",
    "莱萊",
    "蕊蘂",
    "迩邇",
    "ケヶ",
    "カヵ",
    "ノ之",
];

/// Groups of different names that are often confused: alike for a search, never for a match.
const CONFUSED: &[&str] = &[
    "斎斉",
    "大太",
    "伊井",
    "坂阪",
    "河川",
    "渡渉",
    "原源",
    "住佳",
    "裕祐",
    "己巳已",
    "未末",
    "士土",
    "人入",
    "千干",
    "藤籐",
    "堀掘",
    "宏広",
    "沢択",
    "今令",
    "幸辛",
];

/// Shapes beside the plain ones that Tesseract's Japanese models can put out at all (their unicharset); the others
/// (髙, 﨑, 邉 …) come out as the plain shape, or as another one, whatever the paper shows.
const RECOGNISED: &str = "齋邊濱廣澤冨櫻國瀧眞龍淵舘峯條會檜學萬鐵嶋燈來諫ヶヵ之";

/// Whether recognition could have told this shape from the plain one.
pub fn recognised(c: char) -> bool {
    plain(c) == c || RECOGNISED.contains(c)
}

/// The text with every glyph variant of one name brought to its plain shape.
pub fn same_name(text: &str) -> String {
    text.chars().map(plain).collect()
}

/// The text brought to one shape for searching only: also across names that are merely often confused.
pub fn search_name(text: &str) -> String {
    text.chars()
        .map(|c| {
            let c = plain(c);
            first_of(CONFUSED, c).unwrap_or(c)
        })
        .collect()
}

/// The groups of shapes of one character.
pub fn groups() -> &'static [&'static str] {
    SAME
}

/// The plain shape of one character.
pub fn plain(c: char) -> char {
    static PLAIN: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        let pairs = SAME.iter().flat_map(|g| g.chars().map(|c| (c, g.chars().next().unwrap_or(c))));
        pairs.fold(HashMap::new(), |mut all, (c, first)| {
            all.entry(c).or_insert(first);
            all
        })
    });
    if c.is_ascii() { c } else { PLAIN.get(&c).copied().unwrap_or(c) }
}

fn first_of(groups: &[&str], c: char) -> Option<char> {
    groups.iter().find(|g| g.contains(c)).and_then(|g| g.chars().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_two_shapes_is_the_same() {
        for (a, b) in [
            ("髙橋", "高橋"),
            ("渡邉", "渡辺"),
            ("渡邊", "渡辺"),
            ("𠮷田", "吉田"),
            ("濵﨑", "浜崎"),
            ("齋藤", "斎藤"),
            ("廣澤", "広沢"),
        ] {
            assert_eq!(same_name(a), same_name(b), "{a} {b}");
        }
    }

    #[test]
    fn two_names_meet_only_in_a_search() {
        for (a, b) in [("斎藤", "斉藤"), ("大田", "太田"), ("坂本", "阪本")] {
            assert_ne!(same_name(a), same_name(b), "{a} {b}");
            assert_eq!(search_name(a), search_name(b), "{a} {b}");
        }
    }

    #[test]
    fn some_shapes_no_model_can_tell() {
        assert!(recognised('高') && recognised('澤') && recognised('林'));
        assert!(!recognised('髙') && !recognised('﨑') && !recognised('邉'));
    }

    #[test]
    fn bringing_to_the_plain_shape_twice_changes_nothing() {
        for group in SAME {
            for c in group.chars() {
                assert_eq!(plain(plain(c)), plain(c), "{group}");
            }
        }
    }
}
