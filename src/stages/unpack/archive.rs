//! ZIP archives: entries in their order, within the allowances. Entry names are not even looked at, so none can be abused.

use super::{Budget, Unpacked, open as open_bytes};
use crate::domain::Trouble;
use std::borrow::Cow;
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

pub(super) fn open(bytes: &[u8], depth: u32, budget: &mut Budget, found: &mut Unpacked<'_>) {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return found.note(Trouble::Damaged) };
    for index in 0..archive.len() {
        if budget.entries == 0 {
            return found.note(Trouble::TooLarge);
        }
        budget.entries -= 1;
        match read(&mut archive, index, budget) {
            Ok(Some(entry)) => open_bytes(Cow::Owned(entry), depth, budget, found),
            Ok(None) => {}
            Err(trouble) => found.note(trouble),
        }
    }
}

/// The bytes of one entry; nothing for folders and for the shadow files that some systems add.
fn read(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    budget: &mut Budget,
) -> Result<Option<Vec<u8>>, Trouble> {
    {
        let raw = archive.by_index_raw(index).map_err(trouble)?;
        let name = raw.name_raw();
        if name.ends_with(b"/") || name.starts_with(b"__MACOSX") || raw.is_dir() {
            return Ok(None);
        }
        if raw.encrypted() {
            return Err(Trouble::Encrypted);
        }
        // The size is only a claim; `take` below is what holds.
        if raw.size() > budget.bytes {
            return Err(Trouble::TooLarge);
        }
    }
    let mut entry = archive.by_index(index).map_err(trouble)?;
    let mut bytes = Vec::new();
    let allowed = budget.bytes;
    entry.by_ref().take(allowed.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| Trouble::Damaged)?;
    let length = bytes.len() as u64;
    if length > allowed {
        return Err(Trouble::TooLarge);
    }
    budget.bytes -= length;
    Ok(Some(bytes))
}

fn trouble(error: ZipError) -> Trouble {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Trouble::Encrypted,
        ZipError::UnsupportedArchive(_) => Trouble::UnsupportedFormat,
        _ => Trouble::Damaged,
    }
}
