//! Verbs on the pages of an open document: read as another kind, part, join, order, put out, turn, read a box again.
//! What was typed is kept first; the reading comes from `pipeline`, the word from `review`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{Extra, draft, found, go, id_of, page, refused};
use crate::domain::{BBox, DocumentId, DocumentReading, Kind, PageNo, Recipes};
use crate::pipeline::{Failure, Reread, RereadError, TurnedPage};
use crate::review::{Correction, Refused, Rights, Turned};
use crate::store::documents::{self, Document};
use crate::web::App;
use crate::web::auth::asked_by_script;
use crate::web::csrf::Posted;
use crate::web::error::WebError;
use crate::web::frame::Notice;

/// What a button of the page list asks for, with the page it stands beside.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    /// The page and all after it become a document of their own.
    Split(PageNo),
    /// One place towards the front.
    Earlier(PageNo),
    /// One place towards the end.
    Later(PageNo),
    /// Put out of the document.
    Drop(PageNo),
    /// Taken back, at the end.
    Restore(PageNo),
    /// Turned clockwise by so many degrees.
    Turn(PageNo, u16),
    /// The pages of that document, as it stood at that version, join this one.
    Join(DocumentId, i64),
}

impl Wish {
    fn of(text: &str) -> Option<Wish> {
        let mut parts = text.split(':');
        let (what, whom) = (parts.next()?, parts.next()?);
        let no = || whom.parse().ok().map(PageNo);
        Some(match what {
            "split" => Wish::Split(no()?),
            "earlier" => Wish::Earlier(no()?),
            "later" => Wish::Later(no()?),
            "drop" => Wish::Drop(no()?),
            "restore" => Wish::Restore(no()?),
            "turn" => Wish::Turn(no()?, parts.next()?.parse().ok().filter(|degrees| [90, 180, 270].contains(degrees))?),
            "join" => Wish::Join(DocumentId::parse(whom)?, parts.next()?.parse().ok()?),
            _ => return None,
        })
    }

    fn done(&self) -> &'static str {
        match self {
            Wish::Split(_) => "parted",
            Wish::Join(..) => "joined",
            Wish::Turn(..) => "turned",
            Wish::Drop(_) => "dropped",
            Wish::Earlier(_) | Wish::Later(_) | Wish::Restore(_) => "arranged",
        }
    }
}

/// `POST /items/{id}/pages`: `do` says what with which page
pub async fn pages(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let wish = Wish::of(posted.form.text("do")).ok_or(WebError::BadRequest)?;
    let document = found(&app, &posted.staff, &id).await?;
    let (correction, kept) = draft(&app, &posted, &document).await?;
    let version = match kept {
        Ok(version) => version,
        Err(refusal) => return refused(&app, &posted, &document, &correction, refusal).await,
    };
    let document = found(&app, &posted.staff, &id).await?;
    match fulfilled(&app, &posted, &document, version, &wish).await {
        Ok(()) => Ok(go(format!("/items/{id}?done={}", wish.done()))),
        Err(No::Refused(refusal)) => refused(&app, &posted, &document, &correction, refusal).await,
        Err(No::Unread(why)) => {
            let extra = Extra { notice: Some(Notice::bad(why)), ..Extra::default() };
            page(&app, &posted.staff, &id, StatusCode::SERVICE_UNAVAILABLE, extra).await
        }
        Err(No::Web(error)) => Err(error),
    }
}

/// Why a wish was not fulfilled.
enum No {
    Refused(Refused),
    Unread(&'static str),
    Web(WebError),
}

impl From<Refused> for No {
    fn from(refusal: Refused) -> Self {
        No::Refused(refusal)
    }
}

impl From<WebError> for No {
    fn from(error: WebError) -> Self {
        No::Web(error)
    }
}

impl From<RereadError> for No {
    fn from(error: RereadError) -> Self {
        match error {
            RereadError::Page(_) => {
                No::Unread("このページは読み直せませんでした。何も変更していません。原本を見て入力してください。")
            }
            RereadError::Failed(failure) => failure.into(),
        }
    }
}

impl From<Failure> for No {
    fn from(failure: Failure) -> Self {
        tracing::warn!(code = failure.code(), "a document was not read again");
        No::Unread("いまは読み直せません。何も変更していません。少し待ってからやり直してください。")
    }
}

fn reread(app: &App) -> Result<&Reread, No> {
    app.reread.as_ref().ok_or(No::Unread("この画面からは読み直せません。管理者に連絡してください。"))
}

async fn fulfilled(app: &App, posted: &Posted, document: &Document, version: i64, wish: &Wish) -> Result<(), No> {
    let (user, id) = (&posted.staff.id, &document.id);
    let pages = &document.pages.0;
    let kind = known(document.kind);
    match wish {
        Wish::Split(from) => {
            let at = pages.iter().position(|no| no == from).filter(|at| *at > 0).ok_or(Refused::Stale)?;
            let (front, back) = pages.split_at(at);
            // What is taken off is looked at afresh: it is there because it is something else.
            let runs = vec![(front.to_vec(), kind), (back.to_vec(), None)];
            let read = reread(app)?.documents(&document.delivery_id, runs, None).await?;
            let [first, second] = &read[..] else { return Err(Refused::Stale.into()) };
            app.review.split(user, id, version, [first, second]).await?;
        }
        Wish::Join(other, seen) => {
            let other = found(app, &posted.staff, other).await?;
            let mut whole: Vec<PageNo> = pages.clone();
            if other.pages.first() < pages.first() {
                whole.splice(0..0, other.pages.iter().copied());
            } else {
                whole.extend(other.pages.iter().copied());
            }
            let whole = one(app, document, (whole, kind), None).await?;
            app.review.join(user, id, version, (&other.id, *seen), &whole).await?;
        }
        Wish::Turn(no, degrees) => {
            // Before it is read: another document's page is nobody's to turn from here.
            if !pages.contains(no) && !document.dropped.contains(no) {
                return Err(Refused::Stale.into());
            }
            let turned = reread(app)?.turned(&document.delivery_id, *no, *degrees).await?;
            let reading = one(app, document, (pages.clone(), kind), Some(&turned)).await?;
            let TurnedPage { no, image, width_px, height_px, text } = &turned;
            let turned = Turned { no: *no, image, size: (*width_px, *height_px), text };
            app.review.turn(user, id, version, &turned, &reading).await?;
        }
        Wish::Earlier(_) | Wish::Later(_) | Wish::Drop(_) | Wish::Restore(_) => {
            let (pages, dropped) = arranged(pages, &document.dropped, wish).ok_or(Refused::Stale)?;
            let reading = if pages.is_empty() {
                DocumentReading { pages, ..document.reading.0.clone() }
            } else {
                one(app, document, (pages, kind), None).await?
            };
            app.review.arrange(user, id, version, &reading, &dropped).await?;
        }
    }
    Ok(())
}

/// A kind that somebody or something has settled on.
fn known(kind: Kind) -> Option<Kind> {
    (kind != Kind::Unknown).then_some(kind)
}

async fn one(
    app: &App,
    document: &Document,
    run: (Vec<PageNo>, Option<Kind>),
    turned: Option<&TurnedPage>,
) -> Result<DocumentReading, No> {
    let read = reread(app)?.documents(&document.delivery_id, vec![run], turned).await?;
    read.into_iter().next().ok_or(Refused::Stale.into())
}

/// The pages and the pages put out, after a wish about one of them.
fn arranged(pages: &[PageNo], dropped: &[PageNo], wish: &Wish) -> Option<(Vec<PageNo>, Vec<PageNo>)> {
    let (mut pages, mut dropped) = (pages.to_vec(), dropped.to_vec());
    let at = |list: &[PageNo], no: &PageNo| list.iter().position(|page| page == no);
    match wish {
        Wish::Earlier(no) => {
            let at = at(&pages, no)?;
            pages.swap(at, at.checked_sub(1)?);
        }
        Wish::Later(no) => {
            let at = at(&pages, no).filter(|at| at + 1 < pages.len())?;
            pages.swap(at, at + 1);
        }
        Wish::Drop(no) => dropped.push(pages.remove(at(&pages, no)?)),
        Wish::Restore(no) => pages.push(dropped.remove(at(&dropped, no)?)),
        Wish::Split(_) | Wish::Turn(..) | Wish::Join(..) => return None,
    }
    Some((pages, dropped))
}

/// Has a document read again as the kind that a person has just given it; the draft is kept already.
pub async fn refit(app: &App, posted: &Posted, id: &DocumentId, version: i64) -> Result<Response, WebError> {
    let document = found(app, &posted.staff, id).await?;
    if app.reread.is_none() || document.kind == document.reading.kind {
        return Ok(go(format!("/items/{id}")));
    }
    let run = (document.pages.0.clone(), Some(document.kind));
    let fitted = match one(app, &document, run, None).await {
        Ok(reading) => app.review.refit(&posted.staff.id, id, version, &reading).await.map_err(No::from),
        Err(no) => Err(no),
    };
    match fitted {
        Ok(_) => Ok(go(format!("/items/{id}?done=refitted"))),
        Err(No::Refused(refusal)) => {
            let correction = Correction::as_it_stands(&document);
            refused(app, posted, &document, &correction, refusal).await
        }
        // The kind is changed all the same; what the other kind needs is typed by hand.
        Err(No::Unread(_)) => Ok(go(format!("/items/{id}?done=not_refitted"))),
        Err(No::Web(error)) => Err(error),
    }
}

/// `POST /items/{id}/part`, by script: what stands in a box of a page, read again
pub async fn part(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    if !asked_by_script(&posted.headers) {
        return Err(WebError::BadRequest);
    }
    let document = found(&app, &posted.staff, &id_of(&id)?).await?;
    let no = posted.form.text("page").parse().map(PageNo).map_err(|_| WebError::BadRequest)?;
    let bbox = box_of(posted.form.text("box")).ok_or(WebError::BadRequest)?;
    if !document.pages.contains(&no) {
        return Err(WebError::NotFound);
    }
    app.review.keep(&posted.staff.id, &document.id).await?;
    let read = match reread(&app) {
        Ok(reread) => reread.part(&document.delivery_id, no, bbox).await.map_err(No::from),
        Err(no) => Err(no),
    };
    match read {
        Ok(text) => {
            let lines = text.lines.iter().map(|line| line.words.iter().map(|word| word.text.as_str()).collect());
            Ok(lines.collect::<Vec<String>>().join("\n").into_response())
        }
        Err(No::Unread(why)) => Ok((StatusCode::SERVICE_UNAVAILABLE, why).into_response()),
        Err(No::Refused(refusal)) => Err(refusal.into()),
        Err(No::Web(error)) => Err(error),
    }
}

/// Left, top, right and bottom in shares of the page, which hold something.
fn box_of(text: &str) -> Option<BBox> {
    let edges: Vec<f32> = text.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [left, top, right, bottom] = edges[..] else { return None };
    let sound = edges.iter().all(|edge| (0.0..=1.0).contains(edge)) && right - left > 0.002 && bottom - top > 0.002;
    sound.then(|| BBox::new(left, top, right, bottom))
}

/// The other documents of the delivery that this one may be joined with: still open, and this person's to see.
pub async fn joinable(
    tx: &mut crate::db::ReadTx,
    rights: &Rights,
    recipes: &Recipes,
    document: &Document,
) -> Result<Vec<Document>, crate::store::Error> {
    use crate::domain::DocumentState::{InReview, Proposed};
    let all = documents::of_delivery(tx, &document.delivery_id).await?;
    let needs = documents::needs_of(tx, &document.delivery_id).await?;
    let theirs = |id: &DocumentId| needs.iter().any(|need| need.id == *id && rights.sees(need, recipes));
    let open =
        |other: &Document| other.id != document.id && matches!(other.state, Proposed | InReview) && theirs(&other.id);
    Ok(all.into_iter().filter(open).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nos(list: &[u32]) -> Vec<PageNo> {
        list.iter().copied().map(PageNo).collect()
    }

    #[test]
    fn buttons_say_what_they_mean_or_nothing() {
        assert_eq!(Wish::of("split:3"), Some(Wish::Split(PageNo(3))));
        assert_eq!(Wish::of("turn:2:270"), Some(Wish::Turn(PageNo(2), 270)));
        for nonsense in ["", "split", "split:x", "turn:2", "turn:2:45", "join:1:2", "fold:1"] {
            assert_eq!(Wish::of(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn pages_move_and_none_is_lost() {
        let (pages, dropped) = (nos(&[1, 2, 4]), nos(&[3]));
        let after = |wish: Wish| arranged(&pages, &dropped, &wish);
        assert_eq!(after(Wish::Earlier(PageNo(2))), Some((nos(&[2, 1, 4]), nos(&[3]))));
        assert_eq!(after(Wish::Later(PageNo(2))), Some((nos(&[1, 4, 2]), nos(&[3]))));
        assert_eq!(after(Wish::Drop(PageNo(1))), Some((nos(&[2, 4]), nos(&[3, 1]))));
        assert_eq!(after(Wish::Restore(PageNo(3))), Some((nos(&[1, 2, 4, 3]), nos(&[]))));
        assert_eq!(after(Wish::Earlier(PageNo(1))), None);
        assert_eq!(after(Wish::Later(PageNo(4))), None);
        assert_eq!(after(Wish::Drop(PageNo(9))), None);
    }

    #[test]
    fn a_box_holds_something_of_the_page() {
        assert!(box_of("0.1,0.1,0.5,0.2").is_some());
        for nonsense in ["", "0.1,0.1,0.5", "0.5,0.1,0.1,0.2", "0,0,2,1", "a,b,c,d", "NaN,0,1,1", "0.1,0.1,0.1,0.2"] {
            assert!(box_of(nonsense).is_none(), "{nonsense}");
        }
    }
}
