//! The wall, with the real child: good documents, bad documents, and children that break every rule.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;
use uketsuke::domain::{GreyImage, Trouble};
use uketsuke::jail::{Decoded, DecodedPage, Jail, Limits, Settings};
use uketsuke::stages::decode;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_uketsuke");

pub(crate) fn settings() -> Settings {
    Settings { program: Some(PROGRAM.into()), recognisers: 1, ..Settings::default() }
}

pub(crate) async fn decoded(jail: &Jail, bytes: Vec<u8>) -> (Vec<DecodedPage>, Decoded) {
    let (sender, mut receiver) = mpsc::channel(1);
    let jail = jail.clone();
    let decoding = tokio::spawn(async move { jail.decode("名前.tif", bytes, sender).await });
    let mut pages = Vec::new();
    while let Some(page) = receiver.recv().await {
        pages.push(page);
    }
    (pages, decoding.await.expect("the jail answers"))
}

async fn trouble(bytes: &[u8]) -> Option<Trouble> {
    decoded(&Jail::new(settings()), bytes.to_vec()).await.1.trouble
}

/// A TIFF of uncompressed one-bit pages, 0 white, as fax boards write them.
fn tiff(pages: &[(u32, u32, u32)]) -> Vec<u8> {
    let mut out = b"II*\0".to_vec();
    let mut link = out.len();
    out.extend([0; 4]);
    for (width, height, y_dpi) in pages {
        let strip = out.len() as u32;
        // A black bar across the upper half.
        let stride = width.div_ceil(8);
        out.extend((0..*height).flat_map(|y| vec![if y < height / 2 { 0xFF } else { 0 }; stride as usize]));
        let ratios = out.len() as u32;
        [204, 1, *y_dpi, 1].iter().for_each(|v: &u32| out.extend(v.to_le_bytes()));
        out.extend(vec![0; out.len() % 2]);
        let here = out.len() as u32;
        out[link..link + 4].copy_from_slice(&here.to_le_bytes());
        let entries: [(u16, u16, u32); 12] = [
            (256, 4, *width),
            (257, 4, *height),
            (258, 3, 1),
            (259, 3, 1),
            (262, 3, 0),
            (273, 4, strip),
            (277, 3, 1),
            (278, 4, *height),
            (279, 4, stride * height),
            (282, 5, ratios),
            (283, 5, ratios + 8),
            (296, 3, 2),
        ];
        out.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, value) in entries {
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(1_u32.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        link = out.len();
        out.extend([0; 4]);
    }
    out
}

const LINES: [&str; 5] = [
    "外来予約のお願い",
    "外科の受診をお願いいたします",
    "金曜日までにご返事ください",
    "電話番号 0999-12-3468",
    "担当 地域連携室",
];

/// A PDF of one page with a few lines of text.
fn pdf() -> Vec<u8> {
    crate::support::pdf::pdf(&LINES, 24, 60, 700)
}

/// A program that passes its first child on to a misbehaving one, and all others to the real one.
pub(crate) fn script(folder: &Path, body: &str) -> PathBuf {
    let path = folder.join("program");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its rights");
    path
}

pub(crate) fn misbehaving(way: &str) -> (TempDir, Settings) {
    let folder = TempDir::new().expect("a folder");
    let program = script(folder.path(), &format!("exec {PROGRAM} __sealed misbehave {way}"));
    let limits = Limits { decode_wall_ms: 4_000, page_wall_ms: 4_000, memory_bytes: 1 << 30, ..Limits::default() };
    (folder, Settings { program: Some(program), limits, ..settings() })
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_out_with_square_pixels() {
    let (pages, answer) = decoded(&Jail::new(settings()), tiff(&[(400, 300, 196), (400, 150, 98)])).await;
    assert_eq!(answer, Decoded { pages: 2, trouble: None });
    let sizes: Vec<_> = pages.iter().map(|p| (p.no.0, p.part, p.image.width, p.image.height)).collect();
    assert_eq!(sizes, [(1, 1, 400, 300), (2, 1, 400, 312)]);
    assert!(pages.iter().all(|p| p.image.pixels[0] == 0 && p.image.pixels.last() == Some(&255)));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_documents_say_what_is_wrong() {
    assert_eq!(trouble(b"").await, Some(Trouble::EmptyFile));
    assert_eq!(trouble(b"<html><body>scan.pdf</body></html>").await, Some(Trouble::UnsupportedFormat));
    assert_eq!(trouble(b"II*\0\xFF\xFF\xFF\xFFgarbage").await, Some(Trouble::Damaged));
    assert_eq!(trouble(b"%PDF-1.4 and nothing else").await, Some(Trouble::Damaged));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_fax_keeps_the_pages_that_arrived() {
    let mut bytes = tiff(&[(400, 300, 196), (400, 300, 196)]);
    bytes.truncate(bytes.len() - 9000);
    let (pages, answer) = decoded(&Jail::new(settings()), bytes).await;
    assert_eq!((pages.len(), answer.trouble), (1, Some(Trouble::Damaged)));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_come_before_work() {
    let mut limits = Limits::default();
    limits.bounds.pages = 2;
    let jail = Jail::new(Settings { limits: limits.clone(), ..settings() });
    let (pages, answer) = decoded(&jail, tiff(&[(40, 30, 196); 5])).await;
    assert_eq!((pages.len(), answer.trouble), (2, Some(Trouble::TooLarge)));
    limits.bounds.page_pixels = 1000;
    let jail = Jail::new(Settings { limits, ..settings() });
    assert_eq!(decoded(&jail, tiff(&[(400, 300, 196)])).await.1.trouble, Some(Trouble::TooLarge));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawn_pdf_is_read_by_layer_and_its_picture_by_eye() {
    let jail = Jail::new(settings());
    let (pages, answer) = decoded(&jail, pdf()).await;
    assert_eq!(answer, Decoded { pages: 1, trouble: None });
    let layer = pages[0].text.as_ref().expect("a sound layer").plain();
    assert!(layer.contains("0999-12-3468") && layer.contains("地域連携室"), "{layer}");
    for _ in 0..2 {
        let read = jail.recognise(decode::png(&pages[0].image)).await.expect("a page");
        let seen = read.text.plain();
        assert!(seen.contains("0999-12-3468") && seen.contains("連携室"), "{seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_on_its_head_is_turned() {
    let jail = Jail::new(settings());
    let (pages, _) = decoded(&jail, pdf()).await;
    let upside = uketsuke::stages::recognise::turned(&pages[0].image, 180);
    let read = jail.recognise(decode::png(&upside)).await.expect("a page");
    assert_eq!(read.text.rotation, 180);
    assert!(read.upright.is_some() && read.text.plain().contains("3468"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_page_is_blank() {
    let page = GreyImage { width: 800, height: 1100, pixels: vec![255; 800 * 1100] };
    let read = Jail::new(settings()).recognise(decode::png(&page)).await.expect("a page");
    assert!(read.text.blank && read.text.lines.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_spoils_only_itself() {
    let jail = Jail::new(settings());
    assert_eq!(jail.recognise(b"no picture".to_vec()).await.err(), Some(Trouble::UnsupportedFormat));
    let page = GreyImage { width: 80, height: 80, pixels: vec![255; 80 * 80] };
    assert!(jail.recognise(decode::png(&page)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_misbehave_is_an_answer() {
    let ways = [
        ("crash", Trouble::WorkerCrashed),
        ("memory", Trouble::WorkerCrashed),
        ("flood", Trouble::WorkerCrashed),
        ("lie", Trouble::TooLarge),
        ("pages", Trouble::WorkerCrashed),
        ("hang", Trouble::TimedOut),
    ];
    for (way, expected) in ways {
        let (_folder, settings) = misbehaving(way);
        let began = Instant::now();
        let (_, answer) = decoded(&Jail::new(settings.clone()), vec![1]).await;
        assert_eq!(answer.trouble, Some(expected), "{way} while decoding");
        assert!(began.elapsed() < Duration::from_secs(60), "{way}");
        if way != "pages" {
            let read = Jail::new(settings).recognise(vec![1]).await;
            assert_eq!(read.err(), Some(expected), "{way} while recognising");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn printing_without_end_is_cut_off() {
    let (_folder, mut settings) = misbehaving("print");
    settings.limits.output_bytes = 3 << 20;
    settings.limits.decode_wall_ms = 60_000;
    let (pages, answer) = decoded(&Jail::new(settings), vec![1]).await;
    // Three pages of a million bytes each fit, whatever the document says; the fourth does not.
    assert_eq!((pages.len(), answer), (3, Decoded { pages: 3, trouble: Some(Trouble::TooLarge) }));
    // What is said on the side goes nowhere, and fills nothing up.
    let (_folder, settings) = misbehaving("mutter");
    assert_eq!(decoded(&Jail::new(settings), vec![1]).await.1, Decoded { pages: 0, trouble: None });
}

/// Keeps every processor busy until it is dropped.
struct Crowd(Arc<AtomicBool>);

impl Crowd {
    fn gather() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        for _ in 0..2 * std::thread::available_parallelism().map_or(1, usize::from) {
            let over = Arc::clone(&over);
            std::thread::spawn(move || while !over.load(Ordering::Relaxed) {});
        }
        Self(over)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_machine_is_not_the_documents_fault() {
    let (_folder, mut settings) = misbehaving("toil");
    // It works 0.8 s; beside a crowd it has at best a third of a processor.
    settings.limits.decode_wall_ms = 1_600;
    let crowd = Crowd::gather();
    let began = Instant::now();
    let answer = decoded(&Jail::new(settings.clone()), vec![1]).await.1;
    assert_eq!(answer.trouble, None, "after {:?}", began.elapsed());
    // Whoever runs for ever is ended all the same, and so is whoever does nothing.
    for way in ["spin", "hang"] {
        let (_folder, mut settings) = misbehaving(way);
        settings.limits.decode_wall_ms = 1_600;
        let began = Instant::now();
        assert_eq!(decoded(&Jail::new(settings), vec![1]).await.1.trouble, Some(Trouble::TimedOut), "{way}");
        // A greeting and a document, each four times the limit at most.
        assert!(began.elapsed() < Duration::from_millis(2 * 4 * 1_600 + 3_000), "{way} {:?}", began.elapsed());
    }
    drop(crowd);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_sent_before_a_crash_stay() {
    let (_folder, settings) = misbehaving("half");
    let (pages, answer) = decoded(&Jail::new(settings), vec![1]).await;
    assert_eq!((pages.len(), answer), (1, Decoded { pages: 1, trouble: Some(Trouble::WorkerCrashed) }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recogniser_that_died_is_replaced() {
    let folder = TempDir::new().expect("a folder");
    let marker = folder.path().join("first");
    let body = format!(
        "if mkdir {} 2>/dev/null; then exec {PROGRAM} __sealed misbehave crash; fi\nexec {PROGRAM} \"$@\"",
        marker.display()
    );
    let jail = Jail::new(Settings { program: Some(script(folder.path(), &body)), ..settings() });
    let page = GreyImage { width: 80, height: 80, pixels: vec![255; 80 * 80] };
    let picture = decode::png(&page);
    assert_eq!(jail.recognise(picture.clone()).await.err(), Some(Trouble::WorkerCrashed));
    assert!(jail.recognise(picture).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_cannot_start_is_an_answer() {
    let jail = Jail::new(Settings { program: Some("/nonexistent/program".into()), ..settings() });
    assert_eq!(decoded(&jail, tiff(&[(40, 30, 196)])).await.1.trouble, Some(Trouble::WorkerCrashed));
    assert_eq!(jail.recognise(vec![1]).await.err(), Some(Trouble::WorkerCrashed));
}
