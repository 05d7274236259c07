//! The manual for staff (使い方): the text of `docs/manual.ja.md` and its pictures, compiled in, so that they are those of this program.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use std::sync::{Arc, LazyLock};

use super::{framed, reading};
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::error::{WebError, page_of};
use crate::web::frame::Frame;

macro_rules! pictures {
    ($($name:literal)*) => { &[$(($name, include_bytes!(concat!("../../../docs/manual/", $name)))),*] };
}

const PICTURES: &[(&str, &[u8])] = pictures! {
    "1-sign-in.png" "3-queue.png" "4-item.png" "6-patient-picked.png" "10-delivery.png" "13-upload.png" "20-covered.png"
    "21-word-picked.png" "30-undo.png" "61-sample-blind.png" "64-quality.png" "board.png" "queue-ticked.png"
};

static MANUAL: LazyLock<String> = LazyLock::new(|| rendered(include_str!("../../../docs/manual.ja.md")));

/// The text as a page: each chapter can be led to by its title, and there is no markup but Markdown's own.
fn rendered(text: &str) -> String {
    let events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let shown = events.iter().enumerate().flat_map(|(at, event)| match event.clone() {
        Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
            vec![Event::Start(Tag::Heading { level, id: Some(anchor(&events[at..]).into()), classes, attrs })]
        }
        // Keys and addresses are written as code.
        Event::Code(key) if !key.starts_with('/') || key.len() == 1 => {
            vec![Event::InlineHtml("<kbd>".into()), Event::Text(key), Event::InlineHtml("</kbd>".into())]
        }
        Event::Html(raw) | Event::InlineHtml(raw) => vec![Event::Text(raw)],
        other => vec![other],
    });
    let mut html = String::new();
    html::push_html(&mut html, shown);
    html
}

/// What the table of contents leads to: the letters of the title that begins here.
fn anchor(heading: &[Event<'_>]) -> String {
    let title = heading.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let words = title.filter_map(|event| if let Event::Text(words) = event { Some(&**words) } else { None });
    words.flat_map(str::chars).filter(|c| c.is_alphanumeric()).collect()
}

#[derive(Template)]
#[template(path = "manual.html")]
struct ManualPage {
    frame: Frame,
    text: &'static str,
}

/// `GET /manual`
pub async fn show(State(app): State<Arc<App>>, staff: Staff) -> Result<Response, WebError> {
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "manual", "使い方", None).await?;
    Ok(page_of(&ManualPage { frame, text: &MANUAL }))
}

/// `GET /manual/{name}`: a picture of it
pub async fn picture(Path(name): Path<String>) -> Response {
    match PICTURES.iter().find(|(picture, _)| *picture == name) {
        Some((_, bytes)) => ([(header::CONTENT_TYPE, "image/png")], *bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_is_there_and_every_chapter_is_led_to() {
        fn pieces<'t>(text: &'t str, open: &str, close: char) -> Vec<&'t str> {
            text.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
        }
        let named = pieces(&MANUAL, "src=\"manual/", '"');
        assert!(named.len() > 10 && PICTURES.iter().all(|(picture, _)| named.contains(picture)), "{named:?}");
        assert!(named.iter().all(|name| PICTURES.iter().any(|(picture, _)| picture == name)), "{named:?}");
        let led_to = pieces(include_str!("../../../docs/manual.ja.md"), "](#", ')');
        assert!(led_to.len() > 10);
        let missing: Vec<&&str> = led_to.iter().filter(|id| !MANUAL.contains(&format!("id=\"{id}\""))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn markup_in_the_text_is_text() {
        let made = rendered("## 一 <b>\n\n<script>x</script>\n\n`<` ![図](manual/a.png)");
        assert!(!made.contains("<script") && !made.contains("<b>") && made.contains("<kbd>&lt;</kbd>"));
    }
}
