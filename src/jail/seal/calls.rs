//! The system calls that a sealed child may make. All others fail; those that only an intruder would try end the child.

use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, Le, MaskedEq, Ne};
use seccompiler::{BackendError, BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch};
use std::collections::BTreeMap;

/// A call, and when it counts: each entry is a set of conditions on arguments that must hold together; no entry means always.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// What computing, memory, the two pipes and an orderly end take.
const NEEDED: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_lseek,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getpid,
    libc::SYS_gettid,
    // The C library asks how much memory there is before it sorts, and does not look whether it was told.
    libc::SYS_sysinfo,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Nothing that reads documents makes these by accident. What only asks (stat, readlink, opening to read) is not among them:
/// libraries do that, and take a refusal well.
const BREACHES: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_openat2,
    libc::SYS_truncate,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_unlinkat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_renameat2,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setresuid,
    libc::SYS_capset,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_io_uring_setup,
    libc::SYS_userfaultfd,
    libc::SYS_memfd_create,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
];

/// Calls of the same meaning that only this processor still has.
#[cfg(target_arch = "x86_64")]
const OLD_NEEDED: &[libc::c_long] = &[libc::SYS_time];
#[cfg(target_arch = "x86_64")]
const OLD_BREACHES: &[libc::c_long] =
    &[libc::SYS_fork, libc::SYS_vfork, libc::SYS_creat, libc::SYS_mkdir, libc::SYS_unlink, libc::SYS_rename];
#[cfg(not(target_arch = "x86_64"))]
const OLD_NEEDED: &[libc::c_long] = &[];
#[cfg(not(target_arch = "x86_64"))]
const OLD_BREACHES: &[libc::c_long] = &[];

/// Puts the two filters in force in every thread; the kernel obeys the stricter answer of the two.
pub(super) fn refuse() -> Result<(), seccompiler::Error> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let me = u64::from(std::process::id());
    // The one that ends the child goes first: the other forbids putting on any more.
    seccompiler::apply_filter_all_threads(&deadly(me, arch)?)?;
    seccompiler::apply_filter_all_threads(&narrow(me, arch)?)
}

/// Lets pass what is needed and refuses the rest.
fn narrow(me: u64, arch: TargetArch) -> Result<BpfProgram, BackendError> {
    let mut rules = always(&[NEEDED, OLD_NEEDED]);
    rules.insert(libc::SYS_write, vec![when(vec![SeccompCondition::new(0, Dword, Le, libc::STDERR_FILENO as u64)?])?]);
    // No memory becomes code.
    let plain = || when(vec![SeccompCondition::new(2, Dword, MaskedEq(libc::PROT_EXEC as u64), 0)?]);
    rules.insert(libc::SYS_mmap, vec![plain()?]);
    rules.insert(libc::SYS_mprotect, vec![plain()?]);
    // How a program aborts itself.
    rules.insert(libc::SYS_tgkill, vec![when(vec![SeccompCondition::new(0, Dword, Eq, me)?])?]);
    let refusal = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, refusal, SeccompAction::Allow, arch)?.try_into()
}

/// Ends the child at what only an intruder would try.
fn deadly(me: u64, arch: TargetArch) -> Result<BpfProgram, BackendError> {
    let mut rules = always(&[BREACHES, OLD_BREACHES]);
    rules.insert(libc::SYS_tgkill, vec![when(vec![SeccompCondition::new(0, Dword, Ne, me)?])?]);
    // A new process; a thread that a library would like is only refused.
    let process = SeccompCondition::new(0, Qword, MaskedEq(libc::CLONE_THREAD as u64), 0)?;
    rules.insert(libc::SYS_clone, vec![when(vec![process])?]);
    rules.insert(libc::SYS_openat, opened_to_write(2)?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_open, opened_to_write(1)?);
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::KillProcess, arch)?.try_into()
}

/// Opening a file other than to read it; the flags are the argument of that index.
fn opened_to_write(flags: u8) -> Result<Vec<SeccompRule>, BackendError> {
    [
        (libc::O_ACCMODE, libc::O_WRONLY),
        (libc::O_ACCMODE, libc::O_RDWR),
        (libc::O_CREAT, libc::O_CREAT),
        (libc::O_TRUNC, libc::O_TRUNC),
    ]
    .into_iter()
    .map(|(mask, value)| when(vec![SeccompCondition::new(flags, Dword, MaskedEq(mask as u64), value as u64)?]))
    .collect()
}

fn always(lists: &[&[libc::c_long]]) -> Rules {
    lists.iter().flat_map(|list| list.iter()).map(|call| (*call, Vec::new())).collect()
}

fn when(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_both_needed_and_a_breach() {
        let needed = always(&[NEEDED, OLD_NEEDED]);
        assert!(always(&[BREACHES, OLD_BREACHES]).keys().all(|call| !needed.contains_key(call)));
    }

    #[test]
    fn the_filters_compile() {
        for arch in [TargetArch::x86_64, TargetArch::aarch64] {
            assert!(narrow(1, arch).is_ok_and(|program| program.len() > NEEDED.len()));
            assert!(deadly(1, arch).is_ok_and(|program| program.len() > BREACHES.len()));
        }
    }
}
