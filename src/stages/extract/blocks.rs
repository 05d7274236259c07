//! Free text: the lines under or beside a label until the next one, over page breaks, and the body of a letter without labels.

use super::found::{self, Candidates};
use super::letter::{self, is_dose, is_sentence};
use super::{Context, Labelled, Leaf};
use crate::domain::{BBox, FieldName, ValueType};
use crate::stages::classify::titles::PageKind;
use crate::stages::sheet::Glyph;
use crate::stages::sheet::lexicon::Use;
use crate::stages::sheet::regions::Run;
use crate::text::fold;
use std::collections::BTreeMap;

/// The text of a field gathered so far.
struct Block {
    lines: Vec<String>,
    raw: Vec<String>,
    at: BBox,
    leaf: usize,
    seen: f32,
    count: usize,
    score: f32,
}

/// All fields of free text.
pub fn all(context: &Context, out: &mut Candidates) {
    let fields: std::collections::BTreeSet<FieldName> =
        context.lexicon.fields.iter().map(|f| f.field).filter(|f| f.value_type() == ValueType::Text).collect();
    let mut blocks: BTreeMap<FieldName, Block> = BTreeMap::new();
    for field in &fields {
        let mut all = context.labelled(*field);
        // 目的 beside 臨床経過: the one that says what is asked for is the purpose.
        let asked = |l: &Labelled| names(context, l, &["目的", "理由", "依頼", "用件", "趣旨"]);
        if *field == FieldName::Purpose && all.iter().any(asked) {
            all.retain(asked);
        }
        // 報告内容・提案: what belongs to several labels that stand as one is said by one of them.
        all.retain(|l| {
            let holder = l.leaf.page.holder(l.label);
            holder == l.label || !l.leaf.page.asks(holder, &context.lexicon, *field)
        });
        let of = |kind: PageKind| all.iter().filter(move |l| l.leaf.kind == kind);
        // A further sheet (2枚目, 続紙) says what the first one has no room for.
        let further = of(PageKind::Annex).filter(|_| of(PageKind::Body).all(|l| l.runs.is_empty()));
        for labelled in of(PageKind::Body).chain(further) {
            let leaf = index_of(context, labelled.leaf);
            let runs: Vec<&Run> = labelled.runs.iter().copied().filter(|r| is_content(labelled.leaf, r)).collect();
            if runs.is_empty() || skip_label(labelled.leaf, labelled.label) {
                continue;
            }
            add(context, &mut blocks, *field, leaf, &runs, labelled.score);
        }
    }
    let asks = fields.contains(&FieldName::Purpose) && !blocks.contains_key(&FieldName::Purpose);
    if fields.contains(&FieldName::Course) && !blocks.contains_key(&FieldName::Course) {
        for (leaf, runs) in letter::bodies(context, asks) {
            let runs: Vec<&Run> = runs.iter().collect();
            add(context, &mut blocks, FieldName::Course, leaf, &runs, 0.6 * context.leaves[leaf].weight);
        }
    }
    if asks {
        for (leaf, runs) in letter::asked(context) {
            let runs: Vec<&Run> = runs.iter().collect();
            add(context, &mut blocks, FieldName::Purpose, leaf, &runs, 0.55 * context.leaves[leaf].weight);
        }
    }
    if fields.contains(&FieldName::Prescription) && !blocks.contains_key(&FieldName::Prescription) {
        for (leaf, runs) in letter::doses(context) {
            let runs: Vec<&Run> = runs.iter().collect();
            add(context, &mut blocks, FieldName::Prescription, leaf, &runs, 0.7 * context.leaves[leaf].weight);
        }
    }
    continuation(context, &mut blocks);
    for (field, mut block) in blocks {
        // 今後ともよろしくお願い申し上げます: how the letter ends is none of what was found.
        while field == FieldName::Course
            && block.lines.len() > 1
            && block.lines.last().is_some_and(|line| letter::ends(line))
        {
            block.lines.pop();
            block.raw.pop();
        }
        let value = block.lines.join("\n");
        if value.is_empty() || is_placeholder(&value) {
            continue;
        }
        let seen = block.seen / block.count.max(1) as f32;
        let sheet = &context.leaves[block.leaf].page.sheet;
        out.add_at(field, value, block.raw.join("\n"), sheet, &block.at, seen, block.score.min(0.98));
    }
}

/// Whether a label, as it stands or as it is known, holds one of the words.
fn names(context: &Context, labelled: &Labelled, words: &[&str]) -> bool {
    let page = &labelled.leaf.page;
    let label = &page.labels[labelled.label];
    let seen: String = page.sheet.segments[label.segment].glyphs[label.glyphs.clone()].iter().map(|g| g.ch).collect();
    let key: String = context.lexicon.entries[label.entry].key.iter().collect();
    words.iter().any(|w| seen.contains(w) || key.contains(w))
}

fn index_of(context: &Context, leaf: &Leaf) -> usize {
    context.leaves.iter().position(|l| std::ptr::eq(l, leaf)).unwrap_or(0)
}

/// 備考 as a printed note below the form is no label: it is followed by numbering in small type.
fn skip_label(leaf: &Leaf, label: usize) -> bool {
    let l = &leaf.page.labels[label];
    l.at.centre().1 > leaf.page.sheet.height * 0.85 && l.at.height() < 0.8
}

fn is_content(leaf: &Leaf, run: &Run) -> bool {
    let glyphs = leaf.page.glyphs(run);
    glyphs.iter().any(|g| !fold::is_ornament(g.ch) && !g.ch.is_whitespace()) && !is_choices(glyphs)
}

/// □当院で継続　□終診: printed choices are no text.
fn is_choices(glyphs: &[Glyph]) -> bool {
    let boxes = glyphs
        .iter()
        .enumerate()
        .filter(|(i, g)| {
            matches!(g.ch, '□' | '口' | '☐' | '☑' | '■' | '図' | '以' | '品' | '○' | '●') && (*i == 0 || g.gap > 0.3)
        })
        .count();
    boxes >= 2 && !glyphs.iter().any(|g| g.ch == '。')
}

/// The notes under the form of the ordinance (別紙様式11 診療情報提供書), which are no remark of the sender's.
fn is_printed_note(line: &str) -> bool {
    ["続紙に記載して添付", "検査の記録を添付", "医療機関以外である場合", "欄に紹介先保険薬局", "住所を必ず記入"]
        .iter()
        .any(|note| line.contains(note))
}

/// What a form prints in an empty field.
fn is_placeholder(value: &str) -> bool {
    let bare: String = value.chars().filter(|c| !c.is_whitespace() && !fold::is_ornament(*c)).collect();
    bare.is_empty() || bare.chars().count() == 1 && !crate::text::name::is_kanji(bare.chars().next().unwrap_or(' '))
}

fn add(
    context: &Context,
    blocks: &mut BTreeMap<FieldName, Block>,
    field: FieldName,
    leaf: usize,
    runs: &[&Run],
    score: f32,
) {
    let page = &context.leaves[leaf].page;
    let rows = rows(runs);
    for row in rows {
        let mut line = String::new();
        let mut raw = String::new();
        let mut at: Option<BBox> = None;
        let (mut seen, mut count) = (0.0, 0);
        for run in row {
            let glyphs = page.glyphs(run);
            if !line.is_empty() {
                line.push(' ');
                raw.push(' ');
            }
            line.push_str(&found::text(glyphs, 0.6));
            raw.push_str(&found::raw(glyphs));
            at = Some(at.map_or(run.at, |a| a.union(&run.at)));
            seen += glyphs.iter().map(|g| g.confidence).sum::<f32>();
            count += glyphs.len();
        }
        let line = clean(&line);
        // The end of a longer label that the lexicon does not know.
        let rest_of_label = matches!(
            line.as_str(),
            "歴" | "所見" | "結果" | "経過" | "内容" | "事項" | "等" | "など" | "社会" | "及び" | "および"
        );
        // The number of the next heading, set apart from it.
        let number = line.chars().count() <= 2 && line.chars().all(|c| c.is_ascii_digit() || c == '.');
        // The box of a choice, set apart from its word.
        let ticked = line.chars().all(|c| matches!(c, '☑' | '□' | '■'));
        if is_printed_note(&line) || number || ticked || rest_of_label && !blocks.contains_key(&field) {
            continue;
        }
        let Some(at) = at.filter(|_| !line.is_empty()) else { continue };
        match blocks.get_mut(&field) {
            Some(block) => {
                block.lines.push(line);
                block.raw.push(raw);
                if block.leaf == leaf {
                    block.at = block.at.union(&at);
                }
                block.seen += seen;
                block.count += count;
                block.score = block.score.max(score);
            }
            None => {
                blocks.insert(field, Block { lines: vec![line], raw: vec![raw], at, leaf, seen, count, score });
            }
        }
    }
}

/// Without rules and stray signs that borders leave at either end.
fn clean(line: &str) -> String {
    fold::dashes(&fold::tidy(line))
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '[' | ']' | '{' | '}' | '_' | '¦' | '」' | '「'))
        .to_owned()
}

/// Runs by row, from top to bottom, each from left to right.
pub fn rows<'a>(runs: &[&'a Run]) -> Vec<Vec<&'a Run>> {
    let mut sorted: Vec<&Run> = runs.to_vec();
    sorted.sort_by(|a, b| a.at.centre().1.total_cmp(&b.at.centre().1));
    let mut rows: Vec<Vec<&Run>> = Vec::new();
    for run in sorted {
        match rows.last_mut() {
            Some(row) if row[0].at.vertical_overlap(&run.at) > 0.5 => row.push(run),
            _ => rows.push(vec![run]),
        }
    }
    for row in &mut rows {
        row.sort_by(|a, b| a.at.left.total_cmp(&b.at.left));
    }
    rows
}

/// Text at the head of a later page goes on with the block that the page before ended with.
fn continuation(context: &Context, blocks: &mut BTreeMap<FieldName, Block>) {
    for index in 1..context.leaves.len() {
        let leaf = &context.leaves[index];
        if leaf.kind != PageKind::Body || context.leaves[index - 1].kind == PageKind::Cover {
            continue;
        }
        let before = &context.leaves[index - 1].page;
        // The block whose lines reach furthest down on the page before, or the label that had no room left for any.
        let begun = blocks.iter().filter(|(_, b)| b.leaf < index).map(|(f, b)| (*f, b.at.bottom));
        let waiting = empty_labels(context, &context.leaves[index - 1]);
        let Some((field, _)) = begun
            .chain(waiting)
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, bottom)| *bottom > before.sheet.height * 0.6)
        else {
            continue;
        };
        let first_label = leaf.page.labels.iter().map(|l| l.at.top).fold(f32::INFINITY, f32::min);
        let runs: Vec<&Run> = leaf
            .page
            .runs
            .iter()
            .filter(|r| r.owner.is_none() && r.at.bottom < first_label + 0.2)
            .filter(|r| is_sentence(leaf, r) || field == FieldName::Prescription && is_dose(leaf.page.glyphs(r)))
            .take_while(|r| !["□", "口"].iter().any(|b| leaf.page.glyphs(r)[0].ch.to_string() == *b))
            .collect();
        if runs.is_empty() {
            continue;
        }
        let score = if blocks.contains_key(&field) { 0.0 } else { 0.7 * leaf.weight };
        add(context, blocks, field, index, &runs, score);
    }
}

/// Labels of free text under which nothing stands, with their lower edges.
fn empty_labels<'a>(context: &'a Context, leaf: &'a Leaf) -> impl Iterator<Item = (FieldName, f32)> + 'a {
    let labels = leaf.page.labels.iter().enumerate().filter(|(label, _)| leaf.page.owned(*label).is_empty());
    labels.filter_map(|(_, occurrence)| {
        let fields = context.lexicon.entries[occurrence.entry].uses.iter().filter_map(|u| match u {
            Use::Field(i) => Some(context.lexicon.fields[*i].field),
            _ => None,
        });
        let field = fields.into_iter().find(|f| f.value_type() == ValueType::Text)?;
        Some((field, occurrence.at.bottom))
    })
}
