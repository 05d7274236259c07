//! Addresses set right: the master's, in the spelling in which the document prints it.

use crate::text::{confusable, fold};

/// Share of an address's characters that may be misread.
const MISREAD: f32 = 0.3;

/// The spelling of the master's address that was read with misreadings; none when it may be another house.
pub(super) fn amended(read: &str, master: &str) -> Option<String> {
    let seen = plain(read);
    if seen.len() < 6 {
        return None;
    }
    let mut best: Option<(f32, String)> = None;
    for spelling in spellings(master) {
        let chars = plain(&spelling);
        let cost = confusable::distance(&seen, &chars);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, spelling));
        }
    }
    let (cost, spelling) = best?;
    let chars = plain(&spelling);
    let near = cost <= MISREAD * chars.len() as f32;
    (near && chars != seen && same_house(&seen, &chars)).then_some(spelling)
}

/// Whether what was read is the master's address, but for misreadings.
pub(super) fn is(read: &str, master: &str) -> bool {
    let seen = plain(read);
    amended(read, master).is_some() || spellings(master).iter().any(|spelling| plain(spelling) == seen)
}

fn plain(text: &str) -> Vec<char> {
    fold::dashes(&fold::squeeze(text)).chars().collect()
}

/// The digits but for one misreading: people move within a town, and neighbours live next door.
pub(super) fn same_house(read: &[char], master: &[char]) -> bool {
    let digits = |chars: &[char]| chars.iter().copied().filter(char::is_ascii_digit).collect::<Vec<char>>();
    let (a, b) = (digits(read), digits(master));
    if a.len() == b.len() {
        let off = a.iter().zip(&b).filter(|(x, y)| x != y).count();
        off == 0 || off == 1 && b.len() >= 4
    } else {
        // A digit lost or split in two among many.
        let (short, long) = if a.len() < b.len() { (&a, &b) } else { (&b, &a) };
        let mut rest = long.iter();
        long.len() - short.len() == 1 && short.len() >= 4 && short.iter().all(|d| rest.any(|x| x == d))
    }
}

/// The address with and without prefecture and building, with hyphens and with 丁目・番・号.
pub(super) fn spellings(master: &str) -> Vec<String> {
    let master = fold::tidy(master);
    let house = master.split(' ').next().unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for whole in [master.clone(), house] {
        let (town, numbers, rest) = parts(&whole);
        let mut forms = vec![whole.clone()];
        match numbers[..] {
            [a, b, c] => forms.extend([
                format!("{town}{a}丁目{b}番{c}号{rest}"),
                format!("{town}{a}丁目{b}番地{c}{rest}"),
                format!("{town}{a}丁目{b}-{c}{rest}"),
                format!("{town}{a}丁目{b}番{c}{rest}"),
            ]),
            [a, b] => forms.extend([
                format!("{town}{a}番地{b}{rest}"),
                format!("{town}{a}番{b}号{rest}"),
                format!("{town}{a}番地の{b}{rest}"),
                format!("{town}{a}丁目{b}番{rest}"),
            ]),
            [a] => forms.push(format!("{town}{a}番地{rest}")),
            _ => {}
        }
        for form in forms {
            if let Some(at) = prefecture(&form) {
                out.push(form[at..].to_owned());
            }
            out.push(form);
        }
    }
    out.dedup();
    out
}

/// Town, the numbers after it, and what follows them.
fn parts(text: &str) -> (&str, Vec<&str>, &str) {
    let Some(at) = text.find(|c: char| c.is_ascii_digit()) else { return (text, Vec::new(), "") };
    let end = text[at..].find(|c: char| !c.is_ascii_digit() && c != '-').map_or(text.len(), |n| at + n);
    let numbers = text[at..end].split('-').filter(|n| !n.is_empty()).collect();
    (&text[..at], numbers, &text[end..])
}

/// Where the prefecture's name ends.
fn prefecture(text: &str) -> Option<usize> {
    let at =
        |mark: &str| text.char_indices().take(4).skip(2).find(|(i, _)| text[*i..].starts_with(mark)).map(|(i, _)| i);
    ["県", "道", "都", "府"].into_iter().filter_map(at).min().map(|i| i + "県".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASTER: &str = "北海道見本市例町1-27-9 コーポ例5-362";

    #[test]
    fn misread_characters_are_set_right_in_the_spelling_of_the_page() {
        let of = |read: &str| amended(read, MASTER);
        assert_eq!(of("北海道貝本市例町1-279 コーボ例5-362").as_deref(), Some(MASTER));
        assert_eq!(of("見木市例町1-27-9").as_deref(), Some("見本市例町1-27-9"));
        assert_eq!(of("見木市例町1丁目27番9号").as_deref(), Some("見本市例町1丁目27番9号"));
        assert_eq!(of("北海道見本市例町1-27-9"), None, "as it should be");
    }

    #[test]
    fn another_house_stays() {
        for read in ["北海道見本市例町4-8-15", "遠方市別荘1-27-9", "", "北海道見本市例町1-27-9 別邸8-105"]
        {
            assert_eq!(amended(read, MASTER), None, "{read}");
        }
    }
}
