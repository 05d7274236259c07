//! The sealed child's side: opens what it needs, seals itself, and only then reads the first byte of a document.

use super::protocol::{self, Done, HEAD_BYTES, Hello, Tag};
use super::{Walls, seal};
use crate::domain::{PageNo, Trouble};
use crate::stages::decode::{self, Fonts, Outcome};
use crate::stages::recognise::{self, Choice, Engine, Network, Tesseract};
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where Debian and Ubuntu put Noto CJK.
pub(super) const FONTS: [&str; 3] = [
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
];
/// Where Debian and Ubuntu put the recogniser's models.
const MODELS: [&str; 4] = [
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
];
/// The model for Japanese written across the page.
const MODEL: &str = "jpn.traineddata";
/// A greeting is short.
const LONGEST_HELLO: u64 = 64 << 10;
/// The parent has checked the size of what it sends; this only keeps a mistake from growing.
const LONGEST_WORK: u64 = 4 << 30;

/// The whole life of a sealed child; `args` are what follows `__sealed`.
pub fn main(args: &[String]) -> ExitCode {
    // A panic on a hostile page is caught; its message would quote the document.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = match args {
        [role] if role == "decode" => decode(),
        [role] if role == "recognise" => recognise(),
        [role, way, walls @ ..] if role == "misbehave" => super::misbehave::misbehave(way, walls),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    };
    // The parent learns from the closed pipe; there is nobody else to tell.
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn decode() -> io::Result<()> {
    let hello = hello()?;
    let font = first_open(hello.font.as_deref(), &FONTS.map(PathBuf::from));
    ready(seal::files()?)?;
    let Some(document) = work()? else { return Ok(()) };
    let fonts = Fonts::new(move || {
        let mut bytes = Vec::new();
        font?.read_to_end(&mut bytes).ok().map(|_| bytes)
    });
    let mut lost = None;
    let mut take = |page: decode::Picture| {
        let body = protocol::page_body(page.no, page.part, Some(&page.image), page.text);
        if let Err(error) = send(Tag::Page, &body) {
            lost.get_or_insert(error);
        }
    };
    let decoded = catch_unwind(AssertUnwindSafe(|| {
        decode::decode(&document, &hello.bounds, &fonts, &hello.passwords, &mut take)
    }));
    if let Some(error) = lost {
        return Err(error);
    }
    let lost = Outcome { trouble: Some(Trouble::Damaged), ..Outcome::default() };
    let Outcome { trouble, contents } = decoded.unwrap_or(lost);
    let body = serde_json::to_vec(&Done { trouble, contents }).map_err(io::Error::other)?;
    send(Tag::Done, &body)
}

fn recognise() -> io::Result<()> {
    let hello = hello()?;
    let weights = hello.network.as_ref().map(std::fs::read).transpose()?;
    let model = if hello.recogniser == Choice::Uketsuke { None } else { Some(model(hello.models.as_deref())?) };
    let walls = seal::files()?;
    let mut engine = engine(hello.recogniser, weights, model)?;
    ready(walls)?;
    while let Some(body) = work()? {
        let (look, png) = protocol::read_look(&body).map_err(io::Error::other)?;
        let page = decode::read_png(png, hello.bounds.page_pixels);
        match page.and_then(|page| recognise::recognise(&mut engine, &page, look)) {
            Ok(read) => send(Tag::Page, &protocol::page_body(PageNo(1), 1, read.upright.as_ref(), Some(read.text)))?,
            Err(trouble) => done(Some(trouble))?,
        }
    }
    Ok(())
}

/// Makes the recognisers ready, with every thread they will ever have.
fn engine(choice: Choice, weights: Option<Vec<u8>>, model: Option<Vec<u8>>) -> io::Result<Engine> {
    let network = match (weights, choice) {
        (_, Choice::Tesseract) => None,
        (None, _) => Some(Network::shipped().map_err(io::Error::other)?),
        (Some(bytes), _) => Some(Network::load(bytes).map_err(io::Error::other)?),
    };
    let tesseract = model.map(|model| Tesseract::new(&model, "jpn")).transpose().map_err(io::Error::other)?;
    Engine::new(network, tesseract).map_err(io::Error::other)
}

/// The bytes of Tesseract's model.
fn model(folder: Option<&Path>) -> io::Result<Vec<u8>> {
    let usual = MODELS.map(|folder| Path::new(folder).join(MODEL));
    let wanted = folder.map(|folder| folder.join(MODEL));
    let mut model = Vec::new();
    first_open(wanted.as_deref(), &usual).ok_or(io::ErrorKind::NotFound)?.read_to_end(&mut model)?;
    Ok(model)
}

fn first_open(wanted: Option<&Path>, usual: &[PathBuf]) -> Option<File> {
    match wanted {
        Some(path) => File::open(path).ok(),
        None => usual.iter().find_map(|path| File::open(path).ok()),
    }
}

pub(super) fn hello() -> io::Result<Hello> {
    let body = receive(Tag::Hello, LONGEST_HELLO)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    serde_json::from_slice(&body).map_err(io::Error::other)
}

/// Everything is open and running that will ever be: seals the process, and says which walls stand.
fn ready(walls: Walls) -> io::Result<()> {
    say_ready(seal::calls(walls)?)
}

pub(super) fn say_ready(walls: Walls) -> io::Result<()> {
    send(Tag::Ready, &serde_json::to_vec(&walls).map_err(io::Error::other)?)
}

pub(super) fn work() -> io::Result<Option<Vec<u8>>> {
    receive(Tag::Work, LONGEST_WORK)
}

pub(super) fn done(trouble: Option<Trouble>) -> io::Result<()> {
    send(Tag::Done, &serde_json::to_vec(&Done { trouble, ..Done::default() }).map_err(io::Error::other)?)
}

/// The next frame; nothing when the parent has hung up.
fn receive(wanted: Tag, longest: u64) -> io::Result<Option<Vec<u8>>> {
    let mut stdin = io::stdin().lock();
    let mut head = [0; HEAD_BYTES];
    if let Err(error) = stdin.read_exact(&mut head) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let (tag, length) = protocol::read_head(&head, longest).map_err(io::Error::other)?;
    if tag != wanted {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = Vec::with_capacity(length);
    stdin.take(length as u64).read_to_end(&mut body)?;
    if body.len() == length { Ok(Some(body)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

pub(super) fn send(tag: Tag, body: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(&protocol::head(tag, body.len()))?;
    stdout.write_all(body)?;
    stdout.flush()
}
