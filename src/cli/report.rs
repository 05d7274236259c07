//! `uketsuke eval --html`: the figures, and the worst documents with what was read laid beside the picture of the page.
//! It shows the documents of a corpus with truth; it is never given a hospital's own.

use crate::domain::BBox;
use crate::jail::Jail;
use crate::pipeline::eval::{Faulty, Report};
use crate::pipeline::{Pictured, picture_file};
use crate::stages::decode;
use anyhow::Context;
use askama::Template;
use std::path::Path;

/// Documents that are shown with their pages.
const SHOWN: usize = 40;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    figures: String,
    documents: Vec<Shown<'a>>,
}

struct Shown<'a> {
    fault: &'a Faulty,
    leaves: Vec<Leaf>,
}

struct Leaf {
    no: u32,
    picture: String,
    width: u32,
    height: u32,
    lines: Vec<Text>,
    fields: Vec<Text>,
}

/// Something on a page, in pixels of its picture.
struct Text {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
    text: String,
}

impl Text {
    fn at(b: &BBox, width: u32, height: u32, text: String) -> Text {
        let px = |share: f32, of: u32| (share * of as f32).round() as u32;
        let (x, y) = (px(b.left, width), px(b.top, height));
        Text { x, y, w: px(b.width(), width).max(1), h: px(b.height(), height).max(1), text }
    }

    fn base(&self) -> u32 {
        self.y + self.h * 17 / 20
    }

    fn size(&self) -> u32 {
        self.h.clamp(8, 80)
    }
}

/// Writes the report to `html`, and the pictures of its pages into a folder beside it.
pub async fn write(html: &Path, report: &Report, by: &[&str], docs: &Path, jail: &Jail) -> anyhow::Result<()> {
    let folder = html.with_extension("files");
    super::corpus::make_folder(&folder)?;
    let worst = report.worst();
    let mut documents = Vec::new();
    for fault in worst.into_iter().take(SHOWN) {
        let path = docs.join(&fault.file);
        let bytes = std::fs::read(&path).with_context(|| format!("{} を読めません", path.display()))?;
        let mut leaves = Vec::new();
        for page in picture_file(jail, &fault.file, bytes).await.0 {
            if fault.pages.contains(&i64::from(page.page.no.0)) {
                leaves.push(leaf(fault, &page, &folder)?);
            }
        }
        documents.push(Shown { fault, leaves });
    }
    let page = Page { figures: report.print(by), documents }.render()?;
    std::fs::write(html, page).with_context(|| format!("{} に書けません", html.display()))
}

fn leaf(fault: &Faulty, pictured: &Pictured, folder: &Path) -> anyhow::Result<Leaf> {
    let Pictured { page, image, .. } = pictured;
    let name = format!("{}-{}.png", fault.file, page.no.0);
    std::fs::write(folder.join(&name), decode::png(image))?;
    let (width, height) = (image.width, image.height);
    let lines = page.text.lines.iter().map(|l| Text::at(&l.bbox, width, height, l.text())).collect();
    let fields = fault.fields.iter().filter_map(|f| {
        let (no, [left, top, right, bottom]) = f.spot?;
        let on_page = no == i64::from(page.no.0);
        let bbox = BBox::new(left as f32, top as f32, right as f32, bottom as f32);
        on_page.then(|| Text::at(&bbox, width, height, f.field.clone()))
    });
    let beside = folder.file_name().map(|f| f.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Leaf { no: page.no.0, picture: format!("{beside}/{name}"), width, height, lines, fields: fields.collect() })
}
