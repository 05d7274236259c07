//! The signs by which a document is classified, each with a name: what speaks for one kind, and how its pages look.
//! Page by page first, then put together over the run of pages.

use super::titles::{self, Look, PageKind};
use crate::domain::{Hospital, Kind, ReadPage, Recipes};
use crate::stages::sheet::{Segment, Sheet};
use crate::text::{confusable, fold};
use std::collections::HashMap;

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
            fields: vec![Vec::new(); n],
        };
        let keys = |list: &[String]| list.iter().map(|w| fold::label_key(w)).collect::<Vec<_>>();
        for recipe in recipes.kinds.iter().filter(|r| r.kind != Kind::Unknown) {
            let k = place(recipe.kind);
            words.cues[k] = recipe.cues.iter().map(|cue| keys(&cue.words)).collect();
            words.cue_weights[k] = recipe.cues.iter().map(|cue| cue.weight).collect();
            words.titles[k] = keys(&recipe.titles).into_iter().filter(|t| t.len() >= LONG_TITLE).collect();
            for (f, field) in recipe.fields.iter().enumerate() {
                let having = recipes.kinds.iter().filter(|r| r.fields.iter().any(|o| o.field == field.field)).count();
                words.fields[k].push((n as f32 / having as f32).ln() / (n as f32).ln());
                for label in keys(&field.labels).into_iter().filter(|l| l.len() >= 2) {
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
        let text = fold::label_key(&sheet.plain());
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
            }
        }
        let traits = if leads { [0.0; TRAITS] } else { page_traits(page, &look, &sheet, hospital) };
        let (title_in_text, named_on_cover) = if leads { (nothing(), named) } else { (named, nothing()) };
        Page { weight, titles: look.titles, title_in_text, named_on_cover, cues, fields, traits }
    }
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
