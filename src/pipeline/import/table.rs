//! Bytes of a CSV file to lines of cells: which encoding, which delimiter, and whether the file is whole. Nothing here
//! knows what the columns mean.

use super::Error;

/// In which encoding a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a mark at its beginning.
    Utf8,
    /// Shift_JIS as Windows writes it (CP932).
    ShiftJis,
    /// UTF-16, as Excel's "Unicode text" writes it.
    Utf16,
}

impl Encoding {
    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::ShiftJis => "Shift_JIS",
            Encoding::Utf16 => "UTF-16",
        }
    }
}

/// One line of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1, the header included.
    pub no: u64,
    /// As they stand.
    pub cells: Vec<String>,
}

/// A file as cells.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub encoding: Encoding,
    pub header: Vec<String>,
    pub lines: Vec<Line>,
    /// The last line stops in its middle: the export was cut off.
    pub cut_off: bool,
    /// Whether the last line is ended; where it is not, its last cell may be cut.
    pub ended: bool,
}

/// Reads a whole file.
pub(super) fn read(bytes: &[u8]) -> Result<Table, Error> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(Error::Workbook);
    }
    let (text, encoding) = decode(bytes)?;
    let delimiter = delimiter(&text);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut lines_so_far = Counter { text: &text, at: 0, line: 1 };
    let mut header: Option<Vec<String>> = None;
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(Error::NotText),
        }
        let no = lines_so_far.line_at(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        match &header {
            None => header = Some(cells),
            Some(header) => {
                // A quote that is never closed swallows the lines after it; they must not look as if they were gone.
                if swallowed(&cells, header.len(), char::from(delimiter)) {
                    return Err(Error::OpenQuote { line: no });
                }
                lines.push(Line { no, cells });
            }
        }
    }
    let header = header.ok_or(Error::Empty)?;
    let ended = text.ends_with(['\n', '\r']);
    let cut_off = !ended && lines.last().is_some_and(|last| last.cells.len() < header.len());
    Ok(Table { encoding, header, lines, cut_off, ended })
}

/// Whether a cell of the line holds other lines of the file.
fn swallowed(cells: &[String], columns: usize, delimiter: char) -> bool {
    let mut inner = cells.iter().filter(|cell| cell.contains('\n')).flat_map(|cell| cell.lines().skip(1)).peekable();
    let whole_line = |line: &str| columns > 1 && line.matches(delimiter).count() + 1 >= columns;
    inner.peek().is_some() && (cells.len() != columns || inner.any(whole_line))
}

/// Counts lines as an editor does; the CSV reader's own count leaves out empty lines.
struct Counter<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Counter<'_> {
    /// The line of the record that begins at (or after the empty lines at) a byte.
    fn line_at(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let mut to = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.at, bytes.len());
        while bytes.get(to).is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            to += 1;
        }
        let passed = bytes.get(self.at..to).unwrap_or_default();
        let ends = |end: u8| passed.iter().filter(|b| **b == end).count() as u64;
        self.line += if ends(b'\n') > 0 { ends(b'\n') } else { ends(b'\r') };
        self.at = to;
        self.line
    }
}

/// The text, and how it was written. Shift_JIS is what is left when it is not UTF-8; unreadable characters become U+FFFD.
fn decode(bytes: &[u8]) -> Result<(String, Encoding), Error> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _, _) = encoding.decode(bytes);
        let ours = if encoding == encoding_rs::UTF_8 { Encoding::Utf8 } else { Encoding::Utf16 };
        return Ok((text.into_owned(), ours));
    }
    if bytes.contains(&0) {
        return Err(Error::NotText);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((text.to_owned(), Encoding::Utf8));
    }
    // A UTF-8 file that is cut within its last character is still UTF-8.
    if let Err(error) = std::str::from_utf8(bytes)
        && error.error_len().is_none()
    {
        return Ok((String::from_utf8_lossy(bytes).into_owned(), Encoding::Utf8));
    }
    let (text, _) = encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes);
    let spoilt = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    // A few gaiji do not read; a file in another encoding reads nowhere.
    if spoilt * 50 > text.chars().count() {
        return Err(Error::NotText);
    }
    Ok((text.into_owned(), Encoding::ShiftJis))
}

/// Comma, unless the header has tabs and no comma.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.contains('\t') && !first.contains(',') { b'\t' } else { b',' }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        read(bytes).unwrap().lines.into_iter().map(|line| line.cells).collect()
    }

    #[test]
    fn one_table_in_every_encoding() {
        let text = "番号,氏名\r\n1,髙木 ｻｸﾗ\r\n\r\n2,表 能子\r\n";
        let (sjis, _, lossy) = encoding_rs::SHIFT_JIS.encode(text);
        assert!(!lossy);
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        let files: [(&[u8], Encoding); 4] = [
            (text.as_bytes(), Encoding::Utf8),
            (&bom, Encoding::Utf8),
            (&sjis, Encoding::ShiftJis),
            (&utf16, Encoding::Utf16),
        ];
        for (bytes, encoding) in files {
            let table = read(bytes).unwrap();
            assert_eq!(table.encoding, encoding);
            assert_eq!(table.header, ["番号", "氏名"]);
            assert_eq!(table.lines[1], Line { no: 4, cells: vec!["2".into(), "表 能子".into()] });
            assert!(!table.cut_off);
        }
    }

    #[test]
    fn tabs_and_quotes() {
        assert_eq!(cells(b"a\tb\n1\t2,3\n"), [["1", "2,3"]]);
        assert_eq!(cells(b"a,b\n\"1\n2\",\"say \"\"x\"\"\"\n"), [["1\n2", "say \"x\""]]);
    }

    #[test]
    fn a_file_that_is_not_whole_is_known() {
        assert!(read("番号,氏名,電話\n1,甲,2\n2,乙".as_bytes()).unwrap().cut_off);
        assert!(!read("番号,氏名\n1,甲\n2,乙".as_bytes()).unwrap().cut_off);
        let whole = "番号,氏名,電話\n1,甲,2\n2,乙".as_bytes();
        assert!(read(&whole[..whole.len() - 1]).unwrap().cut_off, "cut within a character");
        assert!(matches!(read(b"a,b\n1,\"x\n2,y\n3,z\n"), Err(Error::OpenQuote { line: 2 })));
    }

    #[test]
    fn wherever_a_file_is_cut_its_other_lines_stay_as_they_are() {
        let text = "番号,氏名,住所\r\n1,\"髙木 ｻｸﾗ\",表町１\r\n2,表 能子,\"湖,2\"\r\n3,予 ソ,十\r\n";
        let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(text);
        for bytes in [text.as_bytes(), &sjis] {
            let whole = read(bytes).unwrap();
            for end in 0..bytes.len() {
                let Ok(cut) = read(&bytes[..end]) else { continue };
                let Some((last, before)) = cut.lines.split_last() else { continue };
                assert_eq!(before, &whole.lines[..before.len()], "cut at {end}");
                let same = last == &whole.lines[before.len()];
                assert!(same || cut.cut_off || !cut.ended, "cut at {end}");
            }
        }
    }

    #[test]
    fn what_is_no_csv_is_refused() {
        assert!(matches!(read(b"PK\x03\x04rest"), Err(Error::Workbook)));
        assert!(matches!(read(b""), Err(Error::Empty)));
        assert!(matches!(read(b"\n\n"), Err(Error::Empty)));
        assert!(matches!(read(b"a,b\n1,\0"), Err(Error::NotText)));
        let (euc, _, _) = encoding_rs::EUC_JP.encode("番号,氏名\n1,山本 渚\n2,小林 樹\n3,橋本 遥\n");
        assert!(read(&euc).is_err() || read(&euc).unwrap().header != ["番号", "氏名"]);
    }
}
