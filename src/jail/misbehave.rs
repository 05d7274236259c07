//! Children that break every rule, for the tests of the wall: reachable only as a sealed child that harms nobody but itself.

use super::child::{done, hello, ready, send, work};
use super::protocol::{self, Tag};
use crate::domain::PageNo;
use std::io::{self, Write};

/// Behaves as `way` says, after a proper greeting.
pub(super) fn misbehave(way: &str) -> io::Result<()> {
    let _ = hello()?;
    ready()?;
    let _ = work()?;
    match way {
        "crash" => std::process::abort(),
        "hang" => loop {
            std::thread::sleep(std::time::Duration::from_secs(3600));
        },
        "spin" => loop {
            std::hint::black_box(0);
        },
        "flood" => loop {
            io::stdout().write_all(&[0x55; 1 << 16])?;
        },
        "pages" => (1..).try_for_each(|no| {
            let page = crate::domain::GreyImage { width: 8, height: 8, pixels: vec![255; 64] };
            send(Tag::Page, &protocol::page_body(PageNo(no), 1, Some(&page), None))
        }),
        "lie" => {
            io::stdout().write_all(&protocol::head(Tag::Page, usize::MAX))?;
            io::stdout().flush()
        }
        "memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(std::hint::black_box(vec![1; 64 << 20]));
            }
        }
        "half" => {
            let page = crate::domain::GreyImage { width: 8, height: 8, pixels: vec![255; 64] };
            send(Tag::Page, &protocol::page_body(PageNo(1), 1, Some(&page), None))?;
            std::process::abort()
        }
        "escape" => escape(),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// Tries every door; the proper answer comes only when all are shut.
fn escape() -> io::Result<()> {
    let opened = std::fs::File::open("/etc/passwd").is_ok()
        || std::fs::File::create("/tmp/uketsuke-escape").is_ok()
        || std::net::UdpSocket::bind("127.0.0.1:0").is_ok()
        || std::env::var_os("HOME").is_some();
    if opened { Err(io::ErrorKind::PermissionDenied.into()) } else { done(None) }
}
