//! UIDs and what is asked for them: numbers far apart are all found, bodies come in bounded batches, and what a person deletes meanwhile stops nothing.

use super::office::{Office, drop_mails, mail, mail_with};
use super::proxy::Proxy;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The server's next message gets this UID.
fn next_is(office: &Office, uid: u32) {
    let maildir = office.server.maildir(&office.user, "");
    let list = maildir.join("dovecot-uidlist");
    let text = std::fs::read_to_string(&list).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    let number = |word: &str| word.strip_prefix('N').is_some_and(|digits| digits.parse::<u32>().is_ok());
    let head: Vec<String> =
        head.split(' ').map(|word| if number(word) { format!("N{uid}") } else { word.to_owned() }).collect();
    std::fs::write(&list, format!("{}\n{rest}", head.join(" "))).unwrap();
    // What it has noted beside the list is made anew from it.
    for entry in std::fs::read_dir(maildir).unwrap().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with("dovecot.index")) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_far_apart_are_all_found() {
    let mut office = Office::sqlite().await;
    // Round the borders of what one search asks for, and a gap wider than that.
    let wanted: [u32; 9] = [1, 19_999, 20_000, 20_001, 39_999, 40_000, 40_001, 60_001, 99_000];
    let mut bytes = 0;
    for uid in wanted {
        next_is(&office, uid);
        let letter = mail(&format!("w{uid}"));
        bytes += letter.len() as i64;
        office.append("INBOX", &letter).await;
    }
    let mut client = office.client().await;
    client.examine("INBOX").await.unwrap();
    let there: BTreeSet<u32> = client.uid_search("ALL").await.unwrap().into_iter().collect();
    assert_eq!(there, BTreeSet::from(wanted), "the server has them under these numbers");

    let source = office.source("afterwards='leave'\npoll_seconds=1");
    office.watch(source.clone());
    office.received(wanted.len()).await;
    office.looked("INBOX").await;
    let state = office.state("INBOX").await.unwrap();
    assert_eq!((state.received, state.body_bytes), (wanted.len() as i64, bytes));
    // Far beyond, while somebody watches.
    office.append("INBOX", &mail("later")).await;
    office.received(wanted.len() + 1).await;
    office.rest().await;
    let before = office.state("INBOX").await.unwrap();
    office.watch(source);
    office.looked("INBOX").await;
    office.rest().await;
    assert_eq!(office.deliveries().await.len(), wanted.len() + 1);
    assert_eq!(office.state("INBOX").await.unwrap().body_bytes, before.body_bytes, "nothing is fetched again");
}

/// The UIDs that a command names.
fn named(line: &str) -> BTreeSet<u32> {
    let set = line.split("UID FETCH ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    set.split(',')
        .flat_map(|run| {
            let (first, last) = run.split_once(':').unwrap_or((run, run));
            first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_come_in_bounded_batches_and_stay_unread() {
    let mut office = Office::sqlite().await;
    let maildir = office.server.maildir(&office.user, "");
    let small = |from: u32, to: u32| (from..to).map(|n| (format!("{n:03}"), mail(&n.to_string())));
    drop_mails(&maildir, small(0, 70));
    drop_mails(&maildir, [("070".to_owned(), mail_with("large", &"x".repeat(76).repeat(240_000)))].into_iter());
    drop_mails(&maildir, small(71, 121));
    let mut client = office.client().await;
    client.examine("INBOX").await.unwrap();
    let large: BTreeSet<u32> = client.uid_search("LARGER 10000000").await.unwrap().into_iter().collect();
    assert_eq!(large.len(), 1);

    let (proxy, heard) = Proxy::listening(office.server.port, |_| async {}).await;
    let mut source = office.source("afterwards='leave'\npoll_seconds=1\nmax_mebibytes=40");
    source.port = proxy.port;
    office.watch(source);
    office.received(121).await;
    office.rest().await;
    let heard = heard.lock().unwrap().clone();
    let batches: Vec<BTreeSet<u32>> = heard
        .iter()
        .filter(|line| line.contains("UID FETCH") && line.contains("(UID BODY"))
        .map(|l| named(l))
        .collect();
    assert!(batches.iter().all(|batch| batch.len() <= 50), "{batches:?}");
    assert!(batches.contains(&large), "what fills a batch stands alone: {batches:?}");
    let all: BTreeSet<u32> = batches.iter().flatten().copied().collect();
    assert_eq!((all.len(), batches.iter().map(BTreeSet::len).sum::<usize>()), (121, 121), "each once");
    assert!(batches.len() < 12, "and not one by one: {batches:?}");
    // Nothing that marks a message as read is ever said.
    let marking = |line: &&String| line.replace("BODY.PEEK[", "").contains("BODY[") || line.contains("(RFC822)");
    assert_eq!(heard.iter().find(marking), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_deleted_between_list_and_fetch_stops_no_other() {
    let mut office = Office::sqlite().await;
    office.client().await.create("Trash").await.unwrap();
    for n in 1..=3 {
        office.append("INBOX", &mail(&format!("w{n}"))).await;
    }
    let (port, user, done) = (office.server.port, office.user.clone(), Arc::new(AtomicBool::new(false)));
    let took = Arc::clone(&done);
    let (proxy, _) = Proxy::listening(port, move |line| {
        let (user, done) = (user.clone(), Arc::clone(&done));
        async move {
            if line.contains("(UID BODY") && !done.swap(true, Ordering::Relaxed) {
                let mut person = super::office::client_of(port, &user).await;
                person.select("INBOX").await.unwrap();
                person.uid_mv("2", "Trash").await.unwrap();
                person.logout().await.unwrap();
            }
        }
    })
    .await;
    let mut source = office.source("afterwards='leave'\npoll_seconds=1");
    source.port = proxy.port;
    office.watch(source);
    office.received(2).await;
    office.looked("INBOX").await;
    assert!(took.load(Ordering::Relaxed) && office.count("Trash").await == 1, "it was taken away");
    office.rest().await;
    // Some servers give what another session has just taken away; then it has been received, and once.
    let deliveries = office.deliveries().await.len();
    assert!((2..=3).contains(&deliveries), "{deliveries}");
    assert!(office.held().await.is_empty(), "{:?}", office.held().await);
    assert_eq!(office.state("INBOX").await.unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_deleted_before_it_was_acknowledged_is_done_with() {
    let mut office = Office::sqlite().await;
    office.client().await.create("Trash").await.unwrap();
    office.append("INBOX", &mail("one")).await;
    let proxy = Proxy::refusing(office.server.port, "UID MOVE", "").await;
    let mut source = office.source("poll_seconds=1");
    source.port = proxy.port;
    office.watch(source);
    office.received(1).await;
    office.rest().await;
    let mut person = office.client().await;
    person.select("INBOX").await.unwrap();
    person.uid_mv("1", "Trash").await.unwrap();
    person.logout().await.unwrap();
    office.watch(office.source("poll_seconds=1"));
    office.looked("INBOX").await;
    office.until("nothing shown", 20, async || office.held().await.is_empty()).await;
    office.rest().await;
    assert_eq!(office.deliveries().await.len(), 1);
    let mut tx = office.receive.db.read().await.unwrap();
    let validity = u32::try_from(office.state("INBOX").await.unwrap().uid_validity).unwrap();
    let open = uketsuke::store::mails::open(&mut tx, &office.user, "INBOX", validity).await.unwrap();
    assert!(open.is_empty(), "nothing is left to be done on the server");
}
