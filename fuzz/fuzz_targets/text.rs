//! Japanese text: dates, names, numbers, addresses, telephone numbers.
#![no_main]

use jiff::civil::date;
use uketsuke::text::{address, code, confusable, fold, institution, kana, name, number, phone, script, variants, wareki};

libfuzzer_sys::fuzz_target!(|input: &str| {
    let chars: Vec<char> = input.chars().take(400).collect();
    let text: String = chars.iter().collect();
    for seen in wareki::dates(&chars) {
        std::hint::black_box(seen);
    }
    let _ = wareki::first_day(&text);
    let bytes = input.as_bytes();
    if let [year, month, day, age, ..] = *bytes {
        let (month, day) = (month as i8, day as i8);
        let on = date(2024, 5, 14);
        let year = i16::from(year) * 9;
        let _ = wareki::possible_eras(year, month, day, Some(on));
        let _ = wareki::era_by_age(year, month, day, i16::from(age), on);
        let _ = wareki::next_day(month, day, on);
    }
    if let Some(range) = address::find(&chars) {
        assert!(range.start <= range.end && range.end <= chars.len());
    }
    let _ = address::looks_like(&chars);
    let _ = (phone::phones(&chars), phone::postal_codes(&chars));
    let _ = (name::before_title(&text), name::person(&text), name::masked(&text));
    let _ = (number::digits(&text), number::first(&text));
    let _ = (kana::reading(&text), kana::sound_key(&text), kana::katakana(&text));
    let _ = (variants::same_name(&text), variants::search_name(&text));
    let _ = (fold::nfkc(&text), fold::squeeze(&text), fold::tidy(&text), fold::dashes(&text), fold::label_key(&text));
    let _ = (code::institution_ok(&text), code::insurer_ok(&text), code::institution_digits(&text));
    for at in [institution::trailing_department(&text), institution::leading_department(&text)].into_iter().flatten() {
        assert!(text.is_char_boundary(at));
    }
    let _ = (institution::is_institution(&text), institution::short_name(&text), institution::misread_department(&text));
    let _ = (institution::ends_as_institution(&text), institution::has_its_kind_inside(&text));
    assert_eq!(script::settled(&chars).len(), chars.len());
    let (a, b) = chars.split_at(chars.len().min(40) / 2);
    let _ = (confusable::distance(a, b), confusable::find(a, b, 3.0), confusable::prefix(a, b, 3.0));
});
