//! Misdirected documents: out of every search and every list of those who may not know, with a clock and a log of what was done.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::store::documents::{self, QueueFilter, Tray};
use uketsuke::store::incidents::{self, IncidentStep};

on_both_databases! {
    async fn a_misdirected_document_is_found_by_nobody_and_each_step_is_noted_once(db: Db) {
        let user = user(&db, "mihara").await;
        let id = document(&db, "astray").await;
        let (review, _) = review(&db).await;
        let name = found_document(&db, &id).await.patient_label.unwrap();
        let version = review.hold(&user, &id).await.unwrap().document.version;
        review.set_aside(&user, &id, version, "誤送信（宛先が当院ではない）").await.unwrap();
        let sought = QueueFilter { tray: Tray::SetAside, text: Some(name), ..QueueFilter::default() };
        let mut tx = db.write().await.unwrap();
        assert_eq!(documents::queue(&mut tx, &sought, 9, 0).await.unwrap(), [], "its text is in no search");
        let open = incidents::list(&mut tx, 9).await.unwrap();
        assert_eq!((open.len(), &open[0].document_id, open[0].closed_at), (1, &id, None));
        incidents::begin(&mut tx, &id, &user, later(5)).await.unwrap();
        assert_eq!(incidents::list(&mut tx, 9).await.unwrap(), open, "the clock is not set back");
        assert!(incidents::note(&mut tx, &id, IncidentStep::SenderTold, "電話", &user, later(6)).await.unwrap());
        assert!(!incidents::note(&mut tx, &id, IncidentStep::SenderTold, "もう一度", &user, later(7)).await.unwrap());
        assert!(incidents::note(&mut tx, &id, IncidentStep::Closed, "", &user, later(8)).await.unwrap());
        let steps = incidents::steps(&mut tx, 9).await.unwrap();
        assert_eq!(steps.iter().map(|step| (step.step, step.note.as_str())).collect::<Vec<_>>(), [(IncidentStep::Closed, ""), (IncidentStep::SenderTold, "電話")]);
        assert_eq!(incidents::list(&mut tx, 9).await.unwrap()[0].closed_at, Some(later(8)));
        drop(tx);
        let other = document(&db, "fine").await;
        let mut tx = db.write().await.unwrap();
        assert!(incidents::note(&mut tx, &other, IncidentStep::Closed, "", &user, later(9)).await.is_err());
    }
}
