//! Telling the server what was received: moved, flagged or left. Only after the commit; a refusal is shown and tried again, and receives nothing twice.

use super::look::Look;
use super::settings::Acknowledge;
use super::talk::set;
use super::trouble::Trouble;
use super::utf7;

/// Messages acknowledged with one command.
const AT_ONCE: usize = 500;

impl Look<'_> {
    /// Acknowledges everything that is received and not yet acknowledged.
    pub(super) async fn acknowledge(&mut self) -> Result<(), Trouble> {
        let all: Vec<u32> = self.memory.unacknowledged.iter().copied().collect();
        for some in all.chunks(AT_ONCE) {
            match self.tell(some).await {
                Ok(()) => {
                    self.memory.refused = false;
                    self.done(some).await?;
                }
                // The messages are safe: whatever the server minds, receiving goes on.
                Err(Trouble::Said) => {
                    if !self.memory.refused {
                        tracing::warn!(source = self.source.name, "received messages cannot be moved or flagged");
                    }
                    self.memory.refused = true;
                    return Ok(());
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(())
    }

    async fn tell(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        let source = self.source;
        let uids = set(uids);
        match &source.acknowledge {
            Acknowledge::Leave => Ok(()),
            Acknowledge::Flag(flag) => self.talk.plainly(&format!("UID STORE {uids} +FLAGS.SILENT ({flag})")).await,
            Acknowledge::Move(done) => {
                let done = quoted(done);
                match self.shift(&uids, &done).await {
                    // Not there yet, most likely.
                    Err(Trouble::Said) => {
                        match self.talk.plainly(&format!("CREATE {done}")).await {
                            Ok(()) => self.talk.plainly(&format!("SUBSCRIBE {done}")).await.or_else(said)?,
                            Err(trouble) => said(trouble)?,
                        }
                        self.shift(&uids, &done).await
                    }
                    other => other,
                }
            }
        }
    }

    async fn shift(&mut self, uids: &str, done: &str) -> Result<(), Trouble> {
        if self.can.moves {
            return self.talk.plainly(&format!("UID MOVE {uids} {done}")).await;
        }
        self.talk.plainly(&format!("UID COPY {uids} {done}")).await?;
        self.talk.plainly(&format!("UID STORE {uids} +FLAGS.SILENT (\\Deleted)")).await?;
        // A plain EXPUNGE would take what others have marked.
        if self.can.expunge_some { self.talk.plainly(&format!("UID EXPUNGE {uids}")).await } else { Ok(()) }
    }
}

/// A refusal is no reason to stop.
fn said(trouble: Trouble) -> Result<(), Trouble> {
    if trouble == Trouble::Said { Ok(()) } else { Err(trouble) }
}

fn quoted(folder: &str) -> String {
    format!("\"{}\"", utf7::encode(folder).replace('\\', "\\\\").replace('"', "\\\""))
}
