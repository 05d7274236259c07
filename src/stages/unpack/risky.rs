//! What is never opened, wherever it lies and whatever else it also is: programs, links to them, disks, and office files
//! that run macros. A name is enough, because a desk goes by the name; content is enough, because names lie.

use crate::domain::FileType;
use std::io::Cursor;
use zip::ZipArchive;

const PROGRAMS: [&str; 57] = [
    "exe",
    "scr",
    "pif",
    "cpl",
    "msi",
    "msp",
    "mst",
    "dll",
    "ocx",
    "sys",
    "xll",
    "js",
    "jse",
    "vbs",
    "vbe",
    "vb",
    "wsf",
    "wsh",
    "wsc",
    "sct",
    "ps1",
    "ps1xml",
    "psm1",
    "bat",
    "cmd",
    "hta",
    "lnk",
    "url",
    "scf",
    "reg",
    "inf",
    "ins",
    "isp",
    "msc",
    "chm",
    "hlp",
    "jar",
    "jnlp",
    "apk",
    "gadget",
    "application",
    "appref-ms",
    "appx",
    "msix",
    "settingcontent-ms",
    "library-ms",
    "search-ms",
    "website",
    "desktop",
    "sh",
    "command",
    "ade",
    "adp",
    "mde",
    "accde",
    "py",
    "rdp",
];
const MACROS: [&str; 13] =
    ["docm", "dotm", "xlsm", "xltm", "xlsb", "xlam", "xla", "pptm", "potm", "ppam", "ppa", "ppsm", "sldm"];
const DISKS: [&str; 8] = ["iso", "udf", "vhd", "vhdx", "vmdk", "dmg", "wim", "daa"];

/// What a name alone says, where that is of what is never opened.
pub fn by_name(name: &str) -> Option<FileType> {
    // Windows drops dots and spaces at the end of a name.
    let name = name.trim_end_matches(|c: char| c == '.' || c.is_whitespace() || c.is_control()).to_lowercase();
    let (_, end) = name.rsplit_once('.')?;
    let is = |ends: &[&str]| ends.contains(&end);
    match () {
        () if is(&PROGRAMS) => Some(FileType::Program),
        () if is(&MACROS) => Some(FileType::Macro),
        () if is(&DISKS) => Some(FileType::Disk),
        () => None,
    }
}

/// What the content says, where that is of what is never opened. A disk leaves its first 32 kB free, so that it can look like
/// anything else; it is asked for first.
pub(super) fn by_content(bytes: &[u8]) -> Option<FileType> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let end = &bytes[bytes.len().saturating_sub(512)..];
    let disk = matches!(bytes.get(0x8001..0x8006), Some(b"CD001" | b"BEA01"))
        || starts(b"vhdxfile")
        || starts(b"KDMV")
        || starts(b"MSWIM\0")
        || end.starts_with(b"conectix")
        || end.starts_with(b"koly");
    let program = starts(b"MZ")
        || starts(b"\x7FELF")
        || starts(b"L\0\0\0\x01\x14\x02\0")
        || starts(b"#!")
        || starts(b"ITSF")
        || starts(b"\xCA\xFE\xBA\xBE")
        || matches!(bytes.get(..4), Some(b"\xCF\xFA\xED\xFE" | b"\xCE\xFA\xED\xFE"))
        || starts_shortcut(bytes);
    match () {
        () if disk => Some(FileType::Disk),
        () if program => Some(FileType::Program),
        () => None,
    }
}

fn starts_shortcut(bytes: &[u8]) -> bool {
    let head: Vec<u8> = bytes.iter().take(256).filter(|b| **b != 0).map(u8::to_ascii_lowercase).collect();
    let head =
        head.strip_prefix(b"\xEF\xBB\xBF").or(head.strip_prefix(b"\xFF\xFE")).unwrap_or(&head).trim_ascii_start();
    [b"[internetshortcut".as_slice(), b"[{000214a0"].iter().any(|start| head.starts_with(start))
}

/// What a ZIP is that is no archive of documents: an office file, with macros or without, or a program. Its own list of entries
/// says so; an office file that merely lies in an archive does not make the archive one.
pub(super) fn package(bytes: &[u8]) -> Option<FileType> {
    let names = names(bytes);
    let any = |wanted: &dyn Fn(&str) -> bool| names.iter().any(|name| wanted(name));
    let is = |wanted: &str| any(&|name| name == wanted);
    let within = |folder: &str| any(&|name| name.starts_with(folder));
    let office = is("[content_types].xml");
    let open_document = is("mimetype") && is("content.xml");
    let macros = any(&|name| name.ends_with("vbaproject.bin") || name.ends_with("vbadata.xml"))
        || within("xl/macrosheets/")
        || open_document && (within("basic/") || within("scripts/"));
    let text = |kind: &[u8]| bytes[..bytes.len().min(256)].windows(kind.len()).any(|w| w == kind);
    Some(match () {
        () if macros => FileType::Macro,
        () if !office && (is("meta-inf/manifest.mf") || is("classes.dex")) => FileType::Program,
        () if office && within("word/") || open_document && text(b"opendocument.text") => FileType::Word,
        () if office && within("xl/") || open_document && text(b"opendocument.spreadsheet") => FileType::Excel,
        () if office && within("ppt/") || open_document && text(b"opendocument.presentation") => FileType::PowerPoint,
        () if office || open_document => FileType::OldOffice,
        () => return None,
    })
}

/// The entries' names in lower case; of an archive whose list is broken, what stands before each entry at its beginning.
fn names(bytes: &[u8]) -> Vec<String> {
    let tidy = |name: &[u8]| String::from_utf8_lossy(name).to_lowercase().replace('\\', "/");
    if let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) {
        return archive.file_names().flatten().map(|name| tidy(name.as_bytes())).collect();
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.windows(4).position(|w| w == b"PK\x03\x04")) {
        at += next;
        let Some(length) = bytes.get(at + 26..at + 28) else { break };
        let length = usize::from(u16::from_le_bytes([length[0], length[1]])).min(255);
        found.extend(bytes.get(at + 30..at + 30 + length).map(tidy));
        at += 30;
        if found.len() >= 1000 {
            break;
        }
    }
    found
}

/// Whether a compound file (old Word, Excel, PowerPoint) holds macros.
pub(super) fn compound_macros(bytes: &[u8], has: &impl Fn(&str) -> bool) -> bool {
    // PowerPoint keeps them inside its own stream: a container that says how many there are.
    const VBA_OF_SLIDES: &[u8] = b"\x1F\0\xFF\x03\x14\0\0\0\x02\0\0\x04\x0C\0\0\0";
    let slides = |bytes: &[u8]| bytes.windows(VBA_OF_SLIDES.len()).any(|w| w == VBA_OF_SLIDES);
    ["_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA", "Macros"].iter().any(|name| has(name))
        || has("PowerPoint Document") && slides(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_enough() {
        for (name, what) in [
            ("請求書.pdf.exe", FileType::Program),
            ("紹介状.JS", FileType::Program),
            ("紹介状.exe. ", FileType::Program),
            ("\u{202E}fdp.scr", FileType::Program),
            ("a.hta", FileType::Program),
            ("a.lnk", FileType::Program),
            ("a.docm", FileType::Macro),
            ("a.XLSM", FileType::Macro),
            ("a.pptm", FileType::Macro),
            ("CT.iso", FileType::Disk),
        ] {
            assert_eq!(by_name(name), Some(what), "{name}");
        }
        for name in ["a.pdf", "exe", "a.docx", "a.exe.pdf", "", "info@example.com", "紹介状"] {
            assert_eq!(by_name(name), None, "{name}");
        }
    }

    #[test]
    fn content_is_enough() {
        let mut disk = b"%PDF-1.4".to_vec();
        disk.resize(0x8001, 0);
        disk.extend(b"CD001\x01");
        assert_eq!(by_content(&disk), Some(FileType::Disk));
        assert_eq!(by_content(b"MZ\x90"), Some(FileType::Program));
        assert_eq!(by_content(b"\xEF\xBB\xBF[InternetShortcut]\r\nURL=file://x"), Some(FileType::Program));
        assert_eq!(by_content(b"%PDF-1.4"), None);
    }

    #[test]
    fn a_broken_list_of_entries_hides_nothing() {
        let mut entry = b"PK\x03\x04".to_vec();
        entry.extend([0; 22]);
        entry.extend(19_u16.to_le_bytes());
        entry.extend([0; 2]);
        entry.extend(b"word/vbaProject.bin");
        assert_eq!(package(&entry), Some(FileType::Macro));
        assert_eq!(package(b"PK\x03\x04"), None);
    }
}
