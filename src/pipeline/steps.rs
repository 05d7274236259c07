//! One function a stage. Later stages are due since the delivery was received, so that what came first is finished first.
//!
//! Each: load (no transaction kept open), work, then one write transaction that holds output, state, next job and the end of this one.

use super::retry::Failure;
use super::understand::{self, Knowledge, understand};
use super::work::Work;
use crate::db::WriteTx;
use crate::domain::{
    Alert, AlertCode, Approved, Approver, Decision, DeliveryId, DeliveryState, DocumentId, DocumentReading, Doubt,
    Fingerprint, PageNo, PageText, ReadPage, Remark, Stage, Taught, Timestamp, Trouble,
};
use crate::jail::DecodedPage;
use crate::referral_db::{self, SourceLink};
use crate::stages::{decode, header, memory, unpack};
use crate::store::documents::Document;
use crate::store::jobs::Job;
use crate::store::{audit, contents, deliveries, documents, jobs, lessons, masters, pages, users};
use crate::text::number;
use tokio::sync::mpsc;

/// Original bytes to page images.
pub async fn decode(work: &Work, job: &Job) -> Result<(), Failure> {
    let id = delivery_of(job)?;
    let mut tx = work.db.write().await?;
    let delivery = deliveries::find(&mut tx, &id).await?.ok_or(Failure::SubjectGone)?;
    if delivery.state != DeliveryState::Reading {
        deliveries::advance(&mut tx, &id, DeliveryState::Reading, None, work.clock.now()).await?;
    }
    tx.commit().await?;
    let passwords: Vec<String> = contents::entered(&mut work.db.read().await?, &id).await?.into_iter().collect();
    let given = !passwords.is_empty();
    let bytes = work.files.get(&delivery.fingerprint).await?;

    let (sender, mut receiver) = mpsc::channel::<DecodedPage>(2);
    let keeping = async {
        while let Some(page) = receiver.recv().await {
            keep_page(work, &id, page).await?;
        }
        Ok::<(), Failure>(())
    };
    let ((decoded, mut found), kept) = tokio::join!(work.jail.open(bytes, passwords, sender), keeping);
    kept?;
    // The child knows no name of what arrived as a file of its own; a script can be told by nothing else.
    let named = unpack::never_opened(&delivery.file_name).filter(|_| decoded.pages == 0);
    if let (Some(what), Some(whole)) = (named, found.enclosures.first_mut().filter(|thing| thing.depth == 0)) {
        whole.what = what;
    }

    let wrong = given && decoded.trouble == Some(Trouble::Encrypted);
    let aside = found.mail.as_ref().and_then(|mail| mail.remark).filter(|_| decoded.pages == 0);
    let now = work.clock.now();
    let mut tx = work.db.write().await?;
    // Taken before the delivery is touched, as every writer of the log does.
    audit::lock(&mut tx).await?;
    contents::tried(&mut tx, &id).await?;
    contents::remark(&mut tx, &id, if wrong { Some(Remark::WrongPassword) } else { aside }).await?;
    if !found.is_plain() {
        contents::put(&mut tx, &id, &found, delivery.received_at, now).await?;
    }
    if decoded.pages == 0 {
        let (state, trouble) = match decoded.trouble {
            // Nothing is to be read, and nothing is wrong.
            None if aside.is_some() => (DeliveryState::Read, None),
            // Waits for its password (パスワード待ち).
            Some(Trouble::Encrypted) => (DeliveryState::Held, decoded.trouble),
            trouble => (DeliveryState::Unreadable, trouble.or(Some(Trouble::Damaged))),
        };
        deliveries::advance(&mut tx, &id, state, trouble, now).await?;
    } else {
        note_trouble(&mut tx, &id, decoded.trouble, now).await?;
        // Again, where it had been done before a password or a person asked for another reading.
        jobs::reopen(&mut tx, id.as_str(), Stage::Recognise, delivery.received_at).await?;
    }
    finish(work, tx, job).await
}

async fn keep_page(work: &Work, id: &DeliveryId, page: DecodedPage) -> Result<(), Failure> {
    let (width, height) = (page.image.width, page.image.height);
    let png = tokio::task::spawn_blocking(move || decode::png(&page.image)).await.map_err(|_| Failure::BrokeOff)?;
    let image = work.files.put(&png).await?;
    let mut tx = work.db.write().await?;
    pages::put(&mut tx, id, page.no, page.part, &image, width, height, page.text.as_ref()).await?;
    tx.commit().await?;
    Ok(())
}

/// Page images to text. Each page is its own transaction, so that a long fax goes on where it was stopped.
pub async fn recognise(work: &Work, job: &Job) -> Result<(), Failure> {
    let id = delivery_of(job)?;
    let mut tx = work.db.read().await?;
    let delivery = deliveries::find(&mut tx, &id).await?.ok_or(Failure::SubjectGone)?;
    let unread = pages::unread(&mut tx, &id).await?;
    drop(tx);
    let mut trouble = None;
    for page in unread {
        let png = work.files.get(&page.image).await?;
        trouble = recognise_page(work, job, &id, page.no, png).await?.or(trouble);
    }
    let now = work.clock.now();
    let mut tx = work.db.write().await?;
    note_trouble(&mut tx, &id, trouble, now).await?;
    jobs::reopen(&mut tx, id.as_str(), Stage::Understand, delivery.received_at).await?;
    finish(work, tx, job).await
}

async fn recognise_page(
    work: &Work,
    job: &Job,
    id: &DeliveryId,
    no: PageNo,
    png: Vec<u8>,
) -> Result<Option<Trouble>, Failure> {
    let (text, upright, trouble) = match work.jail.recognise(png).await {
        Ok(recognised) => (recognised.text, recognised.upright, None),
        Err(trouble) => (PageText::unread(), None, Some(trouble)),
    };
    let upright: Option<(Fingerprint, u32, u32)> = match upright {
        Some(image) => {
            let (width, height) = (image.width, image.height);
            let png = tokio::task::spawn_blocking(move || decode::png(&image)).await.map_err(|_| Failure::BrokeOff)?;
            Some((work.files.put(&png).await?, width, height))
        }
        None => None,
    };
    let now = work.clock.now();
    let mut tx = work.db.write().await?;
    if !jobs::progress(&mut tx, job, &work.owner, now, work.lease_ms).await? {
        return Err(Failure::LeaseLost);
    }
    let upright = upright.as_ref().map(|(image, width, height)| (image, *width, *height));
    pages::set_text(&mut tx, id, no, upright, &text).await?;
    tx.commit().await?;
    Ok(trouble)
}

/// Text to proposed documents.
pub async fn understand_delivery(work: &Work, job: &Job) -> Result<(), Failure> {
    let id = delivery_of(job)?;
    let knowledge = work.knowledge().await?;
    let mut tx = work.db.read().await?;
    let delivery = deliveries::find(&mut tx, &id).await?.ok_or(Failure::SubjectGone)?;
    let rows = pages::of(&mut tx, &id).await?;
    drop(tx);

    let read = read_pages(rows);
    let today = delivery.received_at.japan().date();
    let recipes = knowledge.recipes.clone();
    let caller = delivery.fax.0.sender_number.clone();
    let cut = delivery.fax.0.error.as_ref().is_some_and(|error| !error.trim().is_empty());
    let sound = delivery.trouble.is_none();
    let understood = tokio::task::spawn_blocking(move || {
        let found = understand(&read, caller.as_deref(), &knowledge, today);
        let blank = found.is_empty() && sound && !read.is_empty();
        if blank { vec![only_blank(&read, caller.as_deref(), &knowledge, today)] } else { found }
    });
    let mut proposed = understood.await.map_err(|_| Failure::BrokeOff)?;
    if cut {
        proposed.iter_mut().for_each(|document| mark(document, AlertCode::ReceptionCut));
    }
    if delivery.trouble.is_some() {
        proposed.iter_mut().for_each(|document| mark(document, AlertCode::PartUnread));
    }

    let now = work.clock.now();
    let received = delivery.received_at;
    let due_ms = |kind| work.office.due(&recipes.due(kind), received).0 - received.0;
    let mut tx = work.db.write().await?;
    documents::propose(&mut tx, &id, &proposed, delivery.received_at, due_ms, now).await?;
    let (state, trouble) = if proposed.is_empty() && delivery.trouble.is_some() {
        (DeliveryState::Unreadable, delivery.trouble)
    } else {
        (DeliveryState::Read, delivery.trouble)
    };
    deliveries::advance(&mut tx, &id, state, trouble, now).await?;
    finish(work, tx, job).await
}

/// Blank pages with nothing beside them: a document of their own, so that somebody asks the sender.
fn only_blank(
    pages: &[ReadPage],
    caller: Option<&str>,
    knowledge: &Knowledge,
    today: jiff::civil::Date,
) -> DocumentReading {
    let members: Vec<&ReadPage> = pages.iter().collect();
    let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    let mut document = understand::one(&members, None, caller, count, knowledge, today);
    mark(&mut document, AlertCode::OnlyBlank);
    document
}

/// Whatever a document says, somebody must see that what it came with is not all there.
pub(super) fn mark(document: &mut DocumentReading, code: AlertCode) {
    document.alerts.insert(0, Alert { code, page: None });
    document.reasons.push(Doubt::Alert(code).words());
    if document.decision == Decision::Ready {
        document.decision = Decision::Review;
    }
}

/// A confirmed document to the referral database: idempotent there, so that at least once is enough.
pub async fn push(work: &Work, job: &Job) -> Result<(), Failure> {
    let id = DocumentId::parse(&job.subject).ok_or(Failure::SubjectGone)?;
    let mut tx = work.db.read().await?;
    let approved = documents::approved(&mut tx, &id).await?.ok_or(Failure::SubjectGone)?;
    let document = documents::find(&mut tx, &id).await?.ok_or(Failure::SubjectGone)?;
    let delivery = deliveries::find(&mut tx, &document.delivery_id).await?.ok_or(Failure::SubjectGone)?;
    let people = referral_db::Referenced {
        patient: match &approved.patient_id {
            Some(id) => masters::patient(&mut tx, id).await?,
            None => None,
        },
        institution: match &approved.institution_id {
            Some(id) => masters::institution(&mut tx, id).await?,
            None => None,
        },
        doctor: match &approved.doctor_id {
            Some(id) => masters::doctor(&mut tx, id).await?,
            None => None,
        },
    };
    let Approver::Person(approver) = approved.approver();
    let approver_name = users::find(&mut tx, approver).await?.map(|user| user.display_name);
    let read = read_pages(pages::of(&mut tx, &delivery.id).await?);
    drop(tx);

    let source = SourceLink {
        delivery_id: delivery.id.clone(),
        fingerprint: delivery.fingerprint.clone(),
        pages: document.pages.0.clone(),
        received_at: delivery.received_at,
        channel: delivery.channel,
        document_id: id.clone(),
        source: Some(delivery.source),
        sender_number: delivery.fax.0.sender_number.clone(),
        approver_name,
    };
    let record = referral_db::push(&work.referral, &approved, &source, &people, work.clock.now()).await?;
    // A lesson is a gain and no condition: whatever goes wrong with it, the record stands and the next job is worked.
    let lesson = tokio::task::spawn_blocking(move || taught(&approved, &document, source.sender_number, read));
    let taught = lesson.await.unwrap_or_default();

    let now = work.clock.now();
    let mut tx = work.db.write().await?;
    documents::pushed(&mut tx, &id, &record, now).await?;
    lessons::learn(&mut tx, &id, &taught, now).await?;
    finish(work, tx, job).await
}

/// What a person's confirmation teaches for the next document of this sender and this form.
fn taught(approved: &Approved, document: &Document, caller: Option<String>, read: Vec<ReadPage>) -> Vec<Taught> {
    let members: Vec<&ReadPage> = read.iter().filter(|page| document.pages.contains(&page.no)).collect();
    let number = caller.or_else(|| members.iter().find_map(|page| header::read(&page.text).sender_number));
    let number = number.map(|number| number::digits(&number)).filter(|number| number.len() >= 9);
    let sender = number.zip(approved.institution_id.clone());
    let sender = sender.map(|(number, institution_id)| Taught::SenderNumber { number, institution_id });
    let form = memory::learn(&members, approved.kind, &approved.values, &document.reading.fields).map(Taught::Form);
    sender.into_iter().chain(form).collect()
}

/// Pages as they were recognised.
pub(super) fn read_pages(rows: Vec<pages::Page>) -> Vec<ReadPage> {
    let text = |row: &mut pages::Page| row.text.take().map_or_else(PageText::unread, |text| text.0);
    rows.into_iter().map(|mut row| ReadPage { no: row.no, part: row.part, text: text(&mut row) }).collect()
}

fn delivery_of(job: &Job) -> Result<DeliveryId, Failure> {
    DeliveryId::parse(&job.subject).ok_or(Failure::SubjectGone)
}

/// Keeps what is wrong with a delivery while it goes on being read.
async fn note_trouble(
    tx: &mut WriteTx,
    id: &DeliveryId,
    trouble: Option<Trouble>,
    now: Timestamp,
) -> Result<(), Failure> {
    if trouble.is_some() {
        deliveries::advance(tx, id, DeliveryState::Reading, trouble, now).await?;
    }
    Ok(())
}

async fn finish(work: &Work, mut tx: WriteTx, job: &Job) -> Result<(), Failure> {
    if !jobs::finish(&mut tx, job, &work.owner, work.clock.now()).await? {
        return Err(Failure::LeaseLost);
    }
    tx.commit().await?;
    Ok(())
}
