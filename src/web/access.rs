//! The doors: for every address, who may pass. One table, asked before any page is; an address that is not in it is shut.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::App;
use super::auth::{AnySession, Staff};
use super::caller::Caller;
use super::error::WebError;
use super::intake::Refusal;
use crate::domain::{Act, Scope};

/// Who may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Anybody: signing in, and files that say nothing.
    Open,
    /// Another system, with a token that opens this.
    Token(Scope),
    /// Another system with any token, or somebody who is signed in.
    Known,
    /// A browser that is signed in, even if it is locked: to be unlocked.
    Locked,
    /// A browser that is signed in, even if only to change the first password or to set a second factor.
    Own,
    /// Everybody who is signed in.
    SignedIn,
    /// Whoever may do that.
    Does(Act),
}

/// Every address with its method and its door.
pub const DOORS: &[(&str, &str, Door)] = &[
    ("GET", "/", Door::SignedIn),
    ("GET", "/sign-in", Door::Open),
    ("POST", "/sign-in", Door::Open),
    ("GET", "/sign-in/code", Door::Open),
    ("POST", "/sign-in/code", Door::Open),
    ("GET", "/sign-in/openid", Door::Open),
    ("GET", "/sign-in/openid/callback", Door::Open),
    ("GET", "/sign-in/openid/leave", Door::Open),
    ("POST", "/sign-out", Door::Own),
    ("POST", "/lock", Door::Own),
    ("POST", "/unlock", Door::Locked),
    ("GET", "/password", Door::Own),
    ("POST", "/password", Door::Own),
    ("GET", "/account", Door::SignedIn),
    ("GET", "/manual", Door::SignedIn),
    ("GET", "/manual/{name}", Door::SignedIn),
    ("POST", "/account/sessions", Door::SignedIn),
    ("GET", "/account/second-factor", Door::Own),
    ("POST", "/account/second-factor", Door::Own),
    ("POST", "/account/second-factor/remove", Door::SignedIn),
    ("POST", "/account/recovery", Door::SignedIn),
    ("GET", "/queue", Door::Does(Act::SeeLists)),
    ("POST", "/queue/search", Door::Does(Act::SeeLists)),
    ("POST", "/queue/views", Door::Does(Act::SeeLists)),
    ("GET", "/queue/views/{id}", Door::Does(Act::SeeLists)),
    ("POST", "/queue/views/{id}/delete", Door::Does(Act::SeeLists)),
    ("POST", "/queue/views/{id}/default", Door::Does(Act::SeeLists)),
    ("POST", "/queue/several", Door::Does(Act::SeeLists)),
    ("GET", "/board", Door::Does(Act::SeeFigures)),
    ("GET", "/live", Door::Does(Act::SeeLists)),
    ("POST", "/next", Door::Does(Act::Hold)),
    ("GET", "/items/{id}", Door::Does(Act::SeeDocument)),
    ("GET", "/items/{id}/paper", Door::Does(Act::SeeDocument)),
    ("POST", "/items/{id}/hold", Door::Does(Act::Hold)),
    ("POST", "/items/{id}/take-over", Door::Does(Act::Hold)),
    ("POST", "/items/{id}/keep", Door::Does(Act::Hold)),
    ("POST", "/items/{id}/save", Door::Does(Act::Correct)),
    ("POST", "/items/{id}/find", Door::Does(Act::Correct)),
    ("POST", "/items/{id}/confirm", Door::Does(Act::Confirm)),
    ("POST", "/items/{id}/set-aside", Door::Does(Act::SetAsideAdvertisement)),
    ("POST", "/items/{id}/inquire", Door::Does(Act::Inquire)),
    ("POST", "/items/{id}/release", Door::Does(Act::Hold)),
    ("POST", "/items/{id}/put-back", Door::Does(Act::PutBack)),
    ("POST", "/items/{id}/undo", Door::Does(Act::Confirm)),
    ("POST", "/items/{id}/forget", Door::Does(Act::Forget)),
    ("POST", "/items/{id}/pages", Door::Does(Act::Correct)),
    ("POST", "/items/{id}/part", Door::Does(Act::Correct)),
    ("GET", "/items/{id}/related", Door::Does(Act::SetAside)),
    ("POST", "/items/{id}/relate", Door::Does(Act::SetAside)),
    ("GET", "/items/{id}/inquiry.pdf", Door::Does(Act::Inquire)),
    ("POST", "/items/{id}/reopen", Door::Does(Act::Amend)),
    ("POST", "/items/{id}/give-up", Door::Does(Act::Correct)),
    ("GET", "/incidents", Door::Does(Act::SeeRestricted)),
    ("POST", "/incidents", Door::Does(Act::SeeRestricted)),
    ("GET", "/newcomers", Door::Does(Act::Confirm)),
    ("GET", "/newcomers/{id}", Door::Does(Act::Confirm)),
    ("POST", "/newcomers/{id}", Door::Does(Act::Confirm)),
    ("GET", "/quality", Door::Does(Act::Quality)),
    ("POST", "/quality/thresholds", Door::Does(Act::Quality)),
    ("POST", "/quality/thresholds/undo", Door::Does(Act::Quality)),
    ("POST", "/quality/export", Door::Does(Act::Quality)),
    ("GET", "/quality/samples", Door::Does(Act::Confirm)),
    ("GET", "/quality/samples/{id}", Door::Does(Act::Confirm)),
    ("POST", "/quality/samples/{id}", Door::Does(Act::Confirm)),
    ("GET", "/quality/samples/{id}/settle", Door::Does(Act::Amend)),
    ("POST", "/quality/samples/{id}/settle", Door::Does(Act::Amend)),
    ("GET", "/deliveries", Door::Does(Act::SeeLists)),
    ("GET", "/deliveries/{id}", Door::Does(Act::SeeDocument)),
    ("GET", "/deliveries/{id}/pages/{no}", Door::Does(Act::SeeDocument)),
    ("GET", "/deliveries/{id}/pages/{no}/words", Door::Does(Act::SeeDocument)),
    ("GET", "/deliveries/{id}/original", Door::Does(Act::SeeDocument)),
    ("POST", "/deliveries/{id}/retry", Door::Does(Act::TakeIn)),
    ("POST", "/deliveries/{id}/unlock", Door::Does(Act::TakeIn)),
    ("POST", "/deliveries/{id}/close", Door::Does(Act::TakeIn)),
    ("POST", "/deliveries/{id}/reopen", Door::Does(Act::TakeIn)),
    ("GET", "/upload", Door::Does(Act::TakeIn)),
    ("POST", UPLOAD, Door::Does(Act::TakeIn)),
    ("POST", "/api/deliveries", Door::Token(Scope::DeliveriesWrite)),
    ("GET", "/api/deliveries/{id}", Door::Token(Scope::DeliveriesWrite)),
    ("GET", "/api/items", Door::Token(Scope::ItemsRead)),
    ("GET", "/api/items/{id}", Door::Token(Scope::ItemsRead)),
    ("GET", "/api/items/{id}/pages/{no}", Door::Token(Scope::ItemsRead)),
    ("GET", "/api/records", Door::Token(Scope::RecordsRead)),
    ("GET", "/api/records/{id}", Door::Token(Scope::RecordsRead)),
    ("GET", "/api/masters/patients", Door::Token(Scope::MastersRead)),
    ("GET", "/api/masters/patients/{id}", Door::Token(Scope::MastersRead)),
    ("PUT", "/api/masters/patients/{id}", Door::Token(Scope::MastersWrite)),
    ("GET", "/api/masters/institutions", Door::Token(Scope::MastersRead)),
    ("GET", "/api/masters/institutions/{id}", Door::Token(Scope::MastersRead)),
    ("PUT", "/api/masters/institutions/{id}", Door::Token(Scope::MastersWrite)),
    ("GET", "/api/masters/doctors", Door::Token(Scope::MastersRead)),
    ("GET", "/api/masters/doctors/{id}", Door::Token(Scope::MastersRead)),
    ("PUT", "/api/masters/doctors/{id}", Door::Token(Scope::MastersWrite)),
    ("GET", "/api/openapi.json", Door::Known),
    ("GET", "/status", Door::Does(Act::SeeFigures)),
    ("GET", "/staff", Door::Does(Act::ManageAccounts)),
    ("POST", "/staff", Door::Does(Act::ManageAccounts)),
    ("GET", "/staff/{id}", Door::Does(Act::ManageAccounts)),
    ("POST", "/staff/{id}/rights", Door::Does(Act::ManageAccounts)),
    ("POST", "/staff/{id}/password", Door::Does(Act::ManageAccounts)),
    ("POST", "/staff/{id}/disabled", Door::Does(Act::ManageAccounts)),
    ("POST", "/staff/{id}/openid", Door::Does(Act::ManageAccounts)),
    ("POST", "/staff/{id}/second-factor", Door::Does(Act::ManageAccounts)),
    ("POST", "/staff/{id}/sessions", Door::Does(Act::ManageAccounts)),
    ("GET", "/tokens", Door::Does(Act::ManageAccounts)),
    ("POST", "/tokens", Door::Does(Act::ManageAccounts)),
    ("POST", "/tokens/{id}/revoke", Door::Does(Act::ManageAccounts)),
    ("GET", "/audit", Door::Does(Act::ReadAudit)),
    ("POST", "/audit", Door::Does(Act::ReadAudit)),
    ("POST", "/audit/export", Door::Does(Act::ReadAudit)),
    ("GET", "/static/{version}/{name}", Door::Open),
];

/// Its script reads answers in JSON.
const UPLOAD: &str = "/upload";

/// Where other systems ask, and are answered in JSON.
const API: &str = "/api/";

/// The door of an address.
pub fn door_of(method: &Method, path: &str) -> Option<Door> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    DOORS.iter().find(|(of, at, _)| *of == method && *at == path).map(|(_, _, door)| *door)
}

/// The methods that an address has a door for.
fn methods_of(path: &str) -> String {
    let mut methods: Vec<&str> = DOORS.iter().filter(|(_, at, _)| *at == path).map(|(method, _, _)| *method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.join(", ")
}

/// Lets pass who may.
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    // No address of ours: the answer is that there is none.
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else { return next.run(request).await };
    let path = path.as_str();
    let Some(door) = door_of(request.method(), path) else {
        let allowed = methods_of(path);
        return match path.starts_with(API) {
            true => Refusal::Method(allowed).into_response(),
            false => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, allowed)]).into_response(),
        };
    };
    let (mut parts, body) = request.into_parts();
    let passed = match door {
        Door::Token(scope) => match Caller::admit(&app, &parts.headers, Some(scope)).await {
            Ok(caller) => {
                parts.extensions.insert(caller);
                Ok(())
            }
            Err(refusal) => return refusal.into_response(),
        },
        Door::Known => {
            let signed_in = !parts.headers.contains_key(header::AUTHORIZATION)
                && Staff::from_request_parts(&mut parts, &app).await.is_ok();
            match signed_in {
                true => Ok(()),
                false => match Caller::admit(&app, &parts.headers, None).await {
                    Ok(_) => Ok(()),
                    Err(refusal) => return refusal.into_response(),
                },
            }
        }
        Door::Open | Door::Locked => Ok(()),
        Door::Own => AnySession::from_request_parts(&mut parts, &app).await.map(drop),
        Door::SignedIn => Staff::from_request_parts(&mut parts, &app).await.map(drop),
        Door::Does(act) => match Staff::from_request_parts(&mut parts, &app).await {
            Ok(staff) if staff.may(act) => Ok(()),
            Ok(_) => Err(WebError::NoRight),
            Err(error) => Err(error),
        },
    };
    match passed {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) if path == UPLOAD && parts.method == Method::POST => match error {
            WebError::NoRight => Refusal::NoRight.into_response(),
            _ => Refusal::SessionOver.into_response(),
        },
        Err(error) => error.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_one_door() {
        for (i, (method, path, _)) in DOORS.iter().enumerate() {
            assert!(!DOORS[..i].iter().any(|(m, p, _)| m == method && p == path), "{method} {path} stands twice");
        }
        assert_eq!(door_of(&Method::HEAD, "/queue"), Some(Door::Does(Act::SeeLists)));
        assert_eq!(door_of(&Method::PUT, "/queue"), None);
    }
}
