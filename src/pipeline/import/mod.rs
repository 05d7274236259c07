//! Imports of the masters (台帳の取込): a list from the hospital's own system takes the place of the one before, in one
//! transaction, and says what became of every line. A list that is cut off must not make half of the patients vanish.

mod columns;
mod report;
mod rows;
mod single;
mod table;
mod value;

pub use columns::ColumnMap;
pub use report::{Ended, Error, Guard, Remark, Report};
pub use rows::{Known, Listed, Parsed, parse};
pub use single::{NotPlaced, Placed};
pub use table::Encoding;

use crate::db::Db;
use crate::domain::{Clock, Doctor, Fingerprint, Institution, JobId, Masters, Patient};
use crate::store::audit::{self, Actor};
use crate::store::masters::{self, Diff, ImportRun, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// 患者
    Patients,
    /// 医療機関
    Institutions,
    /// 医師
    Doctors,
}

impl What {
    /// Its word on the command line and in the database.
    pub fn code(self) -> &'static str {
        match self {
            What::Patients => "patients",
            What::Institutions => "institutions",
            What::Doctors => "doctors",
        }
    }

    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            What::Patients => "患者",
            What::Institutions => "医療機関",
            What::Doctors => "医師",
        }
    }
}

/// How lists are read and what is believed of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A list that lacks more than this share of the active rows is refused (0 to 1).
    pub gone_limit: f64,
    /// Headings of the patients' list.
    pub patients: ColumnMap,
    /// Headings of the institutions' list.
    pub institutions: ColumnMap,
    /// Headings of the doctors' list.
    pub doctors: ColumnMap,
}

impl Default for Settings {
    fn default() -> Self {
        let map = ColumnMap::default;
        Self { gone_limit: 0.5, patients: map(), institutions: map(), doctors: map() }
    }
}

impl Settings {
    /// Refuses what no list can fulfil.
    pub fn check(&self) -> Result<(), Error> {
        self.patients.check(What::Patients)?;
        self.institutions.check(What::Institutions)?;
        self.doctors.check(What::Doctors)
    }
}

/// How an import is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    /// Only say what would happen.
    pub dry_run: bool,
    /// Go on in spite of the guards: a person looked at the list.
    pub force: bool,
}

/// Takes a list as the new master.
pub async fn import(
    db: &Db,
    what: What,
    bytes: &[u8],
    settings: &Settings,
    how: How,
    clock: &Clock,
) -> Result<Report, Error> {
    match what {
        What::Patients => run::<Patient>(db, bytes, &settings.patients, settings.gone_limit, how, clock).await,
        What::Institutions => {
            run::<Institution>(db, bytes, &settings.institutions, settings.gone_limit, how, clock).await
        }
        What::Doctors => run::<Doctor>(db, bytes, &settings.doctors, settings.gone_limit, how, clock).await,
    }
}

async fn run<T: Listed>(
    db: &Db,
    bytes: &[u8],
    map: &ColumnMap,
    gone_limit: f64,
    how: How,
    clock: &Clock,
) -> Result<Report, Error> {
    let institutions = match T::WHAT {
        What::Doctors => masters::institution_ids(&mut db.read().await?).await?,
        _ => HashSet::new(),
    };
    let parsed: Parsed<T> = parse_apart(bytes, map, institutions, clock).await?;
    let valid = parsed.rows.len();
    let mut report = Report {
        what: T::WHAT,
        encoding: parsed.encoding,
        added: 0,
        changed: 0,
        unchanged: 0,
        gone: 0,
        refused: parsed.refused,
        warned: parsed.warned,
        ended: Ended::Rehearsed,
    };
    let mut diff = masters::compare(&mut db.read().await?, &parsed.rows, &parsed.spared).await?;
    if how.dry_run {
        count(&mut report, &diff);
        if let Some(guard) = doubt(&diff, valid, parsed.cut_off, gone_limit).filter(|_| !how.force) {
            report.ended = Ended::Refused(guard);
        }
        return Ok(report);
    }
    let mut tx = db.write().await?;
    if masters::lock(&mut tx).await? != diff.version {
        diff = masters::compare(&mut tx, &parsed.rows, &parsed.spared).await?;
    }
    count(&mut report, &diff);
    report.ended = match doubt(&diff, valid, parsed.cut_off, gone_limit).filter(|_| !how.force) {
        Some(guard) => Ended::Refused(guard),
        None => Ended::Applied(masters::apply(&mut tx, &diff, clock.now()).await?),
    };
    let run = noted(&report, bytes, how, clock);
    masters::note_run(&mut tx, &run).await?;
    let detail = serde_json::json!({
        "master": run.master, "outcome": report.ended.code(), "reason": run.reason, "forced": run.forced,
        "fingerprint": run.fingerprint, "added": run.added, "changed": run.changed, "unchanged": run.unchanged,
        "gone": run.gone, "refused": run.refused, "warned": run.warned,
    });
    audit::append(&mut tx, &Actor::Program, "masters.import", &run.id, &detail, run.at).await?;
    tx.commit().await?;
    Ok(report)
}

/// Reads the file on a thread of its own: a hospital's patients take seconds, and other work must go on.
async fn parse_apart<T: Listed>(
    bytes: &[u8],
    map: &ColumnMap,
    institutions: HashSet<String>,
    clock: &Clock,
) -> Result<Parsed<T>, Error> {
    let (bytes, map, today) = (bytes.to_vec(), map.clone(), clock.now().japan().date());
    let work = tokio::task::spawn_blocking(move || parse(&bytes, &map, &Known { today, institutions: &institutions }));
    work.await.map_err(|_| Error::Interrupted)?
}

fn count<T>(report: &mut Report, diff: &Diff<T>) {
    report.added = diff.added.len();
    report.changed = diff.changed.len();
    report.unchanged = diff.unchanged;
    report.gone = diff.gone.len();
}

/// Why the list should not be believed.
fn doubt<T>(diff: &Diff<T>, valid: usize, cut_off: bool, gone_limit: f64) -> Option<Guard> {
    if valid == 0 {
        return Some(Guard::NothingValid);
    }
    if cut_off {
        return Some(Guard::CutOff);
    }
    let (gone, active) = (diff.gone.len(), diff.active);
    (gone as f64 > active as f64 * gone_limit).then_some(Guard::TooManyGone { gone, active })
}

fn noted(report: &Report, bytes: &[u8], how: How, clock: &Clock) -> ImportRun {
    let (outcome, reason) = match report.ended {
        Ended::Refused(guard) => (Outcome::Refused, Some(guard.code().to_owned())),
        _ => (Outcome::Applied, None),
    };
    ImportRun {
        id: JobId::fresh().to_string(),
        master: report.what.code().to_owned(),
        outcome,
        reason,
        fingerprint: Fingerprint::of(bytes),
        forced: how.force,
        added: report.added as i64,
        changed: report.changed as i64,
        unchanged: report.unchanged as i64,
        gone: report.gone as i64,
        refused: report.refused.len() as i64,
        warned: report.warned.len() as i64,
        at: clock.now(),
    }
}

/// Reads three lists as masters without a database, as `uketsuke read --masters` does.
pub fn read_masters(
    patients: &[u8],
    institutions: &[u8],
    doctors: &[u8],
    settings: &Settings,
    clock: &Clock,
) -> Result<Masters, Error> {
    let today = clock.now().japan().date();
    let nothing = HashSet::new();
    let known = Known { today, institutions: &nothing };
    let institutions = parse::<Institution>(institutions, &settings.institutions, &known)?.rows;
    let ids = institutions.iter().map(|row| row.institution_id.clone()).collect();
    Ok(Masters {
        patients: parse::<Patient>(patients, &settings.patients, &known)?.rows,
        doctors: parse::<Doctor>(doctors, &settings.doctors, &Known { today, institutions: &ids })?.rows,
        institutions,
    })
}
