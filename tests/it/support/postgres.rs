//! A real PostgreSQL for this test run: its own cluster in a temporary folder, reached by a socket that only its owner can enter.
//!
//! A child process waits for this one to end, however it ends, and then stops the server and removes the folder.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

struct Cluster {
    folder: PathBuf,
    /// Its standard input stays open for as long as this process lives; the end of that is what it waits for.
    _watchdog: Child,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The address of a database that nobody has used yet.
pub async fn fresh_database() -> String {
    let folder = &CLUSTER.get_or_init(start).folder;
    let name = format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&address(folder, "postgres")).await.expect("the test server answers");
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    admin.execute(AssertSqlSafe(create)).await.expect("a database can be made");
    admin.close().await.expect("the test server lets go");
    address(folder, &name)
}

fn address(folder: &Path, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={}", folder.display())
}

fn start() -> Cluster {
    let bin = programs();
    let folder = PathBuf::from(stdout(as_server("mktemp").args(["-d", "/tmp/uketsuke-pg-XXXXXX"])));
    let data = folder.join("data");

    let mut watchdog = as_server("sh");
    watchdog
        .args(["-c", r#"cat >/dev/null; "$0" stop -m immediate -D "$1/data"; rm -rf "$1""#])
        .arg(bin.join("pg_ctl"))
        .arg(&folder)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Its own group: Ctrl-C ends the tests, and only then the server.
        .process_group(0);
    let watchdog = watchdog.spawn().expect("sh can be started");

    stdout(as_server(bin.join("initdb")).arg("-D").arg(&data).args([
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--no-locale",
        "--auth=trust",
        "--no-sync",
    ]));
    let settings = format!(
        "listen_addresses = ''\nunix_socket_directories = '{}'\nfsync = off\nsynchronous_commit = off\n\
         full_page_writes = off\nmax_connections = 400\nshared_buffers = 64MB\n",
        folder.display()
    );
    let mut file = std::fs::OpenOptions::new().append(true).open(data.join("postgresql.conf")).expect("initdb made it");
    file.write_all(settings.as_bytes()).expect("the settings can be written");
    drop(file);
    stdout(
        as_server(bin.join("pg_ctl"))
            .args(["start", "-w", "-t", "60", "-D"])
            .arg(&data)
            .arg("-l")
            .arg(folder.join("log")),
    );
    Cluster { folder, _watchdog: watchdog }
}

/// The newest server on this machine; Debian keeps its programs out of PATH.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return bin;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).find(|bin| bin.join("initdb").exists()).unwrap_or_else(|| {
        panic!(
            "these tests need a PostgreSQL server, and there is none: install the package `postgresql` \
             (apt-get install postgresql); initdb was looked for in /usr/lib/postgresql/*/bin and in PATH"
        )
    })
}

/// A command as the user who may run the server: ourselves, or `postgres` where we are root, whom the server refuses.
fn as_server(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.stdin(Stdio::null()).current_dir("/");
    command
}

/// Runs it; its output, or a panic with what it said.
fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
