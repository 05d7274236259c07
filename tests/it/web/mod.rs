//! The pages, served for real: by plain requests, and in Chromium, on both databases.

pub mod browser;
mod desk;
pub mod http;
mod item;
mod live;
mod pages;
mod queue;
pub mod seed;
mod upload;
