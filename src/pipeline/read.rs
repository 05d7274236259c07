//! Reads one file without storing anything: what `uketsuke read` and `uketsuke eval` do.

use super::understand::{Knowledge, understand, unread_page};
use crate::domain::{FileReading, PageText, ReadPage, Trouble};
use crate::jail::{DecodedPage, Jail};
use crate::stages::decode;
use tokio::sync::mpsc;

/// The answer for one file; never fails, because a file that cannot be read is an answer too.
pub async fn read_file(
    jail: &Jail,
    knowledge: &Knowledge,
    name: &str,
    bytes: Vec<u8>,
    today: jiff::civil::Date,
) -> FileReading {
    let (sender, mut receiver) = mpsc::channel::<DecodedPage>(2);
    let recognising = async {
        let mut pages = Vec::new();
        let mut trouble = None;
        while let Some(page) = receiver.recv().await {
            let (text, failed) = page_text(jail, &page).await;
            trouble = trouble.or(failed);
            pages.push(ReadPage { no: page.no, part: page.part, text });
        }
        (pages, trouble)
    };
    let (decoded, (pages, page_trouble)) = tokio::join!(jail.decode(name, bytes, sender), recognising);

    let knowledge = knowledge.clone();
    let documents = tokio::task::spawn_blocking(move || understand(&pages, &knowledge, today)).await;
    let trouble = decoded.trouble.or(page_trouble).or(documents.is_err().then_some(Trouble::WorkerCrashed));
    FileReading { file: name.to_owned(), error: trouble.map(Into::into), documents: documents.unwrap_or_default() }
}

async fn page_text(jail: &Jail, page: &DecodedPage) -> (PageText, Option<Trouble>) {
    if let Some(text) = &page.text {
        return (text.clone(), None);
    }
    match jail.recognise(decode::png(&page.image)).await {
        Ok(recognised) => (recognised.text, None),
        Err(trouble) => (unread_page(), Some(trouble)),
    }
}
