//! Quality as figures: whether two readings of a value are the same, how sure a share is, and from which confidence on the
//! program is as right as somebody wants. Pure.

mod same;
mod threshold;
mod wilson;

pub use same::{compare, same};
pub use threshold::{Threshold, lowest_threshold};
pub use wilson::{Interval, wilson};
