//! Children that break every rule, for the tests of the wall: reachable only as a sealed child that harms nobody but itself.
#![expect(unsafe_code, reason = "an intruder makes system calls")]

use super::child::{done, hello, say_ready, send, work};
use super::protocol::{self, Tag};
use super::{Walls, seal};
use crate::domain::PageNo;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;

/// Behaves as `way` says, after a proper greeting. `walls` are those to stand behind; all, when none is named.
pub(super) fn misbehave(way: &str, walls: &[String]) -> io::Result<()> {
    let asked = |wall: &str| walls.is_empty() || walls.iter().any(|name| name == wall);
    let _ = hello()?;
    let inherited = inherited();
    let mut standing = if asked("files") { seal::files()? } else { Walls::default() };
    if asked("calls") {
        standing = seal::calls(standing)?;
    }
    say_ready(standing)?;
    let _ = work()?;
    match way {
        "crash" => std::process::abort(),
        "hang" => loop {
            std::thread::sleep(std::time::Duration::from_secs(3600));
        },
        "spin" => loop {
            std::hint::black_box(0);
        },
        // Not bad at all, only at work for that long of its own time.
        "toil" => {
            while used() < std::time::Duration::from_millis(800) {
                (0..1_000_000_u32).for_each(|n| {
                    std::hint::black_box(n);
                });
            }
            done(None)
        }
        "flood" => loop {
            io::stdout().write_all(&[0x55; 1 << 16])?;
        },
        "pages" => (1..).try_for_each(|no| {
            let page = crate::domain::GreyImage { width: 8, height: 8, pixels: vec![255; 64] };
            send(Tag::Page, &protocol::page_body(PageNo(no), 1, Some(&page), None))
        }),
        // Nothing but proper pages, and no end of them.
        "print" => (1..).try_for_each(|no| {
            let pixels = (0..1_000_000_u32).map(|n| (n.wrapping_mul(0x9E37_79B9) >> 24) as u8).collect();
            let page = crate::domain::GreyImage { width: 1_000, height: 1_000, pixels };
            send(Tag::Page, &protocol::page_body(PageNo(no), 1, Some(&page), None))
        }),
        "mutter" => {
            (0..256).try_for_each(|_| io::stderr().write_all(&[b'!'; 1 << 16]))?;
            done(None)
        }
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
        "read" => refused(std::fs::File::open("/etc/passwd").err()),
        "list" => refused(std::fs::read_dir("/").err()),
        "write" => refused(std::fs::File::create("/tmp/uketsuke-escape").err()),
        "thread" => refused(std::thread::Builder::new().spawn(|| ()).err()),
        "udp" => refused(std::net::UdpSocket::bind("127.0.0.1:0").err()),
        "tcp" => refused(std::net::TcpStream::connect("127.0.0.1:1").err()),
        "exec" => refused(Some(std::process::Command::new("/bin/true").exec())),
        "fork" => refused(failed(|| unsafe { libc::fork() }.into())),
        "kill" => refused(failed(|| unsafe { libc::kill(libc::getppid(), 0) }.into())),
        "ptrace" => refused(failed(|| unsafe { libc::ptrace(libc::PTRACE_ATTACH, libc::getppid(), 0, 0) })),
        "code" => refused(failed(|| writable_code() as libc::c_long)),
        "inherited" if inherited => Err(io::ErrorKind::AlreadyExists.into()),
        "inherited" => done(None),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

/// The proper answer comes only when the act was forbidden: not when it succeeded, nor when it failed for another reason.
fn refused(error: Option<io::Error>) -> io::Result<()> {
    match error.and_then(|error| error.raw_os_error()) {
        Some(libc::EPERM | libc::EACCES) => done(None),
        _ => Err(io::ErrorKind::PermissionDenied.into()),
    }
}

fn failed(call: impl Fn() -> libc::c_long) -> Option<io::Error> {
    (call() == -1).then(io::Error::last_os_error)
}

/// The time that a processor has spent on this process.
fn used() -> std::time::Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` lives through the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    std::time::Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

fn writable_code() -> *mut libc::c_void {
    let rights = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    // SAFETY: new memory that nobody knows of.
    unsafe { libc::mmap(std::ptr::null_mut(), 4096, rights, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) }
}

/// Whether anything came along from the parent: a descriptor beside the three, or a variable that is neither ours nor a shell's.
fn inherited() -> bool {
    // SAFETY: a plain system call on numbers.
    let open = (3..1024).any(|number| unsafe { libc::fcntl(number, libc::F_GETFD) } != -1);
    let known = ["OMP_THREAD_LIMIT", "RTEN_NUM_THREADS", "PWD", "OLDPWD", "SHLVL", "_"];
    open || std::env::vars_os().any(|(name, _)| known.iter().all(|known| name != *known))
}
