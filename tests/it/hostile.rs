//! Files cut, bent and dressed as others, one after another through the real child: each gets an answer, in time, in bounds.
//!
//! A few in every run; `tools/hostile/run.sh FOLDER…` takes every mutation of the samples and of all files in those folders.

use crate::jail::{decoded, settings};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use uketsuke::domain::Trouble;
use uketsuke::jail::{Jail, Limits, Settings};
use uketsuke::stages::unpack::sniff;

/// Larger files only cost time.
const LARGEST: u64 = 2 << 20;
const MAGICS: [&[u8]; 10] = [
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"%PDF-1.7\n",
    b"\xFF\xD8\xFF\xE0",
    b"\x89PNG\r\n\x1A\n",
    b"PK\x03\x04\x14\0\0\0",
    b"GIF89a",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"\x78\x9F\x3E\x22\0\0",
    b"From: a@b\r\nTo: c@d\r\n",
];

/// What is done to a file.
#[derive(Clone, Copy)]
enum Bend {
    Not,
    /// Only so many tenths of it are left.
    Cut(usize),
    /// So many bytes are others, as this seed says.
    Flip(usize, u64),
    /// It begins as another format does.
    Dress(usize),
}

fn bent(bytes: &[u8], bend: Bend) -> Vec<u8> {
    let mut out = bytes.to_vec();
    match bend {
        Bend::Not => {}
        Bend::Cut(tenths) => out.truncate(bytes.len() * tenths / 10),
        Bend::Flip(count, seed) => {
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ bytes.len() as u64;
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            for _ in 0..count {
                let at = (next() % bytes.len().max(1) as u64) as usize;
                // Half of them near the beginning, where formats say what they are.
                let at = if next() % 2 == 0 { at % 512.min(bytes.len().max(1)) } else { at };
                if let Some(byte) = out.get_mut(at) {
                    *byte = next() as u8;
                }
            }
        }
        Bend::Dress(magic) => {
            let magic = MAGICS[magic % MAGICS.len()];
            let end = magic.len().min(out.len());
            out.splice(..end, magic.iter().copied());
        }
    }
    out
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() && entry.metadata().is_ok_and(|about| about.len() <= LARGEST) => {
                    found.push(entry.path());
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// The highest resident memory of any sealed child of this process, in kibibytes, looked at again and again until it is dropped.
struct Scale(Arc<AtomicU64>, Arc<AtomicBool>);

impl Scale {
    fn stand() -> Self {
        let scale = Self(Arc::default(), Arc::default());
        let (highest, over) = (Arc::clone(&scale.0), Arc::clone(&scale.1));
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                let heaviest = sealed().filter_map(|child| {
                    let told = std::fs::read_to_string(child.join("status")).ok()?;
                    told.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
                });
                highest.fetch_max(heaviest.max().unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        scale
    }
}

impl Drop for Scale {
    fn drop(&mut self) {
        self.1.store(true, Ordering::Relaxed);
    }
}

fn sealed() -> impl Iterator<Item = PathBuf> {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let numbers = children.flat_map(|told| told.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    numbers.map(|number| Path::new("/proc").join(number)).filter(|child| {
        std::fs::read(child.join("cmdline")).is_ok_and(|line| line.windows(8).any(|w| w == b"__sealed"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_to_a_file_there_is_an_answer() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/docs");
    let (mut sources, mut bends) = (files(&samples), vec![Bend::Not, Bend::Cut(5), Bend::Flip(20, 1)]);
    if let Some(folders) = std::env::var_os("UKETSUKE_HOSTILE") {
        sources.extend(std::env::split_paths(&folders).flat_map(|folder| files(&folder)));
        bends = (1..10).map(Bend::Cut).chain([Bend::Not]).collect();
        bends.extend((0..6).map(|seed| Bend::Flip(1 << seed, seed)));
        bends.extend((0..4).map(Bend::Dress));
    } else {
        // One of each kind and size is enough for every day.
        sources = sources.into_iter().step_by(4).collect();
    }
    let work: Vec<(PathBuf, Bend, usize)> = sources
        .iter()
        .enumerate()
        .flat_map(|(n, path)| bends.iter().enumerate().map(move |(m, bend)| (path.clone(), *bend, n + m)))
        .collect();
    let limits = Limits { decode_wall_ms: 60_000, ..Limits::default() };
    let ceiling_kib = limits.memory_bytes >> 10;
    let jail = Jail::new(Settings { limits, ..settings() });
    let table: Mutex<BTreeMap<String, BTreeMap<String, u32>>> = Mutex::default();
    let (scale, slowest, next) = (Scale::stand(), Mutex::new(Duration::ZERO), AtomicU64::new(0));
    let (work, table, slowest, next) = (Arc::new(work), Arc::new(table), Arc::new(slowest), Arc::new(next));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (jail, work, table) = (jail.clone(), Arc::clone(&work), Arc::clone(&table));
        let (slowest, next) = (Arc::clone(&slowest), Arc::clone(&next));
        workers.spawn(async move {
            while let Some((path, bend, n)) = work.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                let bend = match bend {
                    Bend::Dress(magic) => Bend::Dress(magic + n),
                    bend => *bend,
                };
                let bytes = bent(&std::fs::read(path).expect("a file"), bend);
                let format = sniff(&bytes).map_or("none of ours".to_owned(), |format| format!("{format:?}"));
                let began = Instant::now();
                let (pages, answer) = decoded(&jail, bytes).await;
                let mut slowest = slowest.lock().expect("no panic");
                *slowest = slowest.max(began.elapsed());
                let answer = match answer.trouble {
                    None => "whole".to_owned(),
                    Some(trouble) if pages.is_empty() => trouble.code().to_owned(),
                    Some(trouble) => format!("pages, and {}", trouble.code()),
                };
                if answer.contains(Trouble::WorkerCrashed.code()) || answer.contains(Trouble::TimedOut.code()) {
                    eprintln!("{answer}: {} as {format}, piece of work {n}", path.display());
                }
                *table.lock().expect("no panic").entry(format).or_default().entry(answer).or_default() += 1;
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.expect("no panic");
    }
    let highest = scale.0.load(Ordering::Relaxed);
    let table = table.lock().expect("no panic");
    for (format, answers) in table.iter() {
        println!("{format}: {answers:?}");
    }
    let slowest = *slowest.lock().expect("no panic");
    println!("{} files, the slowest {} ms, a child's peak {} MiB", work.len(), slowest.as_millis(), highest >> 10);
    let lost =
        |trouble: Trouble| table.values().flatten().filter(|(answer, _)| answer.contains(trouble.code())).count();
    assert_eq!((lost(Trouble::TimedOut), lost(Trouble::WorkerCrashed)), (0, 0), "{table:?}");
    assert!(highest > 0 && highest < ceiling_kib);
    assert_eq!(jail.breaches(), 0);
}
