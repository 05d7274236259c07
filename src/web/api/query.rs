//! The parameters of an address: each known, each once, each of its kind; anything else is an error that names it.

use axum::extract::Query;
use axum::http::Uri;

use crate::domain::Timestamp;
use crate::web::intake::Refusal;

/// Rows of an answer where nothing is said, and at most.
const USUAL: i64 = 50;
const MOST: i64 = 200;
/// No value is longer.
const LONGEST: usize = 200;
/// The end of the year 9999.
const LAST_MS: i64 = 253_402_300_799_999;

/// What stands behind the question mark.
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Of an address that has these parameters and no others.
    pub fn of(uri: &Uri, known: &[&str]) -> Result<Params, Refusal> {
        let Query(pairs) =
            Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|_| Refusal::Parameter("?".to_owned()))?;
        for (i, (name, _)) in pairs.iter().enumerate() {
            let twice = pairs.iter().take(i).any(|(before, _)| before == name);
            if twice || !known.contains(&name.as_str()) {
                return Err(wrong(name));
            }
        }
        Ok(Params(pairs))
    }

    /// A value as text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let Some((_, value)) = self.0.iter().find(|(of, _)| of == name) else { return Ok(None) };
        let spoilt = value.chars().any(|c| c.is_control() || c == '\u{fffd}');
        if value.trim().is_empty() || spoilt || value.chars().count() > LONGEST {
            return Err(wrong(name));
        }
        Ok(Some(value))
    }

    /// A value that must be one of its kind.
    pub fn read<T>(&self, name: &str, as_one: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
        self.text(name)?.map(|value| as_one(value).ok_or_else(|| wrong(name))).transpose()
    }

    /// A whole number within bounds.
    pub fn number(&self, name: &str, least: i64, most: i64) -> Result<Option<i64>, Refusal> {
        let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit()).then(|| value.parse::<i64>().ok())?;
        self.read(name, |value| digits(value).filter(|n| (least..=most).contains(n)))
    }

    /// A moment, in milliseconds.
    pub fn moment(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        Ok(self.number(name, 0, LAST_MS)?.map(Timestamp))
    }

    /// How many rows are wanted; one more is asked for, to know whether there are more (`cut`).
    pub fn limit(&self) -> Result<i64, Refusal> {
        Ok(self.number("limit", 1, MOST)?.unwrap_or(USUAL))
    }
}

/// Leaves as many rows as were wanted; whether there were more.
pub fn cut<T>(rows: &mut Vec<T>, limit: i64) -> bool {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    more
}

/// The name goes back to whoever sent it, without what could spoil their page or their log.
fn wrong(name: &str) -> Refusal {
    Refusal::Parameter(name.chars().filter(|c| !c.is_control()).take(60).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(uri: &str) -> Result<Params, Refusal> {
        Params::of(&uri.parse().expect("an address"), &["limit", "kind", "since"])
    }

    #[test]
    fn what_is_unknown_doubled_or_no_value_is_named() {
        let bad = |name: &str| Some(Refusal::Parameter(name.to_owned()));
        assert_eq!(of("/a?limits=1").err(), bad("limits"));
        assert_eq!(of("/a?kind=a&kind=a").err(), bad("kind"));
        for odd in ["limit=0", "limit=201", "limit=-1", "limit=+5", "limit=1.0", "limit=", "limit=99999999999999999999"]
        {
            assert_eq!(of(&format!("/a?{odd}")).and_then(|params| params.limit()).err(), bad("limit"), "{odd}");
        }
        for odd in ["kind=%00", "kind=%FF", "kind=%20"] {
            assert_eq!(of(&format!("/a?{odd}")).and_then(|p| p.text("kind").map(|_| ())).err(), bad("kind"), "{odd}");
        }
        let Ok(good) = of("/a?since=5&limit=200&kind=%E6%96%87") else { panic!("refused") };
        assert_eq!((good.limit(), good.moment("since")), (Ok(200), Ok(Some(Timestamp(5)))));
        assert_eq!(good.text("kind"), Ok(Some("文")));
        assert_eq!(of("/a").and_then(|params| params.limit()), Ok(USUAL));
    }
}
