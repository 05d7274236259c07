//! Printed totals against their parts (合計欄の検算): both are kept as printed, a difference is shown to a person.

use crate::domain::{BBox, PageText};
use crate::text::fold;

/// A whole number and where it stands.
struct Figure {
    value: u32,
    at: BBox,
}

/// Whether some column's printed total is not the sum of the figures above it. Only columns in which every row of the
/// table gave a figure are judged: a figure that was not recognised is not a wrong sum.
pub(super) fn mismatch(page: &PageText) -> bool {
    let totals = page.lines.iter().filter(|l| {
        let label: String = fold::squeeze(&l.text()).chars().filter(|c| !c.is_ascii_digit()).collect();
        label.starts_with("合計") || label.starts_with("計") || label.starts_with("総計")
    });
    let figures = figures(page);
    totals.into_iter().any(|line| {
        let row: Vec<&Figure> = figures.iter().filter(|f| f.at.vertical_overlap(&line.bbox) > 0.5).collect();
        let columns: Vec<Vec<&Figure>> = row.iter().map(|total| above(&figures, total)).collect();
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        rows >= 2
            && row
                .iter()
                .zip(&columns)
                .any(|(total, parts)| parts.len() == rows && parts.iter().map(|p| p.value).sum::<u32>() != total.value)
    })
}

/// Figures of the same column, upwards until the rows stop following one another.
fn above<'a>(figures: &'a [Figure], total: &Figure) -> Vec<&'a Figure> {
    let x = total.at.centre().0;
    let mut column: Vec<&Figure> =
        figures.iter().filter(|f| (f.at.centre().0 - x).abs() < 0.025 && f.at.bottom <= total.at.top + 0.002).collect();
    column.sort_by(|a, b| b.at.top.total_cmp(&a.at.top));
    let mut kept: Vec<&Figure> = Vec::new();
    let mut below = total.at.top;
    let mut step = f32::MAX;
    for figure in column {
        let gap = below - figure.at.top;
        if gap > 0.08 || gap > step * 1.8 {
            break;
        }
        step = gap.max(0.005);
        below = figure.at.top;
        kept.push(figure);
    }
    kept
}

/// Numbers that stand alone: neighbouring words of digits are one number; dates, names and numbers with a unit inside a sentence are none.
fn figures(page: &PageText) -> Vec<Figure> {
    let mut out = Vec::new();
    for line in &page.lines {
        let mut run: Option<(String, BBox)> = None;
        let mut close = |run: &mut Option<(String, BBox)>| {
            if let Some((text, at)) = run.take()
                && let Ok(value) = text.parse()
            {
                out.push(Figure { value, at });
            }
        };
        for word in &line.words {
            let text = fold::squeeze(&word.text);
            let text = text.trim_end_matches(['人', '件', '回', '名']);
            let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
            if !digits {
                close(&mut run);
                continue;
            }
            match &mut run {
                Some((whole, at)) if word.bbox.left - at.right < 0.008 => {
                    whole.push_str(text);
                    *at = at.union(&word.bbox);
                }
                _ => {
                    close(&mut run);
                    run = Some((text.to_owned(), word.bbox));
                }
            }
        }
        close(&mut run);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Line, Word};

    fn page(rows: &[(&str, &[&str])]) -> PageText {
        let lines = rows.iter().enumerate().map(|(i, (label, cells))| {
            let top = 0.3 + 0.03 * i as f32;
            let word = |text: &str, left: f32| Word {
                text: text.to_owned(),
                bbox: BBox::new(left, top, left + 0.02, top + 0.015),
                confidence: 0.9,
            };
            let words: Vec<Word> = std::iter::once(word(label, 0.1))
                .chain(cells.iter().enumerate().map(|(j, c)| word(c, 0.4 + 0.1 * j as f32)))
                .collect();
            Line { bbox: BBox::new(0.1, top, 0.8, top + 0.015), words }
        });
        PageText { lines: lines.collect(), ..PageText::default() }
    }

    #[test]
    fn a_total_that_its_parts_do_not_make_is_seen() {
        assert!(!mismatch(&page(&[("甲医院", &["12", "3"]), ("乙医院", &["8", "0"]), ("合計", &["20", "3"])])));
        assert!(mismatch(&page(&[("甲医院", &["12", "3"]), ("乙医院", &["8", "0"]), ("合計", &["18", "3"])])));
    }

    #[test]
    fn an_unread_figure_is_not_a_wrong_sum() {
        assert!(!mismatch(&page(&[("甲医院", &["〓", "3"]), ("乙医院", &["8", "0"]), ("合計", &["20", "3"])])));
        assert!(!mismatch(&page(&[("計", &["20"])])));
    }
}
