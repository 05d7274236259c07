//! Where lines of text stand: letters that follow each other within one cell. Finding lines is done here, reading them elsewhere.

use super::engine::PxBox;
use super::ink::{self, Blob, Blobs, Run};
use super::marks::Seal;
use crate::domain::GreyImage;

/// White wider than this many letter heights parts two lines.
const WIDE_GAP: f32 = 1.7;

/// A line of text before it is read.
#[derive(Clone, Debug)]
pub(super) struct Strip {
    /// Around its letters.
    pub bbox: PxBox,
    /// Letters in it.
    pub letters: u32,
}

/// The lines of a page, and which of them each blob belongs to.
pub(super) struct Strips {
    pub strips: Vec<Strip>,
    owner: Vec<u32>,
    em: f32,
}

const NONE: u32 = u32::MAX;

/// The height of a page's ordinary letters.
pub(super) fn em(blobs: &Blobs) -> f32 {
    let tall = |b: &&Blob| super::prepare::letter(b) && b.height() >= 10;
    let mut heights: Vec<i32> = blobs.blobs.iter().filter(tall).map(Blob::height).collect();
    if heights.len() < 8 {
        return 28.0;
    }
    heights.sort_unstable();
    (heights[heights.len() * 3 / 4] as f32).clamp(12.0, 80.0)
}

/// Finds the lines. `cells` part what their borders part, and seals what stands in them.
pub(super) fn strips(blobs: &Blobs, cells: &[PxBox], seals: &[Seal]) -> Strips {
    let em = em(blobs);
    let mut chain = Chain::new(blobs, cells, seals, em);
    chain.link_neighbours();
    chain.link_over_dashes();
    chain.stack_parts();
    chain.gather_small();
    chain.finish()
}

struct Chain<'a> {
    blobs: &'a Blobs,
    homes: Vec<u32>,
    /// Blobs of the size of letters, from left to right.
    letters: Vec<u32>,
    /// Dots, commas and voiced marks.
    small: Vec<u32>,
    parents: Vec<u32>,
    em: f32,
}

impl<'a> Chain<'a> {
    fn new(blobs: &'a Blobs, cells: &[PxBox], seals: &[Seal], em: f32) -> Self {
        let mut order: Vec<usize> = (0..cells.len()).collect();
        // The largest first, so that the smallest that holds a blob has the last word.
        order.sort_by_key(|i| std::cmp::Reverse(area(&cells[*i])));
        let home = |b: &Blob| {
            let (x, y) = ((b.bbox.left + b.bbox.right) / 2, (b.bbox.top + b.bbox.bottom) / 2);
            let holds = |c: &PxBox| c.left <= x && x < c.right && c.top <= y && y < c.bottom;
            if let Some(seal) = seals.iter().position(|seal| seal.holds((x, y))) {
                return (cells.len() + seal) as u32;
            }
            order.iter().rev().find(|i| holds(&cells[**i])).map_or(NONE, |i| *i as u32)
        };
        let homes = blobs.blobs.iter().map(home).collect();
        let (mut letters, mut small) = (Vec::new(), Vec::new());
        for (index, b) in blobs.blobs.iter().enumerate() {
            let (w, h) = (b.width() as f32, b.height() as f32);
            if h > em * 5.0 || w > em * 12.0 || b.area < 5 {
                continue;
            }
            let side = w.max(h);
            if side >= em * 0.36 { letters.push(index as u32) } else { small.push(index as u32) }
        }
        letters.sort_by_key(|i| blobs.blobs[*i as usize].bbox.left);
        let parents = (0..blobs.blobs.len() as u32).collect();
        Self { blobs, homes, letters, small, parents, em }
    }

    fn root(&mut self, index: u32) -> u32 {
        ink::root(&mut self.parents, index)
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b) as usize] = a.min(b);
    }

    fn bbox(&self, index: u32) -> PxBox {
        self.blobs.blobs[index as usize].bbox
    }

    /// Letters side by side on one height belong together.
    fn link_neighbours(&mut self) {
        let reach = (self.em * 4.0) as i32;
        for at in 0..self.letters.len() {
            let here = self.letters[at];
            let a = self.bbox(here);
            // The nearest few to the right suffice: the chain goes on from them.
            let mut linked = 0;
            for next in at + 1..self.letters.len() {
                let there = self.letters[next];
                let b = self.bbox(there);
                if b.left > a.right + reach || linked >= 4 {
                    break;
                }
                if self.homes[here as usize] == self.homes[there as usize] && self.beside(&a, &b) {
                    self.join(here, there);
                    linked += 1;
                }
            }
        }
    }

    fn beside(&self, a: &PxBox, b: &PxBox) -> bool {
        let (ha, hb) = ((a.bottom - a.top) as f32, (b.bottom - b.top) as f32);
        let shared = (a.bottom.min(b.bottom) - a.top.max(b.top)) as f32;
        // A dash is flat, yet stands for a letter.
        let size = |b: &PxBox, h: f32| h.max(((b.right - b.left) as f32).min(self.em)).max(self.em * 0.45);
        let (sa, sb) = (size(a, ha), size(b, hb));
        if sa > sb * 2.6 || sb > sa * 2.6 {
            return false;
        }
        let gap = (b.left - a.right) as f32;
        let size = sa.max(sb).max(self.em * 0.7);
        shared >= ha.min(hb) * 0.5 && gap <= size * WIDE_GAP
    }

    /// A dash too short to be a letter stands for one all the same: what it joins (０３－１２３４) is one line.
    fn link_over_dashes(&mut self) {
        let groups = self.groups();
        let dash = |b: &PxBox| (b.right - b.left) * 10 >= (b.bottom - b.top) * 16 && side(b) as f32 >= self.em * 0.2;
        let dashes: Vec<u32> = self.small.iter().copied().filter(|i| dash(&self.bbox(*i))).collect();
        for index in dashes {
            let b = self.bbox(index);
            let level = |g: &PxBox| {
                let (tall, off) = ((g.bottom - g.top) as f32, (centre(&b).1 * 2 - g.top - g.bottom).abs() as f32 / 2.0);
                tall >= self.em * 0.6 && tall <= self.em * 2.0 && off <= tall * 0.25
            };
            let reach = |g: &PxBox| ((g.bottom - g.top) as f32 * 1.3) as i32;
            let before = |g: &PxBox| level(g) && (0..=reach(g)).contains(&(b.left - g.right));
            let behind = |g: &PxBox| level(g) && (0..=reach(g)).contains(&(g.left - b.right));
            let (left, right) = (self.line_that(&groups, index, &before), self.line_that(&groups, index, &behind));
            if let (Some(left), Some(right)) = (left, right) {
                self.join(left, right);
                self.join(left, index);
            }
        }
    }

    /// Parts of one letter that stand one above the other (二, 言, ニ) and found no neighbour.
    fn stack_parts(&mut self) {
        for _ in 0..2 {
            let groups = self.groups();
            for i in 0..groups.len() {
                for j in i + 1..groups.len() {
                    let ((a, na, ra), (b, nb, rb)) = (groups[i], groups[j]);
                    if self.homes[ra as usize] != self.homes[rb as usize] || na.min(nb) > 2 {
                        continue;
                    }
                    let union = a.union(&b);
                    let shared = a.right.min(b.right) - a.left.max(b.left);
                    let narrow = (a.right - a.left).min(b.right - b.left);
                    let tall = (union.bottom - union.top) as f32;
                    let tallest = ((a.bottom - a.top).max(b.bottom - b.top) as f32).max(self.em);
                    if shared * 10 >= narrow * 6 && tall <= tallest * 1.15 {
                        self.join(ra, rb);
                    }
                }
            }
        }
    }

    /// Every chain so far: its box, its letters, its root.
    fn groups(&mut self) -> Vec<(PxBox, u32, u32)> {
        let mut at = std::collections::BTreeMap::new();
        for index in self.letters.clone() {
            let root = self.root(index);
            let bbox = self.bbox(index);
            let entry: &mut (PxBox, u32, u32) = at.entry(root).or_insert((bbox, 0, root));
            entry.0 = entry.0.union(&bbox);
            entry.1 += 1;
        }
        at.into_values().collect()
    }

    /// Small ink goes to the line it stands in or next to.
    fn gather_small(&mut self) {
        let groups = self.groups();
        let small: Vec<u32> = self.small.clone();
        // Beside letters much larger than the page's others a full stop is as large as a letter, and stood alone.
        let most = (self.em * 0.75) as i32;
        let alone = groups.iter().filter(|(b, letters, _)| *letters == 1 && side(b) <= most).map(|(_, _, root)| *root);
        let alone: Vec<u32> = alone.collect();
        for index in small {
            let b = self.bbox(index);
            let line = |fits: &dyn Fn(&PxBox) -> bool| self.line_that(&groups, index, fits);
            if let Some(root) = line(&|g| self.near(g, &b)).or_else(|| line(&|g| self.is_bullet_of(g, &b))) {
                self.join(index, root);
            }
        }
        for index in alone {
            let b = self.bbox(index);
            if let Some(root) = self.line_that(&groups, index, &|g| self.near(g, &b) && is_stop_of(g, &b)) {
                self.join(index, root);
            }
        }
    }

    fn line_that(&self, groups: &[(PxBox, u32, u32)], ink: u32, fits: &dyn Fn(&PxBox) -> bool) -> Option<u32> {
        let home = self.homes[ink as usize];
        let found = groups.iter().find(|(g, _, root)| self.homes[*root as usize] == home && fits(g));
        found.map(|(_, _, root)| *root)
    }

    fn near(&self, line: &PxBox, ink: &PxBox) -> bool {
        let (x, y) = centre(ink);
        let pad = ((line.bottom - line.top) as f32).min(self.em * 1.5);
        let (side, above) = ((pad * 0.6) as i32, (pad * 0.12) as i32);
        // Behind a bracket there is half a letter of white before the comma.
        let behind = if y * 2 > line.top + line.bottom { (pad * 0.9) as i32 } else { side };
        x >= line.left - side && x <= line.right + behind && y >= line.top - above && y <= line.bottom + above
    }

    /// A list's ・ has half its own width of white beside it and stands half-way up.
    fn is_bullet_of(&self, line: &PxBox, ink: &PxBox) -> bool {
        let (x, y) = centre(ink);
        let pad = ((line.bottom - line.top) as f32).min(self.em * 1.5);
        let (width, height) = (ink.right - ink.left, ink.bottom - ink.top);
        let off = (y * 2 - line.top - line.bottom).abs() as f32 / 2.0;
        (width - height).abs() <= 2
            && width as f32 >= self.em * 0.1
            && x < line.left
            && x as f32 >= line.left as f32 - pad * 1.1
            && off <= pad * 0.18
    }

    fn finish(mut self) -> Strips {
        let mut strips: Vec<Strip> = Vec::new();
        let mut owner = vec![NONE; self.blobs.blobs.len()];
        let mut numbers = std::collections::HashMap::new();
        for index in self.letters.clone() {
            let root = self.root(index);
            let bbox = self.bbox(index);
            let number = *numbers.entry(root).or_insert_with(|| {
                strips.push(Strip { bbox, letters: 0 });
                strips.len() as u32 - 1
            });
            let strip = &mut strips[number as usize];
            strip.bbox = strip.bbox.union(&bbox);
            strip.letters += 1;
            owner[index as usize] = number;
        }
        for index in self.small.clone() {
            let root = self.root(index);
            if let Some(number) = numbers.get(&root) {
                let strip = &mut strips[*number as usize];
                strip.bbox = strip.bbox.union(&self.bbox(index));
                owner[index as usize] = *number;
            }
        }
        Strips { strips, owner, em: self.em }
    }
}

/// Whether the ink may be the full stop or comma behind the line: low, and half as high as its letters at most.
fn is_stop_of(line: &PxBox, ink: &PxBox) -> bool {
    let low = centre(ink).1 * 2 > line.top + line.bottom;
    ink.left >= line.right && low && line.bottom - line.top >= side(ink) * 2
}

fn centre(b: &PxBox) -> (i32, i32) {
    ((b.left + b.right) / 2, (b.top + b.bottom) / 2)
}

fn side(b: &PxBox) -> i32 {
    (b.right - b.left).max(b.bottom - b.top)
}

fn area(b: &PxBox) -> i64 {
    i64::from(b.right - b.left) * i64::from(b.bottom - b.top)
}

/// The picture of one line, and where it was cut from.
pub(super) struct Cut {
    pub image: GreyImage,
    left: i32,
    top: i32,
}

impl Cut {
    /// A box of the picture as a box of the page.
    pub fn on_page(&self, b: PxBox) -> PxBox {
        PxBox {
            left: b.left + self.left,
            top: b.top + self.top,
            right: b.right + self.left,
            bottom: b.bottom + self.top,
        }
    }
}

impl Strips {
    /// The line to which a blob belongs.
    pub fn of_blob(&self, blob: usize) -> Option<usize> {
        self.owner.get(blob).filter(|owner| **owner != NONE).map(|owner| *owner as usize)
    }

    /// Whether there is hardly a letter close above or below a line, as there is where it is cut out of columns.
    pub fn stands_apart(&self, number: usize, blobs: &Blobs) -> bool {
        let b = self.strips[number].bbox;
        let reach = (self.em * 0.8) as i32;
        let near = |(index, blob): &(usize, &Blob)| {
            let (x, y) = centre(&blob.bbox);
            let close = x > b.left && x < b.right && y > b.top - reach && y < b.bottom + reach;
            close && super::prepare::letter(blob) && self.owner[*index] != number as u32
        };
        blobs.blobs.iter().enumerate().filter(near).count() as u32 * 4 <= self.strips[number].letters
    }

    /// Leaves only some of the lines.
    pub fn keep(&mut self, wanted: impl Fn(usize) -> bool) {
        let order: Vec<usize> = (0..self.strips.len()).filter(|i| wanted(*i)).collect();
        self.keep_in(&order);
    }

    /// Keeps the strips with the most letters, and none that is a crumb.
    pub fn keep_largest(&mut self, most: usize) {
        let mut order: Vec<usize> = (0..self.strips.len()).filter(|i| !self.crumb(&self.strips[*i])).collect();
        if order.len() > most {
            order.sort_by_key(|i| std::cmp::Reverse(self.strips[*i].letters));
            order.truncate(most);
            order.sort_unstable();
        }
        self.keep_in(&order);
    }

    fn keep_in(&mut self, order: &[usize]) {
        let mut numbers = vec![NONE; self.strips.len()];
        order.iter().enumerate().for_each(|(new, old)| numbers[*old] = new as u32);
        self.strips = order.iter().map(|i| self.strips[*i].clone()).collect();
        self.owner.iter_mut().filter(|o| **o != NONE).for_each(|o| *o = numbers[*o as usize]);
    }

    /// A rule or a piece of one, or ink too small to be a letter by itself.
    fn crumb(&self, strip: &Strip) -> bool {
        let (w, h) = ((strip.bbox.right - strip.bbox.left) as f32, (strip.bbox.bottom - strip.bbox.top) as f32);
        let thin = w < self.em * 0.25 || h < self.em * 0.25;
        // A dotted rule to write on is a row of many flat pieces.
        let dotted = h < self.em * 0.3 && w > self.em * 4.0;
        dotted || (strip.letters <= 2 && (thin || w.max(h) < self.em * 0.5))
    }

    /// The picture of one line on white, without what its neighbours reach into it.
    pub fn cut(&self, number: usize, page: &GreyImage, blobs: &Blobs, pad: i32) -> Cut {
        let b = self.strips[number].bbox;
        let (left, top, right, bottom) = (b.left - pad, b.top - pad, b.right + pad, b.bottom + pad);
        let width = (right - left) as usize;
        let mut pixels = vec![255; width * (bottom - top) as usize];
        let (from, to) = (left.max(0), right.min(page.width as i32));
        for y in top.max(0)..bottom.min(page.height as i32) {
            let line = &page.pixels[y as usize * page.width as usize..][from as usize..to as usize];
            pixels[(y - top) as usize * width + (from - left) as usize..][..line.len()].copy_from_slice(line);
        }
        let first = blobs.runs.partition_point(|r| (r.y as i32) < top);
        let foreign =
            |r: &&Run| self.owner[r.blob as usize] != number as u32 && r.to as i32 > left && (r.from as i32) < right;
        for run in blobs.runs[first..].iter().take_while(|r| (r.y as i32) < bottom).filter(foreign) {
            let row = (run.y as i32 - top) as usize * width;
            let from = (run.from as i32 - 1).max(left) - left;
            let to = (run.to as i32 + 1).min(right) - left;
            pixels[row + from as usize..row + to as usize].fill(255);
        }
        Cut { image: GreyImage { width: width as u32, height: (bottom - top) as u32, pixels }, left, top }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ink::Ink;
    use super::*;

    /// Squares (left, top, side) on white, and how many of them stand in each line.
    fn lines(squares: &[(usize, usize, usize)]) -> Vec<(u32, i32, i32)> {
        let (width, height) = (900, 200);
        let mut bits = vec![0; width * height];
        for (left, top, side) in squares {
            for y in *top..top + side {
                bits[y * width + left..y * width + left + side].fill(1);
            }
        }
        let found = strips(&Blobs::of(&Ink { width, height, bits }), &[], &[]);
        found.strips.iter().map(|s| (s.letters, s.bbox.left, s.bbox.right)).collect()
    }

    fn letters(left: usize, top: usize, side: usize) -> Vec<(usize, usize, usize)> {
        (0..10).map(|n| (left + n * (side + 4), top, side)).collect()
    }

    #[test]
    fn a_bullet_belongs_to_its_line() {
        let text = letters(100, 50, 24);
        assert_eq!(lines(&text), [(10, 100, 376)]);
        let dotted = [text.clone(), vec![(78, 60, 5)]].concat();
        assert_eq!(lines(&dotted), [(10, 78, 376)]);
        // A speck further off, or at another height, is none.
        for speck in [(40, 60, 5), (78, 48, 5), (78, 60, 2)] {
            assert_eq!(lines(&[text.clone(), vec![speck]].concat())[0].1, 100, "{speck:?}");
        }
    }

    #[test]
    fn what_a_short_dash_joins_is_one_line() {
        // Full-width digits: letters, a wide gap with a dash of six by three in its middle, letters.
        let sides = [letters(100, 50, 24), letters(430, 50, 24)].concat();
        let dash = |left: usize, top: usize| vec![(left, top, 3), (left + 3, top, 3)];
        let joined = |dash: Vec<_>| lines(&[sides.clone(), dash].concat()).len() == 1;
        assert_eq!(lines(&sides).len(), 2);
        assert!(joined(dash(400, 60)));
        assert!(!joined(dash(400, 71)), "low as a comma");
        assert!(!joined(vec![(401, 60, 6)]), "a speck as high as wide");
    }

    #[test]
    fn a_large_full_stop_belongs_to_its_line() {
        let small: Vec<_> = letters(20, 150, 24).into_iter().chain(letters(320, 150, 24)).collect();
        let large: Vec<_> = (0..5).map(|n| (100 + n * 60, 20, 52)).collect();
        let stopped = [small, large, vec![(396, 56, 18)]].concat();
        assert!(lines(&stopped).iter().any(|(_, left, right)| (*left, *right) == (100, 414)), "{:?}", lines(&stopped));
    }
}
