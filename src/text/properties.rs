//! What holds of every date, name, reading, number and code, tried over generated ones.

use super::era::Era;
use super::wareki::{self, Written};
use super::{code, fold, kana, name, number, phone, variants};
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }

    fn digits(&mut self, many: usize) -> String {
        (0..many).map(|_| char::from(b'0' + u8::try_from(self.roll(10)).unwrap())).collect()
    }
}

fn days(from: Date, to: Date, step: i64) -> impl Iterator<Item = Date> {
    let step: Span = step.days();
    std::iter::successors(Some(from), move |d| d.checked_add(step).ok()).take_while(move |d| *d <= to)
}

fn wide(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xFEE0).unwrap() } else { c }).collect()
}

const NAMES: &[(&str, &str)] = &[("明治", "M"), ("大正", "T"), ("昭和", "S"), ("平成", "H"), ("令和", "R")];

#[test]
fn a_day_written_in_its_era_is_read_as_that_day() {
    for (era, (long, short)) in Era::ALL.into_iter().zip(NAMES) {
        let (first, last) = era.span();
        let boundary = [first, last].into_iter();
        for day in days(first, last.min(date(2060, 12, 31)), 23).chain(boundary) {
            let (y, m, d) = (day.year() - era.base(), day.month(), day.day());
            if y > 64 {
                continue;
            }
            let plain = format!("{long}{y}年{m}月{d}日");
            let written = [
                plain.clone(),
                wide(&plain),
                format!("{long} {y} 年 {m} 月 {d} 日"),
                format!("{short}{y}.{m}.{d}"),
                format!("{short}{y:02}/{m:02}/{d:02}"),
                format!("{}年{m}月{d}日", if y == 1 { format!("{long}元") } else { format!("{long}{y}") }),
            ];
            for text in written {
                assert_eq!(wareki::first_day(&text), Some(day), "{text}");
            }
        }
    }
}

#[test]
fn a_day_written_in_the_western_calendar_is_read_as_that_day() {
    for day in days(date(1900, 1, 1), date(2049, 12, 31), 41) {
        let (y, m, d) = (day.year(), day.month(), day.day());
        for text in [
            day.to_string(),
            format!("{y}年{m}月{d}日"),
            format!("{y}/{m}/{d}"),
            format!("{y}.{m:02}.{d:02}"),
            wide(&format!("{y}/{m}/{d}")),
        ] {
            assert_eq!(wareki::first_day(&text), Some(day), "{text}");
        }
    }
}

#[test]
fn days_at_which_eras_meet() {
    let day = |era: Era, y, m, d| era.day(y, m, d);
    assert_eq!(day(Era::Meiji, 45, 7, 30), day(Era::Taisho, 1, 7, 30));
    assert_eq!(day(Era::Taisho, 15, 12, 25), day(Era::Showa, 1, 12, 25));
    assert_eq!(day(Era::Showa, 64, 1, 7), Some(date(1989, 1, 7)));
    assert_eq!(day(Era::Heisei, 1, 1, 8), Some(date(1989, 1, 8)));
    assert_eq!(day(Era::Heisei, 31, 4, 30), Some(date(2019, 4, 30)));
    assert_eq!(day(Era::Reiwa, 1, 5, 1), Some(date(2019, 5, 1)));
    for (era, y, m, d) in [
        (Era::Meiji, 5, 12, 2),
        (Era::Meiji, 45, 7, 31),
        (Era::Taisho, 1, 7, 29),
        (Era::Taisho, 15, 12, 26),
        (Era::Showa, 1, 12, 24),
        (Era::Showa, 64, 1, 8),
        (Era::Heisei, 1, 1, 7),
        (Era::Heisei, 31, 5, 1),
        (Era::Reiwa, 1, 4, 30),
        (Era::Reiwa, 0, 5, 1),
        (Era::Showa, 30, 2, 30),
    ] {
        assert_eq!(era.day(y, m, d), None, "{era:?} {y}-{m}-{d}");
    }
    // A form that goes on printing the old era means the day it counts.
    assert_eq!(Era::Heisei.counted_on(31, 5, 1), Some(date(2019, 5, 1)));
}

#[test]
fn the_printed_age_never_chooses_a_wrong_era() {
    let mut chosen = 0;
    for on in [date(2019, 5, 1), date(2024, 2, 29), date(2026, 11, 25)] {
        for birth in days(date(1905, 1, 1), on, 37) {
            for era in Era::ALL {
                let (first, last) = era.span();
                if birth < first || birth > last {
                    continue;
                }
                let (y, m, d) = (birth.year() - era.base(), birth.month(), birth.day());
                let age = wareki::age(birth, on);
                assert!((0..=121).contains(&age));
                if let Some((_, read)) = wareki::era_by_age(y, m, d, age, on) {
                    assert_eq!(read, birth, "{era:?} {y}, {age} on {on}");
                    chosen += 1;
                }
                let possible = wareki::possible_eras(y, m, d, Some(on));
                assert!(age > 120 || possible.iter().any(|(_, date)| *date == birth));
            }
        }
    }
    assert!(chosen > 3000, "{chosen}");
}

#[test]
fn a_year_whose_era_is_not_said_stays_unsaid() {
    for (y, m, d) in [(29, 7, 24), (57, 4, 5), (5, 12, 31)] {
        let chars: Vec<char> = format!("{y}年{m}月{d}日").chars().collect();
        let seen = wareki::dates(&chars);
        assert!(matches!(seen[..], [wareki::Seen { written: Written::EraUnsaid(..), .. }]), "{y}-{m}-{d}");
    }
}

/// Every katakana letter that names are written with.
fn letters() -> Vec<char> {
    ('ァ'..='ヶ').filter(|c| !matches!(c, 'ヮ' | 'ヰ' | 'ヱ')).collect()
}

#[test]
fn readings_are_one_whatever_kana_they_are_written_in() {
    let letters = letters();
    let mut dice = Dice(7);
    for _ in 0..2000 {
        let mut word = |many| -> String {
            (0..many).map(|_| letters[usize::try_from(dice.roll(letters.len() as u64)).unwrap()]).collect()
        };
        let (family, given) = (word(3), word(2));
        let katakana = format!("{family} {given}");
        let hiragana: String = katakana
            .chars()
            .map(|c| if ('ァ'..='ヶ').contains(&c) { char::from_u32(c as u32 - 0x60).unwrap() } else { c })
            .collect();
        let read = kana::reading(&katakana);
        assert_eq!(read.as_deref(), Some(katakana.as_str()));
        assert_eq!(kana::reading(&hiragana), read, "{hiragana}");
        assert_eq!(kana::reading(&katakana.replace(' ', "　")), read);
        assert_eq!(kana::reading(&katakana.replace(' ', "・")), read);
        assert_eq!(read.as_deref().and_then(kana::reading), read, "reading what was read changes nothing");
        assert_eq!(kana::sound_key(&hiragana), kana::sound_key(&katakana));
        assert_eq!(kana::sound_key(&katakana), kana::sound_key(&format!("{family}{given}")));
        assert!(kana::sound_key(&katakana).chars().count() <= 5);
    }
    assert_eq!(kana::reading("ﾊﾅｺ ｶﾞｯﾊﾟ").as_deref(), Some("ハナコ ガッパ"));
}

#[test]
fn names_come_out_of_what_stands_round_them() {
    let families = ["佐藤", "髙橋", "渡邉", "氏家", "行方", "勅使河原", "東", "𠮷田", "﨑山", "五十嵐"];
    let given = ["一郎", "花子", "ミツ", "さくら", "翔", "みどり", "健太郎"];
    let titles = ["様", "殿", "先生", "さん", " 様", "　殿", " 印", " 先生 御机下"];
    for family in families {
        for given in given {
            let written = format!("{family} {given}");
            for title in titles {
                assert_eq!(name::person(&format!("{written}{title}")).as_deref(), Some(&*written), "{written}{title}");
            }
            assert_eq!(name::person(&format!("{family}　{given}")).as_deref(), Some(&*written));
            assert_eq!(name::person(&written).as_deref().and_then(name::person).as_deref(), Some(&*written));
            // One name in another shape of its glyphs is the same name; folding twice changes nothing.
            let same = variants::same_name(&written);
            assert_eq!(variants::same_name(&same), same);
            assert_eq!(variants::search_name(&same), variants::search_name(&written));
            assert_eq!(fold::nfkc(&fold::nfkc(&written)), fold::nfkc(&written));
        }
    }
    for group in variants::groups() {
        let mut keys: Vec<String> = group.chars().map(|c| variants::same_name(&c.to_string())).collect();
        keys.dedup();
        assert_eq!(keys.len(), 1, "{group}");
    }
    // Legally different names are found together and never taken for one another.
    for (a, b) in [("斎藤", "斉藤"), ("河野", "川野"), ("大田", "太田")] {
        assert_ne!(variants::same_name(a), variants::same_name(b));
    }
    assert_eq!(variants::search_name("斎藤"), variants::search_name("斉藤"));
}

#[test]
fn telephone_numbers_are_read_in_every_way_of_printing_them() {
    let mut dice = Dice(11);
    for _ in 0..1500 {
        let (area, middle) = match dice.roll(4) {
            0 => (dice.pick(&["03", "06"]).to_owned(), 4),
            1 => (dice.pick(&["011", "022", "045", "096"]).to_owned(), 3),
            2 => (format!("0{}", dice.pick(&["144", "463", "968", "166", "479"])), 2),
            _ => (dice.pick(&["090", "080", "070", "050"]).to_owned(), 4),
        };
        let (b, c) = (dice.digits(middle), dice.digits(4));
        let plain = format!("{area}-{b}-{c}");
        for text in [
            plain.clone(),
            wide(&plain),
            format!("TEL:{plain}"),
            format!("{area}({b}){c}"),
            format!("({area}){b}-{c}"),
            format!("{area}ー{b}一{c}"),
            format!("電話 {area} - {b} - {c}"),
        ] {
            let chars: Vec<char> = fold::squeeze(&text).chars().collect();
            let seen = phone::phones(&chars);
            assert_eq!(seen.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), [plain.as_str()], "{text}");
        }
        assert_eq!(number::digits(&wide(&plain)), number::digits(&plain));
        assert_eq!(number::digits(&plain), format!("{area}{b}{c}"));
    }
}

#[test]
fn numbers_below_a_hundred_are_read_in_kanji_and_in_digits() {
    const KANJI: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    for n in 1..100u32 {
        let (tens, ones) = ((n / 10) as usize, KANJI[(n % 10) as usize]);
        let written = match tens {
            0 => ones.to_owned(),
            1 => format!("十{ones}"),
            _ => format!("{}十{ones}", KANJI[tens]),
        };
        assert_eq!(number::first(&written), Some(n), "{written}");
        assert_eq!(number::first(&format!("約 {n} 名")), Some(n));
        assert_eq!(number::first(&wide(&n.to_string())), Some(n));
    }
    assert_eq!(number::first("1,200件"), Some(1200));
}

#[test]
fn look_alike_digits_are_alike_both_ways_and_never_all() {
    for a in b'0'..=b'9' {
        assert!(number::like(a, a));
        for b in b'0'..=b'9' {
            assert_eq!(number::like(a, b), number::like(b, a));
        }
        assert!((b'0'..=b'9').filter(|&b| number::like(a, b)).count() <= 6);
    }
}

#[test]
fn just_one_of_ten_check_digits_is_right() {
    let mut dice = Dice(23);
    for _ in 0..1000 {
        let prefecture = 1 + dice.roll(47);
        let body = format!("{prefecture:02}{}{}", dice.pick(&["1", "3", "4", "6"]), dice.digits(6));
        let right: Vec<String> =
            (0..10).map(|d| format!("{body}{d}")).filter(|code| code::institution_ok(code)).collect();
        let [code] = &right[..] else { panic!("{body}: {right:?}") };
        // Any one wrong digit after the prefix shows, in every prefecture.
        for i in 3..10 {
            for d in b'0'..=b'9' {
                let mut other = code.clone().into_bytes();
                if other[i] != d {
                    other[i] = d;
                    assert!(!code::institution_ok(std::str::from_utf8(&other).unwrap()));
                }
            }
        }
        assert_eq!(code::institution_digits(&wide(code)).as_ref(), Some(code));
        let separated = format!("{},{},{}", &code[..2], &code[2..9], &code[9..]);
        assert_eq!(code::institution_digits(&separated).as_ref(), Some(code));
        for many in [5, 7] {
            let body = dice.digits(many);
            assert_eq!((0..10).filter(|d| code::insurer_ok(&format!("{body}{d}"))).count(), 1, "{body}");
        }
    }
}

#[test]
fn the_first_three_digits_of_four_prefectures_are_not_checked() {
    for code in ["1318814790", "1418814790", "1128814790", "1238814790"] {
        assert_eq!(code::institution_ok(code), matches!(&code[2..3], "1" | "3" | "4" | "6"), "{code}");
    }
}
