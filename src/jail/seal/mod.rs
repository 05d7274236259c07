//! What a child gives up before the first byte of a document reaches it: files first, then all calls but a few.
#![expect(unsafe_code, reason = "sealing is done by system calls")]

mod calls;

use super::Walls;
use landlock::{ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetStatus, Scope};
use std::io;

/// The newest Landlock whose rights we know; an older kernel enforces those it knows.
const NEWEST: ABI = ABI::V6;

/// Gives up the file system, the network and other processes, as far as Landlock knows them. What is open stays open.
/// Landlock binds the calling thread and those it starts, so this comes before the recognisers start theirs.
pub(super) fn files() -> io::Result<Walls> {
    not_dumpable()?;
    Ok(Walls { landlock: landlock().unwrap_or(0), seccomp: false })
}

/// Gives up every call that is not needed to turn bytes on one pipe into bytes on another, in all threads.
/// After it no file, socket or pipe can be opened: there is no number left to give it.
pub(super) fn calls(walls: Walls) -> io::Result<Walls> {
    // Threads are processes to the kernel; those that are needed run by now. The superuser is not bound by it: seccomp is.
    nothing_more(libc::RLIMIT_NPROC)?;
    // Descriptors that are open stay open.
    nothing_more(libc::RLIMIT_NOFILE)?;
    Ok(Walls { seccomp: calls::refuse().is_ok(), ..walls })
}

/// No rule follows the ruleset: nothing at all is allowed. The answer is the version that the kernel enforces.
fn landlock() -> Result<u32, landlock::RulesetError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => 0,
        (_, LandlockStatus::Available { effective_abi, .. }) => effective_abi as u32,
        _ => 0,
    })
}

/// Other processes of the same user cannot look into this one.
fn not_dumpable() -> io::Result<()> {
    // SAFETY: a plain system call on numbers.
    if unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) } == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn nothing_more(resource: libc::__rlimit_resource_t) -> io::Result<()> {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `none` lives through the call.
    if unsafe { libc::setrlimit(resource, &none) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
