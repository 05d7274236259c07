//! What stands right of a label: in the ruled cell beside it, level with a cell without a neighbour, or on its row.

use super::lexicon::Lexicon;
use super::regions::{How, Page, Run};
use crate::domain::{BBox, FieldName};

/// White between a label and what stands right of it from which on it may be another column's, ems.
const OTHER_COLUMN: f32 = 8.0;

impl Page {
    /// Gives each label what stands right of it: in the next cell, in the open row, or further along its line.
    pub(super) fn claim_right(&mut self) {
        for label in 0..self.labels.len() {
            if self.has_run(label) || self.followed_by_label(label) {
                continue;
            }
            match self.cell_of(label) {
                Some(cell) => self.claim_right_cell(label, cell),
                None => self.claim_right_on_row(label),
            }
        }
    }

    fn claim_right_cell(&mut self, label: usize, cell: usize) {
        let here = self.sheet.cells[cell];
        // A value in the label's own cell, below or beside it, comes before the next cell.
        let own = self.runs.iter().any(|r| {
            r.owner.is_none()
                && self.sheet.segments[r.segment].cell == Some(cell)
                && r.at.centre().1 > self.labels[label].at.centre().1 - 0.5
                && self.first_in_segment(r)
        });
        if own {
            let label_at = self.labels[label].at;
            let beside: Vec<usize> = (0..self.runs.len())
                .filter(|&i| {
                    let r = &self.runs[i];
                    r.owner.is_none()
                        && self.sheet.segments[r.segment].cell == Some(cell)
                        && r.at.left > label_at.right - 0.3
                        && r.at.vertical_overlap(&label_at) > 0.4
                })
                .collect();
            for run in beside {
                let r = self.runs[run].clone();
                if self.first_in_segment(&r) && !self.label_before(label, &r.at) {
                    self.claim(run, label, How::Right);
                }
            }
            return;
        }
        // Of a column of labels in one cell each has the cells that are level with itself.
        let (middle, column) = (
            self.labels[label].at.centre().1,
            self.labels.iter().filter(|l| {
                self.sheet.segments[l.segment].cell == Some(cell) && l.at.vertical_overlap(&self.labels[label].at) < 0.2
            }),
        );
        let column = column.count() >= 2;
        let mut right: Vec<usize> = (0..self.sheet.cells.len())
            .filter(|&c| {
                let other = &self.sheet.cells[c];
                let shared = other.bottom.min(here.bottom) - other.top.max(here.top);
                let level = !column || (other.top - 0.2..other.bottom + 0.2).contains(&middle);
                c != cell && level && (other.left - here.right).abs() < 1.0 && shared > 0.6 * other.height()
            })
            .collect();
        // The nearest in size: a cell of the same row before one that spans several.
        right.sort_by(|&a, &b| {
            let d = |c: usize| (self.sheet.cells[c].height() - here.height()).abs();
            d(a).total_cmp(&d(b))
        });
        for next in right {
            let inside: Vec<usize> = (0..self.runs.len())
                .filter(|&i| {
                    self.sheet.segments[self.runs[i].segment].cell == Some(next) && self.runs[i].owner.is_none()
                })
                .collect();
            let first_label = self
                .labels
                .iter()
                .filter(|l| self.sheet.segments[l.segment].cell == Some(next))
                .map(|l| l.at)
                .reduce(|a, b| if super::reading_order(&a, &b).is_lt() { a } else { b });
            let mut claimed = false;
            for run in inside {
                let r = self.runs[run].clone();
                let before_label = first_label.is_none_or(|l| super::reading_order(&r.at, &l).is_lt());
                if self.first_in_segment(&r) && before_label {
                    self.claim(run, label, How::Right);
                    claimed = true;
                }
            }
            if claimed || first_label.is_some() {
                return;
            }
        }
        if !self.value_under(cell) && !self.claim_from_merged(label, here) {
            self.claim_band(label, here);
        }
    }

    /// A column of labels, each in its cell, beside one cell whose rules were lost: its lines belong to the label on their row.
    fn claim_from_merged(&mut self, label: usize, here: BBox) -> bool {
        let beside = |c: &usize| {
            let other = &self.sheet.cells[*c];
            let around = other.top < here.top + 1.0 && other.bottom > here.bottom - 1.0;
            (other.left - here.right).abs() < 1.0 && around && other.height() > 1.5 * here.height()
        };
        let Some(merged) = (0..self.sheet.cells.len()).find(beside) else { return false };
        let cell = self.sheet.cells[merged];
        let of_column = |other: &BBox| {
            (other.right - cell.left).abs() < 1.0 && other.top > cell.top - 1.0 && other.bottom < cell.bottom + 1.0
        };
        let column: Vec<usize> =
            (0..self.sheet.cells.len()).filter(|c| *c != merged && of_column(&self.sheet.cells[*c])).collect();
        let labelled = |c: &usize| (0..self.labels.len()).any(|l| self.cell_of(l) == Some(*c));
        // More lines than labels are a text of which none is a row of its own.
        let mut lines: Vec<BBox> = Vec::new();
        for segment in self.sheet.segments.iter().filter(|s| s.cell == Some(merged)) {
            if lines.iter().all(|line| line.vertical_overlap(&segment.at) < 0.5) {
                lines.push(segment.at);
            }
        }
        if column.len() < 2 || !column.iter().all(labelled) || lines.len() > column.len() {
            return false;
        }
        let level = |r: &Run| (here.top..here.bottom).contains(&r.at.centre().1);
        let mine: Vec<usize> = (0..self.runs.len())
            .filter(|&i| {
                let r = &self.runs[i];
                r.owner.is_none()
                    && self.sheet.segments[r.segment].cell == Some(merged)
                    && level(r)
                    && self.first_in_segment(r)
            })
            .collect();
        for &run in &mine {
            self.claim(run, label, How::Right);
        }
        !mine.is_empty()
    }

    /// Whether another label stands on the row between a label and a place right of it.
    fn label_before(&self, label: usize, at: &BBox) -> bool {
        let own = &self.labels[label].at;
        self.labels
            .iter()
            .enumerate()
            .any(|(i, l)| i != label && l.at.left > own.left && l.at.left < at.left && l.at.vertical_overlap(own) > 0.4)
    }

    /// Whether a run stands under this label rather than under another one of the same row.
    pub(super) fn under(&self, label: usize, at: &BBox) -> bool {
        let (together, own) = (self.compound(label), &self.together(label));
        let row: Vec<&BBox> = self
            .labels
            .iter()
            .enumerate()
            .filter(|(i, l)| {
                !together.contains(i)
                    && l.at.vertical_overlap(own) > 0.5
                    && self.sheet.segments[l.segment].cell == self.sheet.segments[self.labels[label].segment].cell
            })
            .map(|(_, l)| &l.at)
            .collect();
        let off = |b: &BBox| (at.left - b.left).abs();
        row.is_empty() || (off(own) < 6.0 && row.iter().all(|b| off(b) > off(own)))
    }

    /// Right of a cell whose neighbour has no border of its own: everything level with the cell, up to the next label.
    fn claim_band(&mut self, label: usize, cell: BBox) {
        let level =
            |b: &BBox| b.centre().1 > cell.top - 0.1 && b.centre().1 < cell.bottom + 0.1 && b.left > cell.right - 0.6;
        let fence = self
            .labels
            .iter()
            .enumerate()
            .filter(|(i, l)| *i != label && level(&l.at))
            .map(|(_, l)| l.at.left)
            .fold(f32::INFINITY, f32::min);
        // A cell that reaches far above or below is not of this row.
        let of_row = |r: &Run| match self.sheet.segments[r.segment].cell {
            None => true,
            Some(c) => self.sheet.cells[c].top > cell.top - 1.0 && self.sheet.cells[c].bottom < cell.bottom + 1.0,
        };
        let inside: Vec<usize> = (0..self.runs.len())
            .filter(|&i| {
                let r = &self.runs[i];
                r.owner.is_none() && level(&r.at) && r.at.left < fence && of_row(r) && self.first_in_segment(r)
            })
            .collect();
        // A column of text that passes by the cell began further up and is another label's.
        let passing = |at: &BBox| {
            self.runs.iter().any(|r| {
                let gap = at.top - r.at.bottom;
                !level(&r.at) && (-0.4..1.0).contains(&gap) && (r.at.left - at.left).abs() < 1.0 && r.glyphs.len() > 8
            })
        };
        let first = inside.iter().map(|&i| self.runs[i].at).min_by(|a, b| a.top.total_cmp(&b.top));
        if first.is_some_and(|at| passing(&at)) {
            return;
        }
        for run in inside {
            self.claim(run, label, How::Right);
        }
    }

    /// Text of no label directly under a label, beginning where the label does.
    pub(super) fn text_under(&self, label: usize) -> impl Iterator<Item = &Run> {
        let at = self.labels[label].at;
        self.runs.iter().filter(move |r| {
            let gap = r.at.top - at.bottom;
            r.owner.is_none() && (-0.2..1.2).contains(&gap) && (r.at.left - at.left).abs() < 1.2
        })
    }

    fn claim_right_on_row(&mut self, label: usize) {
        let at = self.labels[label].at;
        let own = self.labels[label].segment;
        let next = (0..self.sheet.segments.len())
            .filter(|&s| s != own)
            .filter(|&s| {
                let b = &self.sheet.segments[s].at;
                b.left > at.right - 0.5 && b.vertical_overlap(&at) > 0.35
            })
            .min_by(|&a, &b| self.sheet.segments[a].at.left.total_cmp(&self.sheet.segments[b].at.left));
        let Some(segment) = next else { return };
        let run = self.runs.iter().position(|r| r.segment == segment && r.owner.is_none() && self.first_in_segment(r));
        // Of two columns the other one's line is further off than the text under the label.
        let far = self.sheet.segments[segment].at.left - at.right > OTHER_COLUMN;
        if far && self.first_of_segment(label) && self.text_under(label).any(|r| self.first_in_segment(r)) {
            return;
        }
        if let Some(run) = run {
            self.claim(run, label, How::Right);
            self.claim_rest_of_row(run, label);
        }
    }

    /// What stands further right on the row goes on the value, until a label.
    pub(super) fn claim_rest_of_row(&mut self, run: usize, label: usize) {
        let mut last = self.runs[run].at;
        loop {
            let next = (0..self.sheet.segments.len())
                .filter(|&s| {
                    let b = &self.sheet.segments[s].at;
                    b.left > last.right - 0.2 && b.left - last.right < 5.0 && b.vertical_overlap(&last) > 0.5
                })
                .min_by(|&a, &b| self.sheet.segments[a].at.left.total_cmp(&self.sheet.segments[b].at.left));
            let Some(segment) = next else { return };
            if self.labels.iter().any(|l| l.segment == segment && l.glyphs.start == 0) {
                return;
            }
            let Some(run) =
                self.runs.iter().position(|r| r.segment == segment && r.owner.is_none() && self.first_in_segment(r))
            else {
                return;
            };
            last = self.runs[run].at;
            self.claim(run, label, How::Right);
        }
    }

    /// アムロジピン錠5mg │ 1錠 分1 │ 朝食後: medicines in a ruled table, whose rows go on in the cells to the right.
    pub(super) fn claim_doses(&mut self, lexicon: &Lexicon) {
        let cell = |page: &Self, run: usize| page.sheet.segments[page.runs[run].segment].cell;
        for first in 0..self.runs.len() {
            let (Some(label), Some(at)) = (self.runs[first].owner, cell(self, first)) else { continue };
            if !self.asks(label, lexicon, FieldName::Prescription) || self.cell_of(label) == Some(at) {
                continue;
            }
            let row = self.sheet.cells[at];
            for run in 0..self.runs.len() {
                let Some(beside) = cell(self, run).filter(|_| self.runs[run].owner.is_none()) else { continue };
                let other = self.sheet.cells[beside];
                let level = (other.top - row.top).abs() < 0.6 && (other.bottom - row.bottom).abs() < 0.6;
                let labelled = (0..self.labels.len()).any(|l| self.cell_of(l) == Some(beside));
                if level && other.left > row.right - 0.6 && !labelled {
                    self.claim(run, label, How::Right);
                }
            }
        }
    }
}
