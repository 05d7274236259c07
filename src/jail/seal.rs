//! What a child gives up before the first byte of a document reaches it. Walls are added here, in this order.
#![expect(unsafe_code, reason = "sealing is done by system calls")]

use std::io;

/// Gives up everything that is not needed to turn bytes on one pipe into bytes on another.
/// After it no file, socket or pipe can be opened: there is no number left to give it.
pub(super) fn seal() -> io::Result<()> {
    not_dumpable()?;
    // Landlock (no file but the models) and seccomp (a list of allowed calls) belong here, before the last descriptors go.
    // Threads are processes to the kernel; nothing here starts any. The superuser is not bound by it: seccomp will be.
    nothing_more(libc::RLIMIT_NPROC)?;
    // Descriptors that are open stay open.
    nothing_more(libc::RLIMIT_NOFILE)
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
