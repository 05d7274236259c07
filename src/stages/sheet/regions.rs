//! Which label each run of text belongs to: after it, right of it, below it, or going on from a line that does.

use super::inside;
use super::labels::{self, Occurrence};
use super::lexicon::{Lexicon, Use};
use super::{Glyph, Sheet};
use crate::domain::{BBox, FieldName, ValueType};
use crate::text::fold;
use std::ops::Range;

/// Text between labels, on one segment.
#[derive(Clone, Debug)]
pub struct Run {
    /// Index of the segment.
    pub segment: usize,
    /// Its glyphs there.
    pub glyphs: Range<usize>,
    /// Place in ems.
    pub at: BBox,
    /// The label it belongs to (index of the occurrence).
    pub owner: Option<usize>,
    /// How it came to its owner.
    pub how: How,
}

/// How a run came to its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// No label.
    Alone,
    /// Directly after the label.
    After,
    /// Right of the label.
    Right,
    /// Under the label.
    Below,
    /// Under a run that belongs to the label.
    Continued,
}

/// A sheet with its labels and what belongs to them.
#[derive(Clone, Debug)]
pub struct Page {
    /// The sheet.
    pub sheet: Sheet,
    /// Its labels, by segment, from left to right.
    pub labels: Vec<Occurrence>,
    /// The text between them, by segment, from left to right.
    pub runs: Vec<Run>,
}

impl Page {
    /// Finds labels and gives each run its label.
    pub fn of(mut sheet: Sheet, lexicon: &Lexicon) -> Page {
        sheet.join_spread(lexicon);
        sheet.join_lines(lexicon);
        let labels = inside::without_inner(&sheet, labels::find(&sheet, lexicon), lexicon);
        let runs = runs(&sheet, &labels);
        let mut page = Page { sheet, labels, runs };
        page.release_label_cells(lexicon);
        page.claim_parted(lexicon);
        page.claim_right();
        page.claim_centred(lexicon);
        page.claim_below(lexicon);
        page.claim_doses(lexicon);
        page.claim_continued(lexicon);
        page
    }

    /// The glyphs of a run.
    pub fn glyphs(&self, run: &Run) -> &[Glyph] {
        &self.sheet.segments[run.segment].glyphs[run.glyphs.clone()]
    }

    /// The runs that belong to a label, in reading order.
    pub fn owned(&self, label: usize) -> Vec<&Run> {
        let mut runs: Vec<&Run> = self.runs.iter().filter(|r| r.owner == Some(label)).collect();
        runs.sort_by(|a, b| super::reading_order(&a.at, &b.at));
        runs
    }

    /// The label whose value this one shares: 生年月日(年齢) stand as one before what belongs to both.
    pub fn holder(&self, label: usize) -> usize {
        if self.has_run(label) {
            return label;
        }
        let later = (label + 1..self.labels.len()).take(2).take_while(|&i| self.followed_by_label(i - 1));
        later.filter(|&i| self.has_run(i)).find(|&i| self.compound(i).contains(&label)).unwrap_or(label)
    }

    pub(super) fn has_run(&self, label: usize) -> bool {
        self.runs.iter().any(|r| r.owner == Some(label))
    }

    /// The labels that stand directly before `label` with nothing between (`TEL/FAX`), nearest last, itself included.
    pub fn compound(&self, label: usize) -> Vec<usize> {
        let mut all = vec![label];
        let mut i = label;
        while i > 0 {
            let (a, b) = (&self.labels[i - 1], &self.labels[i]);
            let between = a.segment == b.segment
                && self.sheet.segments[a.segment].glyphs[a.glyphs.end..b.glyphs.start]
                    .iter()
                    .all(|g| fold::is_ornament(g.ch) || matches!(g.ch, 'ノ' | 'ン' | '及' | 'び' | '1' | 'l'));
            let near = b.at.left - a.at.right < 1.6;
            if !(between && near) || self.has_run(i - 1) {
                break;
            }
            i -= 1;
            all.insert(0, i);
        }
        all
    }

    /// Whether a label can stand for the field.
    pub fn asks(&self, label: usize, lexicon: &Lexicon, field: FieldName) -> bool {
        lexicon.asks(self.labels[label].entry, field)
    }

    /// The place of a label with those that stand as one with it: 報告内容・提案 is as wide as both.
    pub(super) fn together(&self, label: usize) -> BBox {
        let places = self.compound(label).into_iter().map(|l| self.labels[l].at);
        places.reduce(|a, b| a.union(&b)).unwrap_or(self.labels[label].at)
    }

    pub(super) fn first_in_segment(&self, run: &Run) -> bool {
        // Rules read as `|` and bullets do not count.
        !self.labels.iter().any(|l| l.segment == run.segment && l.glyphs.start < run.glyphs.start)
    }

    /// Whether no other label stands before it on its segment.
    pub(super) fn first_of_segment(&self, label: usize) -> bool {
        label == 0 || self.labels[label - 1].segment != self.labels[label].segment
    }

    pub(super) fn cell_of(&self, label: usize) -> Option<usize> {
        self.sheet.segments[self.labels[label].segment].cell
    }

    pub(super) fn claim(&mut self, run: usize, label: usize, how: How) {
        self.runs[run].owner = Some(label);
        self.runs[run].how = how;
    }

    /// The parts of a date or of a number in boxes that a form sets apart on the label's row (令和6年　5月　2日) belong together.
    fn claim_parted(&mut self, lexicon: &Lexicon) {
        for run in 0..self.runs.len() {
            let Some(label) = self.runs[run].owner else { continue };
            let date = lexicon.entries[self.labels[label].entry]
                .uses
                .iter()
                .any(|u| matches!(u, Use::Field(i) if lexicon.fields[*i].field.value_type() == ValueType::Date));
            // 第1 8/5(火) 第2 8/6(水): several days that suit.
            let several = self.asks(label, lexicon, FieldName::DesiredDates);
            let open = self.glyphs(&self.runs[run]).last().is_some_and(|g| g.ch != '日' && g.ch != ')');
            // 0│6333439: of a number in boxes the first digit may stand apart.
            let boxed = self.glyphs(&self.runs[run]).iter().all(|g| g.ch.is_ascii_digit())
                && [FieldName::InsurerNumber, FieldName::SenderInstitutionCode]
                    .iter()
                    .any(|f| self.asks(label, lexicon, *f));
            if boxed || date && (open || several) {
                self.claim_rest_of_row(run, label);
            }
        }
    }

    /// Whether another label stands directly after it on the same segment.
    pub(super) fn followed_by_label(&self, label: usize) -> bool {
        self.labels.get(label + 1).is_some_and(|next| next.segment == self.labels[label].segment)
    }

    /// A label of free text that fills a cell over several lines: what else stands there is the label's, the value is right of it.
    fn release_label_cells(&mut self, lexicon: &Lexicon) {
        for label in 0..self.labels.len() {
            let Some(cell) = self.cell_of(label).filter(|_| self.is_text(label, lexicon)) else { continue };
            let inside: Vec<usize> = (0..self.runs.len())
                .filter(|&i| self.sheet.segments[self.runs[i].segment].cell == Some(cell))
                .collect();
            let wordy = inside.iter().any(|&i| {
                let glyphs = self.glyphs(&self.runs[i]);
                glyphs.len() > 8 || glyphs.iter().any(|g| g.ch.is_ascii_digit() || matches!(g.ch, '。' | ':'))
            });
            let alone = self.labels.iter().filter(|l| self.sheet.segments[l.segment].cell == Some(cell)).count() == 1;
            if inside.is_empty() || wordy || !alone || self.value_cell(cell).is_none() {
                continue;
            }
            for &run in inside.iter().rev() {
                self.runs.remove(run);
            }
        }
    }

    /// The wider cell right of a cell, when it holds text and no label.
    fn value_cell(&self, cell: usize) -> Option<usize> {
        let here = self.sheet.cells[cell];
        let of = |c: usize, s: usize| self.sheet.segments[s].cell == Some(c);
        (0..self.sheet.cells.len()).find(|&c| {
            let other = &self.sheet.cells[c];
            c != cell
                && (other.left - here.right).abs() < 1.0
                && (other.top - here.top).abs() < 1.0
                && (other.bottom - here.bottom).abs() < 1.0
                && other.width() > 1.3 * here.width()
                && !self.labels.iter().any(|l| of(c, l.segment))
                && self.runs.iter().any(|r| of(c, r.segment))
        })
    }

    fn claim_below(&mut self, lexicon: &Lexicon) {
        for label in 0..self.labels.len() {
            if self.has_run(label) || self.part_of_compound(label) {
                continue;
            }
            let long = self.is_text(label, lexicon);
            match self.cell_of(label) {
                Some(cell) => {
                    self.claim_below_in_cells(label, cell);
                    if !self.has_run(label) && self.cell_under(cell).is_none() {
                        self.claim_below_free(label, long);
                    }
                }
                None => self.claim_below_free(label, long),
            }
        }
    }

    pub(super) fn part_of_compound(&self, label: usize) -> bool {
        self.followed_by_label(label) && self.compound(label + 1).contains(&label)
    }

    pub(super) fn is_text(&self, label: usize, lexicon: &Lexicon) -> bool {
        lexicon.entries[self.labels[label].entry].uses.iter().any(|u| match u {
            Use::Field(i) => lexicon.fields[*i].field.value_type() == ValueType::Text,
            Use::Heading(_) => false,
            Use::Stop => true,
        })
    }

    /// The cell directly under a cell, about as wide.
    fn cell_under(&self, cell: usize) -> Option<usize> {
        let here = self.sheet.cells[cell];
        (0..self.sheet.cells.len()).find(|&c| {
            let other = &self.sheet.cells[c];
            let shared = other.right.min(here.right) - other.left.max(here.left);
            c != cell
                && (other.top - here.bottom).abs() < 1.0
                && shared > 0.7 * other.width().min(here.width())
                && other.width() < here.width() * 1.6
        })
    }

    /// Whether the value stands in the cell under the label's own: text before any label.
    pub(super) fn value_under(&self, cell: usize) -> bool {
        self.cell_under(cell).is_some_and(|under| {
            let of = |s: usize| self.sheet.segments[s].cell == Some(under);
            let label = self.labels.iter().filter(|l| of(l.segment)).map(|l| l.at.top).fold(f32::INFINITY, f32::min);
            self.runs.iter().any(|r| r.owner.is_none() && of(r.segment) && r.at.bottom < label + 0.3)
        })
    }

    fn claim_below_in_cells(&mut self, label: usize, cell: usize) {
        let at = self.labels[label].at;
        let unclaimed_in = |page: &Page, cell: usize, below: f32| -> Vec<usize> {
            (0..page.runs.len())
                .filter(|&i| {
                    let r = &page.runs[i];
                    page.sheet.segments[r.segment].cell == Some(cell)
                        && r.owner.is_none()
                        && r.at.centre().1 > below
                        && page.first_in_segment(r)
                })
                .collect()
        };
        let next_label = |page: &Page, cell: usize, below: f32| {
            page.labels
                .iter()
                .filter(|l| page.sheet.segments[l.segment].cell == Some(cell) && l.at.centre().1 > below + 0.5)
                .map(|l| l.at.top)
                .fold(f32::INFINITY, f32::min)
        };
        let own = unclaimed_in(self, cell, at.centre().1 + 0.3);
        if !own.is_empty() {
            let end = next_label(self, cell, at.centre().1);
            for run in own {
                let at = self.runs[run].at;
                if at.centre().1 < end && self.under(label, &at) {
                    self.claim(run, label, How::Below);
                }
            }
            return;
        }
        if let Some(under) = self.cell_under(cell) {
            // Before the first label of that cell stands what is under this one.
            let first = self
                .labels
                .iter()
                .filter(|l| self.sheet.segments[l.segment].cell == Some(under))
                .map(|l| l.at)
                .reduce(|a, b| if super::reading_order(&a, &b).is_lt() { a } else { b });
            for run in unclaimed_in(self, under, 0.0) {
                if first.is_none_or(|l| super::reading_order(&self.runs[run].at, &l).is_lt()) {
                    self.claim(run, label, How::Below);
                }
            }
        }
    }
}

fn runs(sheet: &Sheet, labels: &[Occurrence]) -> Vec<Run> {
    let mut runs = Vec::new();
    for (s, segment) in sheet.segments.iter().enumerate() {
        let mine: Vec<(usize, &Occurrence)> = labels.iter().enumerate().filter(|(_, l)| l.segment == s).collect();
        let mut start = 0;
        let mut owner = None;
        let ends = mine
            .iter()
            .map(|(i, l)| (l.glyphs.clone(), Some(*i)))
            .chain(std::iter::once((segment.glyphs.len()..segment.glyphs.len(), None)));
        for (range, next) in ends {
            // `2.紹介目的`: the number of a heading is no text of the one before.
            let numbered = start == 0 && next.is_some() && is_number(&segment.glyphs[..range.start]);
            if let Some(glyphs) = trimmed(&segment.glyphs, start..range.start).filter(|_| !numbered) {
                let at = super::around(&segment.glyphs[glyphs.clone()]);
                let how = if owner.is_some() { How::After } else { How::Alone };
                runs.push(Run { segment: s, glyphs, at, owner, how });
            }
            start = range.end;
            owner = next;
        }
    }
    runs
}

/// Whether some glyphs are the number or the bullet before a heading.
fn is_number(glyphs: &[Glyph]) -> bool {
    let digits = glyphs.iter().filter(|g| g.ch.is_ascii_digit()).count();
    digits <= 2
        && glyphs.iter().all(|g| g.ch.is_ascii_digit() || fold::is_ornament(g.ch) || g.ch.is_ascii_punctuation())
}

/// Without rules, colons and empty brackets at its ends; `None` when nothing is left.
fn trimmed(glyphs: &[Glyph], range: Range<usize>) -> Option<Range<usize>> {
    let (mut a, mut b) = (range.start, range.end);
    let edge = |c: char| {
        matches!(
            c,
            '|' | ':'
                | ';'
                | '_'
                | '¦'
                | ']'
                | '['
                | '}'
                | '{'
                | '」'
                | '「'
                | '】'
                | '【'
                | '》'
                | '〉'
                | '〕'
                | '〔'
                | '・'
                | '='
                | '。'
                | '、'
                | '.'
                | ','
                | '\''
                | '"'
                | '`'
                | '\\'
        )
    };
    // 目的) …: the bracket closes the label.
    let closing = |c: char| c == ')' && !glyphs[range.clone()].iter().any(|g| g.ch == '(' || g.ch.is_ascii_digit());
    while a < b && (edge(glyphs[a].ch) || closing(glyphs[a].ch)) && !(matches!(glyphs[a].ch, '・') && b - a > 4) {
        a += 1;
    }
    // Prose goes on behind them on the next line.
    let prose = |c: char, length: usize| length > 8 && matches!(c, '、' | '・');
    while b > a && edge(glyphs[b - 1].ch) && glyphs[b - 1].ch != '。' && !prose(glyphs[b - 1].ch, b - a) {
        b -= 1;
    }
    // A filled square or a tick is read as one of these when it stands alone.
    let bullet = b - a == 1
        && (glyphs[a].ch.is_ascii_alphabetic()
            || matches!(glyphs[a].ch, '画' | '回' | '図' | '国' | '口' | '目' | '|' | '一' | 'ー'));
    let empty = bullet || glyphs[a..b].iter().all(|g| fold::is_ornament(g.ch));
    (!empty).then_some(a..b)
}
