//! Every store function, on SQLite and on PostgreSQL.

use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::*;

on_both_databases! {
    async fn an_empty_log_is_whole(db: Db) {
        let mut tx = db.read().await.unwrap();
        assert_eq!(audit::verify(&mut tx).await.unwrap(), audit::Verified::Whole { rows: 0 });
    }
}
