//! `uketsuke serve`: builds every handle once, starts watchers, workers and screens, and stops cleanly.

use super::args::Common;
use super::config::Config;
use super::{doctor, records, samples};
use crate::alarm;
use crate::db::Db;
use crate::domain::{Clock, Hospital, Role, Roles, Stage, UserId};
use crate::files::Files;
use crate::hooks;
use crate::jail::Jail;
use crate::net::openid::Provider;
use crate::pipeline::{Handles, ReceiveHandle, Reread, Work, worker};
use crate::referral_db;
use crate::review::Review;
use crate::store::audit::Actor;
use crate::store::users::{self, NewUser};
use crate::store::{self, incoming, jobs, mailboxes};
use crate::watch::{self, mailbox::MailboxSource};
use crate::web::{self, Sealing, password};
use anyhow::{Context, bail};
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

const READING: &[Stage] = &[Stage::Decode, Stage::Recognise, Stage::Understand];
const PUSHING: &[Stage] = &[Stage::Push];
/// How often holds that have run out are freed.
const TIDY: Duration = Duration::from_secs(10);
/// Where the first password waits until it has been changed.
const FIRST_SIGN_IN: &str = "first-sign-in.txt";
/// The key that seals second factors.
const FACTOR_KEY: &str = "second-factor.key";

/// Runs the service until it is told to stop.
pub async fn serve(
    common: &Common,
    listen: Option<SocketAddr>,
    sample_folder: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let filter = EnvFilter::try_from_env("UKETSUKE_LOG").unwrap_or_else(|_| EnvFilter::new("warn,uketsuke=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();

    let config = Config::load(common)?;
    let data = config.data.folder.clone();
    std::fs::create_dir_all(&data).with_context(|| format!("データフォルダ {} を作れません", data.display()))?;
    let _alone = lock(&data)?;
    let sources = config.sources()?;
    for source in &sources.folders {
        std::fs::create_dir_all(&source.folder).ok();
    }
    let mut checks = records::examine(&config).await?;
    if !doctor::may_start(&checks) {
        checks.retain(|check| check.finding == doctor::Finding::Fatal);
        eprint!("{}", doctor::report(&checks));
        bail!("始める前に、上の問題を直してください（uketsuke doctor で確かめられます）");
    }

    let clock = Clock::System;
    let db = store::open(&config.database_url()?).await?;
    let referral = referral_db::open(&config.referral_url()?).await?;
    let files = Files::open(data.join("files"))?;
    let owner = node_name(&data)?;
    give_back(&db, &owner).await?;
    first_administrator(&db, &data, &clock).await?;

    let hospital: Hospital = match sample_folder {
        Some(folder) if config.hospital == Hospital::default() => samples::hospital(folder)?,
        _ => config.hospital.clone(),
    };
    let readers = config.work.readers();
    let jail = Jail::new(config.jail_settings(readers)?);
    let lease_ms = i64::from(config.work.lease_seconds) * 1_000;
    // The very jail that will open documents is asked, whatever the checks above looked at.
    let walls = jail.stands().await.map_err(anyhow::Error::msg)?;
    let handles = Handles { db: db.clone(), referral, files: files.clone(), jail: jail.clone(), clock: clock.clone() };
    let (recipes, model, sureness) = (config.recipes()?, config.model()?, config.sureness()?);
    let work = Work::new(handles, owner.clone(), lease_ms, recipes, model, sureness, hospital);
    let work = Arc::new(work.keeping(config.office.clone()));

    hooks::check_all(&config.webhooks).map_err(|why| anyhow::anyhow!("設定の [[webhooks]]: {why}"))?;
    let restricted = work.recipes.kinds.iter().filter(|recipe| recipe.restricted).map(|recipe| recipe.kind).collect();
    let telling = hooks::Desk { db: db.clone(), clock: clock.clone(), hooks: config.webhooks.clone(), restricted };
    hooks::begin(&telling).await?;

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut tasks = JoinSet::new();
    for hook in config.webhooks.clone() {
        tasks.spawn(hooks::run(telling.clone(), hook, stopped.clone()));
    }
    for _ in 0..readers {
        tasks.spawn(worker::run(work.clone(), READING, stopped.clone()));
    }
    tasks.spawn(worker::run(work.clone(), PUSHING, stopped.clone()));
    let mut fax_folder = None;
    let receive = ReceiveHandle { files: files.clone(), db: db.clone(), clock: clock.clone(), wake: work.wake.clone() };
    let watched: Vec<String> = sources.folders.iter().map(|source| source.name.clone()).collect();
    for source in sources.folders {
        if source.channel == crate::domain::Channel::Fax {
            fax_folder.get_or_insert_with(|| source.folder.clone());
        }
        tasks.spawn(watch::run(source, receive.clone(), stopped.clone()));
    }
    forget_sources(&db, &watched, &sources.mailboxes).await?;
    for source in sources.mailboxes.into_iter().map(Arc::new) {
        for folder in source.folders.clone() {
            tasks.spawn(watch::mailbox::run(source.clone(), folder, receive.clone(), stopped.clone()));
        }
    }
    let intake = ReceiveHandle { files: files.clone(), db: db.clone(), clock: clock.clone(), wake: work.wake.clone() };

    if config.alarm.is_on() {
        alarm::check(&config.alarm).map_err(|why| anyhow::anyhow!("設定の [alarm]: {why}"))?;
        let desk =
            alarm::Desk { db: db.clone(), clock: clock.clone(), data: data.clone(), settings: config.alarm.clone() };
        tasks.spawn(alarm::run(desk, stopped.clone()));
    }
    let mut reviewing = config.review;
    if sample_folder.is_some() {
        // Who tries the program out sees the record at once.
        reviewing.undo_seconds = 0;
    }
    let review = Review::new(db.clone(), clock.clone(), work.recipes.clone(), reviewing)
        .keeping(config.office.clone())
        .sampling(config.quality.clone());
    tasks.spawn(tidy(review.clone(), stopped.clone()));
    let provider = Provider::of(&config.openid, &data, clock.clone()).map_err(|why| anyhow::anyhow!("設定の {why}"))?;
    let address = listen.unwrap_or(config.web.listen);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} で待ち受けられません（--listen で別のポートを選べます）"))?;
    let address = listener.local_addr()?;
    let app = web::App::new(
        db.reader(),
        files,
        review,
        clock.clone(),
        work.recipes.clone(),
        (*work.hospital).clone(),
        config.web.clone(),
    )
    .sealing_with(sealing(&data)?)
    .with_jail(jail, walls)
    .ending_with(stopped.clone())
    .minding_silence(config.alarm.silence_hours)
    .signing_in_by(provider)
    .taking_in(intake)
    .rereading(Reread::new(work.clone()));
    tasks.spawn(serve_web(listener, app, stopped.clone()));
    announce(address, &data)?;

    if let Some(folder) = sample_folder {
        samples::import_masters(&db, &clock, folder).await?;
        let drop = fax_folder.context("FAXの監視フォルダが設定にありません（pipelines/*.toml）")?;
        let dropped = samples::drop_documents(folder, &drop, &data)?;
        if dropped > 0 {
            let db = db.clone();
            tokio::spawn(async move {
                if let Err(error) = samples::show_progress(db, dropped as u64).await {
                    tracing::warn!(%error, "sample progress");
                }
                let _ = announce(address, &data);
            });
        }
    }

    wait_for_signal().await?;
    println!("終了しています…");
    stop.send(true).ok();
    while tasks.join_next().await.is_some() {}
    give_back(&db, &owner).await?;
    println!("終了しました。");
    Ok(ExitCode::SUCCESS)
}

/// One service a data folder: the lock ends with the process, however it ends.
fn lock(data: &Path) -> anyhow::Result<File> {
    let file = File::options().create(true).append(true).open(data.join("lock"))?;
    if file.try_lock().is_err() {
        bail!("データフォルダ {} は別の uketsuke serve が使用中です", data.display());
    }
    Ok(file)
}

/// The key of second factors, in a file that only the owner reads; made once, and never in the database beside it.
fn sealing(data: &Path) -> anyhow::Result<Sealing> {
    let path = data.join(FACTOR_KEY);
    let wrong = || {
        format!(
            "{} は二要素目の鍵ではありません。控えから戻してください（新しい鍵にすると、全員が二要素目を設定し直します）",
            path.display()
        )
    };
    if !path.exists() {
        let mut key = [0_u8; Sealing::KEY_BYTES];
        getrandom::fill(&mut key).map_err(|_| anyhow::anyhow!("乱数を得られません"))?;
        let part = data.join("second-factor.part");
        let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&part)?;
        file.write_all(&key)?;
        file.sync_all()?;
        std::fs::rename(&part, &path)?;
        File::open(data)?.sync_all()?;
    }
    let bytes = std::fs::read(&path).with_context(|| format!("{} を読めません", path.display()))?;
    let key = <[u8; Sealing::KEY_BYTES]>::try_from(bytes.as_slice()).ok().with_context(wrong)?;
    Sealing::new(&key).with_context(wrong)
}

/// The name under which this node holds leases; the same after a restart, so that it can take back its own at once.
fn node_name(data: &Path) -> anyhow::Result<String> {
    let path = data.join("node");
    if let Ok(name) = std::fs::read_to_string(&path)
        && !name.trim().is_empty()
    {
        return Ok(name.trim().to_owned());
    }
    let name = UserId::fresh().to_string();
    let part = data.join("node.part");
    std::fs::write(&part, &name)?;
    std::fs::rename(&part, &path)?;
    Ok(name)
}

async fn give_back(db: &Db, owner: &str) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    jobs::give_back(&mut tx, owner).await?;
    Ok(tx.commit().await?)
}

/// What is shown of sources that the configuration names no more is shown no more.
async fn forget_sources(db: &Db, folders: &[String], watched: &[MailboxSource]) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    for row in mailboxes::list(&mut tx).await? {
        if !watched.iter().any(|source| source.name == row.source && source.folders.contains(&row.folder)) {
            mailboxes::forget(&mut tx, &row.source, &row.folder).await?;
        }
    }
    for row in incoming::list(&mut tx).await? {
        if !folders.contains(&row.source) && !watched.iter().any(|source| source.name == row.source) {
            incoming::gone(&mut tx, &row.source, &row.path_key).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Makes the first administrator where there is no account yet, and keeps the first password in a file that only the owner reads.
async fn first_administrator(db: &Db, data: &Path, clock: &Clock) -> anyhow::Result<()> {
    let path = data.join(FIRST_SIGN_IN);
    let mut tx = db.write().await?;
    match users::by_login(&mut tx, "admin").await? {
        None if !users::any(&mut tx).await? => {
            let first = password::generate()?;
            let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&path)?;
            writeln!(file, "ログイン名: admin\n最初のパスワード: {first}")?;
            file.sync_all()?;
            let administrator = NewUser {
                login: "admin",
                display_name: "管理者",
                // Who sets a desk up alone has to be able to try it.
                roles: Roles::new([Role::Administrator, Role::Manager]),
                password_hash: &password::hash(&first)?,
                must_change: true,
            };
            users::insert(&mut tx, &administrator, &Actor::Program, clock.now()).await?;
        }
        Some(user) if user.must_change => {}
        _ => {
            std::fs::remove_file(&path).ok();
        }
    }
    Ok(tx.commit().await?)
}

fn announce(address: SocketAddr, data: &Path) -> anyhow::Result<()> {
    println!("\n確認画面: http://{address}/");
    match std::fs::read_to_string(data.join(FIRST_SIGN_IN)) {
        Ok(first) => println!("{}（初回サインイン時に変更します）", first.trim_end()),
        Err(_) => println!("サインイン: 設定済みのアカウントで（忘れたときは uketsuke user reset admin）"),
    }
    println!("終了: Ctrl+C\n");
    Ok(std::io::stdout().flush()?)
}

async fn tidy(review: Review, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = review.expire().await {
            tracing::warn!(%error, "holds were not freed");
        }
        tokio::select! {
            () = tokio::time::sleep(TIDY) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn serve_web(listener: TcpListener, app: web::App, mut stop: tokio::sync::watch::Receiver<bool>) {
    let shutdown = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    if let Err(error) = web::serve(listener, app, shutdown).await {
        tracing::error!(%error, "the screens ended");
    }
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
