//! A real mail server that takes mails on loopback: STARTTLS and a sign-in, each mail kept as a file.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The running server; it ends with this.
pub struct Smtp {
    folder: TempDir,
    pub port: u16,
    child: Child,
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Smtp {
    pub fn start() -> Smtp {
        Self::start_as(&[])
    }

    /// With TLS from the first byte, as on port 465.
    pub fn start_wrapped() -> Smtp {
        Self::start_as(&["wrapped"])
    }

    fn start_as(more: &[&str]) -> Smtp {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "subjectAltName=DNS:localhost"])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output()
            .expect("openssl");
        assert!(made.status.success());
        // The distribution's own Python has the package.
        let mut child = Command::new("/usr/bin/python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/smtp.py"))
            .arg(folder.path())
            .arg(port.to_string())
            .arg(&certificate)
            .arg(&key)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "this test needs the package `python3-aiosmtpd`");
        Smtp { folder, port, child }
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// How it behaves from now on: `later`, `never`, `cut`, or nothing.
    pub fn mood(&self, mood: &str) {
        std::fs::write(self.folder.path().join("mood"), mood).unwrap();
    }

    /// The mails taken so far, in order.
    pub fn mails(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort();
        files.iter().map(|path| String::from_utf8(std::fs::read(path).unwrap()).unwrap()).collect()
    }
}
