//! Formulas: what a spreadsheet would run when it opens one of our files.

use super::Tally;
use crate::support::on_both_databases;
use crate::web::seed::{self, Desk, HOUR};
use crate::web::whole::{act, letter, signed_in};
use uketsuke::domain::*;
use uketsuke::store::audit::Actor;
use uketsuke::store::{quality, users};
use uketsuke::web::password;

const FORMULAS: &[&str] = &[
    "=HYPERLINK(\"http://evil7.example\")",
    "+1+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u{3000}=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "\"=1",
    "\",=1",
    "\"\r\n=1",
    "\u{feff}=1",
    "\u{200b}=1",
    "\u{a0}=1",
];

/// Every cell of a file in quotes, as a spreadsheet takes it apart.
fn cells(csv: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    reader.records().flat_map(|record| record.expect("a row").iter().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether a spreadsheet would reckon with it: looked at as Excel and LibreOffice do, without what is not seen in front.
fn runs(cell: &str) -> bool {
    let seen = cell.trim_start_matches(|c: char| {
        c.is_whitespace() || c.is_control() || "\u{feff}\u{200b}\u{200c}\u{200d}\u{2060}".contains(c)
    });
    let number = seen.parse::<f64>().is_ok() || seen == "－";
    seen.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !number
}

on_both_databases! {
    async fn no_cell_of_any_file_is_a_formula(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        desk.person("kansa", &[Role::Manager], &[]).await;
        let mut tally = Tally::of("formula injection");
        // Names of accounts, and names of sources, which stand in the files.
        let hash = password::hash(seed::PASSWORD).unwrap();
        for (at, formula) in FORMULAS.iter().enumerate() {
            let login = format!("{formula}{at}");
            let new = users::NewUser { login: &login, display_name: formula, roles: Roles::new([Role::Approver]), password_hash: &hash, must_change: false };
            let mut tx = desk.db.write().await.unwrap();
            let id = users::insert(&mut tx, &new, &Actor::Program, desk.now()).await.unwrap();
            tx.commit().await.unwrap();
            let delivery = desk.delivery(&format!("{formula}{at}.tif"), Channel::Fax, &seed::blank_page(), HOUR).await;
            desk.review.viewed_delivery(&id, &delivery, &[]).await.unwrap();
        }
        // A sample whose every value begins like one.
        let sample = letter(&desk, "sample.tif", Kind::ReferralLetter, "").await;
        let mut mihara = signed_in(&desk, "mihara").await;
        let mut form = vec![("patient", "none"), ("blank_ok", "1")];
        form.extend([("f.patient_name", FORMULAS[0]), ("f.remarks", FORMULAS[1]), ("f.diagnosis", FORMULAS[2])]);
        act(&desk, &mut mihara, &sample, "confirm", &form).await;
        desk.push_all(referral).await;
        let mut tx = desk.db.write().await.unwrap();
        quality::draw(&mut tx, &sample, Draw { random: 1, share: 1_000_000 }, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        let (onodera, csrf) = &mut signed_in(&desk, "onodera").await;
        let again = [("csrf", csrf.as_str()), ("kind", "referral_letter"), ("patient", "none"), ("f.patient_name", FORMULAS[3]), ("do", "done")];
        assert_eq!(onodera.post(&format!("/quality/samples/{sample}"), &again).await.status, 303);
        let (mut manager, csrf) = signed_in(&desk, "kansa").await;
        for path in ["/audit/export", "/quality/export"] {
            let file = manager.post(path, &[("csrf", &csrf), ("days", "30")]).await;
            assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"), "{path}");
            let cells = cells(&file.text());
            assert!(cells.len() > 20, "{path}: {cells:?}");
            if path == "/audit/export" {
                let told = FORMULAS.iter().filter(|formula| cells.iter().any(|cell| cell.contains(formula.trim()))).count();
                assert_eq!(told, FORMULAS.len(), "each of them stands in the file");
            }
            for cell in cells {
                tally.attack(!runs(&cell), || format!("{path}: {cell:?}"));
            }
        }
        tally.close(200);
    }
}
