//! Which characters of two texts differ, for eyes that compare a document with a master. It decides nothing.

/// Runs of characters, each with whether it is shared.
pub type Runs = Vec<(bool, String)>;

/// Longer texts are shown without marks.
const MOST: usize = 160;

/// Both texts cut into runs that are shared (longest common subsequence) and runs that are not.
pub fn runs(left: &str, right: &str) -> (Runs, Runs) {
    let (a, b): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if a.len() > MOST || b.len() > MOST {
        return (vec![(true, left.to_owned())], vec![(true, right.to_owned())]);
    }
    // longest[i][j]: length of the longest common subsequence of a[i..] and b[j..].
    let mut longest = vec![vec![0u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] =
                if a[i] == b[j] { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut out_a, mut out_b) = (Runs::new(), Runs::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            push(&mut out_a, true, a[i]);
            push(&mut out_b, true, b[j]);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            push(&mut out_a, false, a[i]);
            i += 1;
        } else {
            push(&mut out_b, false, b[j]);
            j += 1;
        }
    }
    (out_a, out_b)
}

fn push(runs: &mut Runs, same: bool, c: char) {
    match runs.last_mut() {
        Some((last, run)) if *last == same => run.push(c),
        _ => runs.push((same, c.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_marked() {
        let (seen, master) = runs("いけがき皮膚科", "いけがみ皮膚科");
        assert_eq!(seen, [(true, "いけが".into()), (false, "き".into()), (true, "皮膚科".into())]);
        assert_eq!(master, [(true, "いけが".into()), (false, "み".into()), (true, "皮膚科".into())]);
        assert_eq!(runs("", "あ"), (vec![], vec![(false, "あ".into())]));
        assert_eq!(runs("同じ", "同じ").0, [(true, "同じ".into())]);
    }
}
