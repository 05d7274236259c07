//! Text that goes on: lines under a label, and lines under a line that has its label.

use super::lexicon::Lexicon;
use super::regions::{How, Page};
use crate::domain::BBox;

impl Page {
    pub(super) fn claim_below_free(&mut self, label: usize, long: bool) {
        let at = self.labels[label].at;
        let cell = self.cell_of(label);
        let mut last = at;
        let mut first_left: Option<f32> = None;
        for _ in 0..if long { 60 } else { 4 } {
            let limit = if first_left.is_none() {
                2.2
            } else if long {
                1.6
            } else {
                0.9
            };
            let next = (0..self.runs.len())
                .filter(|&i| {
                    let r = &self.runs[i];
                    let gap = r.at.top - last.bottom;
                    let aligned = match first_left {
                        None => r.at.left > at.left - 1.2 && r.at.left < at.right.max(at.left + 4.0) + 1.0,
                        Some(left) => (r.at.left - left).abs() < 2.5,
                    };
                    r.owner.is_none()
                        && (cell.is_none() || self.sheet.segments[r.segment].cell.is_none())
                        && r.at.centre().1 > last.centre().1 + 0.4
                        && gap < limit
                        && aligned
                        && self.first_in_segment(r)
                })
                .min_by(|&a, &b| {
                    self.runs[a]
                        .at
                        .top
                        .total_cmp(&self.runs[b].at.top)
                        .then(self.runs[a].at.left.total_cmp(&self.runs[b].at.left))
                });
            let Some(run) = next else { return };
            let r = self.runs[run].at;
            // Another label between, in the same column, ends the block.
            let blocked = self.labels.iter().enumerate().any(|(i, l)| {
                i != label
                    && l.at.centre().1 > last.centre().1 + 0.4
                    && l.at.centre().1 < r.centre().1 + 0.3
                    && l.at.left < r.right
                    && l.at.right > r.left.min(at.left) - 1.0
                    && l.at.left < at.right + 8.0
            });
            if blocked || self.ends_block(run, label, first_left) {
                return;
            }
            self.claim(run, label, How::Below);
            if long {
                self.claim_rest_of_row(run, label);
            }
            first_left.get_or_insert(r.left);
            last = r;
        }
    }

    /// Lines of a text that goes on under (or, beside a label set half-way down, over) a line that has its label.
    pub(super) fn claim_continued(&mut self, lexicon: &Lexicon) {
        // Labels beside a block whose lines are not level with them.
        for label in 0..self.labels.len() {
            if self.has_run(label)
                || self.part_of_compound(label)
                || !self.is_text(label, lexicon)
                || self.cell_of(label).is_some()
            {
                continue;
            }
            let at = self.labels[label].at;
            let beside = (0..self.runs.len())
                .filter(|&i| {
                    let r = &self.runs[i];
                    r.owner.is_none()
                        && r.at.left > at.right - 0.5
                        && (r.at.centre().1 - at.centre().1).abs() < 1.8
                        && self.first_in_segment(r)
                })
                .min_by(|&a, &b| {
                    (self.runs[a].at.centre().1 - at.centre().1)
                        .abs()
                        .total_cmp(&(self.runs[b].at.centre().1 - at.centre().1).abs())
                });
            if let Some(run) = beside {
                self.claim(run, label, How::Right);
            }
        }
        for _ in 0..80 {
            let mut best: Option<(f32, usize, usize)> = None;
            for i in 0..self.runs.len() {
                let run = &self.runs[i];
                if run.owner.is_some() || !self.first_in_segment(run) {
                    continue;
                }
                for other in &self.runs {
                    let Some(owner) = other.owner else { continue };
                    if !self.is_text(owner, lexicon)
                        || self.sheet.segments[other.segment].cell != self.sheet.segments[run.segment].cell
                    {
                        continue;
                    }
                    let over = run.at.top < other.at.top;
                    let gap = if over { other.at.top - run.at.bottom } else { run.at.top - other.at.bottom };
                    // A text that begins behind its label goes on under the label.
                    let left = match other.how {
                        How::After if run.at.left < other.at.left - 2.5 => self.sheet.segments[other.segment].at.left,
                        _ => other.at.left,
                    };
                    let aligned = (run.at.left - left).abs() < 2.5;
                    // Only a block beside its label can begin above it.
                    let may_rise = other.how == How::Right;
                    if gap < 1.0
                        && aligned
                        && (!over || may_rise)
                        && !self.label_between(&run.at, &other.at)
                        && !self.ends_block(
                            i,
                            owner,
                            matches!(other.how, How::Below | How::Continued).then_some(other.at.left),
                        )
                        && best.is_none_or(|b| gap < b.0)
                    {
                        best = Some((gap, i, owner));
                    }
                }
            }
            let Some((_, run, owner)) = best else { return };
            let how = if self.runs.iter().any(|r| r.owner == Some(owner) && r.how == How::Right) {
                How::Right
            } else {
                How::Continued
            };
            self.claim(run, owner, how);
        }
    }

    /// Whether a run begins something else: a printed note, or a short line set out to the left like the label itself.
    fn ends_block(&self, run: usize, label: usize, text_left: Option<f32>) -> bool {
        let r = &self.runs[run];
        let begin: String = self.glyphs(r).iter().take(3).map(|g| g.ch).collect();
        if begin.starts_with('※') || begin.starts_with("(注") || begin.starts_with("注)") {
            return true;
        }
        let at = &self.labels[label].at;
        let segment = &self.sheet.segments[self.labels[label].segment].at;
        let head = if at.left - segment.left < 2.5 { segment.left } else { at.left };
        let Some(left) = text_left else { return false };
        left - head > 0.5 && left - head < 6.0 && r.at.left < (head + left) / 2.0 && r.glyphs.len() <= 16
    }

    /// Whether a label stands between two runs in their own column.
    fn label_between(&self, a: &BBox, b: &BBox) -> bool {
        let (top, bottom) = (a.centre().1.min(b.centre().1), a.centre().1.max(b.centre().1));
        self.labels.iter().any(|l| {
            let y = l.at.centre().1;
            y > top && y < bottom && l.at.right > a.left.min(b.left) && l.at.left < a.right.max(b.right)
        })
    }
}
