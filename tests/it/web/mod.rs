//! The pages, served for real: by plain requests, and in Chromium, on both databases.

mod browser;
mod desk;
mod http;
mod item;
mod newcomers;
mod pages;
mod paging;
mod related;
mod seed;
mod upload;
