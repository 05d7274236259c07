//! By when something is due: the hours of the configuration, the recipe of the kind, and what is stored, in one.

use super::given::*;
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;

const REQUEST: [&str; 6] = [
    "FAX診療予約申込書",
    "患者氏名　海野 環",
    "生年月日　昭和32年4月5日",
    "希望診療科　循環器内科",
    "第1希望　6月26日",
    "受診歴　無",
];

/// 2026-06-12 is a Friday, and the Monday after it no holiday.
fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
    Timestamp::of_japan(jiff::civil::date(2026, 6, day).at(hour, minute, 0, 0))
}

on_both_databases! {
    async fn what_comes_after_the_cut_off_of_the_configuration_is_due_on_the_next_open_day(place: Place) {
        let written = "[office.appointments]\nopens = \"09:00\"\ncloses = \"17:00\"\ncut_off = \"15:00\"\n";
        let config: BTreeMap<String, OfficeHours> = toml::from_str(written).unwrap();
        let hours = config["office"].clone();
        hours.check().unwrap();
        let usual = OfficeHours::default();
        // By the cut-off that is set, by the one that is built in (16:30), and a letter, which the office's own clock counts.
        for (hours, received, request, letter) in [
            (&hours, at(12, 14, 59), at(12, 17, 0), at(15, 14, 29)),
            (&hours, at(12, 15, 1), at(15, 17, 0), at(15, 14, 31)),
            (&usual, at(12, 15, 1), at(12, 17, 0), at(15, 14, 31)),
            (&usual, at(12, 16, 31), at(15, 17, 0), at(15, 16, 1)),
        ] {
            let office = Office::open_at(uketsuke::store::open(&place.url().await).await.unwrap(), hours.clone(), received).await;
            let id = office.arrives("request.pdf", &pdf(&REQUEST)).await;
            let document = office.documents(&id).await.remove(0);
            assert_eq!(document.kind, Kind::AppointmentRequest);
            assert_eq!((document.received_at, document.due_at), (received, request), "an appointment is answered on the same day");
            let id = office.arrives("letter.pdf", &pdf(&LETTER)).await;
            let document = office.documents(&id).await.remove(0);
            assert_eq!((document.kind, document.due_at), (Kind::ReferralLetter, letter), "eight hours of the office");
        }
    }
}
