//! The pages, served for real: by plain requests, and in Chromium, on both databases.

mod accessibility;
mod api;
mod beside;
pub mod browser;
mod desk;
pub mod http;
mod item;
mod keyboard;
mod lists;
mod live;
mod newcomers;
pub mod openid;
mod pages;
mod paging;
mod quality;
mod queue;
mod related;
pub mod seed;
mod slow;
mod thresholds;
mod tokens;
pub mod upload;
pub mod whole;
