//! `GET /api/openapi.json`: the description of every address (`openapi.json` beside this file), with the words that the program itself knows.
//!
//! It is for any system with a token and for whoever is signed in: it says nothing of anybody, but it is nobody else's business either.

use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::LazyLock;

use super::query::Params;
use crate::domain::{AlertCode, DeliveryState, DocumentState, FieldName, Kind};
use crate::web::intake::{self, Refusal};

static TEXT: LazyLock<String> = LazyLock::new(|| description().to_string());

/// The description as it is given.
pub fn description() -> Value {
    // A file of ours that its test reads: it is JSON.
    let mut all: Value = serde_json::from_str(include_str!("openapi.json")).unwrap_or_default();
    all["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    let words = |words: Vec<&'static str>| json!({ "type": "string", "enum": words });
    let schemas = &mut all["components"]["schemas"];
    schemas["Kind"] = words(Kind::ALL.iter().map(|kind| kind.code()).collect());
    schemas["DocumentState"] = words(DocumentState::ALL.iter().map(|state| state.code()).collect());
    schemas["DeliveryState"] = words(DeliveryState::ALL.iter().map(|state| state.code()).collect());
    schemas["FieldName"] = words(FieldName::ALL.iter().map(|field| field.code()).collect());
    schemas["AlertCode"] = json!({ "type": "string", "enum": AlertCode::ALL });
    all
}

/// `GET /api/openapi.json`
pub async fn show(uri: Uri) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    Ok(intake::json_text(StatusCode::OK, TEXT.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{DOORS, Door};
    use std::collections::BTreeMap;

    #[test]
    fn every_address_stands_in_the_description_with_its_scope_and_the_other_way_about() {
        let all = description();
        let mut said = BTreeMap::new();
        for (path, methods) in all["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                let scopes = operation["security"][0]["token"].as_array().expect("every address needs a token");
                let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
                said.insert((method.to_uppercase(), path.clone()), scopes.join(" "));
            }
        }
        let doors: BTreeMap<_, _> = DOORS
            .iter()
            .filter(|(_, path, _)| path.starts_with("/api/"))
            .map(|(method, path, door)| {
                let scope = match door {
                    Door::Token(scope) => scope.code(),
                    Door::Known => "",
                    other => panic!("{path} has the door {other:?}"),
                };
                (((*method).to_owned(), (*path).to_owned()), scope.to_owned())
            })
            .collect();
        assert_eq!(said, doors);
        assert!(doors.len() > 15);
    }

    #[test]
    fn every_alert_of_the_program_is_described() {
        let all = description();
        let told = &all["components"]["schemas"]["AlertCode"]["enum"];
        assert_eq!(told.as_array().map(Vec::len), Some(AlertCode::ALL.len()));
        assert!(told.as_array().is_some_and(|codes| codes.contains(&json!("only_blank"))), "{told}");
    }

    #[test]
    fn what_the_description_points_to_is_there() {
        let all = description();
        let (mut left, mut seen) = (vec![&all], 0);
        while let Some(value) = left.pop() {
            if let Some(to) = value.get("$ref").and_then(Value::as_str) {
                assert!(all.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                seen += 1;
            }
            match value {
                Value::Array(inner) => left.extend(inner),
                Value::Object(inner) => left.extend(inner.values()),
                _ => {}
            }
        }
        assert!(seen > 100);
    }
}
