//! Which column of the file is which of ours: by the configuration, by our own name, or by a heading in common use.

use super::{Error, What};
use crate::text::fold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Our column name to the file's heading; an empty heading says that the file does not have the column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColumnMap(pub BTreeMap<String, String>);

/// A column of ours.
struct Column {
    name: &'static str,
    /// Headings in common use, compared as [`key`].
    headings: &'static [&'static str],
    /// Whether a row means nothing without it.
    needed: bool,
}

const fn needed(name: &'static str, headings: &'static [&'static str]) -> Column {
    Column { name, headings, needed: true }
}

const fn column(name: &'static str, headings: &'static [&'static str]) -> Column {
    Column { name, headings, needed: false }
}

const PATIENTS: &[Column] = &[
    needed("patient_id", &["患者ID", "患者番号", "診察券番号", "カルテ番号", "ID"]),
    needed("name", &["氏名", "患者氏名", "漢字氏名", "患者名"]),
    column("kana", &["フリガナ", "カナ氏名", "カナ", "患者カナ氏名", "氏名カナ", "ふりがな"]),
    column("sex", &["性別", "性別区分"]),
    column("birth_date", &["生年月日"]),
    column("postal_code", &["郵便番号"]),
    column("address", &["住所", "現住所"]),
    column("phone", &["電話番号", "電話", "TEL", "連絡先"]),
];

const INSTITUTIONS: &[Column] = &[
    needed("institution_id", &["施設ID", "医療機関ID", "施設番号", "紹介先コード"]),
    column("institution_code", &["医療機関コード", "保険医療機関コード", "保険医療機関番号"]),
    needed("name", &["医療機関名", "医療機関名称", "施設名", "名称"]),
    column("kind", &["種別", "区分", "施設区分"]),
    column("postal_code", &["郵便番号"]),
    column("address", &["住所", "所在地"]),
    column("phone", &["電話番号", "電話", "TEL"]),
    column("fax", &["FAX", "FAX番号", "ファックス", "ファクス番号"]),
    column("registered", &["登録医", "登録", "登録医療機関"]),
];

const DOCTORS: &[Column] = &[
    needed("doctor_id", &["医師ID", "医師番号", "医師コード"]),
    needed("institution_id", &["施設ID", "医療機関ID", "施設番号", "紹介先コード"]),
    needed("name", &["氏名", "医師名", "医師氏名"]),
    column("kana", &["フリガナ", "カナ氏名", "カナ", "氏名カナ", "ふりがな"]),
    column("department", &["診療科", "診療科名", "科"]),
    column("registered_on", &["登録日", "登録年月日", "登録医登録日"]),
];

fn columns(of: What) -> &'static [Column] {
    match of {
        What::Patients => PATIENTS,
        What::Institutions => INSTITUTIONS,
        What::Doctors => DOCTORS,
    }
}

/// A heading as it is compared.
fn key(heading: &str) -> String {
    fold::squeeze(heading).to_lowercase()
}

impl ColumnMap {
    /// Refuses names that the master does not have, and needed columns that are said to be missing.
    pub fn check(&self, of: What) -> Result<(), Error> {
        for (name, heading) in &self.0 {
            let Some(column) = columns(of).iter().find(|c| c.name == name) else {
                let known = columns(of).iter().map(|c| c.name).collect::<Vec<_>>().join(", ");
                return Err(Error::UnknownColumn { name: name.clone(), known });
            };
            if column.needed && heading.trim().is_empty() {
                return Err(Error::NeededColumn(column.name));
            }
        }
        Ok(())
    }
}

/// Where each of our columns stands in a line.
#[derive(Debug)]
pub(super) struct Places(BTreeMap<&'static str, usize>);

impl Places {
    /// Finds every column in the header. All must be there (or be said not to be): a column that went missing unnoticed
    /// would empty that column in every row.
    pub fn find(of: What, header: &[String], map: &ColumnMap) -> Result<Places, Error> {
        map.check(of)?;
        let keys: Vec<String> = header.iter().map(|heading| key(heading)).collect();
        let mut places = BTreeMap::new();
        let mut missing = Vec::new();
        for column in columns(of) {
            let wanted: Vec<String> = match map.0.get(column.name).map(|heading| key(heading)) {
                Some(heading) if heading.is_empty() => continue,
                Some(heading) => vec![heading],
                None => std::iter::once(column.name).chain(column.headings.iter().copied()).map(key).collect(),
            };
            let Some(wanted) = wanted.iter().find(|heading| keys.contains(heading)) else {
                missing.push(map.0.get(column.name).map_or(column.name, String::as_str).to_owned());
                continue;
            };
            let mut found = keys.iter().enumerate().filter(|(_, heading)| *heading == wanted);
            let place = found.next().map(|(at, _)| at).unwrap_or_default();
            if found.next().is_some() {
                return Err(Error::DoubleColumn(column.name));
            }
            places.insert(column.name, place);
        }
        if missing.is_empty() { Ok(Places(places)) } else { Err(Error::MissingColumns(missing)) }
    }

    /// The cell of one of our columns; empty when the file has no such column.
    pub fn cell<'a>(&self, cells: &'a [String], name: &str) -> &'a str {
        self.0.get(name).and_then(|at| cells.get(*at)).map_or("", String::as_str)
    }

    /// Whether a cell that is used holds a character that could not be read.
    pub fn spoilt(&self, cells: &[String]) -> bool {
        self.0.values().any(|at| cells.get(*at).is_some_and(|c| c.contains(char::REPLACEMENT_CHARACTER)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(headings: &str) -> Vec<String> {
        headings.split(',').map(str::to_owned).collect()
    }

    fn map(pairs: &[(&str, &str)]) -> ColumnMap {
        ColumnMap(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn our_names_common_headings_and_the_configured_ones() {
        let plain = header("patient_id,name,kana,sex,birth_date,postal_code,address,phone");
        assert_eq!(Places::find(What::Patients, &plain, &ColumnMap::default()).unwrap().0["phone"], 7);
        let theirs = header("Ｉ Ｄ,氏 名,カナ,性別,生年月日,郵便番号,住所,ＴＥＬ,来院日");
        let places = Places::find(What::Patients, &theirs, &ColumnMap::default()).unwrap();
        assert_eq!((places.0["patient_id"], places.0["name"], places.0["phone"]), (0, 1, 7));
        let odd = header("KNJNO,KNJNM,D_ID,DEPT");
        let mapped = map(&[
            ("doctor_id", "d_id"),
            ("institution_id", "KNJNO"),
            ("name", "KNJNM"),
            ("department", "DEPT"),
            ("kana", ""),
            ("registered_on", ""),
        ]);
        let places = Places::find(What::Doctors, &odd, &mapped).unwrap();
        let cells = header("M1,山本 渚,D9,内科");
        assert_eq!(places.cell(&cells, "doctor_id"), "D9");
        assert_eq!(places.cell(&cells, "kana"), "");
    }

    #[test]
    fn what_cannot_be_placed_is_named() {
        let missing = Places::find(What::Patients, &header("患者ID,氏名,性別"), &map(&[("phone", "自宅電話")]));
        let Err(Error::MissingColumns(names)) = missing else { panic!("found") };
        assert_eq!(names, ["kana", "birth_date", "postal_code", "address", "自宅電話"]);
        let unknown = map(&[("tel", "電話")]).check(What::Patients);
        assert!(matches!(unknown, Err(Error::UnknownColumn { name, .. }) if name == "tel"));
        assert!(matches!(map(&[("name", "")]).check(What::Doctors), Err(Error::NeededColumn("name"))));
        let twice = header("doctor_id,institution_id,name,name,kana,department,registered_on");
        assert!(matches!(Places::find(What::Doctors, &twice, &ColumnMap::default()), Err(Error::DoubleColumn("name"))));
    }
}
