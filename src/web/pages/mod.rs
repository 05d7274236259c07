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
pub mod manual;
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
use crate::store::desk::{self, Bar};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Moves the browser on after a form.
fn go(to: impl Into<String>) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to.into())]).into_response()
}

/// The frame of a page with the bar's counts, read in the page's own transaction.
async fn framed(
    tx: &mut ReadTx,
    staff: &Staff,
    at: &'static str,
    title: impl Into<String>,
    notice: Option<Notice>,
) -> Result<Frame, WebError> {
    Ok(with_bar(tx, staff, at, title, notice).await?.0)
}

/// The same, and what is in the bar, for pages that say more of it.
async fn with_bar(
    tx: &mut ReadTx,
    staff: &Staff,
    at: &'static str,
    title: impl Into<String>,
    notice: Option<Notice>,
) -> Result<(Frame, Bar), WebError> {
    let bar = desk::bar(tx, &staff.seeing).await?;
    let frame = Frame::of(staff, at, title).saying(notice).counting(&bar);
    Ok((frame, bar))
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
