//! Each wall of the seal, proved from inside a real child; alone, where two stand one behind the other.

use crate::jail::{PROGRAM, decoded, misbehaving, script, settings};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uketsuke::domain::{GreyImage, Trouble};
use uketsuke::jail::{Decoded, Jail};
use uketsuke::stages::decode;

const REFUSED: Decoded = Decoded { pages: 0, trouble: None };
const ENDED: Decoded = Decoded { pages: 0, trouble: Some(Trouble::WorkerCrashed) };

/// What a child answers that tries `way` behind `walls` (all, when empty), and whether it was ended for the attempt.
async fn attempt(way: &str, walls: &str) -> (Decoded, u64) {
    let (_folder, mut settings) = misbehaving(&format!("{way} {walls}"));
    if !walls.is_empty() {
        settings.allow_weaker = "一つの壁だけを試す".into();
    }
    let jail = Jail::new(settings);
    let (_, answer) = decoded(&jail, vec![1]).await;
    (answer, jail.breaches())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_library_may_try_is_refused() {
    for way in ["read", "list", "thread", "code", "inherited"] {
        assert_eq!(attempt(way, "").await, (REFUSED, 0), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_an_intruder_tries_ends_the_child_and_is_counted() {
    for way in ["write", "udp", "tcp", "exec", "fork", "kill", "ptrace"] {
        assert_eq!(attempt(way, "").await, (ENDED, 1), "{way}");
    }
    let (_folder, settings) = misbehaving("fork");
    let jail = Jail::new(settings);
    assert_eq!(jail.recognise(vec![1]).await.err(), Some(Trouble::WorkerCrashed));
    assert_eq!(jail.breaches(), 1, "while recognising");
}

#[tokio::test(flavor = "multi_thread")]
async fn landlock_alone_keeps_files_shut() {
    for way in ["read", "list", "write", "exec", "tcp"] {
        assert_eq!(attempt(way, "files").await, (REFUSED, 0), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seccomp_alone_keeps_files_shut() {
    for way in ["read", "list"] {
        assert_eq!(attempt(way, "calls").await, (REFUSED, 0), "{way}");
    }
    for way in ["write", "exec", "tcp"] {
        assert_eq!(attempt(way, "calls").await, (ENDED, 1), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_walls_the_attempts_succeed() {
    // Otherwise the tests above would prove nothing: what is refused there is possible here.
    for way in ["read", "list", "thread", "code"] {
        assert_eq!(attempt(way, "none").await, (ENDED, 0), "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_inherited() {
    let file = std::fs::File::open("/etc/hostname").or_else(|_| std::fs::File::open("/etc/passwd")).expect("a file");
    let kept = left_open(&file);
    assert_eq!(attempt("inherited", "").await, (REFUSED, 0));
    drop(kept);
}

/// A copy of a descriptor that a careless library would leave open for every child.
fn left_open(file: &std::fs::File) -> PathBuf {
    let number = file.as_raw_fd();
    // SAFETY: the descriptor is open, and only its flag changes.
    #[expect(unsafe_code, reason = "the standard library always sets the flag")]
    let set = unsafe { libc::fcntl(number, libc::F_SETFD, 0) };
    assert_eq!(set, 0);
    format!("/proc/self/fd/{number}").into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_meets_every_wall_or_none_is_opened() {
    let (_folder, settings) = misbehaving("crash files");
    let jail = Jail::new(settings.clone());
    assert_eq!(decoded(&jail, vec![1]).await.1, ENDED);
    let missing = jail.stands().await.expect_err("a wall is missing");
    assert!(missing.contains("seccomp"), "{missing}");
    let allowed = Jail::new(uketsuke::jail::Settings { allow_weaker: "移行の間".into(), ..settings });
    assert!(allowed.stands().await.is_ok());
    assert!(Jail::new(crate::jail::settings()).walls().await.is_ok_and(|walls| walls.whole()), "on this machine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_recogniser_reads_on() {
    let page = GreyImage { width: 80, height: 80, pixels: vec![255; 80 * 80] };
    let jail = Jail::new(settings());
    for _ in 0..3 {
        assert!(jail.recognise(decode::png(&page)).await.is_ok());
    }
    assert_eq!(jail.breaches(), 0);
}

/// The program under a kernel that lacks a call: it says `ENOSYS`, as a kernel without it would.
fn under_a_kernel_without(call: libc::c_long) -> Command {
    use seccompiler::{SeccompAction, SeccompFilter, TargetArch};
    let arch = TargetArch::try_from(std::env::consts::ARCH).expect("a processor we know");
    let refusal = SeccompAction::Errno(libc::ENOSYS as u32);
    let filter = SeccompFilter::new([(call, vec![])].into(), SeccompAction::Allow, refusal, arch).expect("a filter");
    let program: seccompiler::BpfProgram = filter.try_into().expect("a program");
    let mut command = Command::new(PROGRAM);
    // SAFETY: between fork and exec only two system calls are made; the filter was compiled before.
    #[expect(unsafe_code, reason = "the filter must be in force before the program begins")]
    unsafe {
        command.pre_exec(move || seccompiler::apply_filter(&program).map_err(|_| std::io::ErrorKind::Other.into()));
    }
    command
}

fn doctor(mut command: Command, data: &Path, configuration: &str) -> (bool, String) {
    let config = data.join("uketsuke.toml");
    std::fs::write(&config, configuration).expect("a configuration");
    let output = command.arg("doctor").arg("--var").arg(data).arg("--config").arg(&config).output().expect("doctor");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_kernel_without_landlock_is_refused_unless_the_configuration_says_why() {
    let data = TempDir::new().expect("a folder");
    let (may_start, said) = doctor(under_a_kernel_without(libc::SYS_landlock_create_ruleset), data.path(), "");
    assert!(!may_start && said.contains("[不可] 隔離") && said.contains("Landlock がない"), "{said}");
    let reason = "[jail]\nallow_weaker = \"新しいカーネルに替えるまで\"\n";
    let (may_start, said) = doctor(under_a_kernel_without(libc::SYS_landlock_create_ruleset), data.path(), reason);
    assert!(may_start && said.contains("[注意] 隔離") && said.contains("新しいカーネルに替えるまで"), "{said}");
    let (may_start, said) = doctor(Command::new(PROGRAM), data.path(), "");
    assert!(may_start && said.contains("[ OK ] 隔離"), "{said}");
}

#[test]
fn a_kernel_without_seccomp_is_refused() {
    let data = TempDir::new().expect("a folder");
    let (may_start, said) = doctor(under_a_kernel_without(libc::SYS_seccomp), data.path(), "");
    assert!(!may_start && said.contains("seccomp がない"), "{said}");
    let paper = data.path().join("a.pdf");
    std::fs::write(&paper, b"%PDF-1.4").expect("a file");
    let read = under_a_kernel_without(libc::SYS_seccomp).arg("read").arg(paper).output().expect("read");
    assert!(!read.status.success() && read.stdout.is_empty(), "read opens nothing either");
}

/// Starts the service under a kernel that lacks a call; what it printed on either side, and the process.
fn serve_without(call: libc::c_long, data: &Path, configuration: &str) -> (std::process::Child, [PathBuf; 2]) {
    let config = data.join("uketsuke.toml");
    std::fs::write(&config, configuration).expect("a configuration");
    let said = ["out", "err"].map(|name| data.join(name));
    let [out, err] = said.each_ref().map(|path| std::fs::File::create(path).expect("a file"));
    let mut command = under_a_kernel_without(call);
    command.args(["serve", "--listen", "127.0.0.1:0", "--var"]).arg(data.join("var")).arg("--config").arg(config);
    (command.stdout(out).stderr(err).spawn().expect("serve"), said)
}

#[test]
fn the_service_does_not_start_without_its_walls() {
    for (call, name) in [(libc::SYS_landlock_create_ruleset, "Landlock"), (libc::SYS_seccomp, "seccomp")] {
        let data = TempDir::new().expect("a folder");
        let (mut service, [out, err]) = serve_without(call, data.path(), "");
        let text = |path: &Path| std::fs::read_to_string(path).expect("what it said");
        let ended = wait_for(|| service.try_wait().expect("its state"));
        assert!(!ended.success() && text(&err).contains(name), "{}", text(&err));
        assert!(!text(&out).contains("http://"), "{}", text(&out));

        let reason = "[jail]\nallow_weaker = \"新しいカーネルに替えるまで\"\n";
        let (mut service, [out, _]) = serve_without(call, data.path(), reason);
        wait_for(|| text(&out).contains("http://").then_some(()));
        let told = Command::new("kill").arg(service.id().to_string()).status().expect("SIGTERM");
        assert!(told.success() && wait_for(|| service.try_wait().expect("its state")).success());
    }
}

/// What the kernel says about a process; soft and hard limits by their names.
fn told_by_the_kernel(process: &Path) -> (String, impl Fn(&str) -> [String; 2]) {
    let status = std::fs::read_to_string(process.join("status")).expect("its state");
    let limits = std::fs::read_to_string(process.join("limits")).expect("its limits");
    let limit = move |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).expect("a limit of that name");
        let mut words = line.split_whitespace().map(str::to_owned);
        [words.next().expect("soft"), words.next().expect("hard")]
    };
    (status, limit)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kernel_says_what_was_given_up() {
    for (role, work) in [("decode", "misbehave hang"), ("recognise", "recognise")] {
        let folder = TempDir::new().expect("a folder");
        let mark = folder.path().join("child");
        let body = format!("mkdir {}.$$; exec {PROGRAM} __sealed {work}", mark.display());
        let (_other, mut settings) = misbehaving("hang");
        settings.program = Some(script(folder.path(), &body));
        (settings.limits.decode_wall_ms, settings.limits.page_wall_ms) = (60_000, 60_000);
        settings.recycle_pages = 2;
        settings.limits.memory_bytes = 2 << 30;
        let (jail, memory) = (Jail::new(settings), (2_u64 << 30).to_string());
        let page = decode::png(&GreyImage { width: 80, height: 80, pixels: vec![255; 80 * 80] });
        let (working, seconds) = if role == "decode" {
            let jail = jail.clone();
            (Some(tokio::spawn(async move { decoded(&jail, vec![1]).await })), "65")
        } else {
            assert!(jail.recognise(page).await.is_ok());
            (None, "125")
        };
        let process = PathBuf::from("/proc").join(wait_for(|| number_of_a_child(folder.path())));
        wait_for(|| told_by_the_kernel(&process).0.contains("Seccomp:\t2").then_some(()));
        let (status, limit) = told_by_the_kernel(&process);
        assert!(status.contains("NoNewPrivs:\t1"), "{role}: {status}");
        let twice = |value: &str| [value.to_owned(), value.to_owned()];
        assert_eq!(limit("Max address space"), twice(&memory), "{role}");
        assert_eq!(limit("Max cpu time"), twice(seconds), "{role}");
        for nothing in [
            "Max open files",
            "Max processes",
            "Max file size",
            "Max core file size",
            "Max locked memory",
            "Max msgqueue size",
        ] {
            assert_eq!(limit(nothing), twice("0"), "{role}: {nothing}");
        }
        // Only root may look at what another process has open, when that process forbids it.
        if let Ok(open) = std::fs::read_dir(process.join("fd")) {
            let mut open: Vec<String> =
                open.map(|e| e.expect("one").file_name().into_string().expect("a number")).collect();
            open.sort();
            assert_eq!(open, ["0", "1", "2"], "{role}");
        }
        if let Some(working) = working {
            working.abort();
        }
    }
}

#[test]
fn a_child_ends_with_its_parent() {
    let folder = TempDir::new().expect("a folder");
    let mark = folder.path().join("child");
    let body = format!(
        "if [ \"$2\" = decode ] && mkdir {0}.first 2>/dev/null; then exec {PROGRAM} \"$@\"; fi\n\
         mkdir {0}.$$; exec {PROGRAM} __sealed misbehave hang",
        mark.display()
    );
    let program = script(folder.path(), &body);
    let config = folder.path().join("uketsuke.toml");
    std::fs::write(&config, format!("[jail]\nprogram = \"{}\"\n", program.display())).expect("a configuration");
    let paper = folder.path().join("a.pdf");
    std::fs::write(&paper, b"%PDF-1.4").expect("a file");
    let mut parent = Command::new(PROGRAM);
    parent.arg("read").arg("--config").arg(&config).arg("--var").arg(folder.path()).arg(&paper);
    let mut parent = parent.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("read");
    let child = PathBuf::from("/proc").join(wait_for(|| number_of_a_child(folder.path())));
    assert!(child.exists());
    parent.kill().expect("SIGKILL");
    parent.wait().expect("its end");
    // Gone, or dead and waiting to be collected by whoever inherits it.
    let dead = || std::fs::read_to_string(child.join("stat")).map_or(true, |stat| stat.contains(") Z "));
    wait_for(|| dead().then_some(()));
}

/// A child may make folders but write no file: its number is a folder's name.
fn number_of_a_child(folder: &Path) -> Option<String> {
    let names = std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix("child.").map(str::to_owned)).find(|n| n.parse::<u32>().is_ok())
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}
