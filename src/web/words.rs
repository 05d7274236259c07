//! The Japanese words that the pages build in Rust; all other text stands in the templates. No logic but choosing words.

use crate::domain::{
    Channel, Decision, DeliveryState, DocumentState, Enclosure, Fate, FaxMeta, FieldName, Remark, Stage, Timestamp,
    Trouble, ValueType,
};

/// Title of the page of tokens.
pub const TOKENS: &str = "トークン";
/// Stands for a name that is not for these eyes.
pub const FEW_EYES: &str = "（閲覧できる人が限られています）";
/// What is said of a number of days that is none.
pub const TOKEN_DAYS: &str = "日数は1から3650までの数字にしてください。";

/// The colour class and the word of a token's state.
pub fn token_state(revoked: bool, over: bool) -> (&'static str, &'static str) {
    match (revoked, over) {
        (true, _) => ("bad", "！停止"),
        (false, true) => ("warn", "△ 期限切れ"),
        (false, false) => ("good", "○ 有効"),
    }
}

/// By which way something came.
pub fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Fax => "FAX",
        Channel::Email => "メール",
        Channel::Scan => "スキャン",
        Channel::Upload => "画面",
    }
}

/// How much attention a document needs.
pub fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Ready => "照合のみ",
        Decision::Review => "要確認",
        Decision::Unreadable => "読取不能",
    }
}

/// The colour class of a decision.
pub fn decision_tone(decision: Decision) -> &'static str {
    match decision {
        Decision::Ready => "good",
        Decision::Review => "warn",
        Decision::Unreadable => "bad",
    }
}

/// The colour class of a document's state.
pub fn state_tone(state: DocumentState) -> &'static str {
    match state {
        DocumentState::Proposed => "",
        DocumentState::InReview => "main",
        DocumentState::Approved | DocumentState::Pushed => "good",
        DocumentState::SetAside => "",
        DocumentState::Inquiry => "warn",
    }
}

/// What staff call a delivery with which one of them has dealt.
pub const CLOSED: &str = "対応済";

/// Where a delivery stands, as staff call it.
pub fn standing(state: DeliveryState, trouble: Option<Trouble>, closed: bool) -> &'static str {
    match (state, trouble) {
        _ if closed => CLOSED,
        (DeliveryState::Held, Some(Trouble::Encrypted)) => "パスワード待ち",
        (state, _) => state.label_ja(),
    }
}

/// What is to be known about a delivery in one sentence; empty where it is read and all is well.
pub fn why(remark: Option<Remark>, trouble: Option<Trouble>, fax: &FaxMeta) -> &'static str {
    match (remark, trouble) {
        (Some(remark), _) => remark.message_ja(),
        (None, Some(trouble)) => trouble.message_ja(),
        (None, None) if fax.error.is_some() => "受信が途中で切れました。ページが足りない可能性があります。",
        (None, None) => "",
    }
}

/// What became of something in a delivery, and its colour class.
pub fn fate(enclosure: &Enclosure) -> (&'static str, &'static str) {
    match enclosure.fate {
        Fate::Read => ("読み取りました", "good"),
        Fate::Opened => ("中を開きました", ""),
        Fate::Beside => ("文書ではありません", ""),
        Fate::Not(Trouble::UnsupportedFormat) if enclosure.what.is_risky() => {
            ("読めません。原本を不用意に開かないでください", "bad")
        }
        Fate::Not(Trouble::UnsupportedFormat) => ("この形式は読めません", "bad"),
        Fate::Not(Trouble::Encrypted) => ("パスワード待ち", "warn"),
        Fate::Not(Trouble::EmptyFile) => ("空（0バイト）です", "bad"),
        Fate::Not(Trouble::Damaged) => ("壊れています", "bad"),
        Fate::Not(Trouble::TooLarge) => ("大きすぎます", "bad"),
        Fate::Not(Trouble::TimedOut | Trouble::WorkerCrashed) => ("読み取れませんでした", "bad"),
    }
}

/// A stage of work.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => "ページ分け",
        Stage::Recognise => "文字認識",
        Stage::Understand => "内容の読み解き",
        Stage::Push => "データベース登録",
    }
}

/// The choices of a field that is picked from a list: value and word. Empty for fields that are typed.
pub fn choices(kind: ValueType) -> &'static [(&'static str, &'static str)] {
    match kind {
        ValueType::Sex => &[("male", "男"), ("female", "女"), ("other", "その他")],
        ValueType::YesNo => &[("yes", "有・はい"), ("no", "無・いいえ")],
        ValueType::CareLevel => &[
            ("要支援1", "要支援1"),
            ("要支援2", "要支援2"),
            ("要介護1", "要介護1"),
            ("要介護2", "要介護2"),
            ("要介護3", "要介護3"),
            ("要介護4", "要介護4"),
            ("要介護5", "要介護5"),
        ],
        ValueType::Modality => &[
            ("CT", "CT"),
            ("MRI", "MRI"),
            ("RI", "RI（核医学）"),
            ("PET", "PET"),
            ("US", "US（超音波）"),
            ("endoscopy", "内視鏡"),
            ("DXA", "DXA（骨密度）"),
            ("other", "その他"),
        ],
        ValueType::RegistrationAction => &[("new", "新規"), ("change", "変更"), ("withdraw", "辞退")],
        _ => &[],
    }
}

/// A value as people read it: the word of a choice (女), any other value as it is.
pub fn shown(field: FieldName, value: &str) -> &str {
    choices(field.value_type()).iter().find(|(code, _)| *code == value).map_or(value, |(_, word)| word)
}

/// What to type, shown in an empty field.
pub fn example(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Date => "1957-04-05 または S32.4.5",
        ValueType::Dates => "2024-05-20,2024-05-22",
        ValueType::Phone => "03-1234-5678",
        ValueType::PostalCode => "123-4567",
        ValueType::InstitutionCode => "10桁",
        _ => "",
    }
}

/// What is wrong with a value that does not fit its type.
pub fn unfit(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Date => "日付として読めません（例：1957-04-05、S32.4.5、昭和32年4月5日）。",
        ValueType::Dates => "日付を「,」で区切って入力してください（例：2024-05-20,2024-05-22）。",
        ValueType::Sex
        | ValueType::YesNo
        | ValueType::CareLevel
        | ValueType::Modality
        | ValueType::RegistrationAction => "一覧から選んでください。",
        ValueType::Phone => "電話番号は半角の数字とハイフンで入力してください。",
        ValueType::PostalCode => "郵便番号は 123-4567 の形で入力してください。",
        ValueType::InstitutionCode => "医療機関コードは10桁の数字です。",
        ValueType::Digits | ValueType::Number => "半角の数字で入力してください。",
        ValueType::Name | ValueType::Kana | ValueType::Line | ValueType::Text => "この値は使えません。",
    }
}

/// `5/14 09:12`, with the year when it is not this one.
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (at.japan(), now.japan());
    let clock = format!("{}/{} {:02}:{:02}", at.month(), at.day(), at.hour(), at.minute());
    if at.date() == now.date() {
        format!("{:02}:{:02}", at.hour(), at.minute())
    } else if at.year() == now.year() {
        clock
    } else {
        format!("{}/{clock}", at.year())
    }
}

/// The same where there is little room: of another year only the day.
pub fn moment_in_list(at: Timestamp, now: Timestamp) -> String {
    let day = at.japan().date();
    match day.year() == now.japan().year() {
        true => moment(at, now),
        false => format!("{}/{}/{}", day.year(), day.month(), day.day()),
    }
}

/// `2024-05-14 09:12:33`
pub fn moment_in_full(at: Timestamp) -> String {
    let at = at.japan();
    format!("{} {:02}:{:02}:{:02}", at.date(), at.hour(), at.minute(), at.second())
}

/// How far away the due time is, and its colour class (`late`, `soon` or nothing).
pub fn due(due: Timestamp, now: Timestamp) -> (String, &'static str) {
    let minutes = (due.0 - now.0).div_euclid(60_000);
    let word = |m: i64| match m {
        0..60 => format!("{m}分"),
        60..2880 => format!("{}時間", m / 60),
        _ => format!("{}日", m / 1440),
    };
    match minutes {
        ..0 => (format!("{}超過", word(-minutes)), "late"),
        0..120 => (format!("あと{}", word(minutes)), "soon"),
        _ => (format!("あと{}", word(minutes)), ""),
    }
}

/// `12.3 KB`
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

/// An ISO date as the era writes it (`昭和32年`), for comparing with paper; nothing when it is not a date.
pub fn era(iso: &str) -> Option<String> {
    let date: jiff::civil::Date = iso.parse().ok()?;
    let (name, first) = match (date.year(), date.month(), date.day()) {
        (y, m, d) if (y, m, d) >= (2019, 5, 1) => ("令和", 2019),
        (y, m, d) if (y, m, d) >= (1989, 1, 8) => ("平成", 1989),
        (y, m, d) if (y, m, d) >= (1926, 12, 25) => ("昭和", 1926),
        (y, m, d) if (y, m, d) >= (1912, 7, 30) => ("大正", 1912),
        (y, m, d) if (y, m, d) >= (1868, 1, 25) => ("明治", 1868),
        _ => return None,
    };
    let year = date.year() - first + 1;
    Some(if year == 1 { format!("{name}元年") } else { format!("{name}{year}年") })
}

/// A count; where counting stopped early, so it says.
pub fn tally(n: i64) -> String {
    if n >= crate::store::documents::MOST { format!("{n}以上") } else { n.to_string() }
}

/// What was done, from the audit log's verb.
pub fn verb(verb: &str) -> &str {
    match verb {
        "delivery.received" => "受信",
        "delivery.came_again" => "同じメールがもう一度届いた（二重には受信しない）",
        "delivery.advanced" => "状態の移動",
        "delivery.password_entered" => "パスワードを入力",
        "delivery.uploaded" => "画面からアップロード",
        "delivery.fax_said" => "FAXサーバの記録を追加",
        "delivery.retried" => "読み取りのやり直し",
        "delivery.closed" => "対応済にした",
        "delivery.reopened" => "対応済を取り消し",
        "document.proposed" => "読み取り結果を作成",
        "document.viewed" | "delivery.viewed" => "閲覧",
        "document.reproposed" => "読み取り結果を更新",
        "document.taken_over" => "確認を引き継ぎ",
        "document.hold_expired" => "時間切れで確認待ちに戻す",
        "document.compared" => "患者を画像と照合",
        "document.searched" => "台帳を検索",
        "document.held" => "確認を開始",
        "document.released" => "確認を中断",
        "document.corrected" => "下書きを保存",
        "document.approved" | "document.confirmed" => "確定",
        "document.pushed" => "データベースに登録",
        "document.push_failed" => "データベースへの登録に失敗",
        "document.set_aside" => "除外",
        "document.inquiry" | "document.inquired" => "照会中に変更",
        "incident.step" => "誤送信への対応を記録",
        "quality.drawn" => "抜き取り確認に選ばれた",
        "quality.sample_viewed" => "抜き取り確認の閲覧",
        "quality.read_again" => "抜き取り確認",
        "quality.settled" => "抜き取り確認の違いを判定",
        "quality.threshold_set" => "判定の基準を設定",
        "quality.threshold_undone" => "判定の基準を元に戻した",
        "quality.exported" => "品質の数字をCSVで保存",
        "newcomer.made" => "台帳にない患者の仮番号を作成",
        "newcomer.join_proposed" => "患者番号の結び付けを提案",
        "newcomer.join_withdrawn" => "結び付けの提案を取り下げ",
        "newcomer.joined" => "患者番号を結び付け",
        "document.parted" => "ページを分けて作成",
        "document.split" => "ページを分けた",
        "document.joined" => "ほかの文書をまとめた",
        "document.joined_into" => "ほかの文書にまとめられた",
        "document.arranged" => "ページの並べ替え・取り外し",
        "document.page_turned" => "ページを回して読み直し",
        "document.refitted" => "種類に合わせて読み直し",
        "document.related" => "ほかの文書に付けて除外",
        "document.reopened" => "登録済みの記録の訂正を開始",
        "document.correction_given_up" => "訂正をやめた",
        "document.inquiry_printed" => "照会票を出力",
        "document.forgotten" => "覚えたことを忘れさせた",
        "document.put_back" => "確認待ちに戻す",
        "document.confirmation_undone" => "確定を取り消し",
        "delivery.downloaded" => "原本をダウンロード",
        "document.handed_up" => "室長に引き継ぎ",
        "document.withdrawn" => "読み直しで取り下げ",
        "account.created" => "職員を追加",
        "account.signed_in" => "サインイン",
        "account.signed_out" => "サインアウト",
        "account.sign_in_failed" => "サインインの失敗",
        "account.password_set" => "パスワードの変更",
        "account.disabled" => "停止・再開",
        "account.rights_set" => "役割・診療科の変更",
        "account.second_factor_set" => "二要素目の設定",
        "account.second_factor_removed" => "二要素目を外す",
        "account.recovery_renewed" => "回復コードの作り直し",
        "account.recovery_used" => "回復コードの使用",
        "account.sessions_ended" => "端末をサインアウト",
        "account.openid_linked" => "共通サインインに結び付けた",
        "account.openid_unlinked" => "共通サインインの結び付けを外した",
        "account.openid_signed_in" => "共通サインインによるサインイン",
        "account.locked" => "画面を隠す",
        "account.unlocked" => "画面の再開",
        "masters.viewed" => "台帳の閲覧",
        "masters.put" => "台帳を1件書き換え",
        "token.made" => "トークンを作成",
        "token.revoked" => "トークンを停止",
        "audit.viewed" => "監査記録の閲覧",
        "audit.exported" => "監査記録をCSVで保存",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_change_on_their_day() {
        assert_eq!(era("2019-04-30").unwrap(), "平成31年");
        assert_eq!(era("2019-05-01").unwrap(), "令和元年");
        assert_eq!(era("1957-04-05").unwrap(), "昭和32年");
        assert_eq!(era("1926-12-24").unwrap(), "大正15年");
        assert_eq!(era("not a date"), None);
    }

    #[test]
    fn moments_are_as_short_as_they_can_be() {
        let now = Timestamp(1_715_562_000_000);
        let before = |days: i64| moment_in_list(now.plus_ms(-days * 86_400_000), now);
        assert_eq!([before(0), before(3), before(300)], ["10:00", "5/10 10:00", "2023/7/18"]);
        assert_eq!(moment(now.plus_ms(-300 * 86_400_000), now), "2023/7/18 10:00");
    }

    #[test]
    fn due_times_speak() {
        let now = Timestamp(1_700_000_000_000);
        assert_eq!(due(now.plus_ms(5 * 60_000), now), ("あと5分".into(), "soon"));
        assert_eq!(due(now.plus_ms(-3 * 3_600_000), now), ("3時間超過".into(), "late"));
        assert_eq!(due(now.plus_ms(26 * 3_600_000), now), ("あと26時間".into(), ""));
        assert_eq!(due(now.plus_ms(72 * 3_600_000), now), ("あと3日".into(), ""));
    }
}
