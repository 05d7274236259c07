//! Rules, cells and what is left of letters, on drawn pages.

use super::*;

fn blank(width: usize, height: usize) -> Ink {
    Ink { width, height, bits: vec![0; width * height] }
}

fn found(ink: &Ink) -> Vec<Rule> {
    find(ink, &Blobs::of(ink))
}

fn fill(ink: &mut Ink, left: usize, top: usize, right: usize, bottom: usize) {
    for y in top..bottom {
        ink.bits[y * ink.width..][left..right].fill(1);
    }
}

fn table() -> Ink {
    let mut ink = blank(1000, 800);
    for y in [100, 200, 300] {
        fill(&mut ink, 100, y, 900, y + 3);
    }
    for x in [100, 400, 897] {
        fill(&mut ink, x, 100, x + 3, 303);
    }
    ink
}

#[test]
fn a_table_has_its_cells() {
    let mut ink = table();
    let rules = found(&ink);
    erase(&mut ink, &rules);
    assert_eq!(rules.iter().filter(|r| r.level).count(), 3);
    assert_eq!(rules.iter().filter(|r| !r.level).count(), 3);
    let cells = cells(&rules, &ink);
    assert_eq!(cells.len(), 4, "{cells:?}");
    assert!(cells.iter().any(|c| (c.left - 102).abs() < 8 && (c.right - 400).abs() < 8));
}

#[test]
fn lines_under_headings_close_no_cell_where_text_runs_past_their_end() {
    let lined = |text: bool| {
        let mut ink = blank(1000, 800);
        for y in [100, 200, 300] {
            fill(&mut ink, 100, y, 260, y + 3);
        }
        if text {
            for y in [140, 240] {
                (110..600).step_by(30).for_each(|x| fill(&mut ink, x, y, x + 24, y + 24));
            }
        }
        let rules = found(&ink);
        erase(&mut ink, &rules);
        cells(&rules, &ink).len()
    };
    assert_eq!((lined(false), lined(true)), (2, 0));
}

#[test]
fn a_border_with_dropouts_is_still_one_line() {
    let mut ink = blank(1000, 800);
    for start in (100..700).step_by(60) {
        fill(&mut ink, 500, start, 503, start + 45);
    }
    let rules = found(&ink);
    assert_eq!(rules.len(), 1, "{rules:?}");
    assert!(rules[0].bbox.bottom > 650);
}

#[test]
fn the_strokes_of_large_letters_are_no_rules() {
    let mut ink = blank(1600, 900);
    for left in [100, 220, 340, 460] {
        for top in [100, 140, 195] {
            fill(&mut ink, left, top, left + 96, top + 6);
        }
        fill(&mut ink, left + 45, 100, left + 51, 200);
    }
    assert_eq!(found(&ink), []);
    // An underline is one.
    fill(&mut ink, 100, 230, 560, 234);
    assert_eq!(found(&ink).len(), 1);
}

#[test]
fn a_border_of_one_low_row_parts_its_cells() {
    let mut ink = blank(1600, 2300);
    for y in [100, 150] {
        fill(&mut ink, 100, y, 900, y + 3);
    }
    for x in [100, 400, 897] {
        fill(&mut ink, x, 100, x + 3, 153);
    }
    // The stem of a letter in the row meets neither of them; one under a border is none of it.
    fill(&mut ink, 600, 112, 604, 140);
    fill(&mut ink, 400, 165, 403, 190);
    let rules = found(&ink);
    assert_eq!(rules.iter().filter(|r| !r.level).count(), 3, "{rules:?}");
    erase(&mut ink, &rules);
    assert!(!ink.at(401, 125) && ink.at(601, 125));
    assert_eq!(cells(&rules, &ink).len(), 2);
}

#[test]
fn boxes_for_single_digits_are_one_cell() {
    let mut ink = blank(1600, 2300);
    for y in [100, 150] {
        fill(&mut ink, 100, y, 700, y + 3);
    }
    for x in [100, 400, 440, 480, 520, 560, 697] {
        fill(&mut ink, x, 100, x + 3, 153);
    }
    let rules = found(&ink);
    erase(&mut ink, &rules);
    let widths: Vec<i32> = cells(&rules, &ink).iter().map(|c| (c.right - c.left) / 10 * 10).collect();
    assert_eq!(widths.len(), 3, "{widths:?}");
    assert!(!ink.at(441, 125));
}

#[test]
fn the_strokes_of_narrow_digits_and_dashes_are_no_rule() {
    let mut ink = blank(1600, 2300);
    // 8-4-8-4 in narrow type: the dashes and the middle strokes stand on one height, with little white between.
    for n in 0..8 {
        let left = 200 + n * 14;
        if n % 2 == 0 {
            fill(&mut ink, left, 300, left + 12, 303);
            fill(&mut ink, left, 324, left + 12, 327);
            fill(&mut ink, left, 300, left + 3, 327);
            fill(&mut ink, left + 9, 300, left + 12, 327);
            fill(&mut ink, left, 312, left + 12, 315);
        } else {
            fill(&mut ink, left, 312, left + 12, 315);
        }
    }
    assert_eq!(found(&ink), []);
}

#[test]
fn letters_are_no_rules_and_strokes_through_a_rule_stay() {
    let mut ink = table();
    fill(&mut ink, 600, 188, 604, 214);
    fill(&mut ink, 500, 120, 540, 160);
    let rules = found(&ink);
    assert_eq!(rules.len(), 6);
    erase(&mut ink, &rules);
    assert!(ink.at(601, 190) && ink.at(601, 201) && ink.at(520, 140));
    assert!(!ink.at(300, 101) && !ink.at(401, 150));
}
