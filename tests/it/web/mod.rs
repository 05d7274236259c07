//! The pages, served for real: by plain requests, and in Chromium, on both databases.

pub mod browser;
mod desk;
pub mod http;
mod item;
mod keyboard;
mod live;
mod newcomers;
mod pages;
mod paging;
mod quality;
mod queue;
mod related;
pub mod seed;
mod upload;
pub mod whole;
