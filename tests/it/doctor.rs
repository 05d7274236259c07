//! `doctor` against real databases: open, closed, and not there.

use crate::support::{Place, on_both_databases};
use uketsuke::cli::doctor::{Asked, Finding, LANGUAGES, examine, may_start};
use uketsuke::domain::Timestamp;

async fn finding(url: &str, code: &str) -> (Finding, String) {
    let data = tempfile::tempdir().unwrap();
    let asked = Asked {
        data: data.path(),
        database_url: url,
        referral_url: url,
        sources: &[],
        languages: LANGUAGES,
        models: None,
        network: Some(Ok(())),
        now: Timestamp(1_800_000_000_000),
    };
    let checks = examine(&asked).await;
    let check = checks.iter().find(|check| check.code == code).unwrap();
    assert_eq!(may_start(&checks), check.finding != Finding::Fatal);
    (check.finding, check.way_out_ja.clone())
}

on_both_databases! {
    async fn a_database_that_answers_is_good(place: Place) {
        let url = place.url().await;
        assert_eq!(finding(&url, "database").await.0, Finding::Good, "before the first start");
        let db = uketsuke::store::open(&url).await.unwrap();
        assert_eq!(finding(&url, "database").await.0, Finding::Good, "while the service runs");
        db.close().await;
        assert_eq!(finding(&url, "database").await.0, Finding::Good, "after it stopped");
    }
}

#[tokio::test]
async fn a_database_nobody_made_is_named() {
    let url = Place::Postgres.url().await;
    let missing = url.replace("localhost/t", "localhost/none_t");
    assert_ne!(missing, url);
    let (finding, way_out) = finding(&missing, "referral_database").await;
    assert_eq!(finding, Finding::Fatal);
    assert!(way_out.contains("createdb"), "{way_out}");
}
