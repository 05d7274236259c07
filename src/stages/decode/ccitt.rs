//! Rows of a fax strip (MH, MR, MMR), kept as far as they could be read.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};

/// How a strip is coded; the TIFF compressions 2, 3 and 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Compression 2: MH without end-of-line codes, rows at byte boundaries.
    Rle,
    /// Compression 3, T4Options bit 0 clear.
    Mh,
    /// Compression 3, T4Options bit 0 set.
    Mr,
    /// Compression 4.
    Mmr,
}

/// Decodes `rows` rows of `width` pixels into bytes of 0 (black) and 255; the count says how many rows were there.
pub(super) fn strip(data: &[u8], coding: Coding, width: u32, rows: u32, into: &mut Vec<u8>) -> u32 {
    let settings = DecodeSettings {
        columns: width,
        rows,
        end_of_block: true,
        end_of_line: matches!(coding, Coding::Mh | Coding::Mr),
        rows_are_byte_aligned: coding == Coding::Rle,
        encoding: match coding {
            Coding::Mmr => EncodingMode::Group4,
            Coding::Mr => EncodingMode::Group3_2D,
            Coding::Rle | Coding::Mh => EncodingMode::Group3_1D,
        },
        strict: false,
    };
    let mut sink = Rows { width: width as usize, wanted: rows, got: 0, pixels: into };
    // Damage ends a strip early; the rows before it are good.
    let _ = hayro_ccitt::decode(data, &mut sink, &mut DecoderContext::new(settings));
    sink.got
}

struct Rows<'a> {
    width: usize,
    wanted: u32,
    got: u32,
    pixels: &'a mut Vec<u8>,
}

impl Decoder for Rows<'_> {
    fn push_row(&mut self, changes: &[u32]) {
        if self.got >= self.wanted {
            return;
        }
        self.got += 1;
        let start = self.pixels.len();
        self.pixels.resize(start + self.width, 255);
        let row = &mut self.pixels[start..];
        for run in changes.chunks(2) {
            let from = (run[0] as usize).min(self.width);
            let to = run.get(1).map_or(self.width, |to| (*to as usize).min(self.width));
            if from < to {
                row[from..to].fill(0);
            }
        }
    }
}
