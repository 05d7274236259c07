//! Counts as lines of a chart and of the table beside it: each share with its interval, drawn as a bar with whiskers.

use crate::domain::wilson;

/// Where bars begin and how wide the whole is, in units of the drawing.
const LEFT: f64 = 190.0;
const WIDE: f64 = 420.0;
const LINE: f64 = 24.0;

/// Counts of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Cases.
    pub n: u64,
    /// Those that agree, or that were right.
    pub right: u64,
    /// Differences in which who confirmed was right.
    pub first: u64,
    /// Those in which who read again was right.
    pub second: u64,
    /// Those in which neither was.
    pub neither: u64,
    /// Those that nobody has settled yet.
    pub open: u64,
}

/// One line: of the table, and as it is drawn.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is about.
    pub label: String,
    /// Its counts.
    pub count: Count,
    /// The share in percent.
    pub share: String,
    /// Lower end of the interval in percent.
    pub low: String,
    /// Upper end.
    pub high: String,
    /// What was claimed, in percent; empty where nothing was.
    pub said: String,
    /// Top of the bar.
    pub y: String,
    /// Foot of the label.
    pub foot: String,
    /// Middle of the bar.
    pub middle: String,
    /// Width of the bar.
    pub width: String,
    /// Where the whisker begins.
    pub x1: String,
    /// Where it ends.
    pub x2: String,
    /// Where the claim stands; empty where nothing was claimed.
    pub at_said: String,
}

/// A chart with its table.
#[derive(Clone, Debug)]
pub struct Chart {
    /// In its id.
    pub code: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What a line is about.
    pub of: &'static str,
    /// What the share is.
    pub share_of: &'static str,
    /// Whether the differences and who was right belong to it.
    pub differences: bool,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Height of the drawing.
    pub height: String,
}

/// A share in percent with one digit.
fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// The chart of those lines; a line without a case has no share and is left out.
pub fn chart(
    code: &'static str,
    title: &'static str,
    (of, share_of): (&'static str, &'static str),
    lines: impl IntoIterator<Item = (String, Count, Option<f64>)>,
) -> Chart {
    let mut drawn = Vec::new();
    for (label, count, said) in lines {
        let Some(interval) = wilson(count.right, count.n) else { continue };
        let top = LINE * drawn.len() as f64;
        let at = |share: f64| format!("{:.1}", LEFT + WIDE * share);
        drawn.push(Line {
            label,
            count,
            share: percent(interval.share),
            low: percent(interval.low),
            high: percent(interval.high),
            said: said.map(percent).unwrap_or_default(),
            y: format!("{:.0}", top + 5.0),
            foot: format!("{:.0}", top + 16.0),
            middle: format!("{:.0}", top + 12.0),
            width: format!("{:.1}", WIDE * interval.share),
            x1: at(interval.low),
            x2: at(interval.high),
            at_said: said.map(at).unwrap_or_default(),
        });
    }
    let height = format!("{:.0}", LINE * drawn.len() as f64 + 18.0);
    Chart { code, title, of, share_of, differences: false, lines: drawn, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share_and_lines_without_cases_are_left_out() {
        let count = |n, right| Count { n, right, ..Count::default() };
        let lines = [("甲".to_owned(), count(20, 10), Some(0.5)), ("乙".to_owned(), count(0, 0), None)];
        let chart = chart("c", "t", ("項目", "一致率"), lines);
        assert_eq!(chart.lines.len(), 1);
        let line = &chart.lines[0];
        assert_eq!((line.share.as_str(), line.width.as_str(), line.said.as_str()), ("50.0", "210.0", "50.0"));
        assert_eq!((line.low.as_str(), line.high.as_str()), ("29.9", "70.1"));
        assert_eq!(line.at_said, "400.0");
    }
}
