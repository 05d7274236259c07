//! The commands: each answer counts only when the server has said that it was whole. What a server writes in words is never kept.

use super::door::{PATIENCE, Session};
use super::settings::MailboxSource;
use super::trouble::Trouble;
use super::{marks, utf7};
use crate::domain::Timestamp;
use crate::net::Meter;
use async_imap::error::Error as Imap;
use async_imap::imap_proto::{AttributeValue, MailboxDatum, RequestId, Response, Status};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

/// What may come in with one command that carries no bodies.
const LIST_BYTES: u64 = 32 << 20;
/// UIDs asked for with one search, so that an answer stays a line of bearable length.
const WINDOW: u32 = 20_000;

/// A folder as the server has it now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selected {
    pub validity: u32,
    pub next_uid: Option<u32>,
    pub exists: u32,
}

/// What is known of a message before its body is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub uid: u32,
    pub size: u64,
    pub arrived: Timestamp,
    pub message_key: String,
}

/// A signed-in connection with one folder.
pub(super) struct Talk<'a> {
    pub session: &'a mut Session,
    pub meter: &'a Meter,
}

/// A command under way.
pub(super) struct Asked {
    id: RequestId,
    patience: Duration,
}

impl Talk<'_> {
    /// Opens the folder; only for looking where nothing is to be changed in it.
    pub async fn select(&mut self, folder: &str, read_only: bool) -> Result<Selected, Trouble> {
        self.meter.allow(LIST_BYTES);
        let name = utf7::encode(folder);
        let opened =
            async { if read_only { self.session.examine(&name).await } else { self.session.select(&name).await } };
        let mailbox = timeout(PATIENCE, opened).await?.map_err(|error| match error {
            Imap::No(_) => Trouble::NoFolder,
            other => other.into(),
        })?;
        // A server without UIDs that last is none we can serve: every message would come again and again.
        let validity = mailbox.uid_validity.ok_or(Trouble::Answer)?;
        Ok(Selected { validity, next_uid: mailbox.uid_next, exists: mailbox.exists })
    }

    /// Every UID from `from` on that is of interest.
    pub async fn uids(
        &mut self,
        source: &MailboxSource,
        from: u32,
        next: Option<u32>,
    ) -> Result<BTreeSet<u32>, Trouble> {
        let since = source.since.map(|day| day.strftime(" SINCE %-d-%b-%Y").to_string()).unwrap_or_default();
        let mut found = BTreeSet::new();
        let mut start = from.max(1);
        if let Some(next) = next {
            while start.saturating_add(WINDOW) < next {
                let end = start + WINDOW - 1;
                found.append(&mut self.search(&format!("UID {start}:{end}{since}")).await?);
                start = end + 1;
            }
        }
        found.append(&mut self.search(&format!("UID {start}:*{since}")).await?);
        // `n:*` always names the last message, even below n.
        Ok(found.split_off(&from))
    }

    /// Which of these are still there.
    pub async fn still_there(&mut self, uids: &[u32]) -> Result<BTreeSet<u32>, Trouble> {
        let mut found = BTreeSet::new();
        for some in uids.chunks(1_000) {
            found.append(&mut self.search(&format!("UID {}", set(some))).await?);
        }
        Ok(found)
    }

    async fn search(&mut self, what: &str) -> Result<BTreeSet<u32>, Trouble> {
        self.meter.allow(LIST_BYTES);
        let asked = self.ask(&format!("UID SEARCH {what}"), PATIENCE).await?;
        let mut found = BTreeSet::new();
        let uids = |answer: &Response<'_>| match answer {
            Response::MailboxData(MailboxDatum::Search(uids)) => uids.clone(),
            _ => Vec::new(),
        };
        while let Some(uids) = self.next(&asked, uids).await? {
            found.extend(uids);
        }
        Ok(found)
    }

    /// Sizes and times of these messages, and their Message-IDs where `named`; those that are gone are missing.
    pub async fn envelopes(&mut self, uids: &[u32], named: bool) -> Result<Vec<Envelope>, Trouble> {
        self.meter.allow(LIST_BYTES);
        let header = if named { " BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]" } else { "" };
        let command = format!("UID FETCH {} (UID RFC822.SIZE INTERNALDATE{header})", set(uids));
        let asked = self.ask(&command, PATIENCE).await?;
        let mut found = Vec::new();
        while let Some(answer) = self.next(&asked, envelope).await? {
            found.extend(answer.filter(|envelope| uids.contains(&envelope.uid)));
        }
        Ok(found)
    }

    /// Asks for whole messages; `next_body` then gives one after the other.
    pub async fn ask_bodies(&mut self, uids: &[u32], bytes: u64) -> Result<Asked, Trouble> {
        // Servers may say a size that is a little off; ten times it is something else.
        self.meter.allow(bytes.saturating_mul(2) + (4 << 20));
        // A line of a megabit a second, and the server's own time.
        let patience = PATIENCE + Duration::from_millis(bytes / 100);
        self.ask(&format!("UID FETCH {} (UID BODY.PEEK[])", set(uids)), patience).await
    }

    /// The next whole message, with its UID; `None` when the server has said that these were all.
    pub async fn next_body(&mut self, asked: &Asked) -> Result<Option<(u32, Vec<u8>)>, Trouble> {
        while let Some(answer) = self.next(asked, body).await? {
            if answer.is_some() {
                return Ok(answer);
            }
        }
        Ok(None)
    }

    /// Runs a command of which only the end matters.
    pub async fn plainly(&mut self, command: &str) -> Result<(), Trouble> {
        self.meter.allow(LIST_BYTES);
        let asked = self.ask(command, PATIENCE).await?;
        while self.next(&asked, |_| ()).await?.is_some() {}
        Ok(())
    }

    async fn ask(&mut self, command: &str, patience: Duration) -> Result<Asked, Trouble> {
        let id = timeout(PATIENCE, self.session.run_command(command)).await??;
        Ok(Asked { id, patience })
    }

    /// What `take` makes of the next answer; `None` at the end of the command, an error when it was refused or the connection ended first.
    async fn next<T>(&mut self, asked: &Asked, take: impl FnOnce(&Response<'_>) -> T) -> Result<Option<T>, Trouble> {
        let answer = timeout(asked.patience, self.session.read_response()).await??.ok_or(Trouble::Lost)?;
        match answer.parsed() {
            Response::Done { tag, status, .. } if *tag == asked.id => match status {
                Status::Ok => Ok(None),
                _ => Err(Trouble::Said),
            },
            Response::Data { status: Status::Bye, .. } => Err(Trouble::Lost),
            answer => Ok(Some(take(answer))),
        }
    }
}

fn envelope(answer: &Response<'_>) -> Option<Envelope> {
    let Response::Fetch(_, attributes) = answer else { return None };
    let (mut uid, mut size, mut arrived, mut message_key) = (None, None, Timestamp(0), String::new());
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(found) => uid = Some(*found),
            AttributeValue::Rfc822Size(found) => size = Some(u64::from(*found)),
            AttributeValue::InternalDate(text) => arrived = moment(text),
            AttributeValue::BodySection { data: Some(header), .. } => message_key = marks::message_key(header),
            _ => {}
        }
    }
    Some(Envelope { uid: uid?, size: size?, arrived, message_key })
}

fn body(answer: &Response<'_>) -> Option<(u32, Vec<u8>)> {
    let Response::Fetch(_, attributes) = answer else { return None };
    let uid = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    });
    let bytes = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section: None, data: Some(bytes), .. } => Some(bytes.to_vec()),
        _ => None,
    });
    Some((uid?, bytes?))
}

/// `INTERNALDATE`, for instance ` 1-Nov-2026 09:05:00 +0900`; the epoch when it is none.
fn moment(text: &str) -> Timestamp {
    let parsed = jiff::Timestamp::strptime("%d-%b-%Y %H:%M:%S %z", text.trim());
    Timestamp(parsed.map_or(0, |moment| moment.as_millisecond()))
}

/// UIDs as a command names them, runs put together.
pub(super) fn set(uids: &[u32]) -> String {
    let sorted: BTreeSet<u32> = uids.iter().copied().collect();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in sorted {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == uid => *end = uid,
            _ => runs.push((uid, uid)),
        }
    }
    let word = |(start, end): &(u32, u32)| if start == end { start.to_string() } else { format!("{start}:{end}") };
    runs.iter().map(word).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_uids_are_put_together() {
        assert_eq!(set(&[7]), "7");
        assert_eq!(set(&[3, 1, 2, 9, 8, 20]), "1:3,8:9,20");
        assert_eq!(set(&[u32::MAX - 1, u32::MAX - 2]), format!("{}:{}", u32::MAX - 2, u32::MAX - 1));
    }

    #[test]
    fn times_are_read() {
        assert_eq!(moment(" 1-Nov-2026 09:05:00 +0900"), Timestamp(1_793_491_500_000));
        assert_eq!(moment("01-Nov-2026 00:05:00 +0000"), Timestamp(1_793_491_500_000));
        assert_eq!(moment("yesterday"), Timestamp(0));
    }
}
