//! A mailbox on the real server, a database, a clock, and the task that watches; and a client of the test's own that writes mails.

use crate::support::dovecot::{Dovecot, PASSWORD, dovecot, fresh_user};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uketsuke::db::Db;
use uketsuke::domain::Clock;
use uketsuke::files::Files;
use uketsuke::pipeline::ReceiveHandle;
use uketsuke::store::deliveries::Delivery;
use uketsuke::store::incoming::Incoming;
use uketsuke::store::mailboxes::{self, MailFolder};
use uketsuke::watch::mailbox::{self, MailboxSource};

/// The test's own way into a mailbox.
pub type Client = async_imap::Session<TcpStream>;

/// One mailbox and who watches it.
pub struct Office {
    pub base: TempDir,
    pub server: &'static Dovecot,
    pub user: String,
    pub receive: ReceiveHandle,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Office {
    pub async fn new(db: Db) -> Office {
        let base = tempfile::tempdir().unwrap();
        let receive = ReceiveHandle {
            files: Files::open(base.path().join("files")).unwrap(),
            db,
            clock: Clock::System,
            wake: Arc::new(Notify::new()),
        };
        std::fs::write(base.path().join("password"), PASSWORD).unwrap();
        let office = Office {
            base,
            server: dovecot(),
            user: fresh_user(),
            receive,
            stop: watch::channel(false).0,
            tasks: Vec::new(),
        };
        let mut client = office.client().await;
        client.select("INBOX").await.unwrap();
        client.logout().await.unwrap();
        office
    }

    /// On scratch SQLite.
    pub async fn sqlite() -> Office {
        let place = crate::support::Place::sqlite();
        let db = uketsuke::store::open(&place.url().await).await.unwrap();
        // The folder has to outlive the database.
        std::mem::forget(place);
        Office::new(db).await
    }

    /// The source, in the clear over loopback unless `more` says otherwise.
    pub fn source(&self, more: &str) -> MailboxSource {
        self.source_with(&format!("port = {}\nsecurity = 'none'\npassword_file = 'password'\n{more}", self.server.port))
    }

    pub fn source_with(&self, keys: &str) -> MailboxSource {
        let head = format!("channel='email'\n[[source]]\nname = '{0}'\nuser = '{0}'\nhost = 'localhost'\n", self.user);
        let mut source = mailbox::settings::parse(&format!("{head}{keys}\n"), self.base.path()).unwrap().remove(0);
        source.retry_ms = 40;
        source
    }

    /// Starts watching every folder of the source.
    pub fn watch(&mut self, source: MailboxSource) {
        let source = Arc::new(source);
        // Those who watch already go on.
        if self.tasks.is_empty() {
            self.stop = watch::channel(false).0;
        }
        for folder in source.folders.clone() {
            let (source, receive) = (source.clone(), self.receive.clone());
            self.tasks.push(tokio::spawn(mailbox::run(source, folder, receive, self.stop.subscribe())));
        }
    }

    /// Stops watching, as at shutdown.
    pub async fn rest(&mut self) {
        self.stop.send(true).ok();
        for task in self.tasks.drain(..) {
            task.await.unwrap();
        }
    }

    pub async fn client(&self) -> Client {
        client_of(self.server.port, &self.user).await
    }

    pub async fn append(&self, folder: &str, mail: &[u8]) {
        let mut client = self.client().await;
        client.append(folder, None, None, mail).await.unwrap();
        client.logout().await.unwrap();
    }

    /// How many messages a folder has on the server; 0 when there is no such folder.
    pub async fn count(&self, folder: &str) -> u32 {
        let mut client = self.client().await;
        client.examine(folder).await.map_or(0, |mailbox| mailbox.exists)
    }

    /// Oldest first.
    pub async fn deliveries(&self) -> Vec<Delivery> {
        crate::support::all_deliveries(&self.receive.db).await
    }

    pub async fn held(&self) -> Vec<Incoming> {
        crate::support::held(&self.receive.db).await
    }

    pub async fn state(&self, folder: &str) -> Option<MailFolder> {
        let mut tx = self.receive.db.read().await.unwrap();
        mailboxes::find(&mut tx, &self.user, folder).await.unwrap()
    }

    /// Waits until so many deliveries are there and nothing waits any more.
    pub async fn received(&self, count: usize) {
        self.until(&format!("{count} deliveries"), 60, async || self.deliveries().await.len() >= count).await;
    }

    /// Waits until the folder has been looked through without trouble since now.
    pub async fn looked(&self, folder: &str) {
        let before = Clock::System.now();
        let fresh = async || {
            let state = self.state(folder).await;
            state
                .is_some_and(|s| s.trouble.is_empty() && s.last_contact.is_some_and(|at| at > before) && s.waiting == 0)
        };
        self.until("a look", 60, fresh).await;
    }

    pub async fn until(&self, what: &str, seconds: u64, met: impl AsyncFn() -> bool) {
        let since = Instant::now();
        while !met().await {
            if since.elapsed() > Duration::from_secs(seconds) {
                panic!("{what} did not come: {:?}, {:?}", self.state("INBOX").await, self.held().await);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

/// A way into the mailbox of `user`.
pub async fn client_of(port: u16, user: &str) -> Client {
    let mut client = async_imap::Client::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    client.read_response().await.unwrap();
    client.login(user, PASSWORD).await.map_err(|(error, _)| error).unwrap()
}

/// A small mail; each `word` is another one.
pub fn mail(word: &str) -> Vec<u8> {
    mail_with(word, word)
}

pub fn mail_with(id: &str, body: &str) -> Vec<u8> {
    format!(
        "From: clinic@example.jp\r\nTo: renkei@example.jp\r\nSubject: invented\r\nMessage-ID: <{id}@example.jp>\r\n\
         Date: Mon, 2 Nov 2026 09:00:00 +0900\r\n\r\n{body}\r\n"
    )
    .into_bytes()
}

/// Puts mails into a Maildir as a delivering server does.
pub fn drop_mails(maildir: &Path, mails: impl Iterator<Item = (String, Vec<u8>)>) {
    for (name, bytes) in mails {
        // Mails on disk have lone line feeds.
        let bytes = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        std::fs::write(maildir.join("new").join(name), bytes).unwrap();
    }
}
