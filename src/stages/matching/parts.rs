//! Family and given names of the masters with how often each occurs (出現頻度): 佐藤 is weak evidence, 勅使河原 strong.
//! Kanji and kana of one name are weighed together, since one all but decides the other.

use super::channel::Channel;
use super::keys::{Keys, KeysBuilder, hash};
use std::collections::HashMap;

/// Share of names that came out as something that is no name at all.
const GARBLED_KANJI: f64 = 0.03;
const GARBLED_KANA: f64 = 0.05;
/// Share of people outside the masters whose name nobody in the masters has.
const UNHEARD: f64 = 0.03;

/// One name: kanji (異体字 folded) and katakana, either possibly empty.
struct Entry {
    kanji: Box<[char]>,
    kana: Box<[char]>,
    count: u32,
}

/// A growing dictionary.
#[derive(Default)]
pub(super) struct PartsBuilder {
    ids: HashMap<(String, String), u32>,
    entries: Vec<Entry>,
}

/// The dictionary.
pub(super) struct Parts {
    entries: Vec<Entry>,
    total: f64,
    by_kanji: Keys,
    by_kana: Keys,
    letters: [HashMap<char, f64>; 2],
}

/// What a document shows of one part of a name.
#[derive(Clone, Copy)]
pub(super) struct SeenPart<'a> {
    /// 異体字 folded.
    pub kanji: Option<&'a [char]>,
    /// Katakana.
    pub kana: Option<&'a [char]>,
}

impl PartsBuilder {
    /// Counts one bearer and gives the name's number.
    pub(super) fn add(&mut self, kanji: &str, kana: &str) -> u32 {
        let next = self.entries.len() as u32;
        let id = *self.ids.entry((kanji.to_owned(), kana.to_owned())).or_insert(next);
        if id == next {
            let chars = |s: &str| s.chars().collect::<Box<[char]>>();
            self.entries.push(Entry { kanji: chars(kanji), kana: chars(kana), count: 0 });
        }
        self.entries[id as usize].count += 1;
        id
    }

    /// Ready to be asked.
    pub(super) fn build(self) -> Parts {
        let (mut by_kanji, mut by_kana) = (KeysBuilder::default(), KeysBuilder::default());
        let mut letters: [HashMap<char, f64>; 2] = [HashMap::new(), HashMap::new()];
        let total = self.entries.iter().map(|e| f64::from(e.count)).sum::<f64>().max(1.0);
        for (id, e) in self.entries.iter().enumerate() {
            by_kanji.add(hash(0, e.kanji.iter().copied()), id as u32);
            by_kana.add(hash(0, e.kana.iter().copied()), id as u32);
            for (of, chars) in letters.iter_mut().zip([&e.kanji, &e.kana]) {
                for c in chars {
                    *of.entry(*c).or_default() += f64::from(e.count) / total;
                }
            }
        }
        Parts { entries: self.entries, total, by_kanji: by_kanji.build(), by_kana: by_kana.build(), letters }
    }
}

impl Parts {
    /// Kanji of a name.
    pub(super) fn kanji(&self, id: u32) -> &[char] {
        &self.entries[id as usize].kanji
    }

    /// Kana of a name.
    pub(super) fn kana(&self, id: u32) -> &[char] {
        &self.entries[id as usize].kana
    }

    /// Whether somebody's name is written so.
    pub(super) fn has_kanji(&self, kanji: &str) -> bool {
        let mut rows = self.by_kanji.rows(hash(0, kanji.chars()));
        rows.any(|id| self.kanji(id).iter().copied().eq(kanji.chars()))
    }

    /// Whether somebody's name is read so.
    pub(super) fn has_kana(&self, kana: &str) -> bool {
        let mut rows = self.by_kana.rows(hash(0, kana.chars()));
        rows.any(|id| self.kana(id).iter().copied().eq(kana.chars()))
    }

    /// How probable the letters are as those of some name nobody has heard of.
    fn unheard(&self, which: usize, chars: &[char]) -> f64 {
        chars.iter().map(|c| self.letters[which].get(c).copied().unwrap_or(0.0).clamp(1e-5, 0.2)).product()
    }

    /// ln of: how much more probable the seen part is for a bearer of name `id` than for anybody.
    /// `changed` is the share of people who appear under another name (marriage, a wrong entry).
    pub(super) fn weight(&self, id: u32, seen: SeenPart<'_>, changed: f64, channel: &mut Channel) -> f32 {
        let e = &self.entries[id as usize];
        let kanji = seen.kanji.filter(|k| !k.is_empty() && !e.kanji.is_empty());
        let kana = seen.kana.filter(|k| !k.is_empty() && !e.kana.is_empty());
        if kanji.is_none() && kana.is_none() {
            return 0.0;
        }
        let noise_kanji = kanji.map_or(1.0, |k| GARBLED_KANJI * 5e-4f64.powi(k.len() as i32));
        let noise_kana = kana.map_or(1.0, |k| GARBLED_KANA * 0.012f64.powi(k.len() as i32));
        let mut read = |e: &Entry| {
            let k = kanji.map_or(1.0, |k| {
                (1.0 - GARBLED_KANJI) * if e.kanji.is_empty() { 0.0 } else { channel.cost(k, &e.kanji).probability() }
                    + noise_kanji
            });
            let r = kana.map_or(1.0, |k| {
                (1.0 - GARBLED_KANA) * if e.kana.is_empty() { 0.0 } else { channel.cost(k, &e.kana).probability() }
                    + noise_kana
            });
            k * r
        };
        let mut anybody = noise_kanji * noise_kana
            + UNHEARD * kanji.map_or(1.0, |k| self.unheard(0, k)) * kana.map_or(1.0, |k| self.unheard(1, k));
        for other in self.akin(e, kanji, kana) {
            let o = &self.entries[other as usize];
            anybody += f64::from(o.count) / self.total * read(o);
        }
        let bearer = (1.0 - changed) * read(e) + changed * anybody;
        ((bearer / anybody).ln()) as f32
    }

    /// Names that could stand behind what was seen: the same kanji or the same kana as seen or as in the entry.
    fn akin(&self, e: &Entry, kanji: Option<&[char]>, kana: Option<&[char]>) -> Vec<u32> {
        // The rarest of very many add nothing.
        const MOST: usize = 60;
        let mut out: Vec<u32> = Vec::new();
        for k in kanji.into_iter().chain(kanji.is_some().then_some(&*e.kanji)) {
            out.extend(self.by_kanji.rows(hash(0, k.iter().copied())).take(MOST));
        }
        for k in kana.into_iter().chain(kana.is_some().then_some(&*e.kana)) {
            out.extend(self.by_kana.rows(hash(0, k.iter().copied())).take(MOST));
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given() -> Parts {
        let mut b = PartsBuilder::default();
        for (kanji, kana, n) in [
            ("博", "ヒロシ", 60),
            ("浩", "ヒロシ", 50),
            ("裕子", "ユウコ", 40),
            ("裕子", "ヒロコ", 20),
            ("凛音", "リオン", 1),
            ("茂", "シゲル", 829),
        ] {
            for _ in 0..n {
                b.add(kanji, kana);
            }
        }
        b.build()
    }

    fn weigh(parts: &Parts, id: u32, kanji: &str, kana: &str) -> f32 {
        let (kanji, kana): (Vec<char>, Vec<char>) = (kanji.chars().collect(), kana.chars().collect());
        let seen = SeenPart { kanji: Some(&kanji), kana: Some(&kana) };
        parts.weight(id, seen, 0.001, &mut Channel::default())
    }

    #[test]
    fn rare_names_weigh_more_than_common_ones() {
        let p = given();
        let (hiroshi, rion, shigeru) = (0, 4, 5);
        assert!(weigh(&p, rion, "凛音", "リオン") > weigh(&p, hiroshi, "博", "ヒロシ") + 2.0);
        assert!(weigh(&p, shigeru, "茂", "シゲル") < 0.5);
    }

    #[test]
    fn another_name_of_the_same_sound_speaks_against() {
        let p = given();
        assert!(weigh(&p, 0, "浩", "ヒロシ") < -3.0);
        assert!(weigh(&p, 2, "裕子", "ヒロコ") < -3.0, "same kanji, another reading");
    }

    #[test]
    fn a_misread_name_still_speaks_for_its_bearer() {
        let p = given();
        assert!(weigh(&p, 4, "凛昔", "リオン") > 4.0);
        assert!(weigh(&p, 4, "凛音", "リオソ") > 4.0);
        assert!(weigh(&p, 4, "〒|", "リオン") > 3.0, "the kana alone");
    }
}
