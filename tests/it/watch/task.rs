//! The task itself, with real events and real time.

use super::desk::{Desk, source, tiff};
use crate::support::on_both_databases;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use uketsuke::domain::Clock;
use uketsuke::watch::run;

async fn until(what: &str, mut there: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !there().await {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

on_both_databases! {
    async fn a_folder_deleted_and_made_anew_is_watched_again(db: Db) {
        let mut desk = Desk::new(db, "");
        desk.receive.clock = Clock::System;
        let mut source = source(desk.base.path(), "done_folder = '../done'\nsidecar = { wait_seconds = 0 }");
        source.stable_ms = 200;
        // So slow that only events can be the reason for what follows.
        source.poll_ms = 600_000;
        std::fs::remove_dir(desk.path("")).unwrap();
        let (stop, stopped) = watch::channel(false);
        let mut slow = source.clone();
        slow.poll_ms = 300;
        let task = tokio::spawn(run(slow, desk.receive.clone(), stopped.clone()));
        until("the alert", async || !desk.held().await.is_empty()).await;
        for n in 1..=3 {
            std::fs::create_dir(desk.path("")).unwrap();
            desk.write("a.tif", &tiff(&format!("round {n}")));
            until("the delivery", async || desk.deliveries().await.len() == n).await;
            until("the move", async || desk.left().is_empty()).await;
            let _ = std::fs::remove_dir(desk.path(".uketsuke-away"));
            std::fs::remove_dir(desk.path("")).unwrap();
            until("the alert", async || !desk.held().await.is_empty()).await;
        }
        stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(60), task).await.unwrap().unwrap();

        std::fs::create_dir(desk.path("")).unwrap();
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(source, desk.receive.clone(), stopped));
        tokio::time::sleep(Duration::from_secs(1)).await;
        desk.write("event.tif", &tiff("woken by an event"));
        until("the event", async || desk.deliveries().await.len() == 4).await;
        std::fs::write(desk.path("b.tmp"), tiff("renamed")).unwrap();
        std::fs::rename(desk.path("b.tmp"), desk.path("b.tif")).unwrap();
        until("the renamed file", async || desk.deliveries().await.len() == 5).await;
        stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(60), task).await.unwrap().unwrap();
    }
}
