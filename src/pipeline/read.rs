//! Reads one file without storing anything: what `uketsuke read` and `uketsuke eval` do.

use super::steps;
use super::understand::{Knowledge, understand};
use crate::domain::{AlertCode, FileReading, GreyImage, PageText, ReadPage, Trouble};
use crate::jail::{DecodedPage, Jail};
use crate::stages::decode;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// The pages of one file as recognised: all that is made of the picture, before anything is made of the words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecognisedFile {
    /// In order.
    pub pages: Vec<ReadPage>,
    /// Why the file, or part of it, could not be read.
    pub trouble: Option<Trouble>,
}

/// The answer for one file; never fails, because a file that cannot be read is an answer too.
pub async fn read_file(
    jail: &Jail,
    knowledge: &Knowledge,
    name: &str,
    bytes: Vec<u8>,
    today: jiff::civil::Date,
) -> FileReading {
    let recognised = recognise_file(jail, name, bytes).await;
    understand_file(knowledge, name, recognised, today).await
}

/// Decodes and recognises one file.
pub async fn recognise_file(jail: &Jail, name: &str, bytes: Vec<u8>) -> RecognisedFile {
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
    RecognisedFile { pages, trouble: decoded.trouble.or(page_trouble) }
}

/// Makes documents of recognised pages.
pub async fn understand_file(
    knowledge: &Knowledge,
    name: &str,
    recognised: RecognisedFile,
    today: jiff::civil::Date,
) -> FileReading {
    let RecognisedFile { pages, trouble } = recognised;
    let knowledge = knowledge.clone();
    let documents = tokio::task::spawn_blocking(move || understand(&pages, None, &knowledge, today)).await;
    let trouble = trouble.or(documents.is_err().then_some(Trouble::WorkerCrashed));
    let mut documents = documents.unwrap_or_default();
    if trouble.is_some() {
        documents.iter_mut().for_each(|document| steps::mark(document, AlertCode::PartUnread));
    }
    FileReading { file: name.to_owned(), error: trouble.map(Into::into), documents }
}

/// A page and its pictures.
pub struct Pictured {
    /// The page as recognised.
    pub page: ReadPage,
    /// As it came out of the file.
    pub received: GreyImage,
    /// Upright and level: the picture to which the boxes refer.
    pub image: GreyImage,
}

/// Recognises one file and keeps the pictures of its pages, for people who want to see what was read where.
pub async fn picture_file(jail: &Jail, name: &str, bytes: Vec<u8>) -> (Vec<Pictured>, Option<Trouble>) {
    let (sender, mut receiver) = mpsc::channel::<DecodedPage>(2);
    let recognising = async {
        let mut pages = Vec::new();
        let mut trouble = None;
        while let Some(DecodedPage { no, part, image: received, text }) = receiver.recv().await {
            let (text, upright) = match text {
                Some(text) => (text, None),
                None => match jail.recognise(decode::png(&received)).await {
                    Ok(recognised) => (recognised.text, recognised.upright),
                    Err(failed) => {
                        trouble = trouble.or(Some(failed));
                        (PageText::unread(), None)
                    }
                },
            };
            let image = upright.unwrap_or_else(|| received.clone());
            pages.push(Pictured { page: ReadPage { no, part, text }, received, image });
        }
        (pages, trouble)
    };
    let (decoded, (pages, page_trouble)) = tokio::join!(jail.decode(name, bytes, sender), recognising);
    (pages, decoded.trouble.or(page_trouble))
}

async fn page_text(jail: &Jail, page: &DecodedPage) -> (PageText, Option<Trouble>) {
    if let Some(text) = &page.text {
        return (text.clone(), None);
    }
    match jail.recognise(decode::png(&page.image)).await {
        Ok(recognised) => (recognised.text, None),
        Err(trouble) => (PageText::unread(), Some(trouble)),
    }
}
