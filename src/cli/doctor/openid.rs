//! The provider that people sign in with: does it answer, and with keys that can be used? Nobody is signed in.

use super::Check;
use crate::domain::Clock;
use crate::net::openid::{Provider, Settings};
use std::path::Path;

const CODE: &str = "openid";

/// Looks at the provider, where one is configured.
pub async fn openid(settings: &Settings, data: &Path) -> Vec<Check> {
    let provider = match Provider::of(settings, data, Clock::System) {
        Ok(None) => return Vec::new(),
        Ok(Some(provider)) => provider,
        Err(why) => return vec![Check::fatal(CODE, why, "設定の [openid] を直してください。")],
    };
    let name = format!("共通サインイン（{}）", settings.issuer);
    vec![match provider.probe().await {
        Ok(0) => Check::attention(
            CODE,
            format!("{name}: 使える署名鍵がありません"),
            "RS256 か ES256 で署名するように、プロバイダを設定してください。",
        ),
        Ok(keys) => Check::good(CODE, format!("{name}: 答えます（署名鍵 {keys}個）")),
        Err(refusal) => Check::attention(
            CODE,
            format!("{name}: 使えません（{refusal}）"),
            "[openid] の issuer、秘密の値の置き場所、証明書と、プロバイダへの通信を確かめてください。その間も、ログイン名とパスワードでサインインできます。",
        ),
    }]
}
