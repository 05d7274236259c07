//! Names of people set right: a misreading of the master's name is, another name is not.

use crate::domain::Found;
use crate::stages::matching::{Index, NamePart};
use crate::text::{confusable, fold, kana, variants};

/// From here on a reading says what is printed, even if nobody in the masters has the name (改姓, 通称).
const LEGIBLE: f32 = 0.7;
/// A misreading keeps at least this much of the name that it was.
const LEAST_LIKE: f32 = 0.3;

/// How one part of a name was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// As in the master, perhaps with specks and a seal's debris beside it.
    Same,
    /// Glyphs of like shape.
    Alike,
    /// Some of its characters are missing, or all of them.
    Cut,
    /// No name that anybody has.
    Garbled,
    /// Somebody else's name.
    Other,
}

/// The master's name where `found` is a misreading of it. `vouched`: the reading or a number of one's own agrees.
pub(super) fn kanji(found: &Found, master: &str, vouched: bool, index: &Index) -> Option<String> {
    let family_name = |p: &[char]| index.is_name(NamePart::Family, &p.iter().collect::<String>());
    let given_name = |p: &[char]| index.is_name(NamePart::Given, &p.iter().collect::<String>());
    let plain = |text: &str| variants::same_name(&fold::squeeze(text)).chars().collect::<Vec<char>>();
    let read = plain(&found.value);
    let (family, given) = halves(master)?;
    // LI FANG stays as printed beside 李 芳, and a name in kana beside its kanji.
    if !read.iter().any(|c| crate::text::name::is_kanji(*c)) {
        return None;
    }
    let at = divide(&read, &plain(family), &plain(given));
    let legible = found.confidence >= LEGIBLE;
    let reads = [
        judge(&read[..at], &plain(family), legible, family_name),
        judge(&read[at..], &plain(given), legible, given_name),
    ];
    misread(reads, vouched).then(|| printed(&found.value, family, given)).filter(|v| *v != found.value)
}

/// The master's reading (フリガナ) where `found` is a misreading of it. `vouched`: the kanji agree.
pub(super) fn kana(found: &Found, master: &str, vouched: bool, index: &Index) -> Option<String> {
    let letters = |text: &str| kana::katakana(&fold::squeeze(text)).chars().collect::<Vec<char>>();
    let (family, given) = halves(master)?;
    let read = letters(&found.value);
    let at = divide(&read, &letters(family), &letters(given));
    let family_name = |p: &[char]| index.is_reading(NamePart::Family, &p.iter().collect::<String>());
    let given_name = |p: &[char]| index.is_reading(NamePart::Given, &p.iter().collect::<String>());
    let legible = found.confidence >= LEGIBLE;
    let reads = [
        judge(&read[..at], &letters(family), legible, family_name),
        judge(&read[at..], &letters(given), legible, given_name),
    ];
    // The same kanji may be read in two ways (裕子: ユウコ, ヒロコ): another reading is no misreading.
    let other = reads.contains(&Read::Other);
    (!other && misread(reads, vouched)).then(|| printed(&found.value, family, given)).filter(|v| *v != found.value)
}

/// Family and given name; a name that the master does not divide is not judged.
fn halves(name: &str) -> Option<(&str, &str)> {
    name.trim().split_once([' ', '　']).map(|(family, given)| (family, given.trim_start()))
}

/// Where the read name divides best into the two.
fn divide(read: &[char], family: &[char], given: &[char]) -> usize {
    let cost = |at: usize| confusable::distance(&read[..at], family) + confusable::distance(&read[at..], given);
    (0..=read.len()).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or(0)
}

fn judge(read: &[char], master: &[char], legible: bool, is_name: impl Fn(&[char]) -> bool) -> Read {
    let whole = |long: &[char], short: &[char]| long.windows(short.len().max(1)).any(|w| w == short);
    if read == master {
        Read::Same
    } else if read.is_empty() {
        Read::Cut
    } else if is_name(read) {
        if alike(read, master) { Read::Alike } else { Read::Other }
    } else if whole(read, master) {
        Read::Same
    } else if alike(read, master) {
        Read::Alike
    } else if part_of(read, master) {
        Read::Cut
    } else if legible && read.len() > 1 && confusable::likeness(read, master) < LEAST_LIKE {
        Read::Other
    } else {
        Read::Garbled
    }
}

/// Nothing but glyphs of like shape.
fn alike(read: &[char], master: &[char]) -> bool {
    read.len() == master.len() && read.iter().zip(master).all(|(r, m)| confusable::cost(*r, *m) < 0.5)
}

/// Every character read is one of the master's, in order.
fn part_of(read: &[char], master: &[char]) -> bool {
    let mut rest = master.iter();
    read.len() < master.len() && read.iter().all(|r| rest.any(|m| m == r))
}

fn misread(parts: [Read; 2], vouched: bool) -> bool {
    use Read::{Alike, Cut, Garbled, Other, Same};
    match parts {
        [Same, Same] => true,
        [Other, Other] => false,
        // One half is surely right and the name is vouched for: a glyph made another name of the other half.
        [Same, Other] | [Other, Same] => false,
        [Same | Alike, Same | Alike] => true,
        [Other, _] | [_, Other] => false,
        [Same | Alike, Cut | Garbled] | [Cut | Garbled, Same | Alike] => true,
        [Cut | Garbled, Cut | Garbled] => vouched,
    }
}

/// The master's name as the document would print it: a shape of a glyph that recognition can tell stays as it was read,
/// and the halves stand apart where they were read so.
fn printed(read: &str, family: &str, given: &str) -> String {
    let apart = fold::tidy(read).contains(' ');
    let read: Vec<char> = fold::squeeze(read).chars().collect();
    let master: Vec<char> = family.chars().chain(given.chars()).collect();
    let shape = |(i, m): (usize, &char)| match read.get(i) {
        Some(r)
            if read.len() == master.len()
                && r != m
                && variants::plain(*r) == variants::plain(*m)
                && variants::recognised(*m) =>
        {
            *r
        }
        _ => *m,
    };
    let value: Vec<char> = master.iter().enumerate().map(shape).collect();
    let (family, given) = value.split_at(family.chars().count());
    let join = if apart { " " } else { "" };
    [family.iter().collect::<String>(), given.iter().collect()].join(join)
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::found;
    use super::*;
    use crate::domain::{Masters, Patient};

    fn index() -> Index {
        let people = [
            ("髙橋 美紀", "タカハシ ミキ"),
            ("渡邉 裕子", "ワタナベ ユウコ"),
            ("高橋 美香", "タカハシ ミカ"),
            ("五十嵐 愛", "イガラシ アイ"),
            ("山口 裕子", "ヤマグチ ヒロコ"),
        ];
        let patient = |(i, (name, kana)): (usize, &(&str, &str))| Patient {
            patient_id: i.to_string(),
            name: (*name).to_owned(),
            kana: (*kana).to_owned(),
            ..Patient::default()
        };
        let patients = people.iter().enumerate().map(patient).collect();
        Index::build(Masters { patients, ..Masters::default() })
    }

    fn of(read: &str, master: &str, vouched: bool) -> Option<String> {
        kanji(&found(read), master, vouched, &index())
    }

    #[test]
    fn a_garbled_or_cut_half_is_set_right() {
        assert_eq!(of("髙橋 甘紀", "髙橋 美紀", false).as_deref(), Some("髙橋 美紀"));
        assert_eq!(of("十風 愛", "五十嵐 愛", false).as_deref(), Some("五十嵐 愛"));
        assert_eq!(of("五十嵐", "五十嵐 愛", false).as_deref(), Some("五十嵐愛"));
        assert_eq!(of("名 五十嵐愛", "五十嵐 愛", false).as_deref(), Some("五十嵐 愛"));
        assert_eq!(of("皿者", "五十嵐 愛", false), None, "nothing of it left");
        assert_eq!(of("皿者", "五十嵐 愛", true).as_deref(), Some("五十嵐愛"));
    }

    #[test]
    fn somebody_elses_name_stays() {
        assert_eq!(of("LI FANG", "五十嵐 愛", true), None);
        assert_eq!(of("いがらし あい", "五十嵐 愛", true), None, "as printed");
        assert_eq!(of("高橋 美香", "髙橋 美紀", true), None, "a twin");
        assert_eq!(of("山口 美紀", "髙橋 美紀", true), None, "married");
        let legible = Found { confidence: 0.9, ..found("中島 美紀") };
        assert_eq!(kanji(&legible, "髙橋 美紀", true, &index()), None, "married into a name that is new here");
    }

    #[test]
    fn shapes_that_recognition_can_tell_stay_as_read() {
        assert_eq!(of("高橋 美紀", "髙橋 美紀", false).as_deref(), Some("髙橋 美紀"), "no model puts out 髙");
        assert_eq!(of("渡邊裕子", "渡辺 裕子", false), None);
    }

    #[test]
    fn another_reading_of_the_same_kanji_stays() {
        let of = |read: &str, master: &str| kana(&found(read), master, true, &index());
        assert_eq!(of("ワタナベ ユワコ", "ワタナベ ユウコ").as_deref(), Some("ワタナベ ユウコ"));
        assert_eq!(of("ワタナベ ヒロコ", "ワタナベ ユウコ"), None);
        assert_eq!(of("ワタナベ", "ワタナベ ユウコ").as_deref(), Some("ワタナベユウコ"));
    }
}
