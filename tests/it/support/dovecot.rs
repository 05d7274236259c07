//! A real Dovecot for this test run: its own folder, loopback ports, any user with the password `secret`; and the token server that it asks about XOAUTH2.
//!
//! A child process waits for this one to end, however it ends, and then stops the server and removes the folder.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// What every user's password is.
pub const PASSWORD: &str = "secret";

/// The running server.
pub struct Dovecot {
    folder: PathBuf,
    /// STARTTLS or in the clear.
    pub port: u16,
    /// TLS from the first byte.
    pub tls_port: u16,
    /// The token endpoint's address.
    pub token_endpoint: String,
    _watchdog: Child,
}

static SERVER: OnceLock<Dovecot> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);
/// Tokens that are good, with their users.
static TOKENS: Mutex<Option<HashMap<String, String>>> = Mutex::new(None);
/// For whom a token was issued, one entry for each.
static ISSUED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The server, started by whoever asks first.
pub fn dovecot() -> &'static Dovecot {
    SERVER.get_or_init(start)
}

/// A user whom nobody has used yet.
pub fn fresh_user() -> String {
    format!("m{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl Dovecot {
    /// The server's certificate, which signed itself.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// The key of the certificate.
    pub fn key(&self) -> PathBuf {
        self.folder.join("key.pem")
    }

    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> String {
        let said = text(
            Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(self.certificate()),
        );
        said.split_once('=').expect("a fingerprint").1.trim().to_owned()
    }

    /// The folder of a user's mails; of a sub-folder where `folder` is not empty.
    pub fn maildir(&self, user: &str, folder: &str) -> PathBuf {
        let inbox = self.folder.join("mail").join(user).join("Maildir");
        if folder.is_empty() { inbox } else { inbox.join(format!(".{folder}")) }
    }

    /// How often whole messages were fetched from a user's folders, and how many bytes of them: the server's own count.
    pub fn bodies_fetched(&self, user: &str) -> (u64, u64) {
        let log = std::fs::read_to_string(self.folder.join("log")).expect("the server's log");
        let lines = log.lines().filter(|line| line.contains(&format!("imap({user})<")) && line.contains("body_count="));
        let number = |line: &str, key: &str| -> u64 {
            let after = line.split_once(key).map_or("0", |(_, after)| after);
            after.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
        };
        lines.fold((0, 0), |(count, bytes), line| {
            (count + number(line, "body_count="), bytes + number(line, "body_bytes="))
        })
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// We are root, whom the server's parts refuse; the package made a user.
fn owner() -> Option<&'static str> {
    rustix::process::geteuid().is_root().then_some("dovecot")
}

fn as_server(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = match owner() {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.stdin(Stdio::null()).current_dir("/");
    command
}

fn text(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn start() -> Dovecot {
    let program = ["/usr/sbin/dovecot", "/usr/bin/dovecot", "/usr/local/sbin/dovecot"];
    let program = program.into_iter().find(|path| Path::new(path).exists()).unwrap_or_else(|| {
        panic!("these tests need a Dovecot server, and there is none: install the package `dovecot-imapd`")
    });
    let folder = PathBuf::from(text(as_server("mktemp").args(["-d", "/tmp/uketsuke-mail-XXXXXX"])));
    let mut watchdog = as_server("sh");
    watchdog
        .args(["-c", r#"cat >/dev/null; "$0" -c "$1/dovecot.conf" stop; rm -rf "$1""#])
        .arg(program)
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    let watchdog = watchdog.spawn().expect("sh can be started");
    text(
        as_server("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost"])
            .args([
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ])
            .arg("-keyout")
            .arg(folder.join("key.pem"))
            .arg("-out")
            .arg(folder.join("cert.pem")),
    );

    let (port, tls_port, token_port) = (free_port(), free_port(), serve_tokens());
    let user = owner().map_or_else(|| text(Command::new("id").arg("-un")), str::to_owned);
    let id = |what: &str| text(Command::new("id").arg(what).arg(&user));
    let (group, uid, gid) = (id("-gn"), id("-u"), id("-g"));
    let base = folder.display();
    let config = format!(
        "base_dir = {base}/run\nstate_dir = {base}/state\nlog_path = {base}/log\ndefault_internal_user = {user}\n\
         default_internal_group = {group}\ndefault_login_user = {user}\nprotocols = imap\nlisten = 127.0.0.1\n\
         mail_location = maildir:~/Maildir\nssl = yes\nssl_cert = <{base}/cert.pem\nssl_key = <{base}/key.pem\n\
         disable_plaintext_auth = no\nauth_mechanisms = plain login xoauth2\nauth_failure_delay = 0\nfirst_valid_uid = 1\n\
         mailbox_idle_check_interval = 1 secs\nmail_max_userip_connections = 500\nmail_fsync = never\n\
         passdb {{\n driver = static\n mechanisms = plain login\n args = password={PASSWORD}\n}}\n\
         passdb {{\n driver = oauth2\n mechanisms = xoauth2\n args = {base}/oauth2.conf\n}}\n\
         userdb {{\n driver = static\n args = uid={uid} gid={gid} home={base}/mail/%u\n}}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n port = {port}\n }}\n\
         inet_listener imaps {{\n port = {tls_port}\n ssl = yes\n }}\n}}\n\
         service imap {{\n process_limit = 500\n}}\nservice anvil {{\n chroot =\n}}\n"
    );
    let oauth = format!(
        "introspection_url = http://127.0.0.1:{token_port}/introspect/\nintrospection_mode = get\nforce_introspection = yes\n\
         username_attribute = username\nactive_attribute = active\nactive_value = true\n"
    );
    for (name, words) in [("dovecot.conf", config), ("oauth2.conf", oauth)] {
        std::fs::write(folder.join(name), words).expect("a configuration can be written");
    }
    // Its log process keeps the error stream for as long as it lives: a pipe would never end.
    let said = folder.join("start");
    let file = || std::fs::File::create(&said).expect("a file");
    let started = as_server(program).arg("-c").arg(folder.join("dovecot.conf")).stdout(file()).stderr(file()).status();
    assert!(started.is_ok_and(|s| s.success()), "{}", std::fs::read_to_string(&said).unwrap_or_default());
    let since = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(since.elapsed() < Duration::from_secs(20), "Dovecot does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    let token_endpoint = format!("http://127.0.0.1:{token_port}/token");
    Dovecot { folder, port, tls_port, token_endpoint, _watchdog: watchdog }
}

/// Makes every token that was issued to the user so far a bad one.
pub fn revoke_tokens(user: &str) {
    TOKENS.lock().expect("tokens").get_or_insert_default().retain(|_, owner| owner != user);
}

/// How many tokens were issued to the user.
pub fn tokens_issued(user: &str) -> usize {
    ISSUED.lock().expect("tokens").iter().filter(|owner| *owner == user).count()
}

/// A token endpoint (client `USER`, secret `client-secret`, refresh token `refresh-N`) and the introspection that Dovecot asks.
fn serve_tokens() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, words) = respond(first.split(' ').nth(1)?, &String::from_utf8_lossy(&body));
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        words.len()
    );
    stream.write_all(format!("{head}{words}").as_bytes()).ok()
}

fn respond(path: &str, body: &str) -> (&'static str, String) {
    let mut tokens = TOKENS.lock().expect("tokens");
    let tokens = tokens.get_or_insert_default();
    if let Some(token) = path.strip_prefix("/introspect/") {
        // The server adds its own id and secret, which it has none of.
        let token = token.split('&').next().unwrap_or_default();
        return match tokens.get(token) {
            Some(user) => ("200 OK", format!(r#"{{"active":true,"username":"{user}"}}"#)),
            None => ("200 OK", r#"{"active":false}"#.to_owned()),
        };
    }
    let value = |key: &str| body.split('&').find_map(|pair| pair.strip_prefix(&format!("{key}="))).unwrap_or_default();
    let user = value("client_id");
    let right = match value("grant_type") {
        "client_credentials" => value("client_secret") == "client-secret",
        "refresh_token" => value("refresh_token").starts_with("refresh-"),
        _ => false,
    };
    if !right {
        return ("400 Bad Request", r#"{"error":"invalid_grant"}"#.to_owned());
    }
    let n = {
        let mut issued = ISSUED.lock().expect("tokens");
        issued.push(user.to_owned());
        issued.len()
    };
    let token = format!("token-{user}-{n}");
    tokens.insert(token.clone(), user.to_owned());
    let answer = format!(
        r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-{n}"}}"#
    );
    ("200 OK", answer)
}
