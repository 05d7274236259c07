//! The short commands on stored records: accounts, audit, status, doctor.

use super::args::{Common, TokenVerb, UserVerb};
use super::config::Config;
use super::doctor;
use crate::domain::{Clock, Role, Roles, Scope, Scopes, is_system_name};
use crate::jail::Jail;
use crate::stages::recognise::{Choice, Network};
use crate::store::audit::{self, Actor};
use crate::store::users::{self, NewUser};
use crate::store::{self, deliveries, documents, factors, jobs, tokens};
use crate::web::{password, token};
use anyhow::{Context, bail};
use std::process::ExitCode;

/// Prints every check and its way out; fails when a hard one does not hold.
pub async fn doctor(common: &Common) -> anyhow::Result<ExitCode> {
    let config = Config::load(common)?;
    let mut checks = examine(&config).await?;
    checks.extend(doctor::mailboxes(&config.sources()?.mailboxes, &Clock::System).await);
    checks.extend(doctor::alarm(&config.alarm).await);
    checks.extend(doctor::hooks(&config.webhooks));
    checks.extend(doctor::openid(&config.openid, &config.data.folder).await);
    print!("{}", doctor::report(&checks));
    Ok(if doctor::may_start(&checks) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn network(config: &Config) -> Result<(), String> {
    let named = config.recognise.network().map_err(|error| error.to_string())?;
    if named.is_none() {
        Network::shipped().map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// What `doctor` finds of this configuration.
pub async fn examine(config: &Config) -> anyhow::Result<Vec<doctor::Check>> {
    let asked = doctor::Asked {
        data: &config.data.folder,
        database_url: &config.database_url()?,
        referral_url: &config.referral_url()?,
        sources: &config.sources()?.folders,
        network: (config.recognise.engine != Choice::Tesseract).then(|| network(config)),
        languages: if config.recognise.engine == Choice::Uketsuke { doctor::UNASKED } else { doctor::LANGUAGES },
        models: config.jail.models.as_deref(),
        now: Clock::System.now(),
    };
    let mut checks = doctor::examine(&asked).await;
    // A jail that cannot be set up has its say in the check of the network's weights.
    if let Ok(settings) = config.jail_settings(1) {
        checks.insert(0, doctor::walls::check(&Jail::new(settings), &config.jail.allow_weaker).await);
    }
    Ok(checks)
}

/// Adds, resets or lists accounts.
pub async fn user(common: &Common, verb: UserVerb) -> anyhow::Result<ExitCode> {
    let db = store::open(&Config::load(common)?.database_url()?).await?;
    let now = Clock::System.now();
    match verb {
        UserVerb::Add { login, name, role, admin } => {
            let first = password::generate()?;
            let mut tx = db.write().await?;
            if users::by_login(&mut tx, &login).await?.is_some() {
                bail!("ログイン名 {login} はもうあります。別の名前にするか、user reset を使ってください");
            }
            let name = name.unwrap_or_else(|| login.clone());
            let new = NewUser {
                login: &login,
                display_name: &name,
                roles: Roles::new(role.into_iter().chain(admin.then_some(Role::Administrator))),
                password_hash: &password::hash(&first)?,
                must_change: true,
            };
            users::insert(&mut tx, &new, &Actor::Program, now).await?;
            tx.commit().await?;
            println!("ログイン名: {login}\n最初のパスワード: {first}（初回サインイン時に変更）");
        }
        UserVerb::Reset { login } => {
            let first = password::generate()?;
            let mut tx = db.write().await?;
            let user = users::by_login(&mut tx, &login)
                .await?
                .with_context(|| format!("ログイン名 {login} はありません。user list で確かめてください"))?;
            users::set_password(&mut tx, &user.id, &password::hash(&first)?, true, &Actor::Program, now).await?;
            tx.commit().await?;
            println!("ログイン名: {login}\n新しいパスワード: {first}（次のサインイン時に変更）");
        }
        UserVerb::ResetSecondFactor { login } => {
            let mut tx = db.write().await?;
            let user = users::by_login(&mut tx, &login)
                .await?
                .with_context(|| format!("ログイン名 {login} はありません。user list で確かめてください"))?;
            factors::remove(&mut tx, &user.id, &Actor::Program, now).await?;
            tx.commit().await?;
            println!("{login} の二要素目を外しました。次のサインインでパスワードも変更します。");
        }
        UserVerb::List => {
            for user in users::list(&mut db.read().await?).await? {
                let state = if user.disabled { "停止" } else { "有効" };
                println!("{}\t{}\t{}\t{state}", user.login, user.display_name, user.roles.label_ja());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes, lists or revokes the tokens of other systems.
pub async fn token(common: &Common, verb: TokenVerb) -> anyhow::Result<ExitCode> {
    let db = store::open(&Config::load(common)?.database_url()?).await?;
    let now = Clock::System.now();
    match verb {
        TokenVerb::New { name, scopes, days } => {
            if !is_system_name(&name) {
                bail!("名前は半角英数字と - _ で40文字までにしてください");
            }
            let fresh = token::make().map_err(|_| anyhow::anyhow!("乱数を得られません"))?;
            let mut tx = db.write().await?;
            let new = tokens::NewToken {
                id: &fresh.id,
                name: &name,
                token_hash: &fresh.hash,
                scopes: match scopes.is_empty() {
                    true => Scopes::new([Scope::DeliveriesWrite]),
                    false => Scopes::new(scopes),
                },
                expires_at: days.map(|days| now.plus_ms(i64::from(days) * 86_400_000)),
            };
            if !tokens::insert(&mut tx, &new, &Actor::Program, now).await? {
                bail!("{name} のトークンはもうあります。作り直すときは先に token revoke {name} で止めてください");
            }
            tx.commit().await?;
            println!("{}", fresh.token);
            eprintln!("このトークンは二度と表示しません。Authorization: Bearer … として送ってください。");
        }
        TokenVerb::List => {
            for row in tokens::list(&mut db.read().await?).await? {
                let state = match (row.revoked_at, row.expires_at) {
                    (Some(_), _) => "停止",
                    (None, Some(at)) if at <= now => "期限切れ",
                    _ => "有効",
                };
                let until =
                    row.expires_at.map_or("無期限".to_owned(), |at| at.japan().strftime("%F %T").to_string());
                let used =
                    row.last_used_at.map_or("未使用".to_owned(), |at| at.japan().strftime("%F %T").to_string());
                let made = row.created_at.japan().strftime("%F %T");
                println!("{}\t{state}\t{made}\t{used}\t{}\t{until}", row.name, row.scopes.codes().join(","));
            }
        }
        TokenVerb::Revoke { name } => {
            let mut tx = db.write().await?;
            tokens::revoke(&mut tx, &name, &Actor::Program, now)
                .await
                .with_context(|| format!("{name} の有効なトークンはありません。token list で確かめてください"))?;
            tx.commit().await?;
            println!("{name} のトークンを止めました。");
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
    let documents = [
        ("open", "確認待ち", documents.open),
        ("inquiry", "照会中", documents.inquiry),
        ("set_aside", "除外", documents.set_aside),
        ("confirmed", "確定（登録待ち）", documents.confirmed),
        ("pushed", "登録済", documents.pushed),
    ];
    if json {
        let deliveries: serde_json::Map<_, _> =
            deliveries.iter().map(|(state, count)| (state.code().to_owned(), (*count).into())).collect();
        let documents: serde_json::Map<_, _> =
            documents.iter().map(|(code, _, count)| ((*code).to_owned(), (*count).into())).collect();
        let jobs: serde_json::Map<_, _> =
            pending.iter().map(|row| (row.stage.code().to_owned(), (row.waiting + row.claimed).into())).collect();
        println!("{}", serde_json::json!({ "deliveries": deliveries, "documents": documents, "jobs": jobs }));
        return Ok(ExitCode::SUCCESS);
    }
    for (state, count) in &deliveries {
        println!("受信\t{}\t{count}", state.label_ja());
    }
    for (_, label, count) in documents {
        println!("文書\t{label}\t{count}");
    }
    for row in &pending {
        println!("仕事\t{}\t待ち {} 実行中 {} 中止 {}", row.stage.code(), row.waiting, row.claimed, row.gave_up);
    }
    Ok(ExitCode::SUCCESS)
}
