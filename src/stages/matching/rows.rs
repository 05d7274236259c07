//! Master rows as one text and its cuts: a million rows without a million small allocations.

/// Rows of `N` columns of text.
pub(super) struct Rows<const N: usize> {
    text: String,
    ends: Vec<u32>,
}

impl<const N: usize> Rows<N> {
    /// No rows yet.
    pub(super) fn new() -> Self {
        Self { text: String::new(), ends: Vec::new() }
    }

    /// Appends a row; a row that no longer fits into four gigabytes of text is refused.
    pub(super) fn push(&mut self, columns: [&str; N]) -> bool {
        let bytes: usize = columns.iter().map(|c| c.len()).sum();
        if u32::try_from(self.text.len() + bytes).is_err() {
            return false;
        }
        for column in columns {
            self.text.push_str(column);
            self.ends.push(self.text.len() as u32);
        }
        true
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len() / N
    }

    /// One column of one row.
    pub(super) fn get(&self, row: u32, column: usize) -> &str {
        let at = row as usize * N + column;
        let from = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[from..self.ends[at] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_come_back_as_they_were() {
        let mut rows = Rows::<2>::new();
        assert!(rows.push(["一", "二"]) && rows.push(["", "三四"]));
        assert_eq!(rows.len(), 2);
        assert_eq!([rows.get(0, 0), rows.get(0, 1), rows.get(1, 0), rows.get(1, 1)], ["一", "二", "", "三四"]);
    }
}
