//! `uketsuke doctor`: does this machine have what the service needs? Every finding comes with a way out. It changes nothing that lasts.

mod alarm;
mod database;
mod disk;
mod hooks;
mod mailboxes;
mod openid;
mod sources;
mod tesseract;
pub mod walls;

pub use alarm::alarm;
pub use hooks::hooks;
pub use mailboxes::mailboxes;
pub use openid::openid;

use crate::domain::Timestamp;
use crate::watch::FolderSource;
use std::fmt::Write;
use std::path::Path;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Good,
    /// The service works, but somebody should look.
    Attention,
    /// The service must not start.
    Fatal,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// A word for scripts.
    pub code: &'static str,
    /// How it ended.
    pub finding: Finding,
    /// What was looked at and what was found, in Japanese.
    pub found_ja: String,
    /// What to do; empty when all is well.
    pub way_out_ja: String,
}

impl Check {
    fn good(code: &'static str, found_ja: impl Into<String>) -> Self {
        Self { code, finding: Finding::Good, found_ja: found_ja.into(), way_out_ja: String::new() }
    }

    fn attention(code: &'static str, found_ja: impl Into<String>, way_out_ja: impl Into<String>) -> Self {
        Self { code, finding: Finding::Attention, found_ja: found_ja.into(), way_out_ja: way_out_ja.into() }
    }

    fn fatal(code: &'static str, found_ja: impl Into<String>, way_out_ja: impl Into<String>) -> Self {
        Self { code, finding: Finding::Fatal, found_ja: found_ja.into(), way_out_ja: way_out_ja.into() }
    }
}

/// What is to be examined.
pub struct Asked<'a> {
    /// Where files and databases lie.
    pub data: &'a Path,
    /// Our own database.
    pub database_url: &'a str,
    /// The referral database.
    pub referral_url: &'a str,
    /// Watched folders.
    pub sources: &'a [FolderSource],
    /// Whether our own network's weights could be loaded; `None` when it is not used.
    pub network: Option<Result<(), String>>,
    /// Languages of Tesseract, and whether the service cannot work without.
    pub languages: &'a [(&'a str, bool)],
    /// Where Tesseract's models lie, when not where it looks by itself.
    pub models: Option<&'a Path>,
    /// The present moment.
    pub now: Timestamp,
}

/// The languages of a usual set-up.
pub const LANGUAGES: &[(&str, bool)] = &[("jpn", true), ("jpn_vert", false)];
/// The same where Tesseract is not asked.
pub const UNASKED: &[(&str, bool)] = &[("jpn", false)];

/// Every check, in the order in which a person would look.
pub async fn examine(asked: &Asked<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> = asked.network.iter().map(network).collect();
    checks.extend(tesseract::check(asked.languages, asked.models));
    checks.push(disk::rights(asked.data));
    checks.extend(disk::room(asked.data));
    checks.push(disk::clock(asked.data, asked.now));
    checks.push(database::check("database", "受付データベース", asked.database_url).await);
    checks.push(database::check("referral_database", "紹介データベース", asked.referral_url).await);
    checks.extend(asked.sources.iter().flat_map(sources::check));
    checks
}

fn network(loaded: &Result<(), String>) -> Check {
    match loaded {
        Ok(()) => Check::good("network", "文字認識: 自前の認識器"),
        Err(why) => Check::fatal("network", format!("文字認識: {why}"), "recognise.model を直すか、消してください。"),
    }
}

/// Whether the service may start.
pub fn may_start(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.finding != Finding::Fatal)
}

/// The findings as a person reads them.
pub fn report(checks: &[Check]) -> String {
    let mut out = String::new();
    for check in checks {
        let mark = match check.finding {
            Finding::Good => "[ OK ]",
            Finding::Attention => "[注意]",
            Finding::Fatal => "[不可]",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{mark} {}", check.found_ja);
        for line in check.way_out_ja.lines() {
            let _ = writeln!(out, "         → {line}");
        }
    }
    let count = |finding| checks.iter().filter(|check| check.finding == finding).count();
    let (fatal, attention) = (count(Finding::Fatal), count(Finding::Attention));
    let _ = match (fatal, attention) {
        (0, 0) => writeln!(out, "\nすべて問題ありません。"),
        (0, n) => writeln!(out, "\n起動できます。注意が{n}件あります。"),
        (n, _) => writeln!(
            out,
            "\nこのままでは起動できません。[不可] {n}件を直してから、もう一度 uketsuke doctor を実行してください。"
        ),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_says_what_to_do_and_whether_it_can_start() {
        let good = Check::good("a", "よい");
        let attention = Check::attention("b", "気になる", "見てください");
        let fatal = Check::fatal("c", "だめ", "直してください\nそれから");
        assert!(may_start(&[good.clone(), attention.clone()]));
        let text = report(&[good.clone(), attention, fatal.clone()]);
        assert!(!may_start(&[fatal]));
        assert!(text.contains("[不可] だめ\n         → 直してください\n         → それから\n"), "{text}");
        assert!(text.contains("起動できません。[不可] 1件"));
        assert!(report(&[good]).contains("すべて問題ありません"));
    }

    #[tokio::test]
    async fn a_bare_folder_can_start_with_this_machines_tesseract() {
        let data = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/a.db", data.path().display());
        let asked = Asked {
            data: data.path(),
            database_url: &url,
            referral_url: "postgres://nobody@127.0.0.1:1/none",
            sources: &[],
            languages: LANGUAGES,
            network: Some(Ok(())),
            models: None,
            now: Timestamp(1_800_000_000_000),
        };
        let checks = examine(&asked).await;
        let of = |code: &str| checks.iter().filter(|check| check.code == code).map(|c| c.finding).collect::<Vec<_>>();
        assert_eq!(of("database"), [Finding::Good]);
        assert_eq!(of("referral_database"), [Finding::Fatal]);
        assert_eq!(of("rights"), [Finding::Good]);
        assert_eq!(of("tesseract"), [Finding::Good, Finding::Good]);
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing is left behind");
    }
}
