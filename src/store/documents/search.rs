//! What searches look in: the values and the recognised text of a document, folded, and the pairs of its characters.
//!
//! A document in an open tray is found by its folded text; in the trays that only grow, the pairs narrow the choice first.

use super::{Values, sound};
use crate::db::{Db, WriteTx, all, execute, one, optional};
use crate::domain::{DeliveryId, DocumentId, FaxMeta, FieldName, PageNo, PageText, Timestamp};
use crate::store::Result;
use crate::text::{fold, wareki};
use sqlx::types::Json;
use std::collections::BTreeSet;

/// Characters of a document that are searched; what comes after is on its pages for the eye.
const LONGEST: usize = 40_000;
/// Pairs of a search that the index is asked for; more make it no narrower.
const MOST_PAIRS: usize = 24;
/// Documents indexed in one transaction when an older database is brought up to date.
const BATCH: i64 = 200;
const DAY_MS: i64 = 86_400_000;
/// Values whose words are searched beside the text of the pages.
const FIELDS: &[FieldName] = &[
    FieldName::PatientName,
    FieldName::PatientKana,
    FieldName::PatientId,
    FieldName::PatientBirthDate,
    FieldName::PatientPhone,
    FieldName::SenderInstitutionName,
    FieldName::SenderDoctorName,
    FieldName::SenderPhone,
    FieldName::SenderFax,
    FieldName::PharmacyName,
    FieldName::DoctorName,
    FieldName::ApplicantName,
    FieldName::EventName,
];

#[derive(sqlx::FromRow)]
struct Said {
    delivery_id: DeliveryId,
    pages: Json<Vec<PageNo>>,
    fax: Json<FaxMeta>,
    field_values: Json<Values>,
    misdirected: bool,
}

/// Has searches find the document by what it says now and by what was recognised on its pages.
pub(super) async fn index(tx: &mut WriteTx, id: &DocumentId) -> Result<()> {
    let said: Option<Said> = optional!(
        tx,
        "SELECT d.delivery_id, d.pages, v.fax, d.field_values, d.misdirected FROM document d JOIN delivery v ON v.id = d.delivery_id \
         WHERE d.id = $1",
        id
    )?;
    let Some(said) = said else { return Ok(()) };
    if said.misdirected {
        return forget(tx, id).await;
    }
    let recognised: Vec<(i64, Option<Json<PageText>>)> =
        all!(tx, "SELECT no, page_text FROM page WHERE delivery_id = $1 ORDER BY no", &said.delivery_id)?;
    let pages = recognised.iter().filter(|(no, _)| said.pages.iter().any(|page| i64::from(page.0) == *no));
    let texts: Vec<&PageText> = pages.filter_map(|(_, text)| text.as_ref().map(|text| &text.0)).collect();
    let mut folded = folded(&said.field_values, said.fax.sender_number.as_deref(), &texts);
    // What the sender was asked under comes back on the answer.
    folded.push(' ');
    folded.push_str(&sound::folded(&id.reference()));
    let (no,): (i64,) = one!(
        tx,
        "INSERT INTO document_search (document_id, folded, no) \
         VALUES ($1, $2, (SELECT COALESCE(max(no), 0) + 1 FROM document_search)) \
         ON CONFLICT (document_id) DO UPDATE SET folded = excluded.folded, \
         no = COALESCE(document_search.no, excluded.no) RETURNING no",
        id,
        &folded
    )?;
    // Who may see it follows what it says, too.
    let departments = said.field_values.get(&FieldName::RecipientDepartment);
    let departments = departments.and_then(|value| sound::departments(value));
    execute!(tx, "UPDATE document SET departments = $2 WHERE id = $1", id, departments)?;
    execute!(tx, "DELETE FROM document_gram WHERE rowid = $1", no)?;
    execute!(tx, "INSERT INTO document_gram (rowid, grams) VALUES ($1, $2)", no, grams(&folded))?;
    Ok(())
}

/// Takes the document out of every search.
pub(super) async fn forget(tx: &mut WriteTx, id: &DocumentId) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM document_gram WHERE rowid = (SELECT no FROM document_search WHERE document_id = $1)",
        id
    )?;
    execute!(tx, "DELETE FROM document_search WHERE document_id = $1", id)?;
    Ok(())
}

/// Indexes what an older version of the program left without a number.
pub(in crate::store) async fn catch_up(db: &Db) -> Result<()> {
    loop {
        let mut tx = db.write().await?;
        crate::store::audit::lock(&mut tx).await?;
        let behind: Vec<(DocumentId,)> =
            all!(tx, "SELECT document_id FROM document_search WHERE no IS NULL ORDER BY document_id LIMIT $1", BATCH)?;
        if behind.is_empty() {
            return Ok(());
        }
        for (id,) in behind {
            index(&mut tx, &id).await?;
        }
        tx.commit().await?;
    }
}

/// The folded words: one space between values and lines, which folding has taken out of them, so that no search runs over their borders.
fn folded(values: &Values, number: Option<&str>, pages: &[&PageText]) -> String {
    let values = FIELDS.iter().filter_map(|field| values.get(field).map(|value| sound::folded(value)));
    let lines = pages.iter().flat_map(|page| page.lines.iter()).flat_map(|line| {
        let text = line.text();
        // A date of the page is found however it is written, as those of the values are.
        let days = days_of(&text).into_iter().map(|day| sound::folded(&day.to_string()));
        std::iter::once(sound::folded(&text)).chain(days)
    });
    let mut out = String::new();
    let mut left = LONGEST;
    for part in values.chain(number.map(sound::folded)).chain(lines).filter(|part| !part.is_empty()) {
        let count = part.chars().count();
        if count > left {
            break;
        }
        left -= count;
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&part);
    }
    out
}

/// The whole dates of a line.
fn days_of(line: &str) -> Vec<jiff::civil::Date> {
    let chars: Vec<char> = fold::squeeze(line).chars().collect();
    let days = wareki::dates(&chars).into_iter().filter_map(|seen| match seen.written {
        wareki::Written::Day(day) => Some(day),
        _ => None,
    });
    days.collect()
}

/// Every pair of neighbouring characters once, as letters; the last character of a value stands before a space.
pub(in crate::store) fn grams(folded: &str) -> String {
    let mut pairs = BTreeSet::new();
    for part in folded.split(' ').filter(|part| !part.is_empty()) {
        let chars: Vec<char> = part.chars().chain(std::iter::once(' ')).collect();
        pairs.extend(chars.windows(2).map(gram));
    }
    pairs.into_iter().collect::<Vec<_>>().join(" ")
}

/// Characters as five letters each: neither database's parser has an opinion about them.
fn gram(chars: &[char]) -> String {
    let letter = |code: u32, place: u32| char::from(b'a' + ((code >> (4 * place)) & 15) as u8);
    chars.iter().flat_map(|c| (0..5).rev().map(move |place| letter(*c as u32, place))).collect()
}

/// What is searched for, as the statements take it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sought {
    /// LIKE pattern of everything that was typed, without its spaces.
    pub whole: Option<String>,
    /// LIKE patterns of up to three words, all of which must be there.
    pub words: [Option<String>; 3],
    /// LIKE pattern of the day as values keep it, where a date was typed.
    pub day: Option<String>,
    /// The day, as a span of receipt.
    pub from: Option<Timestamp>,
    /// End of that span.
    pub to: Option<Timestamp>,
    /// What the index of pairs is asked for.
    pub grams: Option<String>,
}

impl Sought {
    /// What `text` asks for; nothing where nothing is left of it.
    pub fn of(text: Option<&str>) -> Sought {
        let Some((text, whole)) = text.and_then(|text| Some((text, sound::pattern(text)?))) else {
            return Sought::default();
        };
        let words: Vec<String> =
            text.split_whitespace().map(sound::folded).filter(|word| !word.is_empty()).take(3).collect();
        let mut queries = vec![asked(&sound::folded(text))];
        if words.len() > 1 {
            queries.push(words.iter().map(|word| asked(word)).collect::<Vec<_>>().join(" AND "));
        }
        let day = wareki::first_day(text);
        let day_folded = day.map(|day| sound::folded(&day.to_string()));
        queries.extend(day_folded.as_deref().map(asked));
        let from = day.map(|day| Timestamp::of_japan(day.to_datetime(jiff::civil::Time::midnight())));
        let mut patterns = words.iter().map(|word| sound::pattern(word));
        let first = patterns.next().flatten();
        let mut another = || patterns.next().flatten().or_else(|| first.clone());
        Sought {
            words: [first.clone(), another(), another()],
            whole: Some(whole),
            day: day_folded.as_deref().and_then(sound::pattern),
            to: from.map(|from| from.plus_ms(DAY_MS)),
            from,
            grams: Some(queries.join(" OR ")),
        }
    }
}

/// One folded word as the index is asked for it: its pairs, or all pairs that begin with its only character.
fn asked(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    if let [only] = chars.as_slice() {
        return format!("{}*", gram(&[*only]));
    }
    let pairs: BTreeSet<String> = chars.windows(2).map(gram).collect();
    pairs.into_iter().take(MOST_PAIRS).collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_begins_a_pair_and_pairs_never_run_over_a_border() {
        let pairs = grams("ab c");
        assert_eq!(pairs.split(' ').count(), 3, "ab, b and c before a border");
        assert!(!pairs.contains(&gram(&['b', 'c'])));
        assert_eq!(gram(&['a', '風']).len(), 10);
        assert!(pairs.chars().all(|c| c == ' ' || ('a'..='p').contains(&c)));
    }

    #[test]
    fn a_date_is_sought_as_written_as_kept_and_as_a_day_of_receipt() {
        for written in ["昭和32年4月5日", "S32.4.5", "1957-04-05", "1957年4月5日"] {
            let sought = Sought::of(Some(written));
            assert_eq!(sought.day.as_deref(), Some("%19570405%"), "{written}");
            assert_eq!(sought.from.unwrap().japan().to_string(), "1957-04-05T00:00:00");
        }
        assert_eq!(Sought::of(Some("風間 灯")).day, None);
        assert_eq!(Sought::of(Some(" 　")), Sought::default());
        let two = Sought::of(Some("風間 内科"));
        assert_eq!(two.words[1].as_deref(), Some("%内科%"));
        assert!(two.grams.unwrap().contains(" OR "));
        assert!(Sought::of(Some("澪")).grams.unwrap().ends_with('*'));
    }
}
