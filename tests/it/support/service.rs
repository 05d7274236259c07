//! The program as a process of its own, and chance that can be repeated.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts the service on `var` with the configuration that lies there.
pub fn start(var: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_uketsuke"))
        .args(["serve", "--listen", "127.0.0.1:0", "--var"])
        .arg(var)
        .arg("--config")
        .arg(var.join("config.toml"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the service starts")
}

/// Makes `folder` a folder of pipelines with the kinds that come with the program and no source yet.
pub fn pipelines(folder: &Path) {
    std::fs::create_dir_all(folder.join("kinds")).expect("folders");
    let kinds = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/kinds");
    for entry in std::fs::read_dir(kinds).expect("kinds") {
        let path = entry.expect("a kind").path();
        std::fs::copy(&path, folder.join("kinds").join(path.file_name().expect("a name"))).expect("a copy");
    }
}

/// Chance that can be repeated (xorshift64*, Vigna 2016).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

/// A number from the environment, by which a proof is widened.
pub fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
