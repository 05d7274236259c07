//! One file a page, its template of the same name in `templates/`. A page reads, asks `review`, and shows; it keeps no state.

pub mod account;
pub mod audit;
pub mod board;
pub mod deliveries;
pub mod delivery;
pub mod factor;
pub mod history;
pub mod image;
pub mod incidents;
pub mod item;
pub mod lock;
pub mod newcomers;
pub mod openid;
pub mod quality;
pub mod queue;
pub mod sign_in;
pub mod staff;
pub mod status;
pub mod tokens;
pub mod upload;

use super::App;
use super::auth::Staff;
use super::error::WebError;
use super::frame::{Frame, Notice};
use crate::db::ReadTx;
use crate::domain::DeliveryState;
use crate::store::{deliveries as received, documents};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Moves the browser on after a form.
fn go(to: impl Into<String>) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to.into())]).into_response()
}

/// The bar's counts, read in the page's own transaction.
async fn framed(
    tx: &mut ReadTx,
    staff: &Staff,
    at: &'static str,
    title: impl Into<String>,
    notice: Option<Notice>,
) -> Result<Frame, WebError> {
    let mut frame = Frame::of(staff, at, title).saying(notice);
    frame.waiting = documents::waiting(tx, &staff.seeing).await?;
    let by_state = received::count_by_state(tx).await?;
    let needs_a_person = |state: &DeliveryState| matches!(state, DeliveryState::Held | DeliveryState::Unreadable);
    frame.troubled = by_state.iter().filter(|(state, _)| needs_a_person(state)).map(|(_, n)| n).sum();
    Ok(frame)
}

/// Begins to read.
async fn reading(app: &App) -> Result<ReadTx, WebError> {
    Ok(app.db.read().await?)
}

/// Text as it may stand in an address.
pub(super) fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
