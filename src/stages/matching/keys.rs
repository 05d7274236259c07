//! Blocking keys (絞り込みキー): from a hashed key to the rows that carry it, as one sorted list of integers, so that a
//! million rows with some fifteen keys each stay compact and are built by one sort. A hash that two keys share only
//! brings a row too many; the comparison that follows does not care.

/// A growing list of keys.
#[derive(Default)]
pub(super) struct KeysBuilder(Vec<u64>);

/// Rows by key.
pub(super) struct Keys(Box<[u64]>);

/// The hash of a key: FNV-1a over its kind and its characters.
pub(super) fn hash(kind: u8, chars: impl IntoIterator<Item = char>) -> u32 {
    let mut h = 0xcbf2_9ce4_8422_2325u64;
    let mut eat = |x: u32| {
        h ^= u64::from(x);
        h = h.wrapping_mul(0x0100_0000_01b3);
    };
    eat(u32::from(kind) + 1);
    for c in chars {
        eat(u32::from(c));
    }
    // The upper half is the better mixed one; fold it onto the lower.
    ((h >> 32) ^ h) as u32
}

impl KeysBuilder {
    /// Row `row` carries the key hashed to `hash`.
    pub(super) fn add(&mut self, hash: u32, row: u32) {
        self.0.push(u64::from(hash) << 32 | u64::from(row));
    }

    /// Sorted and ready to be asked.
    pub(super) fn build(mut self) -> Keys {
        self.0.sort_unstable();
        self.0.dedup();
        Keys(self.0.into_boxed_slice())
    }
}

impl Keys {
    fn bucket(&self, hash: u32) -> &[u64] {
        let from = self.0.partition_point(|k| (k >> 32) < u64::from(hash));
        let len = self.0[from..].partition_point(|k| (k >> 32) == u64::from(hash));
        &self.0[from..from + len]
    }

    /// Rows that carry the key, ascending.
    pub(super) fn rows(&self, hash: u32) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.bucket(hash).iter().map(|k| (k & 0xffff_ffff) as u32)
    }
}

/// The characters with each one of them left out in turn: two strings that differ by one character share such a string.
pub(super) fn deletions(chars: &[char]) -> impl Iterator<Item = impl Iterator<Item = char> + '_> + '_ {
    (0..chars.len()).map(move |out| chars.iter().enumerate().filter(move |(i, _)| *i != out).map(|(_, c)| *c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_brings_its_rows_and_no_others() {
        let mut b = KeysBuilder::default();
        for (row, name) in ["山本", "山下", "山本", "森"].iter().enumerate() {
            b.add(hash(0, name.chars()), row as u32);
        }
        let keys = b.build();
        assert_eq!(keys.rows(hash(0, "山本".chars())).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(keys.rows(hash(0, "林".chars())).len(), 0);
        assert_eq!(keys.rows(hash(1, "山本".chars())).len(), 0);
    }

    #[test]
    fn strings_one_character_apart_share_a_deletion() {
        let of = |s: &str| -> Vec<String> {
            let chars: Vec<char> = s.chars().collect();
            deletions(&chars).map(Iterator::collect).collect()
        };
        assert_eq!(of("山本"), ["本", "山"]);
        assert!(of("中山太郎").iter().any(|d| of("中川太郎").contains(d)));
    }
}
