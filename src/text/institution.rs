//! Names of institutions and departments: how they end, what stands before and after them.

use super::{confusable, fold, kana, name};

/// How names of institutions that send documents end; longer ones first where one ends another.
const ENDINGS: &[&str] = &[
    "訪問看護リハビリステーション",
    "訪問看護ステーション",
    "看護ステーション",
    "地域包括支援センター",
    "居宅介護支援事業所",
    "居宅介護支援センター",
    "居宅支援事業所",
    "ケアプランセンター",
    "ケアプラン",
    "ケアセンター",
    "介護支援センター",
    "支援事業所",
    "介護老人保健施設",
    "老人保健施設",
    "特別養護老人ホーム",
    "老人ホーム",
    "グループホーム",
    "健診センター",
    "検診センター",
    "医療センター",
    "検査センター",
    "臨床検査センター",
    "ファーマシー",
    "リハビリテーションセンター",
    "クリニック",
    "ホスピタル",
    "診療所",
    "医院",
    "病院",
    "調剤薬局",
    "薬局",
    "ステーション",
    "事業所",
    "歯科",
    "療養所",
    "保健所",
    "医師会",
    "相談センター",
    "センター",
];

/// What kind of institution it is, said before its own name (居宅介護支援事業所 みらい).
const BEGINNINGS: &[&str] = &[
    "訪問看護ステーション",
    "訪問看護リハビリステーション",
    "居宅介護支援事業所",
    "居宅介護支援センター",
    "地域包括支援センター",
    "ケアプランセンター",
    "介護老人保健施設",
    "特別養護老人ホーム",
    "有料老人ホーム",
    "グループホーム",
    "調剤薬局",
];

/// Legal forms that stand before a name (or, of companies, before or after).
const LEGAL: &[&str] = &[
    "社会医療法人社団",
    "社会医療法人財団",
    "社会医療法人",
    "医療法人社団",
    "医療法人財団",
    "医療法人",
    "社会福祉法人",
    "一般財団法人",
    "一般社団法人",
    "公益財団法人",
    "公益社団法人",
    "学校法人",
    "国立大学法人",
    "独立行政法人",
    "地方独立行政法人",
    "特定非営利活動法人",
    "NPO法人",
    "宗教法人",
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "(株)",
    "(有)",
    "(医)",
    "(社)",
    "国立研究開発法人",
    "特定医療法人",
];

/// Departments; a line made of these is no institution. Longest first is not needed: the longest match is taken.
const DEPARTMENTS: &[&str] = &[
    "内科",
    "外科",
    "精神科",
    "神経科",
    "神経内科",
    "脳神経内科",
    "呼吸器科",
    "呼吸器内科",
    "消化器科",
    "消化器内科",
    "胃腸科",
    "胃腸内科",
    "循環器科",
    "循環器内科",
    "小児科",
    "整形外科",
    "形成外科",
    "美容外科",
    "脳神経外科",
    "脳外科",
    "呼吸器外科",
    "心臓血管外科",
    "心臓外科",
    "血管外科",
    "小児外科",
    "皮膚泌尿器科",
    "皮膚科",
    "泌尿器科",
    "肛門科",
    "肛門外科",
    "産婦人科",
    "産科",
    "婦人科",
    "眼科",
    "耳鼻咽喉科",
    "耳鼻いんこう科",
    "耳鼻いんこう科・頭頸部外科",
    "耳鼻咽喉・頭頸部外科",
    "耳鼻咽喉科頭頸部外科",
    "じびいんこう科",
    "ひ尿器科",
    "こう門科",
    "ひふ科",
    "耳鼻咽喉科・頭頸部外科",
    "耳鼻科",
    "気管食道科",
    "放射線科",
    "放射線治療科",
    "放射線診断科",
    "麻酔科",
    "心療内科",
    "アレルギー科",
    "リウマチ科",
    "膠原病内科",
    "リウマチ・膠原病内科",
    "リハビリテーション科",
    "病理診断科",
    "臨床検査科",
    "検査科",
    "救急科",
    "救急部",
    "血液内科",
    "腫瘍内科",
    "健診科",
    "在宅診療科",
    "腎臓内科",
    "透析科",
    "人工透析内科",
    "総合診療科",
    "総合内科",
    "一般内科",
    "内分泌内科",
    "代謝内科",
    "糖尿病内科",
    "糖尿病内分泌内科",
    "糖尿病・内分泌内科",
    "内分泌・代謝内科",
    "内分泌代謝内科",
    "糖尿病代謝内科",
    "感染症内科",
    "感染症科",
    "漢方内科",
    "老年内科",
    "老年科",
    "消化器外科",
    "乳腺外科",
    "乳腺・甲状腺外科",
    "肝臓内科",
    "肝胆膵外科",
    "移植外科",
    "緩和ケア科",
    "緩和ケア内科",
    "歯科",
    "歯科口腔外科",
    "口腔外科",
    "矯正歯科",
    "小児歯科",
    "ペインクリニック内科",
    "放射線部",
    "検査部",
    "薬剤部",
    "看護部",
    "外来",
    "内視鏡科",
    "内視鏡センター",
    "集中治療部",
    "新生児科",
    "生殖医療科",
    "腎臓・高血圧内科",
    "心臓内科",
    "神経精神科",
    "精神神経科",
    "リハビリ科",
    "健康管理センター",
    "遺伝診療科",
    "医療相談室",
];

/// Offices of a hospital that write and receive such documents (前方連携・後方連携の部署).
const OFFICES: &[&str] = &[
    "地域医療連携室",
    "地域連携室",
    "地域医療連携センター",
    "地域連携センター",
    "医療連携課",
    "医療連携部",
    "医療連携室",
    "医療連携推進室",
    "医療連携窓口",
    "医療連携相談室",
    "地域医療連携課",
    "地域医療連携部",
    "地域医療課",
    "地域医療部",
    "地域連携課",
    "地域連携部",
    "退院支援室",
    "退院調整室",
    "入退院支援センター",
    "入退院支援室",
    "患者支援センター",
    "患者サポートセンター",
    "総合支援センター",
    "医療福祉相談室",
    "連携推進室",
    "地域医療支援センター",
    "医事課",
    "総務課",
    "事務局",
    "事務部",
    "予約センター",
    "紹介予約センター",
    "放射線科・検査科",
    "研修センター",
    "臨床研修センター",
    "医療連携センター",
    "地域医療支援室",
    "病診連携室",
    "相談支援センター",
    "医療相談室",
    "開示担当",
    "個人情報担当",
    "診療情報管理室",
    "病歴室",
];

/// Whether the text (NFKC, no spaces) is a department or an office and nothing more.
pub fn is_department(text: &str) -> bool {
    let text = text.trim_matches(|c: char| fold::is_ornament(c));
    DEPARTMENTS.contains(&text) || OFFICES.contains(&text) || two_departments(text) || composed_department(text)
}

/// Parts of the body, illnesses and patients that departments are named after, alone or several together
/// (医療法施行令第3条の2: 内科又は外科 with such words, 乳腺・内分泌外科, 呼吸器・アレルギー内科).
const NAMED_AFTER: &[&str] = &[
    "呼吸器",
    "消化器",
    "循環器",
    "気管",
    "食道",
    "胃腸",
    "大腸",
    "肛門",
    "心臓",
    "血管",
    "腎臓",
    "脳神経",
    "神経",
    "血液",
    "乳腺",
    "甲状腺",
    "内分泌",
    "代謝",
    "糖尿病",
    "脂質代謝",
    "肝臓",
    "肝胆膵",
    "胆のう",
    "膵臓",
    "頭頸部",
    "頭頚部",
    "胸部",
    "腹部",
    "感染症",
    "アレルギー",
    "リウマチ",
    "膠原病",
    "腫瘍",
    "がん",
    "疼痛緩和",
    "緩和ケア",
    "ペインクリニック",
    "漢方",
    "老年",
    "高齢者",
    "小児",
    "新生児",
    "女性",
    "思春期",
    "人工透析",
    "透析",
    "内視鏡",
    "移植",
    "高血圧",
    "一般",
    "総合",
    "化学療法",
    "上部消化管",
    "下部消化管",
    "消化管",
    "脳卒中",
    "免疫",
    "整形",
    "形成",
    "性感染症",
];

/// Whether it is 内科 or 外科 behind at least one such word and nothing else.
fn composed_department(text: &str) -> bool {
    let Some(mut rest) = text.strip_suffix("内科").or_else(|| text.strip_suffix("外科")).filter(|r| !r.is_empty())
    else {
        return false;
    };
    while !rest.is_empty() {
        let Some(word) = NAMED_AFTER.iter().filter(|w| rest.ends_with(**w)).max_by_key(|w| w.len()) else {
            return false;
        };
        let before = &rest[..rest.len() - word.len()];
        rest = before.strip_suffix(['・', '/', '、']).unwrap_or(before);
    }
    true
}

fn two_departments(text: &str) -> bool {
    text.char_indices().any(|(i, c)| {
        matches!(c, '・' | '/' | ',' | '、') && {
            let (a, b) = (&text[..i], &text[i + c.len_utf8()..]);
            DEPARTMENTS.contains(&a) && DEPARTMENTS.contains(&b)
        }
    })
}

/// The department or office that the text ends with: where it begins (in bytes).
pub fn trailing_department(text: &str) -> Option<usize> {
    text.char_indices().map(|(i, _)| i).find(|&i| is_department(&text[i..]))
}

/// The department or office that the text begins with: where it ends (in bytes).
pub fn leading_department(text: &str) -> Option<usize> {
    text.char_indices().map(|(i, c)| i + c.len_utf8()).rfind(|&end| is_department(&text[..end]))
}

/// The one department that a text is a misreading of: glyphs that are often mixed up, or in a longer name one glyph
/// of any shape; `None` when two departments are as near, and for what is one already.
pub fn misread_department(text: &str) -> Option<&'static str> {
    let seen: Vec<char> = fold::squeeze(text).chars().collect();
    if is_department(text) || seen.len() < 2 {
        return None;
    }
    let most = if seen.len() >= 4 { 1.0 } else { 0.4 };
    let mut near: Vec<(f32, &'static str)> = departments()
        // A name half in kana is another way of writing one that is there in kanji.
        .filter(|d| d.chars().count() == seen.len() && !d.chars().any(|c| ('ぁ'..='ん').contains(&c)))
        .map(|d| (confusable::distance(&d.chars().collect::<Vec<char>>(), &seen), d))
        .filter(|(cost, _)| *cost <= most)
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    match near[..] {
        [(_, only)] => Some(only),
        [(first, nearest), (second, _), ..] if second > first + 0.3 => Some(nearest),
        _ => None,
    }
}

/// Every department and office that is known by name.
pub fn departments() -> impl Iterator<Item = &'static str> {
    DEPARTMENTS.iter().chain(OFFICES).copied()
}

/// Whether the text (NFKC, no spaces) ends as names of institutions end, with something before the ending.
pub fn is_institution(text: &str) -> bool {
    ends_as_institution(text).is_some()
}

/// How surely the text names an institution: 1 for `…医院`, less for `…整形外科` or `…センター`; `None` when it does not.
pub fn ends_as_institution(text: &str) -> Option<f32> {
    let text = text.trim_matches(|c: char| fold::is_ornament(c));
    if is_department(text) || text.chars().count() > 45 || text.contains(['。', '、', '?']) {
        return None;
    }
    // A branch after the name: …薬局 桜通り店
    let text = match (text.rfind("薬局"), text.strip_suffix('店')) {
        (Some(at), Some(_)) => &text[..at + "薬局".len()],
        _ => text,
    };
    if let Some(end) = ENDINGS.iter().find(|e| text.ends_with(**e)) {
        let stem = &text[..text.len() - end.len()];
        let weak = matches!(*end, "センター" | "事業所" | "ステーション" | "歯科");
        if stem.is_empty() && !weak {
            return None;
        }
        return (!stem.is_empty()).then_some(if weak { 0.7 } else { 1.0 });
    }
    if has_its_kind_inside(text) {
        return Some(0.8);
    }
    // Clinics are often called by their department alone: ○○整形外科, ○○眼科
    if text.ends_with('科') || text.ends_with("内科外科") {
        let at = trailing_department(text)?;
        return (at > 0
            && !text[..at].ends_with("病院")
            && !text[..at].ends_with("クリニック")
            && !text[..at].ends_with("医院"))
        .then_some(0.6);
    }
    None
}

/// Whether the text names an institution by what it is and then by its own name (居宅介護支援事業所 みらい).
pub fn has_its_kind_inside(text: &str) -> bool {
    let own_name = |rest: &str| {
        (2..=10).contains(&rest.chars().count())
            && !rest.starts_with(['の', 'は', 'へ'])
            && rest.chars().all(|c| name::is_kanji(c) || kana::is_kana(c) || c == 'ー')
    };
    text.chars().count() <= 45 && BEGINNINGS.iter().any(|b| text.split_once(b).is_some_and(|(_, rest)| own_name(rest)))
}

/// Whether a label, as it is compared, is such a word for what an institution is.
pub fn is_kind_word(key: &[char]) -> bool {
    BEGINNINGS.iter().any(|b| fold::label_key(b) == key)
}

/// Whether the text begins with a legal form (医療法人, 株式会社 …).
pub fn has_legal_form(text: &str) -> bool {
    LEGAL.iter().any(|l| text.starts_with(l))
}

/// Whether the text is a legal person and nothing more: a legal form and a short name, no word for what it runs.
pub fn is_legal_person(text: &str) -> bool {
    let bare = LEGAL.iter().filter(|l| text.starts_with(**l)).max_by_key(|l| l.len()).map(|l| &text[l.len()..]);
    bare.is_some_and(|rest| rest.chars().count() <= 14 && ends_as_institution(rest).is_none())
}

/// The name without its legal form and founder where the document sets them apart by a space: `医療法人 青葉会 佐藤医院` → `佐藤医院`.
pub fn short_name(text: &str) -> String {
    let text = fold::tidy(text);
    let parts: Vec<&str> = text.split(' ').collect();
    match parts.iter().position(|p| is_institution(p) && !has_legal_form(p)) {
        Some(at) if has_legal_form(&text) => parts[at..].join(" "),
        _ => {
            let bare = LEGAL
                .iter()
                .filter(|l| text.starts_with(**l))
                .max_by_key(|l| l.len())
                .map_or(text.as_str(), |l| text[l.len()..].trim_start());
            bare.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn institutions_are_known_by_their_endings() {
        for yes in [
            "青葉医院",
            "みなと整形外科クリニック",
            "三原整形外科",
            "ひかり調剤薬局",
            "ひかり薬局港町店",
            "医療法人社団若葉会東病院",
            "あおば訪問看護ステーション",
            "さくら居宅介護支援事業所",
            "北市立病院",
            "居宅介護支援事業所みらい",
            "合同会社なぎさ訪問看護ステーションりんどう",
        ] {
            assert!(is_institution(yes), "{yes}");
        }
        for no in [
            "整形外科",
            "消化器内科",
            "地域医療連携室",
            "病院",
            "佐藤花子",
            "手術をお願いします。",
            "中央病院整形外科",
            "放射線科・検査科",
            "居宅介護支援事業所の担当者様",
            "グループホーム",
        ] {
            assert!(!is_institution(no), "{no}");
        }
    }

    #[test]
    fn a_legal_person_alone_runs_something_that_is_named_elsewhere() {
        for (text, alone) in [
            ("社会福祉法人純心会", true),
            ("株式会社サンケア", true),
            ("医療法人社団", true),
            ("医療法人純心会東病院", false),
            ("東病院", false),
        ] {
            assert_eq!(is_legal_person(text), alone, "{text}");
        }
    }

    #[test]
    fn a_misread_department_is_known_when_no_other_is_as_near() {
        assert_eq!(misread_department("滋尿器科"), Some("泌尿器科"));
        assert_eq!(misread_department("眠科"), Some("眼科"));
        assert_eq!(misread_department("循環器内料"), Some("循環器内科"));
        // 呼吸器内科 and 呼吸器外科 are both one glyph away; another word is no department.
        assert_eq!(misread_department("呼吸器肉科"), None);
        assert_eq!(misread_department("過科"), None);
        assert_eq!(misread_department("総務課長"), None);
        // One department is never taken for another.
        assert!(departments().all(|d| misread_department(d).is_none()));
    }

    #[test]
    fn departments_at_either_end() {
        let text = "東病院消化器外科";
        assert_eq!(trailing_department(text).map(|i| &text[i..]), Some("消化器外科"));
        let text = "循環器内科北川一郎";
        assert_eq!(leading_department(text).map(|i| &text[..i]), Some("循環器内科"));
        for composed in ["乳腺・内分泌外科", "呼吸器・アレルギー内科", "糖尿病・代謝・内分泌内科", "肝胆膵・移植外科"]
        {
            assert!(is_department(composed), "{composed}");
        }
        for other in ["内科的", "山田内科", "緑町糖尿病内科", "消化器内科医長"] {
            assert!(!is_department(other), "{other}");
        }
    }

    #[test]
    fn short_names_lose_the_legal_form() {
        assert_eq!(short_name("医療法人社団 若葉会 東クリニック"), "東クリニック");
        assert_eq!(short_name("東クリニック"), "東クリニック");
        assert_eq!(short_name("有限会社 ひかり ひかり薬局"), "ひかり薬局");
    }
}
