//! Folders of shared mailboxes and how each stands: what the status page shows. How far one was read is in `mails`.

use super::Result;
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::Timestamp;

/// A folder of a mailbox as last seen.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct MailFolder {
    /// Name of the source.
    pub source: String,
    /// The folder, as the configuration names it.
    pub folder: String,
    /// The generation of its UIDs; 0 before the first contact.
    pub uid_validity: i64,
    /// Why it cannot be read, in Japanese for staff; empty when it can.
    pub trouble: String,
    /// Since when it cannot be read.
    pub failing_since: Option<Timestamp>,
    /// When the server last answered.
    pub last_contact: Option<Timestamp>,
    /// When a message was last received.
    pub last_message: Option<Timestamp>,
    /// Messages in the folder.
    pub messages: i64,
    /// Messages that are still to be received.
    pub waiting: i64,
    /// Messages received from it, ever.
    pub received: i64,
    /// Messages that were known already, ever.
    pub again: i64,
    /// Bytes of whole messages that were fetched, ever.
    pub body_bytes: i64,
    /// Everything that came from the server, ever.
    pub wire_bytes: i64,
}

/// What one look through a folder came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Messages in the folder, where the server said so.
    pub messages: Option<u32>,
    /// Messages that are still to be received.
    pub waiting: usize,
    /// Newly received.
    pub received: u64,
    /// Known already.
    pub again: u64,
    /// Bytes of whole messages fetched.
    pub body_bytes: u64,
    /// All bytes that came.
    pub wire_bytes: u64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT source, folder, uid_validity, trouble, failing_since, last_contact, last_message, messages, \
             waiting, received, again, body_bytes, wire_bytes FROM mail_folder ",
            $rest
        )
    };
}

/// Notes which generation of UIDs the folder has now.
pub async fn selected(tx: &mut WriteTx, source: &str, folder: &str, uid_validity: u32) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO mail_folder (source, folder, uid_validity) VALUES ($1, $2, $3) \
         ON CONFLICT (source, folder) DO UPDATE SET uid_validity = excluded.uid_validity",
        source,
        folder,
        i64::from(uid_validity)
    )?;
    Ok(())
}

/// The folder as last seen.
pub async fn find(tx: &mut ReadTx, source: &str, folder: &str) -> Result<Option<MailFolder>> {
    Ok(optional!(tx, select!("WHERE source = $1 AND folder = $2"), source, folder)?)
}

/// Notes a look that succeeded.
pub async fn looked(tx: &mut WriteTx, source: &str, folder: &str, progress: &Progress, now: Timestamp) -> Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    execute!(
        tx,
        "UPDATE mail_folder SET messages = CASE WHEN $3 >= 0 THEN $3 ELSE messages END, waiting = $4, \
         received = received + $5, again = again + $6, body_bytes = body_bytes + $7, wire_bytes = wire_bytes + $8, \
         trouble = '', failing_since = NULL, last_contact = $9, \
         last_message = CASE WHEN $5 > 0 THEN $9 ELSE last_message END WHERE source = $1 AND folder = $2",
        source,
        folder,
        progress.messages.map_or(-1, i64::from),
        number(progress.waiting as u64),
        number(progress.received),
        number(progress.again),
        number(progress.body_bytes),
        number(progress.wire_bytes),
        now
    )?;
    Ok(())
}

/// Notes that the folder cannot be read; what had come before it failed still counts.
pub async fn failing(
    tx: &mut WriteTx,
    source: &str,
    folder: &str,
    trouble_ja: &str,
    progress: &Progress,
    now: Timestamp,
) -> Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    execute!(
        tx,
        "INSERT INTO mail_folder (source, folder, trouble, failing_since, received, again, body_bytes, wire_bytes) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source, folder) DO UPDATE SET trouble = excluded.trouble, \
         failing_since = COALESCE(mail_folder.failing_since, excluded.failing_since), \
         received = mail_folder.received + excluded.received, again = mail_folder.again + excluded.again, \
         body_bytes = mail_folder.body_bytes + excluded.body_bytes, wire_bytes = mail_folder.wire_bytes + excluded.wire_bytes, \
         last_message = CASE WHEN excluded.received > 0 THEN excluded.failing_since ELSE mail_folder.last_message END",
        source,
        folder,
        trouble_ja,
        now,
        number(progress.received),
        number(progress.again),
        number(progress.body_bytes),
        number(progress.wire_bytes)
    )?;
    Ok(())
}

/// Forgets the state of a folder that is no longer watched; its messages stay known.
pub async fn forget(tx: &mut WriteTx, source: &str, folder: &str) -> Result<()> {
    execute!(tx, "DELETE FROM mail_folder WHERE source = $1 AND folder = $2", source, folder)?;
    Ok(())
}

/// Every folder that is watched, by name.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<MailFolder>> {
    Ok(all!(tx, select!("ORDER BY source, folder"))?)
}
