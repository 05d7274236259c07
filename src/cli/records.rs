//! The short commands on stored records: accounts, audit, status, doctor.

use super::args::{Common, UserVerb};
use super::config::Config;
use super::doctor;
use crate::domain::{Clock, UserId};
use crate::store::{self, audit, deliveries, documents, jobs, users};
use crate::web::password;
use anyhow::{Context, bail};
use std::process::ExitCode;

/// Prints every check and its way out; fails when a hard one does not hold.
pub async fn doctor(common: &Common) -> anyhow::Result<ExitCode> {
    let config = Config::load(common)?;
    let checks = doctor::examine(&settings(&config)?).await;
    for check in &checks {
        println!("{check}");
    }
    Ok(if doctor::hard_checks_hold(&checks) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `doctor` looks at.
pub fn settings(config: &Config) -> anyhow::Result<doctor::Settings> {
    Ok(doctor::Settings {
        data_folder: config.data.folder.clone(),
        database_url: config.database_url()?,
        referral_url: config.referral_url()?,
        sources: config.sources()?,
    })
}

/// Adds, resets or lists accounts.
pub async fn user(common: &Common, verb: UserVerb) -> anyhow::Result<ExitCode> {
    let db = store::open(&Config::load(common)?.database_url()?).await?;
    let now = Clock::System.now();
    match verb {
        UserVerb::Add { login, name } => {
            let first = password::invent()?;
            let mut tx = db.write().await?;
            if users::by_login(&mut tx, &login).await?.is_some() {
                bail!("サインイン名 {login} はもうあります。別の名前にするか、user reset を使ってください");
            }
            let name = name.unwrap_or_else(|| login.clone());
            users::insert(&mut tx, &UserId::fresh(), &login, &name, &password::hash(&first)?, "reviewer", true, now)
                .await?;
            tx.commit().await?;
            println!("サインイン名: {login}\n最初のパスワード: {first}（初回サインイン時に変更）");
        }
        UserVerb::Reset { login } => {
            let first = password::invent()?;
            let mut tx = db.write().await?;
            let user = users::by_login(&mut tx, &login)
                .await?
                .with_context(|| format!("サインイン名 {login} はありません。user list で確かめてください"))?;
            users::set_password(&mut tx, &user.id, &password::hash(&first)?, true, now).await?;
            tx.commit().await?;
            println!("サインイン名: {login}\n新しいパスワード: {first}（次のサインイン時に変更）");
        }
        UserVerb::List => {
            for user in users::list(&mut db.read().await?).await? {
                let state = if user.disabled { "停止" } else { "有効" };
                println!("{}\t{}\t{}\t{state}", user.login, user.display_name, user.role);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Walks the audit chain from its first row.
pub async fn audit_verify(common: &Common) -> anyhow::Result<ExitCode> {
    let db = store::open(&Config::load(common)?.database_url()?).await?;
    match audit::verify(&mut db.read().await?).await? {
        audit::Verified::Whole { rows } => {
            println!("監査記録 {rows} 行: 連鎖は正しくつながっています。");
            Ok(ExitCode::SUCCESS)
        }
        audit::Verified::Broken { seq } => {
            println!("監査記録は {seq} 行目で壊れています（書き換え、削除、または挿入）。");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Counts of deliveries, documents and jobs.
pub async fn status(common: &Common, json: bool) -> anyhow::Result<ExitCode> {
    let db = store::open(&Config::load(common)?.database_url()?).await?;
    let mut tx = db.read().await?;
    let deliveries = deliveries::count_by_state(&mut tx).await?;
    let documents = documents::counts(&mut tx).await?;
    let pending = jobs::pending(&mut tx).await?;
    let table = |rows: Vec<(&'static str, i64)>| {
        rows.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect::<serde_json::Map<_, _>>()
    };
    let all = serde_json::json!({
        "deliveries": table(deliveries.iter().map(|(state, count)| (state.code(), *count)).collect()),
        "documents": table(documents.by_state.iter().map(|(state, count)| (state.code(), *count)).collect()),
        "jobs": table(pending.iter().map(|(stage, count)| (stage.code(), *count)).collect()),
    });
    if json {
        println!("{all}");
    } else {
        for (state, count) in &deliveries {
            println!("受信 {:<12} {count}", state.label_ja());
        }
        for (state, count) in &documents.by_state {
            println!("文書 {:<12} {count}", state.label_ja());
        }
        for (stage, count) in &pending {
            println!("仕事 {:<12} {count}", stage.code());
        }
    }
    Ok(ExitCode::SUCCESS)
}
