//! Names of people compared: where the seen name divides into family and given name, and what each part weighs.

use super::NamePart;
use super::channel::{Channel, Cost};
use super::parts::{Parts, PartsBuilder, SeenPart};
use crate::domain::Verdict;
use crate::text::{fold, kana, name, variants};
use std::collections::HashMap;

/// Share of people whose document gives another family name than the master: marriage, 通称.
const OTHER_FAMILY: f64 = 0.02;
/// The same for given names: a wrong entry.
const OTHER_GIVEN: f64 = 0.0007;

/// Family and given names of all masters.
pub(super) struct Dictionary {
    pub family: Parts,
    pub given: Parts,
}

/// The same while it grows.
#[derive(Default)]
pub(super) struct DictionaryBuilder {
    family: PartsBuilder,
    given: PartsBuilder,
}

/// A master's person: numbers of the family and of the given name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NameIds {
    pub family: u32,
    pub given: u32,
}

/// Kanji of a name without spaces, 異体字 folded.
pub(super) fn folded(text: &str) -> Vec<char> {
    variants::same_name(&fold::squeeze(text)).chars().collect()
}

/// Family name and the rest; a name without a space is all given name, since nothing is split by guess.
fn halves(text: &str) -> (&str, &str) {
    text.trim().split_once([' ', '　']).unwrap_or(("", text.trim()))
}

impl DictionaryBuilder {
    /// Counts one person.
    pub(super) fn add(&mut self, name: &str, reading: &str) -> NameIds {
        let ((family, given), (family_kana, given_kana)) = (halves(name), halves(reading));
        let kanji = |s: &str| variants::same_name(&fold::squeeze(s));
        let letters = |s: &str| kana::katakana(&fold::squeeze(s));
        NameIds {
            family: self.family.add(&kanji(family), &letters(family_kana)),
            given: self.given.add(&kanji(given), &letters(given_kana)),
        }
    }

    pub(super) fn build(self) -> Dictionary {
        Dictionary { family: self.family.build(), given: self.given.build() }
    }
}

impl Dictionary {
    /// The names of one part.
    pub(super) fn of(&self, part: NamePart) -> &Parts {
        match part {
            NamePart::Family => &self.family,
            NamePart::Given => &self.given,
        }
    }
}

/// A name as a document gives it.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenName {
    /// Kanji as seen, 異体字 folded, without spaces.
    pub kanji: Option<Vec<char>>,
    kanji_space: Option<usize>,
    /// Katakana without spaces.
    pub kana: Option<Vec<char>>,
    kana_space: Option<usize>,
}

/// Where the only space stands, counted in characters before it.
fn space(text: &str) -> Option<usize> {
    let tidy = fold::tidy(text);
    tidy.split_once(' ').map(|(before, _)| before.chars().count())
}

impl SeenName {
    pub(super) fn read(seen: Option<&str>, reading: Option<&str>) -> Self {
        let mut out = Self::default();
        if let Some(seen) = seen.filter(|s| !s.trim().is_empty()) {
            out.kanji_space = space(seen);
            out.kanji = Some(folded(seen));
        }
        if let Some(reading) = reading.filter(|s| !s.trim().is_empty()) {
            out.kana_space = space(reading);
            out.kana = Some(kana::katakana(&fold::squeeze(reading)).chars().collect());
        }
        // A name written in kana alone is its own reading.
        if let (Some(k), None) = (&out.kanji, &out.kana)
            && k.iter().all(|c| kana::is_kana(*c))
        {
            out.kana_space = out.kanji_space;
            out.kana = Some(k.iter().map(|c| kana::to_katakana(*c)).collect());
        }
        out
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kanji.is_none() && self.kana.is_none()
    }

    /// Whether kanji as seen and as in the master can be compared at all: LI FANG says nothing about 李 芳.
    fn comparable(seen: &[char], master: &[char]) -> bool {
        let script = |s: &[char]| (s.iter().any(|c| name::is_kanji(*c)), s.iter().any(char::is_ascii_alphabetic));
        let ((sk, sl), (mk, ml)) = (script(seen), script(master));
        sk == mk && sl == ml || sk && mk || (sk && !ml && !sl)
    }
}

/// What a name weighs for one person of a master.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NameWeight {
    /// Log odds of the family name, kanji and kana together.
    pub family: f32,
    /// Log odds of the given name.
    pub given: f32,
    /// How the kanji were read.
    pub kanji: Option<Cost>,
    /// How the kana were read.
    pub kana: Option<Cost>,
    /// The document gives the family name only.
    pub family_only: bool,
}

impl NameWeight {
    /// How the kanji compare.
    pub(super) fn kanji_verdict(&self) -> Verdict {
        self.kanji.map_or(Verdict::Unknown, |c| verdict(c, self.family_only))
    }

    /// How the kana compare.
    pub(super) fn kana_verdict(&self) -> Verdict {
        self.kana.map_or(Verdict::Unknown, |c| verdict(c, self.family_only))
    }
}

fn verdict(c: Cost, family_only: bool) -> Verdict {
    match (c.dear, c.cheap) {
        (0, 0) if !family_only => Verdict::Agree,
        (0, 0..=2) => Verdict::Close,
        _ => Verdict::Differ,
    }
}

/// One seen name against many people: remembers what it has weighed, since thousands share a name.
pub(super) struct Comparison<'a> {
    seen: &'a SeenName,
    names: &'a Dictionary,
    channel: Channel,
    memory: HashMap<(bool, u32, [u8; 4]), f32>,
    whole: HashMap<(u32, u32), NameWeight>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(seen: &'a SeenName, names: &'a Dictionary) -> Self {
        Self { seen, names, channel: Channel::default(), memory: HashMap::new(), whole: HashMap::new() }
    }

    /// Weighs the seen name for one person.
    pub(super) fn weigh(&mut self, ids: NameIds) -> NameWeight {
        if let Some(known) = self.whole.get(&(ids.family, ids.given)) {
            return *known;
        }
        let out = self.weigh_anew(ids);
        self.whole.insert((ids.family, ids.given), out);
        out
    }

    fn weigh_anew(&mut self, ids: NameIds) -> NameWeight {
        let (seen, family, given) = (self.seen, &self.names.family, &self.names.given);
        let master_kanji: Vec<char> = [family.kanji(ids.family), given.kanji(ids.given)].concat();
        let kanji = seen.kanji.as_deref().filter(|k| SeenName::comparable(k, &master_kanji));
        let master_kana = !family.kana(ids.family).is_empty() || !given.kana(ids.given).is_empty();
        let reading = seen.kana.as_deref().filter(|_| master_kana);
        let kanji_at =
            kanji.map(|k| self.channel.divide(k, family.kanji(ids.family), given.kanji(ids.given), seen.kanji_space));
        let kana_at =
            reading.map(|k| self.channel.divide(k, family.kana(ids.family), given.kana(ids.given), seen.kana_space));
        let mut out = NameWeight::default();
        for is_family in [true, false] {
            let cut = |chars: Option<&'a [char]>, at: Option<usize>| -> Option<(&'a [char], u8, u8)> {
                let (chars, at) = chars.zip(at)?;
                let (from, to) = if is_family { (0, at) } else { (at, chars.len()) };
                Some((&chars[from..to], from.min(255) as u8, to.min(255) as u8))
            };
            let (k, r) = (cut(kanji, kanji_at), cut(reading, kana_at));
            let range = |c: Option<(&[char], u8, u8)>| c.map_or([255, 255], |(_, a, b)| [a, b]);
            let [[a, b], [c, d]] = [range(k), range(r)];
            let (parts, id, changed) =
                if is_family { (family, ids.family, OTHER_FAMILY) } else { (given, ids.given, OTHER_GIVEN) };
            let part = SeenPart { kanji: k.map(|k| k.0), kana: r.map(|r| r.0) };
            let channel = &mut self.channel;
            let memory = self.memory.entry((is_family, id, [a, b, c, d]));
            let weight = *memory.or_insert_with(|| parts.weight(id, part, changed, channel));
            if is_family {
                out.family = weight;
            } else {
                out.given = weight;
                let empty = |p: Option<&[char]>| p.is_none_or(<[char]>::is_empty);
                out.family_only = empty(part.kanji) && empty(part.kana) && !(k.is_none() && r.is_none());
            }
            // A part that the document does not give is unknown, not misread.
            let mut judge = |seen: Option<(&[char], u8, u8)>, master: &[char]| {
                seen.filter(|(s, _, _)| !s.is_empty() && !master.is_empty()).map(|(s, _, _)| channel.cost(s, master))
            };
            let add = |sum: Option<Cost>, c: Option<Cost>| c.map(|c| sum.unwrap_or_default().plus(c)).or(sum);
            out.kanji = add(out.kanji, judge(k, parts.kanji(id)));
            out.kana = add(out.kana, judge(r, parts.kana(id)));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary() -> (Dictionary, Vec<NameIds>) {
        let mut b = DictionaryBuilder::default();
        let people = [
            ("髙橋 美咲", "タカハシ ミサキ"),
            ("斎藤 実", "サイトウ ミノル"),
            ("李 芳", "リ ホウ"),
            ("グエン ティ ラン", "グエン ティ ラン"),
        ];
        let mut ids: Vec<NameIds> = people.iter().map(|(n, k)| b.add(n, k)).collect();
        for i in 0..200 {
            ids.push(b.add(&format!("佐藤 子{}", i % 7), "サトウ シ"));
        }
        (b.build(), ids)
    }

    fn weigh(name: Option<&str>, kana: Option<&str>, who: usize) -> NameWeight {
        let (names, ids) = dictionary();
        let seen = SeenName::read(name, kana);
        Comparison::new(&seen, &names).weigh(ids[who])
    }

    #[test]
    fn glyph_variants_agree_and_confused_names_are_close() {
        assert_eq!(weigh(Some("高橋美咲"), None, 0).kanji_verdict(), Verdict::Agree);
        assert_eq!(weigh(Some("斉藤 実"), None, 1).kanji_verdict(), Verdict::Close);
        assert_eq!(weigh(Some("齋藤 実"), None, 1).kanji_verdict(), Verdict::Agree);
        assert_eq!(weigh(Some("加藤 実"), None, 1).kanji_verdict(), Verdict::Differ);
    }

    #[test]
    fn scripts_that_cannot_be_compared_are_unknown() {
        let w = weigh(Some("LI FANG"), Some("リ ホウ"), 2);
        assert_eq!((w.kanji_verdict(), w.kana_verdict()), (Verdict::Unknown, Verdict::Agree));
        assert!(w.family + w.given > 5.0);
        let w = weigh(Some("グエンティラン"), None, 3);
        assert_eq!((w.kanji_verdict(), w.kana_verdict()), (Verdict::Agree, Verdict::Agree));
    }

    #[test]
    fn a_family_name_alone_says_nothing_about_the_given_name() {
        let w = weigh(Some("斎藤"), None, 1);
        assert!(w.family_only && w.given == 0.0 && w.family > 3.0);
        assert_eq!(w.kanji_verdict(), Verdict::Close);
    }
}
