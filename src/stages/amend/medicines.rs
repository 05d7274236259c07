//! Names of medicines whose 濁点 or small letters were lost in print (ポノプラザン for ボノプラザン), set right where just one
//! medicine can be meant. A name that is one as it was read stays; nothing else of a text is touched.

use crate::domain::{Decided, Fields, ValueType};
use crate::text::{confusable, kana};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Shorter words are too near to others.
const SHORTEST: usize = 4;

/// Each medicine by its letters without 濁点 and size, which no two share.
static NAMES: LazyLock<BTreeMap<Vec<char>, Vec<char>>> = LazyLock::new(|| names().map(|n| (letters(&n), n)).collect());

fn names() -> impl Iterator<Item = Vec<char>> {
    let lines = include_str!("medicines.txt").lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(|n| n.chars().collect::<Vec<char>>()).filter(|n| n.len() >= SHORTEST)
}

fn letters(name: &[char]) -> Vec<char> {
    name.iter().map(|c| confusable::base(*c)).collect()
}

/// Sets right the medicines in every free text.
pub(super) fn amend(fields: &mut Fields) {
    let texts = fields.iter_mut().filter(|(field, _)| field.value_type() == ValueType::Text);
    for (_, found) in texts {
        if let Some(value) = spelt(&found.value) {
            // As it was read it stays in `raw`.
            found.value = value;
            found.decided_by = Some(Decided::Medicine);
        }
    }
}

/// The text with its medicines spelt as they are; nothing where all of them are.
fn spelt(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    let mut changed = false;
    let mut at = 0;
    while at < chars.len() {
        let length = chars[at..].iter().take_while(|c| kana::is_katakana(**c)).count();
        if length >= SHORTEST
            && let Some(name) = meant(&chars[at..at + length])
        {
            chars.splice(at..at + length, name);
            changed = true;
        }
        at += length.max(1);
    }
    changed.then(|| chars.into_iter().collect())
}

/// The one medicine that a misread name is.
fn meant(word: &[char]) -> Option<Vec<char>> {
    NAMES.get(&letters(word)).filter(|name| name[..] != *word).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_mark_or_size_is_set_right_where_one_medicine_is_meant() {
        for (read, name) in [
            ("1.ポノプラザン錠10mg 1錠", "1.ボノプラザン錠10mg 1錠"),
            ("レハミヒド錠100mg\nエナラフリル5mg", "レバミピド錠100mg\nエナラプリル5mg"),
            ("フエブキソスタツト", "フェブキソスタット"),
        ] {
            assert_eq!(spelt(read).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_a_medicine_or_none_stays() {
        for text in ["ボノプラザン錠", "プロプラノロール", "コーヒーとパンの朝食", "デパス", "ハイアスヒ", ""]
        {
            assert_eq!(spelt(text), None, "{text}");
        }
    }

    #[test]
    fn no_two_medicines_differ_by_marks_alone() {
        let other = |name: &Vec<char>| NAMES[&letters(name)] != *name;
        let twins: Vec<String> = names().filter(other).map(String::from_iter).collect();
        assert!(NAMES.len() > 500 && twins.is_empty(), "{twins:?}");
    }
}
