//! What an invented document says, and the pairs of its characters, put together of parts that are folded once.

use super::super::documents::grams_of;
use super::super::sound;
use super::words::{GIVEN, PLACES, SURNAMES, WORDS};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A part of a text, folded, and its pairs.
struct Part {
    folded: String,
    grams: Vec<String>,
}

impl Part {
    fn of(text: &str) -> Part {
        let folded = sound::folded(text);
        let grams = grams_of(&folded).split(' ').map(str::to_owned).collect();
        Part { folded, grams }
    }
}

static NAMES: LazyLock<Vec<Vec<Part>>> = LazyLock::new(|| {
    let named = |surname: &&str| GIVEN.iter().map(|given| Part::of(&format!("{surname}{given}"))).collect();
    SURNAMES.iter().map(named).collect()
});
static SENDERS: LazyLock<Vec<Part>> = LazyLock::new(|| PLACES.iter().map(|place| Part::of(place)).collect());
static USUAL: LazyLock<Vec<Part>> = LazyLock::new(|| WORDS.iter().map(|word| Part::of(word)).collect());

/// What document `i` says: a name, a place, and some of the usual words, always the same for the same number; and its pairs.
pub(super) fn says(i: i64) -> (String, String) {
    // Any spread will do that is the same every time.
    let mut state = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut pick = |of: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % of as u64) as usize
    };
    let number = Part::of(&format!("{i:08}"));
    let (surname, given) = (pick(SURNAMES.len()), pick(GIVEN.len()));
    let mut parts = vec![&NAMES[surname][given], &SENDERS[pick(PLACES.len())], &number];
    parts.extend((0..14).map(|_| &USUAL[pick(WORDS.len())]));
    let folded: Vec<&str> = parts.iter().map(|part| part.folded.as_str()).collect();
    let grams: BTreeSet<&str> = parts.iter().flat_map(|part| part.grams.iter().map(String::as_str)).collect();
    (folded.join(" "), grams.into_iter().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_put_together_are_those_of_the_whole_text() {
        for i in [1, 4711, 999_999] {
            let (folded, grams) = says(i);
            assert_eq!(grams, grams_of(&folded));
            assert!(folded.contains(&format!("{i:08}")) && folded.split(' ').count() == 17);
        }
    }
}
