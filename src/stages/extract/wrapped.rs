//! Names of institutions that a narrow column breaks: `…病院 脳神` above `経外科`, `…クリニッ` above `ク`.

use super::Leaf;
use crate::stages::sheet::Glyph;
use crate::stages::sheet::regions::Run;
use crate::text::institution;

/// Most letters that a broken name leaves for its second line.
const LEFT_OVER: usize = 4;

/// The next line of the same column.
pub(super) fn below<'a>(leaf: &'a Leaf, run: &Run) -> Option<&'a Run> {
    let under = leaf.page.runs.iter().filter(|r| {
        let gap = r.at.top - run.at.bottom;
        r.at.top > run.at.centre().1 && gap < 0.9 && (r.at.left - run.at.left).abs() < 3.0 && r.glyphs.len() <= 14
    });
    under.min_by(|a, b| a.at.top.total_cmp(&b.at.top))
}

/// An institution's department that begins behind its name and ends on the next line: how many glyphs the name has, and the department's.
pub(super) fn department(leaf: &Leaf, run: &Run) -> Option<(usize, Vec<Glyph>)> {
    let glyphs = leaf.page.glyphs(run);
    let next = leaf.page.glyphs(below(leaf, run)?);
    let (name, length) = split(&text(glyphs), &text(next))?;
    Some((name, glyphs[name..].iter().chain(next).take(length).cloned().collect()))
}

/// Letters of the institution in `first`, and of the department that begins behind it and ends in `second`.
fn split(first: &str, second: &str) -> Option<(usize, usize)> {
    let chars: Vec<char> = first.chars().collect();
    let names = (chars.len().saturating_sub(6).max(3)..chars.len()).rev();
    let name = names.into_iter().find(|at| {
        let name: String = chars[..*at].iter().collect();
        institution::ends_as_institution(&name) == Some(1.0)
    })?;
    let begun: String = chars[name..].iter().collect();
    let whole = format!("{begun}{second}");
    let end = institution::leading_department(&whole).filter(|end| *end > begun.len())?;
    (!institution::is_department(&begun)).then(|| (name, whole[..end].chars().count()))
}

/// Whether the name itself ends on the next line, which holds nothing else.
fn name_goes_on(leaf: &Leaf, run: &Run) -> bool {
    below(leaf, run).is_some_and(|next| goes_on(&text(leaf.page.glyphs(run)), &text(leaf.page.glyphs(next))))
}

fn goes_on(first: &str, second: &str) -> bool {
    first.chars().count() >= 4
        && second.chars().count() <= LEFT_OVER
        && institution::ends_as_institution(first).is_none()
        && institution::ends_as_institution(second).is_none()
        && !institution::is_department(second)
        && institution::ends_as_institution(&format!("{first}{second}")) == Some(1.0)
}

/// How surely the run begins the name of an institution that only its next line makes whole.
pub(super) fn looks(leaf: &Leaf, run: &Run) -> Option<f32> {
    (department(leaf, run).is_some() || name_goes_on(leaf, run)).then_some(0.95)
}

/// Whether the run is the rest of what the line above it begins.
pub(super) fn is_rest(leaf: &Leaf, run: &Run) -> bool {
    let above = leaf.page.runs.iter().filter(|r| r.at.top < run.at.top && run.at.top - r.at.bottom < 0.9);
    above.filter(|r| below(leaf, r).is_some_and(|next| next.at == run.at)).any(|r| looks(leaf, r).is_some())
}

fn text(glyphs: &[Glyph]) -> String {
    glyphs.iter().map(|g| g.ch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_department_that_goes_on_below_belongs_to_its_institution() {
        assert_eq!(split("医療法人例示会見本中央病院脳神", "経外科"), Some((13, 5)));
        assert_eq!(split("見本病院腎", "臓内科見本一郎"), Some((4, 4)));
        assert_eq!(split("見本病院外科", "内科"), None, "two departments");
        assert_eq!(split("見本病院見本", "一郎"), None);
    }

    #[test]
    fn a_name_may_end_on_the_next_line() {
        assert!(goes_on("医療法人社団例示会見本クリニッ", "ク"));
        assert!(goes_on("例示会見本中央", "病院"));
        assert!(!goes_on("例示会見本中央病院", "内科"));
        assert!(!goes_on("例示会", "見本病院"), "a name by itself");
    }
}
