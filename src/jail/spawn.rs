//! Starts sealed children: nothing inherited but two pipes, limits set before the program begins.
#![expect(unsafe_code, reason = "limits must be set between fork and exec")]

use super::protocol::{self, HEAD_BYTES, Tag};
use super::{Fault, Settings};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What a child is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// One document to pictures; lives for that document.
    Decode,
    /// Pictures to text; lives for many pages.
    Recognise,
}

impl Role {
    /// The word on the child's command line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Role::Decode => "decode",
            Role::Recognise => "recognise",
        }
    }
}

/// A running child; dropping it kills it.
pub(super) struct Child {
    pub writer: Writer,
    pub reader: Reader,
    /// Pages it has read so far.
    pub pages: u32,
    process: tokio::process::Child,
}

/// How long a child that closed its pipe may take to be dead.
const DYING: Duration = Duration::from_secs(1);

impl Child {
    /// Both ends, to be used at the same time.
    pub(super) fn split(&mut self) -> (&mut Writer, &mut Reader) {
        (&mut self.writer, &mut self.reader)
    }

    /// Its number, while it lives.
    pub(super) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The signal that ended it, if one did; a child that lives on is killed.
    pub(super) async fn signal(mut self) -> Option<i32> {
        drop(self.writer);
        tokio::time::timeout(DYING, self.process.wait()).await.ok()?.ok()?.signal()
    }
}

pub(super) struct Writer(ChildStdin);

impl Writer {
    pub(super) async fn frame(&mut self, tag: Tag, body: &[u8]) -> io::Result<()> {
        self.0.write_all(&protocol::head(tag, body.len())).await?;
        self.0.write_all(body).await?;
        self.0.flush().await
    }
}

pub(super) struct Reader(ChildStdout);

impl Reader {
    /// The next frame. The end of the stream means that the child died.
    pub(super) async fn frame(&mut self, longest: u64) -> Result<(Tag, Vec<u8>), Fault> {
        let mut head = [0; HEAD_BYTES];
        self.0.read_exact(&mut head).await.map_err(|_| Fault::Crashed)?;
        let (tag, length) = protocol::read_head(&head, longest)?;
        let mut body = Vec::new();
        // Grows with what really comes, so that a lie about the length costs nothing.
        (&mut self.0).take(length as u64).read_to_end(&mut body).await.map_err(|_| Fault::Crashed)?;
        if body.len() == length { Ok((tag, body)) } else { Err(Fault::Crashed) }
    }
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Fault::Crashed
    }
}

/// A thread that starts children. The kernel kills a child when the *thread* that started it ends,
/// and the runtime ends threads as it likes.
pub(super) struct Spawner {
    orders: mpsc::Sender<Order>,
}

struct Order {
    command: Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<tokio::process::Child>>,
}

impl Spawner {
    pub(super) fn start() -> Self {
        let (orders, inbox) = mpsc::channel::<Order>();
        let thread = std::thread::Builder::new().name("jail".into()).spawn(move || {
            for mut order in inbox {
                let _runtime = order.runtime.enter();
                let _ = order.answer.send(order.command.spawn());
            }
        });
        if let Err(error) = thread {
            // Orders will fail, and with them documents, each with an answer.
            tracing::error!(%error, "no thread to start sealed children");
        }
        Self { orders }
    }

    pub(super) async fn spawn(&self, role: Role, settings: &Settings) -> io::Result<Child> {
        let (answer, answered) = oneshot::channel();
        let order = Order { command: command(role, settings), runtime: Handle::current(), answer };
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        self.orders.send(order).map_err(|_| gone())?;
        let mut process = answered.await.map_err(|_| gone())??;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else { return Err(gone()) };
        Ok(Child { writer: Writer(stdin), reader: Reader(stdout), pages: 0, process })
    }
}

fn command(role: Role, settings: &Settings) -> Command {
    // This very binary, even when the file on disk has been replaced meanwhile.
    let program = settings.program.clone().unwrap_or_else(|| "/proc/self/exe".into());
    let mut command = Command::new(program);
    command.args(["__sealed", role.word()]);
    command.env_clear().env("OMP_THREAD_LIMIT", "1").env("RTEN_NUM_THREADS", "1").current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let limits = Rlimits::of(role, settings);
    let parent = std::process::id();
    // SAFETY: between fork and exec only system calls are made, nothing is allocated and no lock is taken.
    unsafe {
        command.pre_exec(move || {
            limits.set()?;
            before_exec(parent)
        });
    }
    command
}

/// Limits that the kernel holds a child to.
#[derive(Clone, Copy)]
struct Rlimits {
    memory: u64,
    cpu_seconds: u64,
}

impl Rlimits {
    fn of(role: Role, settings: &Settings) -> Self {
        let limits = &settings.limits;
        let cpu_ms = match role {
            Role::Decode => limits.decode_wall_ms,
            // Each page has its own deadline; this one only ends a child that was forgotten.
            Role::Recognise => limits.page_wall_ms.saturating_mul(u64::from(settings.recycle_pages)),
        };
        Self { memory: limits.memory_bytes, cpu_seconds: cpu_ms / 1000 + 5 }
    }

    fn set(self) -> io::Result<()> {
        let set = |resource, value: u64| {
            let limit = libc::rlimit { rlim_cur: value, rlim_max: value };
            // SAFETY: `limit` lives through the call.
            if unsafe { libc::setrlimit(resource, &limit) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
        };
        set(libc::RLIMIT_AS, self.memory)?;
        set(libc::RLIMIT_CPU, self.cpu_seconds)?;
        set(libc::RLIMIT_FSIZE, 0)?;
        set(libc::RLIMIT_CORE, 0)?;
        set(libc::RLIMIT_MEMLOCK, 0)?;
        set(libc::RLIMIT_MSGQUEUE, 0)?;
        // Enough to load libraries and models; `seal` brings it to nothing.
        set(libc::RLIMIT_NOFILE, 64)
    }
}

fn before_exec(parent: u32) -> io::Result<()> {
    let checked = |result: libc::c_long| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    // SAFETY: plain system calls on numbers.
    unsafe {
        checked(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL).into())?;
        // The parent may have died before the line above.
        if u32::try_from(libc::getppid()).ok() != Some(parent) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        checked(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
        // Everything but the pipes closes at exec. The standard library's own error pipe stays good until then.
        checked(libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC))
    }
}
