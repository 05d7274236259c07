//! `uketsuke bench queue`: the list pages as a browser asks for them, over a database of invented documents; times, and statements of a page.

use crate::db::{Db, Statements};
use crate::domain::{Clock, Hospital, Recipes, Role, Roles, Scope, Scopes, Timestamp, UserId};
use crate::files::Files;
use crate::review::{self, Review};
use crate::store::audit::Actor;
use crate::store::tokens::{self, NewToken};
use crate::store::users::{self, NewUser};
use crate::store::{self, bench};
use crate::web;
use anyhow::{Context, bail};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Documents made in one transaction.
const BATCH: i64 = 20_000;
/// What the issue of speed promises.
const PROMISED_MS: f64 = 150.0;
const PROMISED_STATEMENTS: u64 = 3;

/// One page that is asked for: its name, its address, what is searched for. `$DAY` is a day a year ago, `$MS` its moment in milliseconds.
const PAGES: &[(&str, &str, &str)] = &[
    ("確認待ち 最初の頁", "/queue?tray=open", ""),
    ("確認待ち 種類", "/queue?tray=open&kind=referral_letter", ""),
    ("確認待ち 受信元", "/queue?tray=open&source=fax", ""),
    ("確認待ち 判定", "/queue?tray=open&decision=review", ""),
    ("確認待ち 注意あり", "/queue?tray=open&alert=1", ""),
    ("確認待ち 自分の担当", "/queue?tray=open&mine=1", ""),
    ("確認待ち 他の人が確認中", "/queue?tray=open&others=1", ""),
    ("確認待ち 1日以上前", "/queue?tray=open&days=1", ""),
    ("確認待ち 3日以上前", "/queue?tray=open&days=3", ""),
    ("確認待ち 絞り込み", "/queue?tray=open&kind=referral_letter&kind=notice&decision=review&alert=1", ""),
    ("確認待ち 最後の頁", "/queue?tray=open&page=100000", ""),
    ("確認待ち 検索", "/queue?tray=open", "腎臓病"),
    ("確認待ち 検索 二文字", "/queue?tray=open", "貧血"),
    ("照会中 最初の頁", "/queue?tray=inquiry", ""),
    ("登録待ち 最初の頁", "/queue?tray=confirmed", ""),
    ("登録済 最初の頁", "/queue?tray=pushed", ""),
    ("登録済 種類", "/queue?tray=pushed&kind=exam_request", ""),
    ("登録済 受信元", "/queue?tray=pushed&source=fax", ""),
    ("登録済 判定", "/queue?tray=pushed&decision=unreadable", ""),
    ("登録済 注意あり", "/queue?tray=pushed&alert=1", ""),
    ("登録済 絞り込み", "/queue?tray=pushed&kind=exam_request&source=fax", ""),
    ("登録済 最後の頁", "/queue?tray=pushed&page=100000", ""),
    ("登録済 検索 患者", "/queue?tray=pushed", "早乙女フミ"),
    ("登録済 検索 三文字", "/queue?tray=pushed", "早乙女"),
    ("登録済 検索 二文字", "/queue?tray=pushed", "風間"),
    ("登録済 検索 医療機関", "/queue?tray=pushed", "帯広こころの医院"),
    ("登録済 検索 日付", "/queue?tray=pushed", "$DAY"),
    ("登録済 検索 二語", "/queue?tray=pushed", "風間 帯広"),
    ("登録済 検索 番号", "/queue?tray=pushed", "00004711"),
    ("登録済 検索 よくある語", "/queue?tray=pushed", "高血圧"),
    ("登録済 検索 一文字", "/queue?tray=pushed", "柊"),
    ("登録済 検索 ない語", "/queue?tray=pushed", "存在しない語句"),
    ("除外 最初の頁", "/queue?tray=set_aside", ""),
    ("除外 検索 二文字", "/queue?tray=set_aside", "風間"),
    ("受信の一覧", "/deliveries", ""),
    ("受信の一覧 読取済", "/deliveries?state=read", ""),
    ("受信の一覧 保留", "/deliveries?state=held", ""),
    ("誤送信", "/incidents", ""),
    ("台帳にない患者", "/newcomers", ""),
    ("職員", "/staff", ""),
    ("トークン", "/tokens", ""),
    ("API 文書", "/api/items?limit=100", ""),
    ("API 文書 新しい", "/api/items?limit=100&received_since=$MS", ""),
    ("API 文書 種類", "/api/items?limit=100&kind=exam_request&source=fax", ""),
    ("API 文書 確認待ち", "/api/items?limit=100&state=proposed", ""),
    ("今日の状況", "/board", ""),
    ("今日の状況 一年前", "/board?day=$DAY", ""),
    ("抜き取り確認", "/quality/samples", ""),
    ("品質 90日", "/quality?days=90", ""),
    ("品質 すべて", "/quality?days=3650", ""),
    ("監査記録", "/audit", ""),
];

/// Fills, asks and prints.
pub async fn run(documents: i64, url: Option<&str>, rounds: usize) -> anyhow::Result<ExitCode> {
    let folder = std::env::temp_dir().join(format!("uketsuke-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let ours = format!("sqlite:{}", folder.join("bench.db").display());
    let outcome = measured(documents.max(1), url.unwrap_or(&ours), &folder, rounds.max(1)).await;
    std::fs::remove_dir_all(&folder).ok();
    outcome
}

async fn measured(documents: i64, url: &str, folder: &std::path::Path, rounds: usize) -> anyhow::Result<ExitCode> {
    let db = store::open(url).await?;
    if !bench::is_empty(&mut db.read().await?).await? {
        bail!("このデータベースは空ではありません。測るための空のデータベースを指定してください");
    }
    let clock = Clock::System;
    let since = Instant::now();
    let (looks, other) = (somebody(&db, "bench", clock.now()).await?, somebody(&db, "bench-2", clock.now()).await?);
    fill(&db, documents, (&other, &somebody(&db, "bench-3", clock.now()).await?), clock.now()).await?;
    println!("{}: {documents}件を{:.0}秒で作成", db.name(), since.elapsed().as_secs_f64());
    let review = Review::new(db.clone(), clock.clone(), Arc::new(Recipes::default()), review::Settings::default());
    let settings = web::Settings::default();
    let cookie = signed_in(&looks, &review, &settings, clock.now()).await?;
    let token = token_of_a_system(&db, clock.now()).await?;
    let year_ago = clock.now().plus_ms(-365 * 86_400_000);
    let (day, ms) = (year_ago.japan().date().to_string(), year_ago.0.to_string());
    let files = Files::open(folder.join("files"))?;
    let app =
        web::App::new(db.reader(), files, review, clock, Arc::new(Recipes::default()), Hospital::default(), settings);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(web::serve(listener, app, std::future::pending()));
    let mut kept = true;
    forget_peak();
    println!("{:>8} {:>8} {:>8} {:>4} {:>4} {:>4}  頁", "p50 ms", "p95 ms", "max ms", "読", "書", "行");
    for (name, path, search) in PAGES {
        let (path, search) = (path.replace("$DAY", &day).replace("$MS", &ms), search.replace("$DAY", &day));
        let headers = match path.starts_with("/api/") {
            true => format!("Authorization: Bearer {token}"),
            false => format!("Cookie: {cookie}; uketsuke-search={}", escaped(&search)),
        };
        let (mut times, mut statements, mut rows) = (Vec::new(), Statements::default(), 0);
        for _ in 0..rounds {
            let before = db.statements();
            let since = Instant::now();
            let page = get(address, &path, &headers).await.with_context(|| (*name).to_owned())?;
            times.push(since.elapsed().as_secs_f64() * 1000.0);
            statements = db.statements().since(before);
            rows = page.matches("id=\"row-").count() + page.matches("\"delivery_id\"").count();
        }
        // Who asks is looked up before any page; that is not the list's. What a page writes is the audit row that says who looked.
        let reads = statements.reading.saturating_sub(1);
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        let within = at(0.95) <= PROMISED_MS && reads <= PROMISED_STATEMENTS;
        kept &= within;
        let sign = if within { "" } else { "  ×" };
        let (half, most, worst, writes) = (at(0.5), at(0.95), at(1.0), statements.writing);
        println!("{half:8.1} {most:8.1} {worst:8.1} {reads:4} {writes:4} {rows:4}  {name}{sign}");
    }
    if let Some(mebibytes) = peak() {
        println!("最大常駐メモリ（頁を測っている間）: {mebibytes} MiB");
    }
    serving.abort();
    println!(
        "{}",
        if kept {
            "すべて約束どおり（3文以内、p95 150 ms以内）"
        } else {
            "× は約束（3文以内、p95 150 ms以内）の外"
        }
    );
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn fill(db: &Db, documents: i64, people: (&UserId, &UserId), now: Timestamp) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    bench::prepare(&mut tx).await?;
    tx.commit().await?;
    let since = Instant::now();
    let mut from = 1;
    while from <= documents {
        let to = (from + BATCH - 1).min(documents);
        let mut tx = db.write().await?;
        bench::fill(&mut tx, from, to, documents, now).await?;
        bench::fill_beside(&mut tx, (from, to, documents), people, now).await?;
        tx.commit().await?;
        if to % (5 * BATCH) == 0 {
            eprintln!("{to}件 {:.0}秒", since.elapsed().as_secs_f64());
        }
        from = to + 1;
    }
    let mut tx = db.write().await?;
    bench::settle(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// Somebody who may open every list.
async fn somebody(db: &Db, login: &str, now: Timestamp) -> anyhow::Result<UserId> {
    let somebody = NewUser {
        login,
        display_name: "測定",
        roles: Roles::new([Role::Manager, Role::Administrator, Role::Auditor]),
        password_hash: "none",
        must_change: false,
    };
    let mut tx = db.write().await?;
    let user = users::insert(&mut tx, &somebody, &Actor::Program, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// A token of another system that may ask for documents.
async fn token_of_a_system(db: &Db, now: Timestamp) -> anyhow::Result<String> {
    let fresh = web::token::make().map_err(|error| anyhow::anyhow!("{error}"))?;
    let new = NewToken {
        id: &fresh.id,
        name: "bench",
        token_hash: &fresh.hash,
        scopes: Scopes::new([Scope::ItemsRead]),
        expires_at: None,
    };
    let mut tx = db.write().await?;
    tokens::insert(&mut tx, &new, &Actor::Program, now).await?;
    tx.commit().await?;
    Ok(fresh.token)
}

/// Has the kernel count the most memory anew, where it lets us.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").ok();
}

/// The most memory this process has held, in MiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1024)
}

/// A session of theirs, as the cookie of their browser.
async fn signed_in(user: &UserId, review: &Review, settings: &web::Settings, now: Timestamp) -> anyhow::Result<String> {
    let token = UserId::fresh().to_string();
    let (cookie, hash) = web::session_of(settings, &token);
    review.admitted(user, &hash, "bench", "", now.plus_ms(3_600_000)).await?;
    Ok(cookie)
}

/// One request on a connection of its own; the page, whose status must be 200.
async fn get(address: std::net::SocketAddr, path: &str, headers: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("{}", answer.lines().next().unwrap_or("no answer"));
    }
    Ok(answer)
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
