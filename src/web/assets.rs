//! The style sheet, the scripts and the icon, compiled in; their addresses change with their content.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

use super::secret::token_hash;

const FILES: &[(&str, &str, &str)] = &[
    ("app.css", "text/css; charset=utf-8", include_str!("static/app.css")),
    ("item.css", "text/css; charset=utf-8", include_str!("static/item.css")),
    ("app.js", "text/javascript; charset=utf-8", include_str!("static/app.js")),
    ("item.js", "text/javascript; charset=utf-8", include_str!("static/item.js")),
    ("upload.js", "text/javascript; charset=utf-8", include_str!("static/upload.js")),
    ("dom.js", "text/javascript; charset=utf-8", include_str!("static/dom.js")),
    ("paper.js", "text/javascript; charset=utf-8", include_str!("static/paper.js")),
    ("reread.js", "text/javascript; charset=utf-8", include_str!("static/reread.js")),
    ("words.js", "text/javascript; charset=utf-8", include_str!("static/words.js")),
    ("runs.js", "text/javascript; charset=utf-8", include_str!("static/runs.js")),
    ("second.js", "text/javascript; charset=utf-8", include_str!("static/second.js")),
    ("alone.js", "text/javascript; charset=utf-8", include_str!("static/alone.js")),
    ("values.js", "text/javascript; charset=utf-8", include_str!("static/values.js")),
    ("draft.js", "text/javascript; charset=utf-8", include_str!("static/draft.js")),
    ("masters.js", "text/javascript; charset=utf-8", include_str!("static/masters.js")),
    ("walk.js", "text/javascript; charset=utf-8", include_str!("static/walk.js")),
    ("icon.svg", "image/svg+xml", include_str!("static/icon.svg")),
];

/// Changes whenever any of the files does.
pub static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: String = FILES.iter().map(|(_, _, text)| *text).collect();
    token_hash(&all).chars().take(12).collect()
});

/// `GET /static/{version}/{name}`
pub async fn file(Path((_, name)): Path<(String, String)>) -> Response {
    match FILES.iter().find(|(file, _, _)| *file == name) {
        Some((_, content_type, text)) => (
            [(header::CONTENT_TYPE, *content_type), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")],
            *text,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
