//! What was done to a document or a delivery, from the audit log, in words.

use crate::db::ReadTx;
use crate::domain::{FieldName, Kind, Timestamp, UserId};
use crate::store::{audit, users};
use crate::web::error::WebError;
use crate::web::words;
use serde_json::Value;
use std::collections::HashMap;

/// One line of the history.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// Did what.
    pub what: String,
    /// Which values, old and new.
    pub changes: Vec<String>,
}

/// The newest lines shown.
const MOST: usize = 60;

/// The history of one thing, newest first; repeated views by one person are told once.
pub async fn of(tx: &mut ReadTx, subject: &str, now: Timestamp) -> Result<Vec<HistoryRow>, WebError> {
    let entries = audit::of(tx, subject).await?;
    let mut names: HashMap<String, String> = HashMap::new();
    let mut rows = Vec::new();
    let mut last: Option<(String, String)> = None;
    for entry in entries.iter().rev() {
        let key = (entry.actor.clone(), entry.verb.clone());
        if entry.verb.ends_with(".viewed") && last.as_ref() == Some(&key) {
            continue;
        }
        last = Some(key);
        if rows.len() == MOST {
            break;
        }
        if !names.contains_key(&entry.actor) {
            let found = match UserId::parse(&entry.actor) {
                Some(id) => users::find(tx, &id).await?.map(|user| user.display_name),
                None => None,
            };
            names.insert(entry.actor.clone(), found.unwrap_or_else(|| "プログラム".to_owned()));
        }
        rows.push(HistoryRow {
            at: words::moment(entry.at, now),
            who: names[&entry.actor].clone(),
            what: words::verb(&entry.verb).to_owned(),
            changes: changes(&entry.detail()),
        });
    }
    Ok(rows)
}

fn changes(detail: &Value) -> Vec<String> {
    let compared = detail.get("compared").or_else(|| detail.get("fields")).and_then(Value::as_array);
    if let Some(fields) = compared {
        let mut names: Vec<&str> =
            fields.iter().filter_map(|f| FieldName::from_code(f.as_str()?)).map(|f| f.label_ja()).collect();
        if detail.get("sender_asked").and_then(Value::as_bool) == Some(true) {
            names.push("送信元への電話確認");
        }
        return if names.is_empty() { Vec::new() } else { vec![format!("画像と照合：{}", names.join("、"))] };
    }
    if let Some(reason) = detail.get("reason").and_then(Value::as_str) {
        return vec![format!("理由：{reason}")];
    }
    let Some(changes) = detail.get("changes").and_then(Value::as_object) else { return Vec::new() };
    changes
        .iter()
        .map(|(name, change)| {
            let side = |side: &str| spoken(name, change.get(side).unwrap_or(&Value::Null));
            format!("{}：{} → {}", label(name), side("old"), side("new"))
        })
        .collect()
}

fn label(name: &str) -> &str {
    match name {
        "kind" => "文書の種類",
        "patient" => "患者（台帳）",
        "institution" => "差出元（台帳）",
        "doctor" => "差出医師（台帳）",
        other => other.strip_prefix("field.").and_then(FieldName::from_code).map_or(other, |field| field.label_ja()),
    }
}

fn spoken(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "（なし）".to_owned(),
        Value::String(text) if name == "kind" => {
            Kind::from_code(text).map_or(text.as_str(), |kind| kind.label_ja()).to_owned()
        }
        Value::String(text) => {
            let field = name.strip_prefix("field.").and_then(FieldName::from_code);
            field.map_or(text.as_str(), |field| words::shown(field, text)).replace('\n', " ")
        }
        Value::Array(parts) => match (parts.first().and_then(Value::as_str), parts.get(1).and_then(Value::as_str)) {
            (Some("linked"), Some(id)) => format!("ID {id}"),
            (Some("not_in_master"), _) => "台帳にいない".to_owned(),
            (Some("no_patient"), _) => "患者なし".to_owned(),
            _ => "（なし）".to_owned(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_in_words() {
        let detail = json!({ "changes": {
            "kind": { "old": "unknown", "new": "reply_letter" },
            "patient": { "old": null, "new": ["linked", "00012"] },
            "field.patient_sex": { "old": "male", "new": "female" },
        }});
        let told = changes(&detail).join("\n");
        assert!(told.contains("文書の種類：不明 → 返書・報告書"), "{told}");
        assert!(told.contains("患者（台帳）：（なし） → ID 00012"), "{told}");
        assert!(told.contains("性別：男 → 女"), "{told}");
        assert_eq!(changes(&json!({ "reason": "病名の誤り" })), ["理由：病名の誤り"]);
        assert!(changes(&json!({})).is_empty());
    }
}
