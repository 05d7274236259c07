//! Examples for training: documents whose kind is known, from a truth file or from what staff confirmed.

use super::steps::read_pages;
use crate::db::Db;
use crate::domain::{Hospital, Kind, PageNo, ReadPage, Recipes};
use crate::stages::classify::learn::Example;
use crate::stages::classify::signs;
use crate::stages::vertical;
use crate::store::{documents, pages};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

/// The newest confirmed documents say what arrives now; more than these are not looked at.
const MOST: i64 = 5_000;

/// What the truth says about the documents of one file.
pub type Known = Vec<(Kind, Vec<PageNo>)>;

/// Why examples could not be gathered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line of the truth is not JSON, or names a kind that does not exist.
    #[error("truth.jsonl {line} 行目を読めません")]
    Line {
        /// From 1.
        line: usize,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] crate::db::Error),
    /// A signs task ended before it was done.
    #[error("特徴の抽出が途中で終わりました")]
    BrokeOff,
}

#[derive(Deserialize)]
struct TruthFile {
    file: String,
    documents: Vec<TruthDocument>,
}

#[derive(Deserialize)]
struct TruthDocument {
    kind: Kind,
    pages: Vec<PageNo>,
}

/// The documents of each file, as a truth file in the shape of the reading contract says.
pub fn known(truth_jsonl: &str) -> Result<HashMap<String, Known>, Error> {
    let mut known = HashMap::new();
    for (i, line) in truth_jsonl.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let truth: TruthFile = serde_json::from_str(line).map_err(|source| Error::Line { line: i + 1, source })?;
        known.insert(truth.file, truth.documents.into_iter().map(|d| (d.kind, d.pages)).collect());
    }
    Ok(known)
}

/// The examples that one file gives: its documents, and the pages of those with several, each by itself.
pub fn examples(file: &str, pages: &[ReadPage], known: &Known, recipes: &Recipes, hospital: &Hospital) -> Vec<Example> {
    let example = |kind: Kind, members: &[&ReadPage], alone: bool| {
        let laid: Vec<ReadPage> = members.iter().map(|page| vertical::laid(page)).collect();
        let laid: Vec<&ReadPage> = laid.iter().collect();
        let signs = (!laid.is_empty()).then(|| signs::gather(&laid, recipes, hospital))?;
        Some(Example { file: file.to_owned(), kind, signs, alone })
    };
    let of = |(kind, numbers): &(Kind, Vec<PageNo>)| {
        let members: Vec<&ReadPage> =
            pages.iter().filter(|page| numbers.contains(&page.no) && !page.text.lines.is_empty()).collect();
        let several = members.len() > 1;
        let alone = members.iter().filter(|_| several).filter_map(|page| example(*kind, &[page], true));
        example(*kind, &members, false).into_iter().chain(alone).collect::<Vec<_>>()
    };
    known.iter().flat_map(of).collect()
}

/// The examples that confirmed documents give: what was recognised on their pages is kept with the delivery.
pub async fn confirmed(
    db: &Db,
    recipes: Arc<Recipes>,
    hospital: Arc<Hospital>,
    mut each: impl FnMut(usize, usize),
) -> Result<Vec<Example>, Error> {
    let documents = documents::confirmed_kinds(&mut db.read().await?, MOST).await?;
    let mut all = Vec::new();
    for (done, document) in documents.iter().enumerate() {
        let rows = pages::of(&mut db.read().await?, &document.delivery_id).await?;
        let read = read_pages(rows);
        let known: Known = vec![(document.kind, document.pages.0.clone())];
        let (file, recipes, hospital) = (document.delivery_id.to_string(), recipes.clone(), hospital.clone());
        let given = tokio::task::spawn_blocking(move || examples(&file, &read, &known, &recipes, &hospital));
        all.extend(given.await.map_err(|_| Error::BrokeOff)?);
        each(done + 1, documents.len());
    }
    Ok(all)
}
