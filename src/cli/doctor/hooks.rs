//! Other systems that are told: could they be, with these settings? Nothing is sent.

use super::Check;
use crate::hooks::{Settings, check_all};

const CODE: &str = "webhooks";

/// Looks at the settings of the webhooks, where there are any.
pub fn hooks(all: &[Settings]) -> Vec<Check> {
    if all.is_empty() {
        return Vec::new();
    }
    vec![match check_all(all) {
        Ok(()) => Check::good(CODE, format!("Webhook: {}件の設定に誤りはありません", all.len())),
        Err(why) => Check::fatal(CODE, format!("Webhook {why}"), "設定の [[webhooks]] を直してください。"),
    }]
}
