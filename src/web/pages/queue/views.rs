//! Saved views: lists that a person keeps under a name, opens again, and has the queue open with.

use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

use super::{LONGEST_SEARCH, came_from, searched, to_list};
use crate::store::views;
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::Posted;
use crate::web::error::WebError;
use crate::web::pages::{go, reading};

/// Characters of a view's name.
const LONGEST_NAME: usize = 40;

/// `POST /queue/views`: keeps the list that the form came from
pub async fn keep_view(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let name: String = posted.form.text("name").trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    let wanted = came_from(posted.form.text("back"));
    let said = if name.is_empty() {
        "view_unnamed"
    } else {
        let search: String = searched(&posted.headers).unwrap_or_default().chars().take(LONGEST_SEARCH).collect();
        match app.review.keep_view(&posted.staff.id, &name, &wanted.query(), &search).await? {
            true => "view_saved",
            false => "view_many",
        }
    };
    Ok(go(format!("{}&done={said}", wanted.href())))
}

/// `GET /queue/views/{id}`
pub async fn open_view(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let mut tx = reading(&app).await?;
    let view = views::find(&mut tx, &staff.id, &id).await?.ok_or(WebError::NotFound)?;
    Ok(to_list(&app, format!("/queue?{}", view.query), &view.search))
}

/// `POST /queue/views/{id}/delete`
pub async fn forget_view(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    if !app.review.forget_view(&posted.staff.id, &id).await? {
        return Err(WebError::NotFound);
    }
    Ok(go(format!("{}&done=view_deleted", came_from(posted.form.text("back")).href())))
}

/// `POST /queue/views/{id}/default`: has the queue open with it, or with none where it was the default
pub async fn set_default(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let on = posted.form.text("on") == "1";
    if !app.review.open_with(&posted.staff.id, &id, on).await? {
        return Err(WebError::NotFound);
    }
    Ok(go(format!("{}&done=view_default", came_from(posted.form.text("back")).href())))
}
