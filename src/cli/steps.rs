//! `uketsuke read --debug`: each step of the reading as a picture, for whoever wants to know why a page was read as it was.
//! It writes what stands on the documents; it is run by hand, into the folder that is named and nowhere else.

use super::config::Config;
use crate::domain::{BBox, FileReading, MarkKind, Trouble};
use crate::jail::Jail;
use crate::pipeline::{Knowledge, Pictured, RecognisedFile, picture_file, understand_file};
use crate::stages::{decode, recognise};
use anyhow::Context;
use askama::Template;
use std::path::{Path, PathBuf};

#[derive(Template)]
#[template(path = "steps.html")]
struct Page {
    file: String,
    leaves: Vec<Leaf>,
}

struct Leaf {
    no: u32,
    rotation: u16,
    received: String,
    upright: String,
    clean: String,
    width: u32,
    height: u32,
    /// What was drawn or found, each under the class that colours it.
    found: Vec<Shape>,
    words: Vec<Shape>,
    fields: Vec<Shape>,
}

/// A box on the upright page, in pixels.
struct Shape {
    class: &'static str,
    x: f32,
    y: f32,
    w: f32,
    h: f32,
    text: String,
}

/// Reads `files` one after another, hands each answer on, and writes `FILE.html` with its pictures into `folder`.
pub async fn read(
    config: &Config,
    knowledge: Knowledge,
    files: &[PathBuf],
    folder: &Path,
    mut each: impl FnMut(&FileReading) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    super::corpus::make_folder(folder)?;
    let jail = Jail::new(config.jail_settings(1)?);
    let today = crate::domain::Clock::System.now().japan().date();
    for path in files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let cannot = || format!("{} を読めません", path.display());
        let (pictured, trouble) = if std::fs::metadata(path).with_context(cannot)?.len() > config.jail.limits.bytes {
            (Vec::new(), Some(Trouble::TooLarge))
        } else {
            picture_file(&jail, &name, std::fs::read(path).with_context(cannot)?).await
        };
        let pages = pictured.iter().map(|p| p.page.clone()).collect();
        let reading = understand_file(&knowledge, &name, RecognisedFile { pages, trouble }, today).await;
        write(folder, &name, &pictured, &reading)?;
        each(&reading)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, pictured: &[Pictured], reading: &FileReading) -> anyhow::Result<()> {
    let leaves = pictured.iter().map(|p| leaf(folder, name, p, reading)).collect::<anyhow::Result<_>>()?;
    let html = folder.join(format!("{name}.html"));
    std::fs::write(&html, Page { file: name.to_owned(), leaves }.render()?)
        .with_context(|| format!("{} に書けません", html.display()))
}

fn leaf(folder: &Path, name: &str, pictured: &Pictured, reading: &FileReading) -> anyhow::Result<Leaf> {
    let Pictured { page, received, image } = pictured;
    let (no, width, height) = (page.no.0, image.width, image.height);
    let shape = |class, b: &BBox, text| Shape {
        class,
        x: b.left * width as f32,
        y: b.top * height as f32,
        w: b.width() * width as f32,
        h: b.height() * height as f32,
        text,
    };
    let opened = recognise::opened(image);
    let marks = opened.drawn.marks.iter().map(|m| {
        let class = if m.kind == MarkKind::Circle { "ring" } else { "mark" };
        shape(class, &m.bbox, String::new())
    });
    let cells = opened.drawn.cells.iter().map(|c| shape("cell", c, String::new()));
    let strips = opened.strips.iter().enumerate().map(|(n, s)| shape("strip", s, (n + 1).to_string()));
    let words = page.text.lines.iter().flat_map(|line| &line.words).map(|w| {
        let class = if w.confidence < 0.7 { "doubt" } else { "word" };
        shape(class, &w.bbox, w.text.clone())
    });
    let fields = reading.documents.iter().flat_map(|d| d.fields.iter()).filter(|(_, f)| f.spot.page.0 == no);
    let picture = |step: &str, image| -> anyhow::Result<String> {
        let file = format!("{name}-{no}-{step}.png");
        std::fs::write(folder.join(&file), decode::png(image))
            .with_context(|| format!("{} に書けません", folder.display()))?;
        Ok(file)
    };
    Ok(Leaf {
        no,
        rotation: page.text.rotation,
        received: picture("1-received", received)?,
        upright: picture("2-upright", image)?,
        clean: picture("3-clean", &opened.clean)?,
        width,
        height,
        found: cells.chain(marks).chain(strips).collect(),
        words: words.collect(),
        fields: fields.map(|(name, f)| shape("field", &f.spot.bbox, format!("{} {}", name.code(), f.value))).collect(),
    })
}
