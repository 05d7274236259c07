//! The mail server for mails to people: does it answer and take the sign-in? Nothing is sent.

use super::Check;
use crate::alarm::{Settings, check, probe};

const CODE: &str = "alarm";

/// Looks at the outgoing mail server, where one is configured.
pub async fn alarm(settings: &Settings) -> Vec<Check> {
    if !settings.is_on() {
        return Vec::new();
    }
    let name = format!("知らせのメール（{}:{}）", settings.host, settings.port());
    if let Err(why) = check(settings) {
        return vec![Check::fatal(CODE, format!("{name}: {why}"), "設定の [alarm] を直してください。")];
    }
    vec![match probe(settings).await {
        Ok(()) => Check::good(CODE, format!("{name}: 送信できます（宛先 {}件）", settings.to.len())),
        Err(refusal) => Check::attention(CODE, format!("{name}: 送信できません"), refusal.message_ja()),
    }]
}
