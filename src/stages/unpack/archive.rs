//! ZIP archives: entries in their order, within the allowances, with the passwords that were given. Entry names are only
//! told to staff, so none can be abused.

use super::mail::{charset, header};
use super::{Opener, kinds, risky};
use crate::domain::{FileType, Trouble};
use std::borrow::Cow;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// An entry that grows by more than this and is large is there to fill the memory, not to be read.
const MOST_GROWTH: u64 = 200;
const LARGE: u64 = 64 << 20;

type Archive<'b> = ZipArchive<Cursor<&'b [u8]>>;

/// What stands about an entry before it is opened.
struct Entry {
    name: String,
    size: u64,
    packed: u64,
    encrypted: bool,
    skip: bool,
}

pub(super) fn open(bytes: &[u8], depth: u32, locked: bool, opener: &mut Opener<'_, '_>) {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return opener.note(Trouble::Damaged) };
    for index in 0..archive.len() {
        let entry = match entry(&mut archive, index) {
            Ok(entry) if entry.skip => continue,
            Ok(entry) => entry,
            Err(trouble) => {
                opener.note(trouble);
                continue;
            }
        };
        if opener.count().is_err() {
            return opener.note(Trouble::TooLarge);
        }
        // Not even unpacked, and nobody is asked for its password.
        if let Some(what) = risky::by_name(&entry.name) {
            let never = Trouble::UnsupportedFormat;
            opener.list(&entry.name, entry.size, what, Err(never), depth);
            opener.note(never);
            continue;
        }
        match read(&mut archive, index, &entry, opener) {
            Ok(content) => opener.open(entry.name, Cow::Owned(content), depth, locked || entry.encrypted),
            Err(trouble) => {
                // What is locked away is known by its name alone.
                let what = kinds::file_type(b"", &entry.name);
                let what = if what == FileType::Unknown { by_name(&entry.name) } else { what };
                opener.list(&entry.name, entry.size, what, Err(trouble), depth);
                opener.note(trouble);
            }
        }
    }
}

fn entry(archive: &mut Archive<'_>, index: usize) -> Result<Entry, Trouble> {
    let raw = archive.by_index_raw(index).map_err(trouble)?;
    let name = raw.name_raw();
    // Folders, and the shadow files that some systems add.
    let skip = name.ends_with(b"/") || name.starts_with(b"__MACOSX") || raw.is_dir() || raw.is_symlink();
    let text = match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        // Without the flag for UTF-8 a name is in the code page of the machine that packed it.
        Err(_) => charset::decode(Some("cp932"), name),
    };
    Ok(Entry {
        name: header::file_name(&header::tidy(&text)),
        size: raw.size(),
        packed: raw.compressed_size(),
        encrypted: raw.encrypted(),
        skip,
    })
}

/// The bytes of one entry.
fn read(
    archive: &mut Archive<'_>,
    index: usize,
    entry: &Entry,
    opener: &mut Opener<'_, '_>,
) -> Result<Vec<u8>, Trouble> {
    // Sizes are only claims; what is really taken out is counted below.
    if entry.size > opener.left() || entry.size > LARGE && entry.size / entry.packed.max(1) > MOST_GROWTH {
        return Err(Trouble::TooLarge);
    }
    let allowed = opener.left();
    let content = if entry.encrypted {
        unlocked(archive, index, allowed, opener.passwords)?
    } else {
        let mut plain = archive.by_index(index).map_err(trouble)?;
        taken(&mut plain, allowed)?
    };
    opener.spend(content.len() as u64)?;
    Ok(content)
}

/// The bytes of an entry that one of the passwords opens. The old cipher lets one wrong password in 256 pass; then the
/// checksum at the end is what does not fit.
fn unlocked(archive: &mut Archive<'_>, index: usize, allowed: u64, passwords: &[String]) -> Result<Vec<u8>, Trouble> {
    for password in passwords {
        let mut spelled = vec![password.as_bytes().to_vec()];
        if !password.is_ascii() {
            spelled.push(encoding_rs::SHIFT_JIS.encode(password).0.into_owned());
        }
        for spelled in spelled {
            match archive.by_index_decrypt(index, &spelled) {
                Ok(mut entry) => match taken(&mut entry, allowed) {
                    Ok(content) => return Ok(content),
                    Err(Trouble::TooLarge) => return Err(Trouble::TooLarge),
                    Err(_) => {}
                },
                Err(ZipError::InvalidPassword) => {}
                Err(error) => return Err(trouble(error)),
            }
        }
    }
    Err(Trouble::Encrypted)
}

fn taken(entry: &mut impl Read, allowed: u64) -> Result<Vec<u8>, Trouble> {
    let mut content = Vec::new();
    entry.take(allowed.saturating_add(1)).read_to_end(&mut content).map_err(|_| Trouble::Damaged)?;
    if content.len() as u64 > allowed { Err(Trouble::TooLarge) } else { Ok(content) }
}

fn by_name(name: &str) -> FileType {
    let name = name.to_lowercase();
    let ends = |all: &[&str]| all.iter().any(|end| name.ends_with(end));
    match () {
        () if ends(&[".pdf"]) => FileType::Pdf,
        () if ends(&[".tif", ".tiff"]) => FileType::Tiff,
        () if ends(&[".jpg", ".jpeg", ".png", ".gif", ".bmp"]) => FileType::Picture,
        () if ends(&[".doc", ".docx"]) => FileType::Word,
        () if ends(&[".xls", ".xlsx"]) => FileType::Excel,
        () if ends(&[".zip"]) => FileType::Zip,
        () => FileType::Unknown,
    }
}

fn trouble(error: ZipError) -> Trouble {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Trouble::Encrypted,
        ZipError::UnsupportedArchive(_) => Trouble::UnsupportedFormat,
        _ => Trouble::Damaged,
    }
}
