//! The manual for staff (使い方): the text of `docs/manual.ja.md` and its pictures, compiled in, so that they are those of this program.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
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

struct Chapter {
    id: String,
    title: String,
}

struct Manual {
    chapters: Vec<Chapter>,
    html: String,
}

static MANUAL: LazyLock<Manual> = LazyLock::new(|| rendered(include_str!("../../../docs/manual.ja.md")));

/// The text as a page: each chapter to be led to, no markup but Markdown's own.
fn rendered(text: &str) -> Manual {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut inside = false;
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
            chapters.push(Chapter { id: format!("chapter-{}", chapters.len() + 1), title: String::new() });
            inside = true;
            let id = chapters.last().map(|chapter| chapter.id.clone().into());
            Event::Start(Tag::Heading { level: HeadingLevel::H2, id, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
            inside = false;
            event
        }
        Event::Text(words) if inside => {
            chapters.iter_mut().last().into_iter().for_each(|chapter| chapter.title.push_str(&words));
            Event::Text(words)
        }
        // Keys are written as code.
        Event::Code(key) => Event::InlineHtml(format!("<kbd>{}</kbd>", escaped(&key)).into()),
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        other => other,
    });
    let mut html = String::new();
    html::push_html(&mut html, events);
    Manual { chapters, html }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[derive(Template)]
#[template(path = "manual.html")]
struct ManualPage {
    frame: Frame,
    chapters: &'static [Chapter],
    text: &'static str,
}

/// `GET /manual`
pub async fn show(State(app): State<Arc<App>>, staff: Staff) -> Result<Response, WebError> {
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "manual", "使い方", None).await?;
    Ok(page_of(&ManualPage { frame, chapters: &MANUAL.chapters, text: &MANUAL.html }))
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
        let named: Vec<&str> =
            MANUAL.html.split("src=\"manual/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(
            named.len() > 10 && named.iter().all(|name| PICTURES.iter().any(|(picture, _)| picture == name)),
            "{named:?}"
        );
        assert!(PICTURES.iter().all(|(picture, _)| named.contains(picture)));
        assert!(MANUAL.chapters.len() > 10);
        assert!(
            MANUAL.chapters.iter().all(|c| !c.title.is_empty() && MANUAL.html.contains(&format!("id=\"{}\"", c.id)))
        );
    }

    #[test]
    fn what_it_says_of_buttons_and_keys_stands_on_the_pages() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
        let mut pages = String::new();
        let mut folders = vec![folder];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                match entry.extension().and_then(|e| e.to_str()) {
                    _ if entry.is_dir() => folders.push(entry),
                    Some("html" | "js" | "rs") => pages.push_str(&std::fs::read_to_string(entry).unwrap()),
                    _ => {}
                }
            }
        }
        let text = include_str!("../../../docs/manual.ja.md");
        let quoted: Vec<&str> = text.split('「').skip(1).filter_map(|rest| rest.split('」').next()).collect();
        assert!(quoted.len() > 60);
        let missing: Vec<&&str> = quoted.iter().filter(|words| !pages.contains(**words)).collect();
        assert!(missing.is_empty(), "no page says {missing:?}");
        let keys: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        let unknown: Vec<&&str> = keys.iter().filter(|key| !pages.contains(&format!("<kbd>{key}</kbd>"))).collect();
        assert!(keys.len() > 30 && unknown.is_empty(), "no list of keys has {unknown:?}");
    }

    #[test]
    fn markup_in_the_text_is_text() {
        let made = rendered("## 一 <b>\n\n<script>x</script>\n\n`<` ![図](manual/a.png)");
        assert!(!made.html.contains("<script") && !made.html.contains("<b>") && made.html.contains("<kbd>&lt;</kbd>"));
    }
}
