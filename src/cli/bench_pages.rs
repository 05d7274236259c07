//! Which pages `uketsuke bench queue` asks for, as whom, and how a browser or another system sends such a request.

use anyhow::{Context, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How a page is asked for. `$DAY` is a day a year ago, `$MS` its moment in milliseconds, `$BUSY` the id of
/// who did half of all that the audit log holds.
pub(super) enum Ask {
    /// By somebody who may open every list.
    Page(&'static str),
    /// The same, for a page that is no list, to which only the promise of time applies.
    Figures(&'static str),
    /// The same, with something in the box of the search.
    Search(&'static str, &'static str),
    /// The same, by sending a form.
    Form(&'static str, &'static str),
    /// By somebody who may not see everything and is limited to a department.
    Limited(&'static str),
    /// By who did half of all that the audit log holds.
    Busy(&'static str),
    /// By another system.
    System(&'static str),
}

use Ask::{Busy, Figures, Form, Limited, Page, Search, System};

impl Ask {
    /// Statements that the page may read with.
    pub(super) fn statements(&self) -> u64 {
        if matches!(self, Figures(_)) { u64::MAX } else { 3 }
    }
}

/// Every page that is asked for, and its name.
pub(super) const PAGES: &[(&str, Ask)] = &[
    ("確認待ち 最初の頁", Page("/queue?tray=open")),
    ("確認待ち 種類", Page("/queue?tray=open&kind=referral_letter")),
    ("確認待ち 受信元", Page("/queue?tray=open&source=fax")),
    ("確認待ち 判定", Page("/queue?tray=open&decision=review")),
    ("確認待ち 注意あり", Page("/queue?tray=open&alert=1")),
    ("確認待ち 自分の担当", Page("/queue?tray=open&mine=1")),
    ("確認待ち 他の人が確認中", Page("/queue?tray=open&others=1")),
    ("確認待ち 1日以上前", Page("/queue?tray=open&days=1")),
    ("確認待ち 3日以上前", Page("/queue?tray=open&days=3")),
    ("確認待ち 絞り込み", Page("/queue?tray=open&kind=referral_letter&kind=notice&decision=review&alert=1")),
    ("確認待ち 最後の頁", Page("/queue?tray=open&page=100000")),
    ("確認待ち 検索", Search("/queue?tray=open", "腎臓病")),
    ("確認待ち 検索 二文字", Search("/queue?tray=open", "貧血")),
    ("確認待ち 診療科の人", Limited("/queue?tray=open")),
    ("照会中 最初の頁", Page("/queue?tray=inquiry")),
    ("登録待ち 最初の頁", Page("/queue?tray=confirmed")),
    ("登録済 最初の頁", Page("/queue?tray=pushed")),
    ("登録済 種類", Page("/queue?tray=pushed&kind=exam_request")),
    ("登録済 受信元", Page("/queue?tray=pushed&source=fax")),
    ("登録済 判定", Page("/queue?tray=pushed&decision=unreadable")),
    ("登録済 注意あり", Page("/queue?tray=pushed&alert=1")),
    ("登録済 絞り込み", Page("/queue?tray=pushed&kind=exam_request&source=fax")),
    ("登録済 最後の頁", Page("/queue?tray=pushed&page=100000")),
    ("登録済 検索 患者", Search("/queue?tray=pushed", "早乙女フミ")),
    ("登録済 検索 三文字", Search("/queue?tray=pushed", "早乙女")),
    ("登録済 検索 二文字", Search("/queue?tray=pushed", "風間")),
    ("登録済 検索 医療機関", Search("/queue?tray=pushed", "帯広こころの医院")),
    ("登録済 検索 日付", Search("/queue?tray=pushed", "$DAY")),
    ("登録済 検索 二語", Search("/queue?tray=pushed", "風間 帯広")),
    ("登録済 検索 番号", Search("/queue?tray=pushed", "00004711")),
    ("登録済 検索 よくある語", Search("/queue?tray=pushed", "高血圧")),
    ("登録済 検索 一文字", Search("/queue?tray=pushed", "柊")),
    ("登録済 検索 ない語", Search("/queue?tray=pushed", "存在しない語句")),
    ("登録済 診療科の人", Limited("/queue?tray=pushed")),
    ("登録済 診療科の人 種類", Limited("/queue?tray=pushed&kind=exam_request")),
    ("除外 最初の頁", Page("/queue?tray=set_aside")),
    ("除外 検索 二文字", Search("/queue?tray=set_aside", "風間")),
    ("受信の一覧", Page("/deliveries")),
    ("受信の一覧 読取済", Page("/deliveries?state=read")),
    ("受信の一覧 保留", Page("/deliveries?state=held")),
    ("受信の一覧 診療科の人", Limited("/deliveries")),
    ("誤送信", Page("/incidents")),
    ("台帳にない患者", Page("/newcomers")),
    ("職員", Page("/staff")),
    ("トークン", Page("/tokens")),
    ("API 文書", System("/api/items?limit=100")),
    ("API 文書 新しい", System("/api/items?limit=100&received_since=$MS")),
    ("API 文書 種類", System("/api/items?limit=100&kind=exam_request&source=fax")),
    ("API 文書 確認待ち", System("/api/items?limit=100&state=proposed")),
    ("API 文書 確認中", System("/api/items?limit=100&state=in_review")),
    ("API 文書 除外 新しい", System("/api/items?limit=100&state=set_aside&received_since=$MS")),
    ("API 文書 一日", System("/api/items?limit=100&received_since=$MS&received_until=$END")),
    ("API 文書 古い", System("/api/items?limit=100&received_until=$MS&kind=notice")),
    ("API 文書 ない受信元", System("/api/items?limit=100&source=elsewhere")),
    ("今日の状況", Figures("/board")),
    ("今日の状況 一年前", Figures("/board?day=$DAY")),
    ("抜き取り確認", Page("/quality/samples")),
    ("抜き取り確認 長く勤めた人", Busy("/quality/samples")),
    ("品質 90日", Figures("/quality?days=90")),
    ("品質 すべて", Figures("/quality?days=3650")),
    ("監査記録", Page("/audit")),
    ("監査記録 日付", Form("/audit", "day=$DAY")),
    ("監査記録 職員", Form("/audit", "person=$BUSY")),
    ("監査記録 対象", Form("/audit", "subject=00000000-0000-7000-8000-000000004711")),
    ("監査記録 患者", Form("/audit", "patient=P4711")),
    ("監査記録 操作", Form("/audit", "verb=document.approved")),
    ("監査記録 まれな操作", Form("/audit", "verb=masters.")),
    ("監査記録 日付と操作", Form("/audit", "day=$DAY&verb=document.viewed")),
];

/// What a request needs to know of the database that is measured.
pub(super) struct Asker {
    /// Where the pages are served.
    pub address: SocketAddr,
    /// The cookie of who may open every list, of who may not, of who did much, and the token of the other system.
    pub cookie: String,
    pub limited: String,
    pub busy: String,
    pub token: String,
    /// What stands for `$DAY`, `$MS`, `$END` and `$BUSY`.
    pub words: [(&'static str, String); 4],
    /// What every form of the first must carry.
    pub csrf: String,
}

impl Asker {
    /// Asks once; the page, whose status must be 200.
    pub(super) async fn ask(&self, what: &Ask) -> anyhow::Result<String> {
        let (path, cookie, search, form) = match what {
            Page(path) | Figures(path) => (path, &self.cookie, "", None),
            Search(path, search) => (path, &self.cookie, *search, None),
            Form(path, form) => (path, &self.cookie, "", Some(format!("csrf={}&{}", self.csrf, self.filled(form)))),
            Limited(path) => (path, &self.limited, "", None),
            Busy(path) => (path, &self.busy, "", None),
            System(path) => return self.sent(path, &format!("Authorization: Bearer {}", self.token), None).await,
        };
        let headers = format!("Cookie: {cookie}; uketsuke-search={}", escaped(&self.filled(search)));
        self.sent(path, &headers, form).await
    }

    /// Learns what every form must carry.
    pub(super) async fn learn(&mut self) -> anyhow::Result<()> {
        let page = self.ask(&Page("/audit")).await?;
        let token = page.split_once("name=\"csrf\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        self.csrf = token.context("the page has no form")?.0.to_owned();
        Ok(())
    }

    fn filled(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (word, meaning)| text.replace(word, meaning))
    }

    /// One request on a connection of its own.
    async fn sent(&self, path: &str, headers: &str, form: Option<String>) -> anyhow::Result<String> {
        let (path, address) = (self.filled(path), self.address);
        let (verb, form) = (if form.is_some() { "POST" } else { "GET" }, form.unwrap_or_default());
        let mut stream = TcpStream::connect(address).await?;
        let request = format!(
            "{verb} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if !answer.starts_with("HTTP/1.1 200") {
            bail!("{}", answer.lines().next().unwrap_or("no answer"));
        }
        Ok(answer)
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
