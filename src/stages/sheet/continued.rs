//! Text that goes on: lines under a label, and lines under a line that has its label.

use super::lexicon::Lexicon;
use super::regions::{How, Page, Run};
use crate::domain::{BBox, FieldName};
use crate::text::fold;

impl Page {
    pub(super) fn claim_below_free(&mut self, label: usize, long: bool) {
        let mut at = self.together(label);
        // A bullet or the first letters of a heading, badly read before the label, are of its width.
        let segment = &self.sheet.segments[self.labels[label].segment];
        if self.labels[label].glyphs.start <= 4 && self.first_of_segment(label) && at.left - segment.at.left < 6.0 {
            at.left = segment.at.left;
        }
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

    /// Labels of free text set half-way down beside a block whose lines are not level with them.
    pub(super) fn claim_centred(&mut self, lexicon: &Lexicon) {
        for label in 0..self.labels.len() {
            if self.has_run(label) || self.part_of_compound(label) || !self.is_text(label, lexicon) {
                continue;
            }
            let (at, cell) = (self.labels[label].at, self.cell_of(label));
            if self.text_under(label).next().is_some() {
                continue;
            }
            let off = |r: &Run| (r.at.centre().1 - at.centre().1).abs();
            // In a cell of its own the label is level with all that stands there.
            let of_cell = |l: usize| self.cell_of(l) == cell;
            let others = (0..self.labels.len()).filter(|l| *l != label && of_cell(*l));
            // 症状経過 / 検査結果 / 治療経過 in one cell are one heading.
            let alone = cell.is_some() && others.into_iter().all(|l| self.is_text(l, lexicon) && !self.has_run(l));
            let beside = (0..self.runs.len()).filter(|&i| {
                let r = &self.runs[i];
                r.owner.is_none()
                    && r.at.left > at.right - 0.5
                    && (alone || off(r) < 1.8)
                    && self.sheet.segments[r.segment].cell == cell
                    && self.first_in_segment(r)
            });
            // Another label on the row or nearer to the text has it.
            let nearest = beside.min_by(|&a, &b| off(&self.runs[a]).total_cmp(&off(&self.runs[b])));
            let Some(run) = nearest else { continue };
            let r = self.runs[run].at;
            let taken = self.labels.iter().enumerate().any(|(i, l)| {
                let level = l.at.vertical_overlap(&r) > 0.3 || l.at.vertical_overlap(&at) > 0.3;
                let ours = alone && of_cell(i);
                i != label && !ours && l.at.left < r.right && l.at.right > at.left && level
            });
            if !taken {
                self.claim(run, label, How::Right);
            }
        }
    }

    /// Lines of a text that goes on under (or, beside a label set half-way down, over) a line that has its label.
    pub(super) fn claim_continued(&mut self, lexicon: &Lexicon) {
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
                        How::Right if run.at.left < other.at.left - 2.5 && self.is_prose(run) => {
                            self.labels[owner].at.left
                        }
                        _ => other.at.left,
                    };
                    let aligned = (run.at.left - left).abs() < 2.5;
                    // Only a block beside its label can begin above it.
                    let may_rise = other.how == How::Right;
                    if gap < 1.0
                        && aligned
                        && (!over || may_rise)
                        && !self.label_between(&run.at, &other.at)
                        // 病名 stands before the name of something and not before a text.
                        && !(other.how == How::After
                            && self.asks(owner, lexicon, FieldName::Diagnosis)
                            && self.is_prose(run))
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

    /// A line of a sentence that runs on: under a name that stands behind its label, the letter begins.
    fn is_prose(&self, run: &Run) -> bool {
        let glyphs = self.glyphs(run);
        let hiragana = glyphs.iter().filter(|g| matches!(g.ch, '\u{3041}'..='\u{3096}')).count();
        glyphs.len() >= 20 && hiragana * 4 >= glyphs.len() && glyphs.iter().any(|g| matches!(g.ch, '、' | '。'))
    }

    /// Whether a run begins something else: a printed note, or a short line set out to the left like the label itself.
    fn ends_block(&self, run: usize, label: usize, text_left: Option<f32>) -> bool {
        let r = &self.runs[run];
        if is_note(&self.glyphs(r).iter().map(|g| g.ch).collect::<String>()) {
            return true;
        }
        let at = &self.labels[label].at;
        if self.is_heading(run, label) || self.is_marked_alike(run, label) {
            return true;
        }
        let segment = &self.sheet.segments[self.labels[label].segment].at;
        let head = if at.left - segment.left < 2.5 { segment.left } else { at.left };
        let Some(left) = text_left else { return false };
        left - head > 0.5 && left - head < 6.0 && r.at.left < (head + left) / 2.0 && r.glyphs.len() <= 16
    }

    /// #既往 … #検査値, 6.備考 … 7.添付: a line that begins with the sign with which its heading begins, or with the number
    /// after its own, is a heading, too, whatever it says.
    fn is_marked_alike(&self, run: usize, label: usize) -> bool {
        const SIGNS: &[char] = &['#', '■', '◆', '◇', '●', '▼', '▶', '★', '☆', '◎', '【', '《', '〈'];
        let sign = |segment: usize| {
            let first = self.sheet.segments[segment].glyphs.first()?.ch;
            SIGNS.contains(&first).then_some(first)
        };
        let (own, other) = (self.labels[label].segment, self.runs[run].segment);
        let number = |segment: usize| {
            let digits: String =
                self.sheet.segments[segment].chars().into_iter().take_while(char::is_ascii_digit).collect();
            let stop = self.sheet.segments[segment].glyphs.get(digits.len())?.ch;
            matches!(stop, '.' | ')').then(|| digits.parse::<u32>().ok()).flatten()
        };
        let next = number(own).is_some_and(|n| number(other) == Some(n + 1));
        let alike = sign(own).is_some() && sign(own) == sign(other);
        self.labels[label].glyphs.start <= 3 && own != other && (alike || next)
    }

    /// Whether a run of unknown words is a heading by its form: short, alone on its line, over a text, and set off
    /// from the text above it by its size or its distance.
    fn is_heading(&self, run: usize, label: usize) -> bool {
        let r = &self.runs[run];
        let segment = &self.sheet.segments[r.segment];
        let own = &self.sheet.segments[self.labels[label].segment];
        let glyphs = self.glyphs(r);
        let said = glyphs.iter().any(|g| matches!(g.ch, '。' | '、' | ':') || g.ch.is_ascii_digit());
        if own.cell.is_some() || said || glyphs.len() > 10 || segment.glyphs.len() > 12 {
            return false;
        }
        let column = |s: &super::Segment| s.at.left < r.at.right && s.at.right > r.at.left;
        let others = || self.sheet.segments.iter().enumerate().filter(|(i, s)| *i != r.segment && column(s));
        if others().any(|(_, s)| s.at.vertical_overlap(&r.at) > 0.5) {
            return false;
        }
        let above = others().map(|(_, s)| r.at.top - s.at.bottom).filter(|g| *g > -0.4).fold(f32::INFINITY, f32::min);
        let below = others()
            .filter(|(_, s)| (s.at.left - r.at.left).abs() < 2.5)
            .map(|(_, s)| (s.at.top - r.at.bottom, s))
            .filter(|(g, _)| *g > -0.4)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((below, text)) = below.filter(|(_, s)| s.glyphs.len() > glyphs.len()) else { return false };
        let taller = segment.at.height() > 1.35 * text.at.height() && own.at.height() > 1.35 * text.at.height();
        let set_off = above > below + 0.8 && above > 1.2 && (own.at.left - r.at.left).abs() < 0.6;
        taller || set_off && glyphs.len() > 1
    }

    /// Whether a label stands between two runs in their own column.
    fn label_between(&self, a: &BBox, b: &BBox) -> bool {
        let (top, bottom) = (a.centre().1.min(b.centre().1), a.centre().1.max(b.centre().1));
        self.labels.iter().any(|l| {
            let y = l.at.centre().1;
            // A label on the line of either run stands beside it, whatever the heights of their boxes.
            y > top + 0.3 && y < bottom - 0.3 && l.at.right > a.left.min(b.left) && l.at.left < a.right.max(b.right)
        })
    }
}

/// Whether a line is a note that the form prints: marked as one, or an order to whoever fills the form in.
fn is_note(line: &str) -> bool {
    let marked = line.starts_with('※') || line.starts_with("(注") || line.starts_with("注)");
    let end = line.trim_end_matches(|c: char| fold::is_ornament(c));
    marked || end.ends_with("すること") || end.ends_with("ご記入ください") || end.ends_with("記入してください")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_tells_its_writer_is_a_note() {
        assert!(is_note("※枠内をご記入ください。"));
        assert!(is_note("2.画像診断のフィルム、検査の記録を添付すること。"));
        assert!(!is_note("ご家族へは当院より説明することとしております。"));
        assert!(!is_note("お薬手帳をご確認ください。"));
    }
}
