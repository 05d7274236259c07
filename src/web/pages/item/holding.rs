//! Who has the document open: opened, kept, given back, taken over from a colleague. Every verb is done by `review`.

use super::{Extra, draft, found, id_of, page, refused};
use crate::domain::{DocumentId, UserId};
use crate::review::{Held, Refused};
use crate::web::App;
use crate::web::csrf::Posted;
use crate::web::error::WebError;
use crate::web::frame::Notice;
use crate::web::pages::go;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// `POST /items/{id}/hold`
pub async fn hold(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let held = app.review.hold(&posted.staff.id, &id).await;
    opened(&app, &posted, &id, held).await
}

/// `POST /items/{id}/take-over`: from the colleague whom the page named
pub async fn take_over(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let from = UserId::parse(posted.form.text("holder")).ok_or(WebError::NotFound)?;
    let held = app.review.take_over(&posted.staff.id, &id, &from).await;
    opened(&app, &posted, &id, held).await
}

/// The page to work on, or the page as it stands and why it is not theirs.
async fn opened(
    app: &App,
    posted: &Posted,
    id: &DocumentId,
    held: Result<Held, Refused>,
) -> Result<Response, WebError> {
    match held {
        Ok(_) => Ok(go(format!("/items/{id}"))),
        Err(refusal @ (Refused::HeldBy { .. } | Refused::AlreadyConfirmed | Refused::NotAllowed { .. })) => {
            let error = WebError::Refused(refusal);
            let extra = Extra { notice: Some(Notice::warn(error.message())), ..Extra::default() };
            page(app, &posted.staff, id, error.status(), extra).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// `POST /items/{id}/keep`, by script
pub async fn keep(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<StatusCode, WebError> {
    app.review.keep(&posted.staff.id, &id_of(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /items/{id}/release`
pub async fn release(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let document = found(&app, &posted.staff, &id).await?;
    let (correction, kept) = draft(&app, &posted, &document).await?;
    if let Err(refusal) = kept {
        return refused(&app, &posted, &document, &correction, refusal).await;
    }
    match app.review.release(&posted.staff.id, &id).await {
        Ok(()) => Ok(go("/queue?done=released")),
        Err(refusal) => refused(&app, &posted, &document, &correction, refusal).await,
    }
}
