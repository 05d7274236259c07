//! Connected regions of a map of squares: the inside of a cell, a dark band.

use super::engine::PxBox;

/// Takes the region that holds `start` off the map, which has that many `columns`; its box and its squares. Corners do not connect.
pub(super) fn take(map: &mut [bool], columns: i32, start: usize) -> (PxBox, usize) {
    let rows = map.len() as i32 / columns;
    let square = |at: usize| {
        let (x, y) = (at as i32 % columns, at as i32 / columns);
        PxBox { left: x, top: y, right: x + 1, bottom: y + 1 }
    };
    let mut stack = vec![start];
    map[start] = false;
    let (mut bbox, mut area) = (square(start), 0);
    while let Some(at) = stack.pop() {
        let here = square(at);
        area += 1;
        bbox = bbox.union(&here);
        let mut visit = |inside: bool, next: usize| {
            if inside && map[next] {
                map[next] = false;
                stack.push(next);
            }
        };
        visit(here.left > 0, at.wrapping_sub(1));
        visit(here.right < columns, at + 1);
        visit(here.top > 0, at.wrapping_sub(columns as usize));
        visit(here.bottom < rows, at + columns as usize);
    }
    (bbox, area)
}
