//! `uketsuke bench queue`: the list pages as a browser asks for them, over a database of invented documents; times, and statements of a page.

use super::bench_pages::{Asker, PAGES};
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
use tokio::net::TcpListener;

/// Documents made in one transaction.
const BATCH: i64 = 20_000;
/// What the issue of speed promises of every page.
const PROMISED_MS: f64 = 150.0;
/// Who looks, who looks and may not see everything, who confirmed, who read again.
const LOGINS: [&str; 4] = ["bench", "bench-limited", "bench-2", "bench-3"];

/// Fills (unless an earlier run has), asks and prints.
pub async fn run(documents: i64, url: Option<&str>, filled: bool, rounds: usize) -> anyhow::Result<ExitCode> {
    let folder = std::env::temp_dir().join(format!("uketsuke-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let ours = format!("sqlite:{}", folder.join("bench.db").display());
    let outcome = measured((!filled).then_some(documents.max(1)), url.unwrap_or(&ours), &folder, rounds.max(1)).await;
    std::fs::remove_dir_all(&folder).ok();
    outcome
}

async fn measured(
    documents: Option<i64>,
    url: &str,
    folder: &std::path::Path,
    rounds: usize,
) -> anyhow::Result<ExitCode> {
    let db = store::open(url).await?;
    let clock = Clock::System;
    let empty = bench::is_empty(&mut db.read().await?).await?;
    match documents {
        Some(_) if !empty => bail!("このデータベースは空ではありません。測るための空のデータベースを指定してください"),
        Some(documents) => {
            let since = Instant::now();
            let everything = Roles::new([Role::Manager, Role::Administrator, Role::Auditor]);
            somebody(&db, LOGINS[0], everything.clone(), clock.now()).await?;
            let first = somebody(&db, LOGINS[2], everything.clone(), clock.now()).await?;
            let second = somebody(&db, LOGINS[3], everything, clock.now()).await?;
            fill(&db, documents, (&first, &second), clock.now()).await?;
            println!("{}: {documents}件を{:.0}秒で作成", db.name(), since.elapsed().as_secs_f64());
        }
        None => println!("{}: 前に作成したもの", db.name()),
    }
    let people = People::found(&db, clock.now()).await?;
    let review = Review::new(db.clone(), clock.clone(), Arc::new(Recipes::default()), review::Settings::default());
    let settings = web::Settings::default();
    let year_ago = clock.now().plus_ms(-365 * 86_400_000);
    let mut asker = Asker {
        address: ([127, 0, 0, 1], 0).into(),
        cookie: signed_in(&people.looks, &review, &settings, clock.now()).await?,
        limited: signed_in(&people.limited, &review, &settings, clock.now()).await?,
        busy: signed_in(&people.busy, &review, &settings, clock.now()).await?,
        token: token_of_a_system(&db, clock.now()).await?,
        words: [
            ("$DAY", year_ago.japan().date().to_string()),
            ("$MS", year_ago.0.to_string()),
            ("$END", year_ago.plus_ms(86_400_000).0.to_string()),
            ("$BUSY", people.busy.to_string()),
        ],
        csrf: String::new(),
    };
    let files = Files::open(folder.join("files"))?;
    let app =
        web::App::new(db.reader(), files, review, clock, Arc::new(Recipes::default()), Hospital::default(), settings);
    let listener = TcpListener::bind(asker.address).await?;
    asker.address = listener.local_addr()?;
    let serving = tokio::spawn(web::serve(listener, app, std::future::pending()));
    asker.learn().await?;
    forget_peak();
    let mut outside = 0;
    println!("{:>8} {:>8} {:>8} {:>4} {:>4} {:>4}  頁", "p50 ms", "p95 ms", "max ms", "読", "書", "行");
    for (name, ask) in PAGES {
        let (mut times, mut statements, mut rows) = (Vec::new(), Statements::default(), 0);
        for _ in 0..rounds {
            let before = db.statements();
            let since = Instant::now();
            let page = asker.ask(ask).await.with_context(|| (*name).to_owned())?;
            times.push(since.elapsed().as_secs_f64() * 1000.0);
            statements = db.statements().since(before);
            let signs = ["id=\"row-", "\"delivery_id\"", "<tr"];
            rows = signs.iter().map(|sign| page.matches(sign).count()).find(|n| *n > 0).unwrap_or(0);
        }
        // Who asks is looked up before any page; that is not the list's. What a page writes is the audit row that says who looked.
        let reads = statements.reading.saturating_sub(1);
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        let within = at(0.95) <= PROMISED_MS && reads <= ask.statements();
        outside += usize::from(!within);
        let sign = if within { "" } else { "  ×" };
        let (half, most, worst, writes) = (at(0.5), at(0.95), at(1.0), statements.writing);
        println!("{half:8.1} {most:8.1} {worst:8.1} {reads:4} {writes:4} {rows:4}  {name}{sign}");
    }
    if let Some(mebibytes) = peak() {
        println!("最大常駐メモリ（頁を測っている間）: {mebibytes} MiB");
    }
    serving.abort();
    println!("{}頁のうち{outside}頁が約束（一覧は3文以内、どの頁もp95 150 ms以内）の外", PAGES.len());
    Ok(if outside == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Who looks at the pages.
struct People {
    looks: UserId,
    limited: UserId,
    busy: UserId,
}

impl People {
    /// Those of a database that an earlier run filled; whom its program did not know is made.
    async fn found(db: &Db, now: Timestamp) -> anyhow::Result<People> {
        let mut tx = db.read().await?;
        let looks = users::by_login(&mut tx, LOGINS[0]).await?;
        let limited = users::by_login(&mut tx, LOGINS[1]).await?;
        let busy = users::by_login(&mut tx, LOGINS[2]).await?;
        drop(tx);
        let (Some(looks), Some(busy)) = (looks, busy) else {
            bail!("このデータベースは測るために作成したものではありません");
        };
        Ok(People {
            looks: looks.id,
            busy: busy.id,
            limited: match limited {
                Some(limited) => limited.id,
                None => made_limited(db, now).await?,
            },
        })
    }
}

async fn made_limited(db: &Db, now: Timestamp) -> anyhow::Result<UserId> {
    let roles = Roles::new([Role::Approver]);
    let limited = somebody(db, LOGINS[1], roles.clone(), now).await?;
    let mut tx = db.write().await?;
    let department = [bench::DEPARTMENT.to_owned()];
    users::set_rights(&mut tx, &limited, &roles, &department, &Actor::Program, now).await?;
    tx.commit().await?;
    Ok(limited)
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
    tx.commit().await?;
    Ok(db.tidied().await?)
}

async fn somebody(db: &Db, login: &str, roles: Roles, now: Timestamp) -> anyhow::Result<UserId> {
    let somebody = NewUser { login, display_name: "測定", roles, password_hash: "none", must_change: false };
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
        // A database is measured more than once, and no two tokens have one name.
        name: &fresh.id,
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
