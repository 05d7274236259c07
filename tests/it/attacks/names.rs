//! Names of files that are handed in: none climbs out of the folder, none is shown as a path.

use super::Tally;
use super::headers::raw;
use super::paths::CLIMBING;
use crate::support::{Place, room};
use crate::web::seed::Desk;
use crate::web::whole::signed_in;
use uketsuke::store::deliveries;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_of_a_file_climbs_out() {
    let place = Place::sqlite();
    let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
    let (client, csrf) = signed_in(&desk, "mihara").await;
    let mut tally = Tally::of("path traversal, names of files");
    let outside = |desk: &Desk| {
        let root = desk.files.root().to_owned();
        let above = root.parent().expect("a folder above").to_owned();
        room::files_below(&above).into_iter().filter(move |(path, _)| !path.starts_with(&root)).count()
    };
    let before = outside(&desk);
    let cookie = client.cookie();
    for (at, bad) in CLIMBING
        .iter()
        .chain(&["..%2F..%2Fx.tif", "C%3A%5Cx%5C..%5C..%5Cx.tif", "%2Fetc%2Fcron.d%2Fx", "a%2F%2E%2E", "%20%2E%2E%20"])
        .enumerate()
    {
        let body = format!("II*\0 {at}");
        let request = format!(
            "POST /upload HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nX-Csrf: {csrf}\r\nX-Once: n-{at}\r\nX-File-Name: {bad}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let answer = raw(&desk, request.as_bytes()).await;
        let status: u16 = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        // Kept under a name without folders, or refused.
        let mut tx = desk.db.read().await.unwrap();
        let rows = deliveries::recent(&mut tx, 1).await.unwrap();
        let name = rows.first().map(|row| row.file_name.clone()).unwrap_or_default();
        let flat = !name.contains(['/', '\\', '\0']) && name != "..";
        tally.attack([201, 400].contains(&status) && flat, || format!("{bad}: {status} {name}"));
    }
    tally.attack(outside(&desk) == before, || "something was written beside the files".into());
    tally.close(20);
}
