//! Titles that no recipe lists, by the words they are made of: 診察のご予約用FAX, 歯科紹介用紙, 骨量検査申込カード.
//!
//! Each kind is what its title asks for or tells (申込, 報告, 紹介) about what (診察, 検査, 登録医); a title that says neither is none.

use crate::domain::Kind;
use crate::text::fold;

/// What a title must hold: a word of each group, and none of the last.
struct Made {
    kind: Kind,
    of: &'static [&'static [&'static str]],
    without: &'static [&'static str],
}

const EXAMINATIONS: &[&str] = &[
    "検査",
    "CT",
    "MRI",
    "PET",
    "RI",
    "エコー",
    "超音波",
    "内視鏡",
    "胃カメラ",
    "骨密度",
    "骨量",
    "骨塩",
    "DXA",
    "撮影",
    "画像診断",
    "核医学",
    "シンチ",
    "共同利用",
    "マンモ",
];
const ASKING: &[&str] = &["申込", "申し込み", "依頼", "予約", "オーダー", "お願い", "紹介"];

/// From the most special to the most general; the first that fits is it.
const TITLES: &[Made] = &[
    Made {
        kind: Kind::SecondOpinionRequest,
        of: &[&["セカンドオピニオン", "セカンド・オピニオン"]],
        without: &["報告", "回答"],
    },
    Made {
        kind: Kind::DisclosureRequest, of: &[&["開示"], &["請求", "申請", "申込", "申出", "依頼"]], without: &[]
    },
    Made {
        kind: Kind::Unknown,
        of: &[&[
            "意見書",
            "診断書",
            "指示書",
            "証明書",
            "予診票",
            "調査票",
            "領収書",
            "請求書",
            "見積書",
            "納品書",
            "契約書",
            "履歴書",
            "議事録",
        ]],
        without: &["開示"],
    },
    Made {
        kind: Kind::DoctorRegistration,
        of: &[&["登録医", "連携医", "登録医療機関", "協力医"], &["申請", "申込", "届", "登録"]],
        without: &["証", "一覧", "会"],
    },
    Made {
        kind: Kind::HomeCareActivityReport,
        of: &[&["在宅"], &["取組", "実績", "活動"], &["報告", "状況"]],
        without: &[],
    },
    Made { kind: Kind::HomeNursingReport, of: &[&["訪問看護"], &["報告", "計画"]], without: &["依頼"] },
    Made {
        kind: Kind::MedicationReport,
        of: &[&["服薬", "トレーシング", "薬剤", "調剤", "薬局"], &["情報", "レポート", "報告"]],
        without: &["依頼"],
    },
    Made {
        kind: Kind::TransferRequest,
        of: &[&["転院", "転棟", "転入院"], &["相談", "依頼", "調整", "申込", "お願い"]],
        without: &[],
    },
    Made { kind: Kind::AdmissionCareInfo, of: &[&["入院時"], &["情報"]], without: &["退院"] },
    Made {
        kind: Kind::DischargeCareRecord,
        of: &[&[
            "看護サマリ",
            "看護添書",
            "看護要約",
            "退院・退所",
            "退院退所",
            "退所時",
            "リハビリサマリ",
            "看護情報",
        ]],
        without: &["入院時"],
    },
    Made {
        kind: Kind::DischargeSummary,
        of: &[&["退院", "入院"], &["サマリ", "要約", "抄録", "総括"]],
        without: &["看護"],
    },
    Made {
        kind: Kind::LabReport,
        of: &[&["検査", "検体", "病理", "細胞診"], &["結果", "成績", "報告"]],
        without: &["依頼", "申込", "予約", "経過"],
    },
    Made {
        kind: Kind::FacilityUseRequest,
        of: &[
            &["会議室", "図書室", "研修室", "講堂", "ホール", "施設", "設備"],
            &["利用", "使用", "借用", "貸出"],
            &["申", "願", "届", "予約"],
        ],
        without: EXAMINATIONS,
    },
    Made {
        kind: Kind::EventEntry,
        of: &[
            &["参加", "出席", "受講", "出欠", "聴講"],
            &["申", "票", "届", "返信", "回答", "連絡", "書", "用紙", "FAX"],
        ],
        without: &[],
    },
    Made {
        kind: Kind::ReplyLetter,
        of: &[&[
            "返書",
            "返事",
            "返信",
            "経過報告",
            "受診報告",
            "来院報告",
            "診療報告",
            "治療報告",
            "手術報告",
            "紹介患者報告",
        ]],
        without: &["用FAX", "返信用", "申込", "依頼"],
    },
    Made {
        kind: Kind::ReplyLetter,
        of: &[&["受診", "来院", "紹介患者", "経過", "初診"], &["報告", "お知らせ"]],
        without: &["休診", "依頼", "申込"],
    },
    // 精密検査 after a screening (検診) is asked for by a referral.
    Made {
        kind: Kind::ReferralLetter, of: &[&["精密検査", "精検"], &["依頼", "紹介"]], without: &["結果", "報告"]
    },
    Made { kind: Kind::ExamRequest, of: &[EXAMINATIONS, ASKING], without: &["結果", "報告", "返書"] },
    Made {
        kind: Kind::AppointmentRequest,
        of: &[&["受診", "診察", "診療", "外来", "初診", "紹介患者", "事前"], &["予約", "申込", "申し込み"]],
        without: &["情報提供", "報告", "休診", "返書", "検査", "意見書"],
    },
    Made {
        kind: Kind::ReferralLetter,
        of: &[&["紹介"], &["状", "書", "用紙", "票", "箋", "シート", "カード"]],
        without: &["報告", "返", "予約", "申込", "検査", "一覧", "依頼票"],
    },
];

/// Letters of a title at most; a longer line is a sentence.
const LONGEST: usize = 28;

/// The kind of document whose title such a line would be.
pub fn kind(line: &str) -> Option<Kind> {
    let line = fold::squeeze(line).to_uppercase();
    if !(3..=LONGEST).contains(&line.chars().count()) || line.contains(['。', '、', ':']) {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|w| line.contains(w));
    TITLES.iter().find(|made| made.of.iter().all(|group| has(group)) && !has(made.without)).map(|made| made.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_in_other_words_tells_its_kind() {
        for (title, is) in [
            ("診察のご予約用FAX", Some(Kind::AppointmentRequest)),
            ("受診予約のお願い", Some(Kind::AppointmentRequest)),
            ("紹介患者 事前予約依頼票", Some(Kind::AppointmentRequest)),
            ("外来予約申込シート(地域連携用)", Some(Kind::AppointmentRequest)),
            ("歯科紹介用紙", Some(Kind::ReferralLetter)),
            ("生理・骨量検査 申込カード", Some(Kind::ExamRequest)),
            ("MRI検査 FAX予約申込票", Some(Kind::ExamRequest)),
            ("診療情報提供書(外来検査依頼)", Some(Kind::ExamRequest)),
            ("逆紹介患者 経過報告票", Some(Kind::ReplyLetter)),
            ("精密検査依頼書 兼 診療情報提供書", Some(Kind::ReferralLetter)),
            ("診療経過報告", Some(Kind::ReplyLetter)),
            ("主治医意見書の作成について(依頼)", Some(Kind::Unknown)),
            ("訪問看護計画書", Some(Kind::HomeNursingReport)),
            ("症例検討会 参加申込書", Some(Kind::EventEntry)),
            ("休診のお知らせ", None),
            ("診療情報提供書", None),
        ] {
            assert_eq!(kind(title), is, "{title}");
        }
    }
}
