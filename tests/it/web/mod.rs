//! The pages, served for real: by plain requests, and in Chromium, on both databases.

mod accessibility;
mod api;
mod beside;
pub mod browser;
mod desk;
mod draft;
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
mod second;
pub mod seed;
mod seen;
mod slow;
mod thresholds;
mod tokens;
pub mod upload;
mod verbs;
pub mod whole;
