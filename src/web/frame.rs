//! What every page has around it: title, who is signed in, the counts in the bar, what was just done.

use super::auth::Staff;
use crate::domain::Act;
use crate::store::desk::Bar;

/// Something the page says on top, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// `good`, `warn`, `bad` or nothing.
    pub tone: &'static str,
    /// The sentence.
    pub text: String,
    /// Where it leads, and the words of the link.
    pub link: Option<(String, &'static str)>,
}

impl Notice {
    /// Something went well.
    pub fn good(text: impl Into<String>) -> Self {
        Self { tone: "good", text: text.into(), link: None }
    }

    /// Something needs care.
    pub fn warn(text: impl Into<String>) -> Self {
        Self { tone: "warn", text: text.into(), link: None }
    }

    /// Something was refused.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { tone: "bad", text: text.into(), link: None }
    }

    /// With a way on.
    pub fn with_link(mut self, href: String, words: &'static str) -> Self {
        self.link = Some((href, words));
        self
    }

    /// The sign beside the colour.
    pub fn sign(&self) -> &'static str {
        match self.tone {
            "good" => "○",
            "warn" => "△",
            "bad" => "！",
            _ => "・",
        }
    }

    /// The notice of a code in an address (`?done=confirmed`); unknown codes say nothing.
    pub fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "confirmed" => Self::good("確定しました。次の文書です。"),
            "undone" => {
                Self::good("確定を取り消しました。データベースには登録していません。直して、もう一度確定してください。")
            }
            "confirmed_last" => Self::good("確定しました。確認待ちはもうありません。"),
            "saved" => Self::good("下書きを保存しました。"),
            "set_aside" => Self::good("除外しました。いつでも確認待ちに戻せます。"),
            "inquiry" => Self::good("照会中にしました。"),
            "put_back" => Self::good("確認待ちに戻しました。"),
            "sample_same" => Self::good("抜き取り確認を記録しました。2人の読みは一致しています。"),
            "sample_differs" => {
                Self::warn("抜き取り確認を記録しました。違う項目があり、別の担当者がどちらが正しいかを判定します。")
            }
            "sample_settled" => Self::good("判定を記録しました。確定した値のままで正しい文書です。"),
            "sample_wrong" => Self::warn(
                "判定を記録しました。確定した値に誤りがあります。この文書の「訂正」で直してください。記録はまだ変わっていません。",
            ),
            "threshold_set" => Self::good(
                "基準を設定しました。これから読み取る文書の判定に使います。待っている文書の判定は変わりません。",
            ),
            "threshold_undone" => Self::good("基準を一つ前の値に戻しました。これから読み取る文書の判定に使います。"),
            "noted" => Self::good("記録しました。"),
            "proposed" => Self::good("患者番号を提案しました。別の担当者が確かめて結び付けます。"),
            "withdrawn" => Self::good("提案を取り下げました。"),
            "number_joined" => Self::good("患者番号を結び付けました。データベースの記録を更新します。"),
            "parted" => Self::good("後ろのページを別の文書に分けました。分けた文書は確認待ちに並んでいます。"),
            "joined" => Self::good("一つの文書にまとめました。"),
            "turned" => Self::good("ページを回して読み直しました。"),
            "dropped" => Self::good("ページを外しました。「ページ…」から戻せます。"),
            "arranged" => Self::good("ページを並べ替えました。"),
            "refitted" => Self::good("種類に合わせて項目を読み直しました。入力済みの値はそのままです。"),
            "not_refitted" => {
                Self::warn("種類を変えました。読み直しはできなかったので、項目は画像を見て入力してください。")
            }
            "related" => Self::good("もとの文書に付けて除外しました。次の文書です。"),
            "reopened" => Self::warn("訂正を始めました。確定し直すまで、データベースの記録は前のままです。"),
            "given_up" => Self::good("訂正をやめました。データベースの記録のとおりに戻しました。"),
            "forgotten" => Self::good("もとの文書から覚えたことを忘れました。この文書の値はそのままです。"),
            "released" => Self::good("確認をやめました。入力した内容は下書きに残っています。"),
            "retried" => Self::good("もう一度読み取ります。終わると確認待ちに並びます。"),
            "closed" => Self::good("対応済にしました。件数と知らせのメールから外れます。"),
            "reopened_delivery" => Self::good("対応済を取り消しました。"),
            "unlocking" => Self::good("パスワードを受け取りました。開いて読み取ります。"),
            "view_saved" => Self::good("この一覧を保存しました。"),
            "view_deleted" => Self::good("保存した一覧を削除しました。"),
            "view_default" => Self::good("最初に開く一覧を変えました。"),
            "view_unnamed" => Self::bad("一覧の名前を入力してください。何も保存していません。"),
            "view_many" => Self::bad("保存できる一覧は30件までです。使わないものを削除してください。"),
            "none_ticked" => Self::bad("文書が選ばれていません。行の左の欄か、行で x を押して選んでください。"),
            "nothing" => Self::good("確認待ちの文書はありません。"),
            "password" => Self::good("パスワードを変更しました。"),
            "handed_up" => {
                Self::good("室長だけが扱う種類に変えました。この文書は室長が引き継ぎ、あなたの一覧からは消えます。")
            }
            "session_ended" => Self::good("選んだ端末をサインアウトしました。"),
            "second_factor" => Self::good("二要素目を設定しました。"),
            "factor_removed" => {
                Self::warn("二要素目を外しました。もう一度サインインして、パスワードを変更してください。")
            }
            "staff_changed" => Self::good("変更しました。"),
            "token_revoked" => Self::good("トークンを停止しました。"),
            "code_over" => Self::warn("時間が切れたか、間違いが続きました。はじめからサインインしてください。"),
            "signed_out" => Self::good("サインアウトしました。"),
            "expired" => {
                Self::warn("しばらく操作がなかったため、サインアウトしました。もう一度サインインしてください。")
            }
            _ => return None,
        })
    }
}

/// Which entries of the bar somebody has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Doors {
    /// The queue and what arrived.
    pub lists: bool,
    /// Handing in files.
    pub take_in: bool,
    /// Patients who wait for a number.
    pub confirm: bool,
    /// Misdirected documents.
    pub restricted: bool,
    /// Figures of quality.
    pub quality: bool,
    /// Figures.
    pub figures: bool,
    /// The audit log.
    pub audit: bool,
    /// Accounts.
    pub staff: bool,
}

/// The frame of one page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// In the browser's title.
    pub title: String,
    /// Which entry of the bar is lit.
    pub at: &'static str,
    /// Display name of who is signed in.
    pub who: Option<String>,
    /// For every form.
    pub csrf: String,
    /// Documents that wait.
    pub waiting: i64,
    /// Deliveries that need a person.
    pub troubled: i64,
    /// Seconds without a key or a click after which the page is left; 0 for pages outside.
    pub idle_seconds: i64,
    /// What was just done, or refused.
    pub notice: Option<Notice>,
    /// Which entries of the bar are there.
    pub doors: Doors,
}

impl Frame {
    /// A frame for somebody who is signed in.
    pub fn of(staff: &Staff, at: &'static str, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            at,
            who: Some(staff.display_name.clone()),
            csrf: staff.csrf.clone(),
            idle_seconds: staff.idle_seconds,
            doors: Doors {
                lists: staff.may(Act::SeeLists),
                take_in: staff.may(Act::TakeIn),
                confirm: staff.may(Act::Confirm),
                restricted: staff.may(Act::SeeRestricted),
                quality: staff.may(Act::Quality),
                figures: staff.may(Act::SeeFigures),
                audit: staff.may(Act::ReadAudit),
                staff: staff.may(Act::ManageAccounts),
            },
            ..Self::default()
        }
    }

    /// A frame for nobody in particular.
    pub fn outside(title: impl Into<String>, csrf: String) -> Self {
        Self { title: title.into(), csrf, ..Self::default() }
    }

    /// Says something on top.
    pub fn saying(mut self, notice: Option<Notice>) -> Self {
        self.notice = notice;
        self
    }

    /// With the counts of the bar.
    pub fn counting(self, bar: &Bar) -> Self {
        Self { waiting: bar.waiting, troubled: bar.troubled(), ..self }
    }

    /// The address of a file in `static/`.
    pub fn asset(&self, name: &str) -> String {
        format!("/static/{}/{name}", super::assets::VERSION.as_str())
    }
}
