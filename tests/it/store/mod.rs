//! Every store function, and the reviewer's verbs, on SQLite and on PostgreSQL.

mod api;
mod audit;
mod board;
mod complete;
mod contents;
mod deliveries;
mod desk;
mod door;
pub mod given;
mod guards;
mod incidents;
mod jobs;
mod lessons;
mod masters;
mod pages;
mod paging;
mod proposing;
mod pushing;
mod quality;
mod queue;
mod races;
mod review;
mod searching;
mod thresholds;
mod trust;
mod users;
