//! Telephone, fax, postal code, address and institution code: found by what they look like, given to whom their block is about.

use super::found::{self, Candidates};
use super::{Context, Leaf};
use crate::domain::{BBox, FieldName, ValueType};
use crate::stages::extract::roles;
use crate::stages::sheet::Glyph;
use crate::stages::sheet::lexicon::{Role, Use, role_of};
use crate::stages::sheet::regions::Run;
use crate::text::{address, code, confusable, fold, institution, number, phone};

/// All contact fields.
pub fn all(context: &Context, out: &mut Candidates) {
    for leaf in &context.leaves {
        for run in &leaf.page.runs {
            phones(context, leaf, run, leaf.page.glyphs(run), 0, out);
            postal(context, leaf, run, out);
            if let Some(head) = head_of(leaf, run) {
                let glyphs: Vec<Glyph> = leaf.page.glyphs(head).iter().chain(leaf.page.glyphs(run)).cloned().collect();
                phones(context, leaf, head, &glyphs, head.glyphs.len(), out);
            }
        }
        wrapped(context, leaf, out);
        addresses(context, leaf, out);
    }
    codes(context, out);
}

fn chars(leaf: &Leaf, run: &Run) -> Vec<char> {
    leaf.page.glyphs(run).iter().map(|g| g.ch).collect()
}

/// Whose block the place is in: by a label that can only be one's, else by the nearest anchor.
fn role(context: &Context, leaf: &Leaf, run: &Run, at: &BBox, of: ValueType) -> Option<Role> {
    let labelled = run.owner.and_then(|label| {
        let entry = leaf.page.labels[label].entry;
        let mut roles = context.lexicon.entries[entry].uses.iter().filter_map(|u| match u {
            Use::Field(i) if context.lexicon.fields[*i].field.value_type() == of => {
                Some(role_of(context.lexicon.fields[*i].field))
            }
            _ => None,
        });
        let first = roles.next()?;
        roles.all(|r| r == first).then_some(first)
    });
    if labelled.is_some() {
        return labelled;
    }
    let cell = leaf.page.sheet.segments[run.segment].cell;
    // The label stands for the run: its block is the run's block.
    let place = run.owner.map_or(*at, |label| leaf.page.labels[label].at);
    roles::nearest(&leaf.anchors, &place, cell, &leaf.page.sheet.cells).map(|(a, _)| a.role)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Line {
    Phone,
    Fax,
    Unsaid,
}

/// Whether the label before a number says telephone or fax.
fn line_of(context: &Context, leaf: &Leaf, label: usize) -> Line {
    let entry = &context.lexicon.entries[leaf.page.labels[label].entry];
    let fields: Vec<FieldName> = entry
        .uses
        .iter()
        .filter_map(|u| if let Use::Field(i) = u { Some(context.lexicon.fields[*i].field) } else { None })
        .collect();
    let fax = fields.contains(&FieldName::SenderFax);
    let tel = fields.iter().any(|f| matches!(f, FieldName::SenderPhone | FieldName::PatientPhone));
    match (tel, fax) {
        (true, false) => Line::Phone,
        (false, true) => Line::Fax,
        _ => Line::Unsaid,
    }
}

/// The run above of whose last number a run of few digits is the end: `0463-44-` and below it `4561`.
fn head_of<'a>(leaf: &'a Leaf, tail: &Run) -> Option<&'a Run> {
    let digit = |g: &Glyph| g.ch.is_ascii_digit() || fold::is_dash(g.ch) || matches!(g.ch, '(' | ')');
    let glyphs = leaf.page.glyphs(tail);
    if glyphs.len() > 9 || !glyphs.first()?.ch.is_ascii_digit() || !glyphs.iter().all(digit) {
        return None;
    }
    let cell = |r: &Run| leaf.page.sheet.segments[r.segment].cell;
    let above = leaf.page.runs.iter().filter(|r| {
        let gap = tail.at.top - r.at.bottom;
        let meets = tail.at.left < r.at.right + 1.0 && tail.at.right > r.at.left - 1.0;
        (-0.4..1.2).contains(&gap) && meets && cell(r) == cell(tail) && leaf.page.glyphs(r).last().is_some_and(digit)
    });
    above.max_by(|a, b| a.at.right.total_cmp(&b.at.right))
}

/// The numbers of a run; with `joint` above 0 only the one that goes on over that glyph.
fn phones(context: &Context, leaf: &Leaf, run: &Run, glyphs: &[Glyph], joint: usize, out: &mut Candidates) {
    let seen = found::phones(glyphs);
    let owner = run.owner;
    let compound: Vec<usize> = owner.map(|o| leaf.page.compound(o)).unwrap_or_default();
    // Of several numbers of one label the count goes over all its runs.
    let earlier: usize = owner.map_or(0, |o| {
        let mine = leaf.page.owned(o);
        mine.iter().take_while(|r| !std::ptr::eq(**r, run)).map(|r| found::phones(leaf.page.glyphs(r)).len()).sum()
    });
    let both = owner.is_some_and(|o| line_of(context, leaf, o) == Line::Unsaid && says_both(context, leaf, o));
    for (n, number) in seen.iter().enumerate() {
        let n = n + earlier;
        if joint > 0 && !(number.range.start < joint && joint < number.range.end) {
            continue;
        }
        let at = crate::stages::sheet::around(&glyphs[number.range.clone()]);
        if ours(context, &number.value) {
            continue;
        }
        // The nth number goes with the nth label of `TEL/FAX`.
        let line = match compound.len() {
            0 => Line::Unsaid,
            1 if both => {
                if n == 0 {
                    Line::Phone
                } else {
                    Line::Fax
                }
            }
            1 if n == 0 => line_of(context, leaf, compound[0]),
            1 if seen.len() == 2 => Line::Fax,
            1 => Line::Unsaid,
            len => compound.get(n.min(len - 1)).map_or(Line::Unsaid, |l| line_of(context, leaf, *l)),
        };
        let line = said_behind(context, leaf, run, number.range.end).unwrap_or(line);
        let contact = owner.is_none_or(|o| is_contact(context, leaf, o));
        let score = number.sure * leaf.weight * if owner.is_some() && contact { 0.95 } else { 0.55 };
        let Some(role) = role(context, leaf, run, &at, ValueType::Phone) else { continue };
        let field = match (role, line) {
            (Role::Patient, Line::Fax) => continue,
            (Role::Patient, _) => FieldName::PatientPhone,
            (Role::Sender, Line::Fax) => FieldName::SenderFax,
            (Role::Sender, _) => FieldName::SenderPhone,
            (Role::Recipient, Line::Fax) => FieldName::SenderFax,
            (Role::Recipient, _) => FieldName::SenderPhone,
            (Role::Other, _) => continue,
        };
        // Beside the addressee only our own numbers stand; another's is doubtful.
        let score = if role == Role::Recipient { score * 0.6 } else { score };
        let mobile =
            number.value.starts_with("090") || number.value.starts_with("080") || number.value.starts_with("070");
        let score = if mobile && role == Role::Sender { score * 0.5 } else { score };
        out.add(field, number.value.clone(), &leaf.page.sheet, &glyphs[number.range.clone()], score);
    }
}

/// 0138-48-2859(FAX): what the brackets behind a number call it.
fn said_behind(context: &Context, leaf: &Leaf, run: &Run, end: usize) -> Option<Line> {
    let glyphs = &leaf.page.sheet.segments[run.segment].glyphs;
    let open = run.glyphs.start + end;
    let label = leaf.page.labels.iter().position(|l| l.segment == run.segment && l.glyphs.start == open + 1)?;
    let bracketed = glyphs.get(open).is_some_and(|g| g.ch == '(')
        && glyphs.get(leaf.page.labels[label].glyphs.end).is_some_and(|g| g.ch == ')');
    Some(line_of(context, leaf, label)).filter(|line| bracketed && *line != Line::Unsaid)
}

/// Numbers that go on at the beginning of the next line, their label or first digits standing at the end of one.
fn wrapped(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    let page = &leaf.page;
    for (label, occurrence) in page.labels.iter().enumerate() {
        let line = line_of(context, leaf, label);
        let segment = &page.sheet.segments[occurrence.segment];
        let owned = page.owned(label);
        let head: &[Glyph] = match &owned[..] {
            [] if occurrence.glyphs.start > 0 => &[],
            [run, ..] if run.segment == occurrence.segment => page.glyphs(run),
            _ => continue,
        };
        let last = segment.glyphs.iter().rev().find(|g| !fold::is_ornament(g.ch)).is_some_and(|g| {
            let end = head.iter().rev().find(|h| !fold::is_ornament(h.ch)).map_or(occurrence.at.right, |h| h.at.right);
            g.at.right <= end + 0.1
        });
        let begun = head.iter().all(|g| g.ch.is_ascii_digit() || fold::is_dash(g.ch) || fold::is_ornament(g.ch));
        if line == Line::Unsaid || !last || !begun {
            continue;
        }
        let next = page.runs.iter().find(|r| {
            let gap = r.at.top - segment.at.bottom;
            page.sheet.segments[r.segment].cell == segment.cell
                && r.segment != occurrence.segment
                && (-0.4..1.2).contains(&gap)
                && (r.at.left - segment.at.left).abs() < 1.0
                && r.glyphs.start == 0
        });
        let Some(next) = next else { continue };
        let glyphs: Vec<Glyph> = head.iter().chain(page.glyphs(next)).cloned().collect();
        let all: Vec<char> = glyphs.iter().map(|g| g.ch).collect();
        let [number] = &phone::phones(&all)[..] else { continue };
        if number.range.start > 0 || number.range.end <= head.len() || ours(context, &number.value) {
            continue;
        }
        let field = match (
            role(context, leaf, &Run { owner: Some(label), ..next.clone() }, &next.at, ValueType::Phone),
            line,
        ) {
            (Some(Role::Patient), Line::Phone) => FieldName::PatientPhone,
            (Some(Role::Sender | Role::Recipient), Line::Fax) => FieldName::SenderFax,
            (Some(Role::Sender), _) => FieldName::SenderPhone,
            _ => continue,
        };
        let score = number.sure * leaf.weight * 0.85;
        out.add(field, number.value.clone(), &page.sheet, &glyphs[number.range.clone()], score);
    }
}

/// Whether the label is one for contact at all (not `受付番号`).
fn is_contact(context: &Context, leaf: &Leaf, label: usize) -> bool {
    context.lexicon.entries[leaf.page.labels[label].entry].uses.iter().any(|u| match u {
        Use::Field(i) => {
            matches!(context.lexicon.fields[*i].field.value_type(), ValueType::Phone)
                || context.lexicon.fields[*i].field.code().contains("address")
        }
        _ => false,
    })
}

fn says_both(context: &Context, leaf: &Leaf, label: usize) -> bool {
    leaf.page.asks(label, &context.lexicon, FieldName::SenderFax)
}

/// Whether a number is one of the hospital's own, one misread digit forgiven.
fn ours(context: &Context, value: &str) -> bool {
    let digits: Vec<char> = number::digits(value).chars().collect();
    [&context.hospital.phone, &context.hospital.phone2, &context.hospital.fax].into_iter().any(|own| {
        let own: Vec<char> = number::digits(own).chars().collect();
        own.len() >= 9 && own.len() == digits.len() && own.iter().zip(&digits).filter(|(a, b)| a != b).count() <= 1
    })
}

fn postal(context: &Context, leaf: &Leaf, run: &Run, out: &mut Candidates) {
    let glyphs = leaf.page.glyphs(run);
    for seen in phone::postal_codes(&chars(leaf, run)) {
        let at = crate::stages::sheet::around(&glyphs[seen.range.clone()]);
        if number::digits(&seen.value) == number::digits(&context.hospital.zip) && recipient_near(leaf, &at) {
            continue;
        }
        // Beside the addressee only our own code would stand, and that is not looked for: another's is the sender's.
        let (field, doubt) = match role(context, leaf, run, &at, ValueType::PostalCode) {
            Some(Role::Patient) => (FieldName::PatientPostalCode, 1.0),
            Some(Role::Sender) => (FieldName::SenderPostalCode, 1.0),
            Some(Role::Recipient) | None => (FieldName::SenderPostalCode, 0.6),
            _ => continue,
        };
        out.add(
            field,
            seen.value.clone(),
            &leaf.page.sheet,
            &glyphs[seen.range.clone()],
            seen.sure * leaf.weight * 0.95 * doubt,
        );
    }
}

fn recipient_near(leaf: &Leaf, at: &BBox) -> bool {
    let near = roles::nearest(&leaf.anchors, at, None, &leaf.page.sheet.cells);
    near.is_some_and(|(a, _)| a.role == Role::Recipient)
}

/// Addresses: a run that looks like one, with the lines that it goes on in.
fn addresses(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    let own = fold::label_key(&context.hospital.address);
    for (index, run) in leaf.page.runs.iter().enumerate() {
        let glyphs = leaf.page.glyphs(run);
        let all = chars(leaf, run);
        let labelled = run.owner.is_some_and(|o| says_address(context, leaf, o));
        let skip = phone::postal_codes(&all).first().map_or(0, |s| if s.range.start <= 1 { s.range.end } else { 0 });
        // A number after it is no part of it.
        let until = found::phones(glyphs).iter().map(|p| p.range.start).find(|at| *at > skip).unwrap_or(all.len());
        let rest = &all[skip..until];
        let Some(range) = address::find(rest).or_else(|| {
            (labelled && rest.len() > 4 && phone::phones(rest).is_empty() && !has_other_kind(rest))
                .then_some(0..rest.len())
        }) else {
            continue;
        };
        // An address begins its run, after a postal code or the sender's name at most; in a sentence it is not one.
        let head: String = rest[..range.start].iter().collect();
        if range.start > 2 && !labelled && institution::ends_as_institution(&head).is_none() {
            continue;
        }
        let (from, to) = (skip + range.start, skip + range.end);
        if all.contains(&'。') || to <= from {
            continue;
        }
        let mut taken: Vec<crate::stages::sheet::Glyph> = glyphs[from..to].to_vec();
        let ended = to < all.len();
        let mut last = index;
        for _ in 0..if ended { 0 } else { 3 } {
            let Some(next) = continuation(leaf, last, last == index) else { break };
            taken.extend(leaf.page.glyphs(&leaf.page.runs[next]).iter().cloned());
            last = next;
        }
        let text = fold::dashes(&found::text(&taken, 0.55));
        let value = tidy(&text);
        let key = fold::label_key(&value);
        // Most senders are of the same town, so only what comes after it tells whose the address is.
        let shared = own.iter().zip(&key).take_while(|(a, b)| a == b).count();
        let town = own[..shared].iter().rposition(|c| matches!(c, '市' | '区' | '町' | '村')).map_or(0, |at| at + 1);
        if own.len() > 6 && key.len() > town && confusable::likeness(&own[town..], &key[town..]) > 0.7 {
            continue;
        }
        let at = crate::stages::sheet::around(&taken);
        let (field, doubt) = match role(context, leaf, run, &at, ValueType::Line)
            .filter(|_| labelled)
            .or_else(|| place_role(leaf, run, &at))
        {
            Some(Role::Patient) => (FieldName::PatientAddress, 1.0),
            Some(Role::Sender) => (FieldName::SenderAddress, 1.0),
            Some(Role::Recipient) | None => (FieldName::SenderAddress, 0.6),
            _ => continue,
        };
        let digits = value.chars().any(|c| c.is_ascii_digit());
        let score = leaf.weight * doubt * if labelled { 0.95 } else { 0.7 } * if digits { 1.0 } else { 0.7 };
        out.add(field, value, &leaf.page.sheet, &taken, score);
    }
}

fn has_other_kind(chars: &[char]) -> bool {
    !crate::text::wareki::dates(chars).is_empty()
}

fn place_role(leaf: &Leaf, run: &Run, at: &BBox) -> Option<Role> {
    let cell = leaf.page.sheet.segments[run.segment].cell;
    roles::nearest(&leaf.anchors, at, cell, &leaf.page.sheet.cells).map(|(a, _)| a.role)
}

fn says_address(context: &Context, leaf: &Leaf, label: usize) -> bool {
    // 住所・電話番号 before one value say both.
    leaf.page.compound(label).into_iter().any(|l| {
        context.lexicon.entries[leaf.page.labels[l].entry].uses.iter().any(|u| match u {
            Use::Field(i) => {
                matches!(context.lexicon.fields[*i].field, FieldName::PatientAddress | FieldName::SenderAddress)
            }
            _ => false,
        })
    })
}

/// The rest of an address on the line below: short, beginning under it, no label and no kind of value of its own.
fn continuation(leaf: &Leaf, index: usize, first: bool) -> Option<usize> {
    let run = &leaf.page.runs[index];
    let below = leaf.page.runs.iter().filter(|r| {
        let gap = r.at.top - run.at.bottom;
        let column = (r.at.left - run.at.left).abs() < 2.0
            || (r.at.left > run.at.left - 1.0
                && r.at.left < run.at.left + 8.0
                && r.owner == run.owner
                && run.owner.is_some());
        gap > -0.5
            && gap < 0.9
            && column
            && leaf.page.sheet.segments[r.segment].cell == leaf.page.sheet.segments[run.segment].cell
            && (r.owner.is_none() || r.owner == run.owner)
    });
    let next = below.min_by(|a, b| a.at.top.total_cmp(&b.at.top))?;
    let all = chars(leaf, next);
    let numberish = all
        .iter()
        .filter(|c| c.is_ascii_digit() || fold::is_dash(**c) || matches!(c, '丁' | '目' | '番' | '号' | '地'))
        .count();
    let building = all.iter().any(|c| c.is_ascii_digit())
        && all.iter().any(|c| crate::text::kana::is_katakana(*c) || matches!(c, '号' | '階' | '荘' | '棟'));
    let plain = phone::phones(&all).is_empty()
        && phone::postal_codes(&all).is_empty()
        && address::find(&all).is_none_or(|r| r.start == 0);
    let words: String = all.iter().collect();
    let other = ["TEL", "FAX", "電話", "医師", "院長", "様", "クリニック", "医院", "病院", "科", "薬局", "担当", "。"]
        .iter()
        .any(|w| words.contains(w));
    let starts_anew = address::find(&all).is_some_and(|r| r.start == 0)
        && ["都", "道", "府", "県"].iter().any(|w| words.chars().take(4).collect::<String>().contains(w));
    let narrow = run.at.right > next.at.right - 1.0;
    // A third line is the end of a number that the cell was too narrow for.
    let fits = if first {
        numberish * 2 >= all.len() || building || (all.len() <= 12 && all.iter().any(char::is_ascii_digit))
    } else {
        numberish == all.len() && all.len() <= 4
    };
    (plain && !other && !starts_anew && all.len() <= 24 && narrow && fits)
        .then(|| leaf.page.runs.iter().position(|r| std::ptr::eq(r, next)))
        .flatten()
}

fn tidy(text: &str) -> String {
    fold::tidy(text)
        .trim_matches(|c: char| {
            c.is_whitespace() || matches!(c, ':' | '|' | ',' | '、' | '.' | '_' | '"' | '\'' | '」' | ']' | '[')
        })
        .to_owned()
}

/// 保険医療機関コード with a right check digit; one that fails is kept with low confidence.
fn codes(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::SenderInstitutionCode) {
        for run in &labelled.runs {
            let glyphs = labelled.leaf.page.glyphs(run);
            let text: String = glyphs.iter().map(|g| number::lookalike(g.ch).unwrap_or(g.ch)).collect();
            let Some(digits) = code::institution_digits(&text) else { continue };
            let sure = if digits.len() == 10 && code::institution_ok(&digits) { 1.0 } else { 0.5 };
            out.add(FieldName::SenderInstitutionCode, digits, &labelled.leaf.page.sheet, glyphs, labelled.score * sure);
        }
    }
}
