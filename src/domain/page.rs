//! A page as pixels, and places on it.

use serde::{Deserialize, Serialize};

/// A page's number within its file or document, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageNo(pub u32);

impl TryFrom<i64> for PageNo {
    type Error = std::num::TryFromIntError;

    fn try_from(no: i64) -> Result<Self, Self::Error> {
        u32::try_from(no).map(Self)
    }
}

/// A rectangle in fractions of the upright page's width and height: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BBox {
    /// Left edge, 0 to 1.
    pub left: f32,
    /// Top edge, 0 to 1.
    pub top: f32,
    /// Right edge, 0 to 1.
    pub right: f32,
    /// Bottom edge, 0 to 1.
    pub bottom: f32,
}

impl BBox {
    /// A box from its four edges.
    pub fn new(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self { left, top, right, bottom }
    }

    /// The same place on the page turned clockwise by 90, 180 or 270 degrees.
    pub fn turned(&self, degrees: u16) -> Self {
        match degrees % 360 {
            90 => Self::new(1.0 - self.bottom, self.left, 1.0 - self.top, self.right),
            180 => Self::new(1.0 - self.right, 1.0 - self.bottom, 1.0 - self.left, 1.0 - self.top),
            270 => Self::new(self.top, 1.0 - self.right, self.bottom, 1.0 - self.left),
            _ => *self,
        }
    }

    /// Width as a fraction of the page's width.
    pub fn width(&self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    /// Height as a fraction of the page's height.
    pub fn height(&self) -> f32 {
        (self.bottom - self.top).max(0.0)
    }

    /// The middle: x, y.
    pub fn centre(&self) -> (f32, f32) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// Whether the point lies inside.
    pub fn contains(&self, (x, y): (f32, f32)) -> bool {
        x >= self.left && x <= self.right && y >= self.top && y <= self.bottom
    }

    /// The smallest box that holds both.
    pub fn union(&self, other: &BBox) -> BBox {
        BBox::new(
            self.left.min(other.left),
            self.top.min(other.top),
            self.right.max(other.right),
            self.bottom.max(other.bottom),
        )
    }

    /// Length shared on the vertical axis, as a fraction of the lower of the two heights.
    pub fn vertical_overlap(&self, other: &BBox) -> f32 {
        let shared = self.bottom.min(other.bottom) - self.top.max(other.top);
        let lower = self.height().min(other.height());
        if lower <= 0.0 { 0.0 } else { (shared / lower).clamp(0.0, 1.0) }
    }
}

impl From<[f32; 4]> for BBox {
    fn from([left, top, right, bottom]: [f32; 4]) -> Self {
        Self { left, top, right, bottom }
    }
}

impl From<BBox> for [f32; 4] {
    fn from(b: BBox) -> Self {
        [b.left, b.top, b.right, b.bottom]
    }
}

/// Where something was seen: a page of the file and a box on it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Page of the file as received.
    pub page: PageNo,
    /// Place on the upright page.
    #[serde(rename = "box")]
    pub bbox: BBox,
}

/// A page as 8-bit grey pixels, 0 black and 255 white, rows from the top, no padding; square pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct GreyImage {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height` bytes.
    pub pixels: Vec<u8>,
}
