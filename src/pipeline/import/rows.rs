//! Lines as rows of a master: what a line must have, what is doubtful in it, and what two lines say about one id.
//! Reasons are for staff and never quote a cell.

use super::columns::{ColumnMap, Places};
use super::table::{self, Encoding};
use super::{Error, Remark, What, value};
use crate::domain::{Doctor, Institution, Patient};
use crate::store::masters::Master;
use crate::text::code;
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// A file as rows.
pub struct Parsed<T> {
    /// Rows with an id each of their own, in the order of the file.
    pub rows: Vec<T>,
    /// Lines that were not taken, and why.
    pub refused: Vec<Remark>,
    /// Lines that were taken in spite of something.
    pub warned: Vec<Remark>,
    /// Ids of refused lines: the file has them, so they are not gone.
    pub spared: HashSet<String>,
    /// How the file was written.
    pub encoding: Encoding,
    /// The last line stops in its middle.
    pub cut_off: bool,
}

/// What a row is checked against.
#[derive(Debug)]
pub struct Known<'a> {
    /// Nobody is born and nothing is registered after this day.
    pub today: Date,
    /// Institutions that doctors may point to.
    pub institutions: &'a HashSet<String>,
}

/// A master whose rows can be read from a list.
pub trait Listed: Master + 'static {
    /// Which list.
    const WHAT: What;
    /// The row that a line says, or why it is none; doubts go to `warn`.
    fn read(
        cell: &dyn Fn(&str) -> String,
        known: &Known<'_>,
        warn: &mut Vec<&'static str>,
    ) -> Result<Self, &'static str>;
}

/// Reads a file as rows of `T`.
pub fn parse<T: Listed>(bytes: &[u8], map: &ColumnMap, known: &Known<'_>) -> Result<Parsed<T>, Error> {
    let table = table::read(bytes)?;
    let places = Places::find(T::WHAT, &table.header, map)?;
    let id_column = T::COLUMNS.first().copied().unwrap_or_default();
    let mut out = Gathered {
        rows: Vec::new(),
        first: HashMap::new(),
        torn: HashSet::new(),
        refused: Vec::new(),
        warned: Vec::new(),
    };
    let mut spared = HashSet::new();
    for line in &table.lines {
        let id = value::id(places.cell(&line.cells, id_column));
        let mut doubts = Vec::new();
        let row = if line.cells.len() < table.header.len() {
            Err("列が足りません（行が途中で切れています）。")
        } else if line.cells.iter().skip(table.header.len()).any(|cell| !cell.trim().is_empty()) {
            Err("列が見出しより多くあります（値の中の区切り文字が引用符で囲まれていない可能性があります）。")
        } else if places.spoilt(&line.cells) {
            Err("読めない文字（文字化け）があります。")
        } else {
            T::read(&|name| places.cell(&line.cells, name).to_owned(), known, &mut doubts)
        };
        match row {
            Ok(row) => out.take(row, line.no, &doubts),
            Err(reason) => {
                out.refused.push(Remark { line: line.no, reason: reason.to_owned() });
                spared.insert(id);
            }
        }
    }
    if let Some(last) = table.lines.last().filter(|_| !table.ended && !table.cut_off) {
        let reason = "最後の行が改行で終わっていません。最後の値が途中で切れていないか確認してください。";
        out.warned.push(Remark { line: last.no, reason: reason.to_owned() });
    }
    spared.extend(out.torn);
    out.refused.sort_by_key(|remark| remark.line);
    Ok(Parsed {
        rows: out.rows.into_iter().flatten().map(|(row, _)| row).collect(),
        refused: out.refused,
        warned: out.warned,
        spared,
        encoding: table.encoding,
        cut_off: table.cut_off,
    })
}

/// Rows so far, and where each id was first seen.
struct Gathered<T> {
    rows: Vec<Option<(T, u64)>>,
    first: HashMap<String, usize>,
    /// Ids about which two lines differ: neither is believed.
    torn: HashSet<String>,
    refused: Vec<Remark>,
    warned: Vec<Remark>,
}

impl<T: Master> Gathered<T> {
    fn take(&mut self, row: T, line: u64, doubts: &[&str]) {
        let id = row.id().to_owned();
        match self.first.get(&id).copied() {
            None => {
                self.first.insert(id, self.rows.len());
                self.rows.push(Some((row, line)));
                self.warned.extend(doubts.iter().map(|doubt| Remark { line, reason: (*doubt).to_owned() }));
            }
            Some(at) => match self.rows.get(at) {
                Some(Some((before, first))) if *before == row => {
                    let reason = format!("{first}行目と同じ内容です（重複）。1件として扱いました。");
                    self.warned.push(Remark { line, reason });
                }
                _ => self.tear(id, at, line),
            },
        }
    }

    /// Two lines say different things about one id.
    fn tear(&mut self, id: String, at: usize, line: u64) {
        if let Some((_, first)) = self.rows.get_mut(at).and_then(Option::take) {
            let reason = format!("同じIDが{line}行目にもあり、内容が違います。どちらも取り込みません。");
            self.refused.push(Remark { line: first, reason });
        }
        let reason = "同じIDの行がほかにもあり、内容が違います。どちらも取り込みません。";
        self.refused.push(Remark { line, reason: reason.to_owned() });
        self.torn.insert(id);
    }
}

/// An id that a spreadsheet has turned into a floating-point number is another id.
fn spreadsheet_number(id: &str) -> bool {
    id.split_once("E+").is_some_and(|(a, b)| {
        a.chars().all(|c| c.is_ascii_digit() || c == '.') && !b.is_empty() && b.bytes().all(|c| c.is_ascii_digit())
    })
}

fn id_of(cell: &str, missing: &'static str) -> Result<String, &'static str> {
    let id = value::id(cell);
    if id.is_empty() {
        return Err(missing);
    }
    if spreadsheet_number(&id) {
        return Err("IDが表計算ソフトの指数表記になっています。列を文字列にして出力し直してください。");
    }
    Ok(id)
}

fn name_of(cell: &str, missing: &'static str) -> Result<String, &'static str> {
    Some(value::line(cell)).filter(|name| !name.is_empty()).ok_or(missing)
}

fn postal_code(cell: &str, warn: &mut Vec<&'static str>) -> String {
    value::postal_code(cell).unwrap_or_else(|| {
        warn.push("郵便番号が7桁ではありません。空欄として取り込みました。");
        String::new()
    })
}

fn telephone(cell: &str, doubt: &'static str, warn: &mut Vec<&'static str>) -> String {
    let (number, whole) = value::telephone(cell);
    if !whole {
        warn.push(doubt);
    }
    number
}

impl Listed for Patient {
    const WHAT: What = What::Patients;

    fn read(
        cell: &dyn Fn(&str) -> String,
        known: &Known<'_>,
        warn: &mut Vec<&'static str>,
    ) -> Result<Self, &'static str> {
        let patient_id = id_of(&cell("patient_id"), "患者IDがありません。")?;
        let name = name_of(&cell("name"), "氏名がありません。")?;
        let birth = value::day(&cell("birth_date")).ok_or("生年月日が暦にない日付か、読めない書き方です。")?;
        if birth.is_some_and(|day| day > known.today) {
            return Err("生年月日が未来の日付です。");
        }
        if birth.is_some_and(|day| day.year() + 130 < known.today.year()) {
            return Err("生年月日が130年以上前です。");
        }
        let sex = value::sex(&cell("sex")).unwrap_or_else(|| {
            warn.push("性別の値が分かりません。空欄として取り込みました。");
            ""
        });
        Ok(Patient {
            patient_id,
            name,
            kana: value::reading(&cell("kana")),
            sex: sex.to_owned(),
            birth_date: birth.map(|day| day.to_string()).unwrap_or_default(),
            postal_code: postal_code(&cell("postal_code"), warn),
            address: value::line(&cell("address")),
            phone: telephone(&cell("phone"), "電話番号の桁数が合いません。そのまま取り込みました。", warn),
        })
    }
}

impl Listed for Institution {
    const WHAT: What = What::Institutions;

    fn read(cell: &dyn Fn(&str) -> String, _: &Known<'_>, warn: &mut Vec<&'static str>) -> Result<Self, &'static str> {
        Ok(Institution {
            institution_id: id_of(&cell("institution_id"), "医療機関のIDがありません。")?,
            name: name_of(&cell("name"), "医療機関名がありません。")?,
            institution_code: institution_code(&cell("institution_code"), warn),
            kind: value::line(&cell("kind")),
            postal_code: postal_code(&cell("postal_code"), warn),
            address: value::line(&cell("address")),
            phone: telephone(&cell("phone"), "電話番号の桁数が合いません。そのまま取り込みました。", warn),
            fax: telephone(&cell("fax"), "FAX番号の桁数が合いません。そのまま取り込みました。", warn),
            registered: value::flag(&cell("registered"))
                .unwrap_or_else(|| {
                    warn.push("登録医の値が分かりません。未登録として取り込みました。");
                    "0"
                })
                .to_owned(),
        })
    }
}

/// Ten digits; a spreadsheet drops the zero of 北海道 to 福島…群馬 (01 to 09), and the check digit tells when it did.
fn institution_code(cell: &str, warn: &mut Vec<&'static str>) -> String {
    let digits = crate::text::number::digits(cell);
    match digits.len() {
        0 => {
            if !value::line(cell).is_empty() {
                warn.push("医療機関コードに数字がありません。空欄として取り込みました。");
            }
            String::new()
        }
        9 if code::institution_ok(&format!("0{digits}")) => {
            warn.push("医療機関コードの先頭の0が落ちていたので補いました。");
            format!("0{digits}")
        }
        10 => {
            // Care providers (介護保険事業所番号) are numbered by other rules; only hospitals, dentists and pharmacies are checked.
            let checked = matches!(digits.as_bytes().get(2), Some(b'1' | b'3' | b'4'));
            if checked && !code::institution_ok(&digits) {
                warn.push("医療機関コードの検査数字が合いません。そのまま取り込みました。");
            }
            digits
        }
        _ => {
            warn.push("医療機関コードが10桁ではありません。空欄として取り込みました。");
            String::new()
        }
    }
}

impl Listed for Doctor {
    const WHAT: What = What::Doctors;

    fn read(
        cell: &dyn Fn(&str) -> String,
        known: &Known<'_>,
        warn: &mut Vec<&'static str>,
    ) -> Result<Self, &'static str> {
        let doctor_id = id_of(&cell("doctor_id"), "医師のIDがありません。")?;
        let institution_id = id_of(&cell("institution_id"), "所属医療機関のIDがありません。")?;
        if !known.institutions.contains(&institution_id) {
            return Err("所属医療機関が台帳にありません。先に医療機関を取り込んでください。");
        }
        let registered = value::day(&cell("registered_on")).unwrap_or_else(|| {
            warn.push("登録日が暦にない日付か、読めない書き方です。空欄として取り込みました。");
            None
        });
        Ok(Doctor {
            doctor_id,
            institution_id,
            name: name_of(&cell("name"), "氏名がありません。")?,
            kana: value::reading(&cell("kana")),
            department: value::line(&cell("department")),
            registered_on: registered.map(|day| day.to_string()).unwrap_or_default(),
        })
    }
}
