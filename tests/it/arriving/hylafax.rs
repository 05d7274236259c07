//! The lines in `config/hylafax/FaxDispatch`, run as faxrcvd runs them: whole and partial faxes, pages, and what could not be handed over.

use super::given::{LETTER, PROGRAM, pdf};
use super::handed_over::{all, run};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A spool of HylaFAX beside our data folder.
struct Spool {
    base: TempDir,
}

impl Spool {
    fn new() -> Spool {
        let base = tempfile::tempdir().unwrap();
        for folder in ["recvq", "bin", "var"] {
            std::fs::create_dir(base.path().join(folder)).unwrap();
        }
        let faxinfo = base.path().join("bin/faxinfo");
        let said = "#!/bin/sh\nprintf '%s:\\n          Sender: MINATO\\n           Pages: 3\\n         Quality: Fine\\n            Page: ISO A4\\n' \"$1\"\n";
        std::fs::write(&faxinfo, said).unwrap();
        std::fs::set_permissions(&faxinfo, std::fs::Permissions::from_mode(0o755)).unwrap();
        Spool { base }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.base.path().join(name)
    }

    /// A fax comes in and `faxrcvd` reads the lines; our data folder is `var`.
    fn receives(&self, (number, name): (&str, &str), message: &str, var: &Path, more: &str) {
        std::fs::write(self.path("recvq").join(name), pdf(&LETTER)).unwrap();
        let script = format!(
            "FILE=recvq/{name} DEVICE=ttyS0 COMMID={number} MSG='{message}' SENDER='MINATO' CIDNUMBER=0144330000 CIDNAME= CALLID1=0144330000\n\
             UKETSUKE='{PROGRAM}' UKETSUKE_OPTIONS='--var {}' UKETSUKE_PENDING='{}' INFO='{}'\n{more}\n. {}/config/hylafax/FaxDispatch\n",
            var.display(),
            self.path("pending").display(),
            self.path("bin/faxinfo").display(),
            env!("CARGO_MANIFEST_DIR"),
        );
        let output = Command::new("bash").arg("-c").arg(script).current_dir(self.base.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// What lies in the folder of notes.
    fn pending(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("pending")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_for_hylafax_hand_over_whole_and_partial_faxes() {
    let spool = Spool::new();
    let var = spool.path("var");
    spool.receives(("000001", "fax1.tif"), "", &var, "");
    spool.receives(("000002", "fax00002.tif"), "Failed to properly receive", &var, "");
    // A machine on which HylaFAX's own tools lie elsewhere.
    spool.receives(("000003", "fax3.tif"), "", &var, "INFO=/nowhere/faxinfo");
    let rows = all(&var).await;
    let told: Vec<_> = rows.iter().map(|row| (row.file_name.as_str(), row.fax.0.error.as_deref())).collect();
    assert_eq!(told, [("fax1.tif", None), ("fax00002.tif", Some("Failed to properly receive")), ("fax3.tif", None)]);
    assert!(rows.iter().all(|row| row.fax.0.sender_number.as_deref() == Some("0144330000")));
    assert!(rows.iter().all(|row| row.fax.0.line.as_deref() == Some("ttyS0")));
    assert_eq!(rows.iter().map(|row| row.fax.0.pages).collect::<Vec<_>>(), [Some(3), Some(3), None]);
    assert!(spool.pending().is_empty(), "what was taken leaves no note");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_that_could_not_be_handed_over_comes_with_the_next_one() {
    let spool = Spool::new();
    let (var, broken) = (spool.path("var"), spool.path("broken"));
    std::fs::write(&broken, b"no folder").unwrap();
    spool.receives(("000001", "fax1.tif"), "no carrier", &broken, "SENDER='MINATO\n= CLINIC'");
    assert_eq!(spool.pending(), ["000001-fax1.tif.fax", "000001-fax1.tif.note"]);
    // The copy that our own user may read is enough.
    std::fs::remove_file(spool.path("recvq/fax1.tif")).unwrap();
    spool.receives(("000002", "fax2.tif"), "", &var, "");
    assert!(spool.pending().is_empty(), "{:?}", spool.pending());
    let rows = all(&var).await;
    assert_eq!(rows.iter().map(|row| row.file_name.as_str()).collect::<Vec<_>>(), ["fax2.tif", "fax1.tif"]);
    let late = &rows[1].fax.0;
    assert_eq!((late.pages, late.error.as_deref(), late.line.as_deref()), (Some(3), Some("no carrier"), Some("ttyS0")));
    assert_eq!((late.sender_number.as_deref(), rows[1].source.as_str()), (Some("0144330000"), "hylafax"));
    spool.receives(("000002", "fax2.tif"), "", &var, "");
    assert_eq!(all(&var).await.len(), 2, "the same again is no twin");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_faxes_are_handed_over_by_a_timer_too_and_what_never_can_be_is_set_apart() {
    let spool = Spool::new();
    let (var, broken) = (spool.path("var"), spool.path("broken"));
    std::fs::write(&broken, b"no folder").unwrap();
    spool.receives(("000001", "fax1.tif"), "", &broken, "");
    spool.receives(("000002", "fax2.tif"), "", &broken, "");
    let pending = spool.path("pending");
    let asked = ["received", "--pending", pending.to_str().unwrap()];
    assert_eq!(run(&var, &["received", "--pending", "/nowhere"]).status.code(), Some(1));
    let still = Command::new(PROGRAM).args(asked).arg("--var").arg(&broken).output().unwrap();
    assert_eq!(still.status.code(), Some(1), "{still:?}");
    assert_eq!(spool.pending().len(), 4, "nothing is lost by trying");
    // Faxrcvd wrote the note and then the power went; in the end somebody took the fax away.
    std::fs::write(pending.join("000003-fax3.tif.note"), "file=/nowhere/fax3.tif\nname=fax3.tif\nid=000003\n").unwrap();
    let tried = run(&var, &asked);
    assert_eq!(tried.status.code(), Some(3), "{tried:?}");
    assert_eq!(spool.pending(), ["000003-fax3.tif.refused"]);
    assert_eq!(all(&var).await.len(), 2);
    assert_eq!(run(&var, &asked).status.code(), Some(0), "nothing waits");
    assert_eq!(run(&var, &[&asked[..], &["fax.tif"]].concat()).status.code(), Some(2), "one or the other");
}
