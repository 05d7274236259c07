//! The signs by which a document is classified, each with a name: what speaks for one kind, and how its pages look.
//! Page by page first, then put together over the run of pages.

use super::titles::{self, Look, PageKind};
use crate::domain::{FieldName, Hospital, Kind, ReadPage, Recipes};
use crate::stages::sheet::lexicon::{Role, role_of};
use crate::stages::sheet::words::label;
use crate::stages::sheet::{Segment, Sheet};
use crate::text::{confusable, fold};
use std::collections::{BTreeMap, HashMap};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident, $count:ident { $($(#[$each:meta])* $variant:ident $code:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// Every one, in the order of the model file.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// Its name in the model file.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)* }
            }
        }

        /// How many there are.
        pub const $count: usize = $name::ALL.len();
    };
}

named! {
    /// What speaks for or against one kind; each kind has its own value of it, and all kinds share its weight.
    Sign, SIGNS {
        /// How strongly a title of the kind stands at the head (表題), 0 to about 1.5.
        Title "title";
        /// How far that title is ahead of the strongest title of another kind; negative when it is behind.
        TitleAhead "title_ahead";
        /// A long title of the kind stands anywhere in the text.
        TitleInText "title_in_text";
        /// Words that speak for the kind (依頼か報告か), by the weights of its recipe: the root of their sum.
        CuesFor "cues_for";
        /// Words that speak against the kind, in the same way.
        CuesAgainst "cues_against";
        /// Labels of the kind's own fields, each worth more the fewer kinds have the field.
        Labels "labels";
        /// A title of the kind stands on the cover sheet before it (件名: 診療情報提供書).
        NamedOnCover "named_on_cover";
    }
}

named! {
    /// How the document looks, whatever its kind; each kind has its own weight for it.
    Trait, TRAITS {
        /// Our hospital is addressed (当院宛).
        ToUs "to_us";
        /// Another institution is addressed (他院宛).
        ToOther "to_other";
        /// A person is addressed without an institution (患者様宛).
        ToPerson "to_person";
        /// Everybody is addressed (各位).
        ToAll "to_all";
        /// A patient is named.
        NamesPatient "names_patient";
        /// Share of the page in ruled cells, by their number.
        Ruled "ruled";
        /// Amount of text, by the number of segments.
        Lines "lines";
        /// Share of the characters that stand in sentences.
        Prose "prose";
        /// Share of the segments that are numbers.
        Numbers "numbers";
        /// Rings and ticks.
        Marks "marks";
        /// It looks like a cover sheet (送付状).
        CoverLike "cover_like";
        /// It looks like an annex (別紙).
        AnnexLike "annex_like";
        /// More than one page.
        Pages "pages";
    }
}

/// The signs of a document or of one page.
#[derive(Clone, Debug, PartialEq)]
pub struct Signs {
    /// By kind, in the order of [`Kind::ALL`].
    pub of_kind: Vec<[f32; SIGNS]>,
    /// Of the document itself.
    pub of_page: [f32; TRAITS],
}

/// Gathers the signs of the pages of one document.
pub fn gather(pages: &[&ReadPage], recipes: &Recipes, hospital: &Hospital) -> Signs {
    let words = Words::of(recipes);
    let seen: Vec<Page> = pages.iter().map(|page| Page::of(page, pages.len(), &words, recipes, hospital)).collect();
    let mut signs = Signs { of_kind: vec![[0.0; SIGNS]; Kind::ALL.len()], of_page: traits(&seen) };
    let mut titles = vec![0.0f32; Kind::ALL.len()];
    for (kind, title) in seen.iter().flat_map(|page| page.titles.iter().map(move |t| (t.0, t.1 * page.weight))) {
        titles[place(kind)] = titles[place(kind)].max(title);
    }
    for (k, of_kind) in signs.of_kind.iter_mut().enumerate() {
        let most = |of: fn(&Page, usize, usize) -> f32, i: usize| seen.iter().map(|p| of(p, k, i)).fold(0.0, f32::max);
        let other = titles.iter().enumerate().filter(|(i, _)| *i != k).map(|(_, t)| *t).fold(0.0, f32::max);
        let mut set = |sign: Sign, value: f32| of_kind[sign as usize] = value;
        set(Sign::Title, titles[k]);
        set(Sign::TitleAhead, if titles[k] > 0.0 { titles[k] - other } else { 0.0 });
        set(Sign::TitleInText, most(|p, k, _| p.title_in_text[k], 0));
        set(Sign::NamedOnCover, most(|p, k, _| p.named_on_cover[k], 0));
        let cue = |(i, weight): (usize, &f32)| weight * most(|p, k, i| p.cues[k][i], i);
        let cues: Vec<f32> = words.cue_weights[k].iter().enumerate().map(cue).collect();
        // The fourth word says less than the first: they come from one sentence, or one printed form.
        set(Sign::CuesFor, cues.iter().filter(|c| **c > 0.0).sum::<f32>().sqrt());
        set(Sign::CuesAgainst, cues.iter().filter(|c| **c < 0.0).map(|c| -c).sum::<f32>().sqrt());
        let labels = words.fields[k].iter().enumerate().map(|(i, worth)| worth * most(|p, k, i| p.fields[k][i], i));
        set(Sign::Labels, labels.sum::<f32>().sqrt());
    }
    signs
}

/// The kind's place in [`Kind::ALL`].
pub fn place(kind: Kind) -> usize {
    Kind::ALL.iter().position(|k| *k == kind).unwrap_or_default()
}

/// The words of the recipes, as they are compared.
struct Words {
    /// Words of each cue of each kind.
    cues: Vec<Vec<Vec<Vec<char>>>>,
    cue_weights: Vec<Vec<f32>>,
    /// Titles that are long enough to be looked for anywhere.
    titles: Vec<Vec<Vec<char>>>,
    /// For each label: the kinds and their fields, by index, that it is of.
    labels: HashMap<Vec<char>, Vec<(usize, usize)>>,
    /// For each field: the kinds, by index, that have it, and its index there.
    asking: BTreeMap<FieldName, Vec<(usize, usize)>>,
    /// What the label of each field of each kind is worth.
    fields: Vec<Vec<f32>>,
}

/// A shorter title is a word of any text.
const LONG_TITLE: usize = 4;

impl Words {
    fn of(recipes: &Recipes) -> Words {
        let n = Kind::ALL.len();
        let mut words = Words {
            cues: vec![Vec::new(); n],
            cue_weights: vec![Vec::new(); n],
            titles: vec![Vec::new(); n],
            labels: HashMap::new(),
            asking: BTreeMap::new(),
            fields: vec![Vec::new(); n],
        };
        let keys = |list: &[String]| list.iter().map(|w| fold::label_key(w)).collect::<Vec<_>>();
        // フリガナ and 氏名 stand on any form.
        let patient = recipes.common.iter().filter(|f| role_of(f.field) == Role::Patient);
        let common: Vec<Vec<char>> = patient.flat_map(|f| keys(&f.labels)).collect();
        for recipe in recipes.kinds.iter().filter(|r| r.kind != Kind::Unknown) {
            let k = place(recipe.kind);
            words.cues[k] = recipe.cues.iter().map(|cue| keys(&cue.words)).collect();
            words.cue_weights[k] = recipe.cues.iter().map(|cue| cue.weight).collect();
            words.titles[k] = keys(&recipe.titles).into_iter().filter(|t| t.len() >= LONG_TITLE).collect();
            for (f, field) in recipe.fields.iter().enumerate() {
                let having = recipes.kinds.iter().filter(|r| r.fields.iter().any(|o| o.field == field.field)).count();
                words.asking.entry(field.field).or_default().push((k, f));
                words.fields[k].push((n as f32 / having as f32).ln() / (n as f32).ln());
                for label in keys(&field.labels).into_iter().filter(|l| l.len() >= 2 && !common.contains(l)) {
                    words.labels.entry(label).or_default().push((k, f));
                }
            }
        }
        words
    }
}

/// What one page shows.
struct Page {
    /// A cover sheet names what follows, its own words are no cues; what an annex is called says little.
    weight: f32,
    titles: Vec<(Kind, f32)>,
    title_in_text: Vec<f32>,
    named_on_cover: Vec<f32>,
    cues: Vec<Vec<f32>>,
    fields: Vec<Vec<f32>>,
    traits: [f32; TRAITS],
}

impl Page {
    fn of(page: &ReadPage, run: usize, words: &Words, recipes: &Recipes, hospital: &Hospital) -> Page {
        let look = titles::look(page, recipes, hospital);
        let sheet = Sheet::of(&titles::without_header(page));
        let text = running(&sheet);
        let leads = look.kind == PageKind::Cover && run > 1;
        let weight = match look.kind {
            _ if leads => 0.0,
            PageKind::Annex => 0.3,
            _ => 1.0,
        };
        // Of the whole text only what stands there rightly counts: a cover sheet is short, and forgives.
        let stands = |title: &Vec<char>| text.windows(title.len()).any(|w| w == title.as_slice());
        let named: Vec<f32> = words
            .titles
            .iter()
            .map(|t| if leads { any_seen(t, &text) } else { f32::from(u8::from(t.iter().any(stands))) })
            .collect();
        let nothing = || vec![0.0; Kind::ALL.len()];
        let mut fields: Vec<Vec<f32>> = words.fields.iter().map(|f| vec![0.0; f.len()]).collect();
        let cues = words
            .cues
            .iter()
            .map(|cues| cues.iter().map(|cue| if leads { 0.0 } else { any_seen(cue, &text) }).collect::<Vec<f32>>());
        let cues = cues.collect();
        if !leads {
            for segment in &sheet.segments {
                let key = fold::label_key(&segment.text());
                // The label is what the segment begins with, the longest that is known.
                let known = (2..=key.len().min(24)).rev().find_map(|n| words.labels.get(&key[..n]));
                for (k, f) in known.into_iter().flatten() {
                    fields[*k][*f] = 1.0;
                }
                if known.is_none()
                    && let Some((_, asked)) = label::whole(segment)
                {
                    for (k, f) in words.asking.get(&asked).into_iter().flatten() {
                        fields[*k][*f] = 1.0;
                    }
                }
            }
        }
        let traits = if leads { [0.0; TRAITS] } else { page_traits(page, &look, &sheet, hospital) };
        let (title_in_text, named_on_cover) = if leads { (nothing(), named) } else { (named, nothing()) };
        Page { weight, titles: look.titles, title_in_text, named_on_cover, cues, fields, traits }
    }
}

/// The letters of a page as words are looked for in it. A word goes on over the end of a line, but not into the next heading:
/// ご紹介 above 〔患者〕 says nothing of ご紹介患者.
fn running(sheet: &Sheet) -> Vec<char> {
    const BREAK: char = '\n';
    let mut letters = Vec::new();
    for segment in &sheet.segments {
        if segment.glyphs.first().is_some_and(|g| "【〔[〈《「『■□●○◆◇▼▽▲△※◎・".contains(g.ch))
        {
            letters.push(BREAK);
        }
        letters.extend(fold::label_key(&segment.text()));
    }
    letters
}

/// Of the whole run: what any page shows, and of quantities the mean of the pages that count.
fn traits(pages: &[Page]) -> [f32; TRAITS] {
    let counted: Vec<&Page> = pages.iter().filter(|p| p.weight > 0.0).collect();
    let mut out = [0.0; TRAITS];
    for each in Trait::ALL {
        let values = counted.iter().map(|p| p.traits[*each as usize]);
        out[*each as usize] = match each {
            Trait::Ruled | Trait::Lines | Trait::Prose | Trait::Numbers | Trait::AnnexLike | Trait::CoverLike => {
                values.sum::<f32>() / counted.len().max(1) as f32
            }
            Trait::Pages => f32::from(u8::from(counted.len() > 1)),
            _ => values.fold(0.0, f32::max),
        };
    }
    out
}

fn page_traits(page: &ReadPage, look: &Look, sheet: &Sheet, hospital: &Hospital) -> [f32; TRAITS] {
    let mut out = [0.0; TRAITS];
    let mut set = |of: Trait, value: f32| out[of as usize] = value;
    let share = |count: usize, of: usize| count as f32 / of.max(1) as f32;
    let yes = |b: bool| f32::from(u8::from(b));
    for (i, to) in [Trait::ToUs, Trait::ToOther, Trait::ToPerson, Trait::ToAll].into_iter().enumerate() {
        set(to, addressees(sheet, hospital)[i]);
    }
    let lengths: Vec<(usize, &Segment)> = sheet.segments.iter().map(|s| (s.glyphs.len(), s)).collect();
    let all: usize = lengths.iter().map(|l| l.0).sum();
    let sentence = |s: &Segment| s.glyphs.len() > 12 && s.glyphs.iter().any(|g| matches!(g.ch, '。' | '、'));
    let number = |s: &Segment| 2 * s.glyphs.iter().filter(|g| g.ch.is_ascii_digit()).count() > s.glyphs.len();
    set(Trait::NamesPatient, yes(look.patient.is_some()));
    set(Trait::Ruled, share(page.text.cells.len(), 60).min(1.0));
    set(Trait::Lines, share(sheet.segments.len(), 100).min(1.0));
    set(Trait::Prose, share(lengths.iter().filter(|l| sentence(l.1)).map(|l| l.0).sum(), all));
    set(Trait::Numbers, share(sheet.segments.iter().filter(|s| number(s)).count(), sheet.segments.len()));
    set(Trait::Marks, share(sheet.marks.len(), 8).min(1.0));
    set(Trait::CoverLike, yes(look.kind == PageKind::Cover));
    set(Trait::AnnexLike, yes(look.kind == PageKind::Annex));
    out
}

/// Whether we, another institution, a person or everybody is addressed near the top.
fn addressees(sheet: &Sheet, hospital: &Hospital) -> [f32; 4] {
    let own = fold::label_key(&hospital.name);
    let mut found = [0.0; 4];
    for segment in sheet.segments.iter().filter(|s| s.at.centre().1 < sheet.height * 0.35 && s.glyphs.len() < 40) {
        let text = segment.text();
        let ends = |words: &[&str]| words.iter().any(|w| text.ends_with(w));
        let ours = own.len() >= 4 && confusable::find(&own, &fold::label_key(&text), own.len() as f32 * 0.3).is_some();
        let to = if ends(&["各位", "皆様", "の皆さま"]) {
            3
        } else if ours {
            0
        } else if ends(&["御中", "殿", "宛", "行", "御机下", "侍史"]) {
            1
        } else if ends(&["様"]) {
            2
        } else {
            continue;
        };
        found[to] = 1.0;
    }
    found
}

fn any_seen(words: &[Vec<char>], text: &[char]) -> f32 {
    words.iter().map(|word| word_seen(word, text)).fold(0.0, f32::max)
}

/// 1 when the word stands in the text, less when it stands there misread, 0 when it does not.
fn word_seen(key: &[char], text: &[char]) -> f32 {
    if key.is_empty() || text.len() < key.len() {
        return 0.0;
    }
    if text.windows(key.len()).any(|w| w == key) {
        return 1.0;
    }
    let most = match key.len() {
        0..=3 => 0.0,
        4 => 0.8,
        n => 0.22 * n as f32,
    };
    if most <= 0.0 {
        return 0.0;
    }
    confusable::find(key, text, most).map_or(0.0, |(_, _, cost)| 1.0 - cost / key.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, Line, PageNo, PageText, Word};
    use crate::stages::classify::{classify, model_file};
    use crate::stages::recipes;

    /// A page of 100 by 141 letters' width, each line at its height, its type so large.
    fn page(no: u32, lines: &[(f32, f32, &str)]) -> ReadPage {
        let line = |(top, size, text): &(f32, f32, &str)| {
            let (w, h) = (0.02 * size, 0.0142 * size);
            let at = |i: usize| BBox::new(0.1 + w * i as f32, *top, 0.1 + w * (i + 1) as f32, top + h);
            let words: Vec<Word> = text
                .chars()
                .enumerate()
                .map(|(i, c)| Word { text: c.to_string(), bbox: at(i), confidence: 0.9 })
                .collect();
            let bbox = words.iter().map(|w| w.bbox).reduce(|a, b| a.union(&b)).unwrap_or_default();
            Line { bbox, words }
        };
        let lines = lines.iter().map(line).collect();
        let text = PageText { width_px: 1000, height_px: 1410, lines, ..PageText::default() };
        ReadPage { no: PageNo(no), part: 1, text }
    }

    fn gathered(pages: &[&ReadPage]) -> Signs {
        gather(pages, &recipes::embedded(), &hospital())
    }

    fn hospital() -> Hospital {
        Hospital { name: "みなと台総合病院".into(), ..Hospital::default() }
    }

    fn letter() -> ReadPage {
        page(
            1,
            &[
                (0.05, 2.0, "診療情報提供書"),
                (0.12, 1.0, "みなと台総合病院 御中"),
                (0.30, 1.0, "患者氏名 海野 環"),
                (0.36, 1.0, "傷病名 高血圧症"),
                (0.42, 1.0, "紹介目的 ご高診のほどお願い申し上げます。"),
                (0.48, 1.0, "既往歴及び家族歴 特になし"),
                (0.54, 1.0, "症状経過 近医にて加療しておりましたが、改善がみられません。"),
            ],
        )
    }

    #[test]
    fn a_letter_shows_its_title_its_words_and_whom_it_addresses() {
        let letter = letter();
        let signs = gathered(&[&letter]);
        let of = &signs.of_kind[place(Kind::ReferralLetter)];
        assert!(of[Sign::Title as usize] > 0.5 && of[Sign::TitleInText as usize] == 1.0, "{of:?}");
        assert!(of[Sign::CuesFor as usize] > 1.0 && of[Sign::Labels as usize] > 0.0, "{of:?}");
        assert!(signs.of_kind[place(Kind::ReplyLetter)][Sign::CuesAgainst as usize] > 0.0);
        assert_eq!(signs.of_page[Trait::ToUs as usize], 1.0);
        assert_eq!(signs.of_page[Trait::ToOther as usize], 0.0);
        assert!(signs.of_page[Trait::Prose as usize] > 0.2);
        assert_eq!(signs.of_page[Trait::Pages as usize], 0.0);
        assert_eq!(signs.of_kind[place(Kind::Unknown)], [0.0; SIGNS], "nothing speaks for being unknown");
        let classified = classify(&[&letter], &recipes::embedded(), &hospital(), &model_file::embedded());
        assert_eq!(classified.kind, Kind::ReferralLetter);
        assert!(classified.confidence > 0.9, "{classified:?}");
    }

    #[test]
    fn a_cover_sheet_names_what_follows_and_is_no_part_of_how_it_looks() {
        let cover = page(
            1,
            &[
                (0.05, 2.0, "FAX送付状"),
                (0.15, 1.0, "送信先 みなと台総合病院 御中"),
                (0.20, 1.0, "送信枚数 2枚（本紙含む）"),
                (0.25, 1.0, "件名 診療情報提供書"),
                (0.30, 1.0, "下記のとおり書類を送付いたします。ご査収ください。"),
            ],
        );
        let letter = ReadPage { no: PageNo(2), ..letter() };
        let (alone, both) = (gathered(&[&letter]), gathered(&[&cover, &letter]));
        let named = Sign::NamedOnCover as usize;
        let referral = place(Kind::ReferralLetter);
        assert_eq!((alone.of_kind[referral][named], both.of_kind[referral][named]), (0.0, 1.0));
        assert_eq!(both.of_kind[referral][Sign::Title as usize], alone.of_kind[referral][Sign::Title as usize]);
        assert_eq!(both.of_page, alone.of_page);
    }

    #[test]
    fn a_title_does_not_run_on_into_the_heading_below_it() {
        let seen = |second: &str| {
            let page = page(1, &[(0.05, 1.0, "ご紹介"), (0.10, 1.0, second)]);
            let word = fold::label_key("ご紹介患者");
            running(&Sheet::of(&page)).windows(word.len()).any(|w| w == word)
        };
        assert!(!seen("〔患者〕中島幸子様") && !seen("【患者】"));
        assert!(seen("患者の受診について"), "a word goes on over the end of its line");
    }

    #[test]
    fn of_an_empty_page_nothing_speaks() {
        let empty = page(1, &[]);
        let signs = gathered(&[&empty]);
        assert!(signs.of_kind.iter().all(|of| *of == [0.0; SIGNS]));
        let classified = classify(&[&empty], &recipes::embedded(), &hospital(), &model_file::embedded());
        assert!(classified.confidence < 0.9, "{classified:?}");
    }
}
