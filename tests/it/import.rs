//! Lists of patients, institutions and doctors as they take the place of the masters, on SQLite and on PostgreSQL.

use crate::support::on_both_databases;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use uketsuke::db::Db;
use uketsuke::domain::{Clock, Masters};
use uketsuke::pipeline::import::{
    ColumnMap, Encoding, Ended, Error, Guard, How, Report, Settings, What, import, read_masters,
};
use uketsuke::store::{audit, masters};

const APPLY: How = How { dry_run: false, force: false };
const FORCE: How = How { dry_run: false, force: true };
const REHEARSE: How = How { dry_run: true, force: false };

fn clock() -> Clock {
    Clock::Fixed(Arc::new(AtomicI64::new(1_780_000_000_000)))
}

async fn take(db: &Db, what: What, text: &str, how: How) -> Report {
    import(db, what, text.as_bytes(), &Settings::default(), how, &clock()).await.unwrap()
}

async fn all(db: &Db) -> Masters {
    masters::load_all(&mut db.read().await.unwrap()).await.unwrap()
}

async fn version(db: &Db) -> i64 {
    masters::version(&mut db.read().await.unwrap()).await.unwrap()
}

fn counts(report: &Report) -> [usize; 5] {
    [report.added, report.changed, report.unchanged, report.gone, report.refused.len()]
}

fn lines(report: &Report) -> Vec<u64> {
    report.refused.iter().map(|remark| remark.line).collect()
}

const PATIENTS: &str = "患者ID,氏名,フリガナ,性別,生年月日,郵便番号,住所,電話番号\n\
    00000101,髙木　さくら,ﾀｶｷﾞ ｻｸﾗ,女,S32.4.5,0530000,苫小牧市表町１－１,０１４４（１１）２２３３\n\
    00000102,小林 樹,コバヤシ イツキ,1,1980/01/31,053-0001,,\n\
    00000103,橋本 遥,ハシモト ハルカ,F,平成2年12月24日,,,090-0000-1111\n";

const INSTITUTIONS: &str = "institution_id,institution_code,name,kind,postal_code,address,phone,fax,registered\n\
    K1,0113613657,医療法人社団 みずうみ会 みずうみ医院,診療所,053-0002,苫小牧市湖1,0144-00-0001,0144-00-0002,1\n\
    K2,0113613658,さくら眼科,診療所,,,,,0\n\
    K3,812010064,もみじ薬局,薬局,,,,,○\n\
    K4,0170000000,つばさ居宅介護支援事業所,居宅介護支援,,,,,\n";

const DOCTORS: &str = "doctor_id,institution_id,name,kana,department,registered_on\n\
    D1,K1,湖 誠,ミズウミ マコト,内科,R1.5.1\n\
    D2,K9,波 静,ナミ シズカ,眼科,\n";

on_both_databases! {
    async fn a_list_becomes_the_master(db: Db) {
        let report = take(&db, What::Patients, PATIENTS, APPLY).await;
        assert_eq!((counts(&report), report.ended), ([3, 0, 0, 0, 0], Ended::Applied(1)));
        let first = all(&db).await.patients.remove(0);
        assert_eq!(first.patient_id, "00000101");
        assert_eq!(first.name, "髙木 さくら");
        assert_eq!(first.kana, "タカギ サクラ");
        assert_eq!(first.sex, "female");
        assert_eq!(first.birth_date, "1957-04-05");
        assert_eq!(first.postal_code, "053-0000");
        assert_eq!(first.phone, "0144-11-2233");

        let same = take(&db, What::Patients, PATIENTS, APPLY).await;
        assert_eq!((counts(&same), same.ended), ([0, 0, 3, 0, 0], Ended::Applied(1)), "nothing changed, so the version stays");

        let moved = PATIENTS.replace("053-0001,,", "053-0009,千歳市,").replace("00000103,橋本 遥,ハシモト ハルカ,F,平成2年12月24日,,,090-0000-1111", "00000104,新井 渚,アライ ナギサ,,,,,");
        let report = take(&db, What::Patients, &moved, APPLY).await;
        assert_eq!((counts(&report), report.ended), ([1, 1, 1, 1, 0], Ended::Applied(2)));
        let ids: Vec<String> = all(&db).await.patients.into_iter().map(|p| p.patient_id).collect();
        assert_eq!(ids, ["00000101", "00000102", "00000104"]);
        let mut tx = db.read().await.unwrap();
        let left = masters::patient(&mut tx, "00000103").await.unwrap();
        assert_eq!(left.unwrap().name, "橋本 遥", "a row that is gone can still be shown");
        assert!(masters::search_patients(&mut tx, "橋本遥", 10).await.unwrap().is_empty());
        drop(tx);

        let back = take(&db, What::Patients, PATIENTS, APPLY).await;
        assert_eq!(counts(&back), [0, 2, 1, 1, 0], "00000103 is back");
        let runs = masters::recent_runs(&mut db.read().await.unwrap(), 10).await.unwrap();
        assert_eq!(runs.len(), 4);
        assert!(matches!(audit::verify(&mut db.read().await.unwrap()).await.unwrap(), audit::Verified::Whole { rows: 4 }));
    }

    async fn one_list_in_every_encoding(db: Db) {
        take(&db, What::Patients, PATIENTS, APPLY).await;
        let crlf = PATIENTS.replace('\n', "\r\n");
        let (sjis, _, lossy) = encoding_rs::SHIFT_JIS.encode(&crlf);
        assert!(!lossy);
        let bom = [b"\xEF\xBB\xBF".as_slice(), crlf.as_bytes()].concat();
        let tabs = PATIENTS.replace(',', "\t");
        let files: [(&[u8], Encoding); 4] =
            [(crlf.as_bytes(), Encoding::Utf8), (&bom, Encoding::Utf8), (&sjis, Encoding::ShiftJis), (tabs.as_bytes(), Encoding::Utf8)];
        for (bytes, encoding) in files {
            let report = import(&db, What::Patients, bytes, &Settings::default(), APPLY, &clock()).await.unwrap();
            assert_eq!((counts(&report), report.encoding), ([0, 0, 3, 0, 0], encoding));
        }
    }

    async fn lines_that_say_nothing_certain_are_refused_with_the_reason(db: Db) {
        take(&db, What::Patients, PATIENTS, APPLY).await;
        let list = "patient_id,name,kana,sex,birth_date,postal_code,address,phone\n\
            00000101,髙木 さくら,タカギ サクラ,女,1957-02-30,053-0000,苫小牧市,0144-11-2233\n\
            ,名無し,ナナシ,1,1990-01-01,,,\n\
            00000102,小林 樹,コバヤシ イツキ,男,1980-01-31,053-0001,,\n\
            \n\
            00000105,,カラ,男,1980-01-31,,,\n\
            00000106,甲 一,コウ イチ,男,2099-01-01,,,\n\
            00000107,乙 二,オツ ニ,男,1990-01-01,,,\n\
            00000107,乙 三,オツ サン,男,1990-01-01,,,\n\
            00000103,橋本 遥,ハシモト ハルカ,謎,1990-12-24,123,,12\n\
            00000103,橋本 遥,ハシモト ハルカ,謎,1990-12-24,123,,12\n\
            1.2E+07,丙 四,ヘイ シ,男,1990-01-01,,,\n\
            00000108,丁 五,テイ ゴ\n\
            00000109,戊 六,ボ ロク,男,1990-01-01,,苫小牧市1-1,205号室,0144-00-0000\n";
        let report = take(&db, What::Patients, list, APPLY).await;
        assert_eq!(lines(&report), [2, 3, 6, 7, 8, 9, 12, 13, 14]);
        assert_eq!([report.added, report.gone], [0, 0], "a patient whose line is refused is not gone");
        let reason = |line: u64| report.refused.iter().find(|r| r.line == line).unwrap().reason.clone();
        assert!(reason(2).contains("生年月日"));
        assert!(reason(3).contains("患者ID"));
        assert!(reason(6).contains("氏名"));
        assert!(reason(7).contains("未来"));
        assert!(reason(8).contains("9行目") && reason(9).contains("同じID"));
        assert!(reason(12).contains("指数表記"));
        assert!(reason(13).contains("列が足りません"));
        assert!(reason(14).contains("列が見出しより多く"));
        assert!(report.warned.iter().any(|w| w.line == 11 && w.reason.contains("10行目と同じ")));
        assert_eq!(report.warned.iter().filter(|w| w.line == 10).count(), 3, "sex, postal code, telephone");
        for remark in report.refused.iter().chain(&report.warned) {
            assert!(!remark.reason.contains("橋本") && !remark.reason.contains("乙"), "no personal data in reasons");
        }
        let kept = all(&db).await.patients.into_iter().find(|p| p.patient_id == "00000101").unwrap();
        assert_eq!(kept.birth_date, "1957-04-05", "what stood there stays");
    }

    async fn doctors_belong_to_known_institutions(db: Db) {
        let none = take(&db, What::Doctors, DOCTORS, APPLY).await;
        assert_eq!(none.ended, Ended::Refused(Guard::NothingValid));
        let report = take(&db, What::Institutions, INSTITUTIONS, APPLY).await;
        assert_eq!(counts(&report), [4, 0, 0, 0, 0]);
        assert_eq!(report.warned.iter().map(|w| w.line).collect::<Vec<_>>(), [3, 4], "a wrong check digit, a lost zero");
        let doctors = take(&db, What::Doctors, DOCTORS, APPLY).await;
        assert_eq!((counts(&doctors), lines(&doctors)), ([1, 0, 0, 0, 1], vec![3]));
        let masters = all(&db).await;
        assert_eq!(masters.institutions[2].institution_code, "0812010064");
        assert_eq!(masters.institutions[2].registered, "1");
        assert_eq!(masters.doctors[0].registered_on, "2019-05-01");
        let direct = read_masters(PATIENTS.as_bytes(), INSTITUTIONS.as_bytes(), DOCTORS.as_bytes(), &Settings::default(), &clock()).unwrap();
        assert_eq!((direct.institutions, direct.doctors), (masters.institutions, masters.doctors));
    }

    async fn a_list_that_is_not_whole_changes_nothing(db: Db) {
        take(&db, What::Patients, PATIENTS, APPLY).await;
        let before = all(&db).await;
        let header_only = PATIENTS.lines().next().unwrap();
        let one_left: String = PATIENTS.lines().take(2).fold(String::new(), |all, line| all + line + "\n");
        let cut = &PATIENTS[..PATIENTS.len() - 30];
        for how in [APPLY, REHEARSE] {
            assert_eq!(take(&db, What::Patients, header_only, how).await.ended, Ended::Refused(Guard::NothingValid));
            assert_eq!(take(&db, What::Patients, &one_left, how).await.ended, Ended::Refused(Guard::TooManyGone { gone: 2, active: 3 }));
            assert_eq!(take(&db, What::Patients, cut, how).await.ended, Ended::Refused(Guard::CutOff));
        }
        let quote = PATIENTS.replace("0530000,苫", "0530000,\"苫");
        assert!(matches!(import(&db, What::Patients, quote.as_bytes(), &Settings::default(), FORCE, &clock()).await, Err(Error::OpenQuote { line: 2 })));
        assert_eq!((all(&db).await, version(&db).await), (before, 1));
        let runs = masters::recent_runs(&mut db.read().await.unwrap(), 10).await.unwrap();
        let refused: Vec<_> = runs.iter().filter_map(|run| run.reason.as_deref()).collect();
        assert_eq!(refused, ["cut_off", "too_many_gone", "nothing_valid"], "rehearsals leave no trace");

        let forced = take(&db, What::Patients, &one_left, FORCE).await;
        assert_eq!((counts(&forced), forced.ended), ([0, 0, 1, 2, 0], Ended::Applied(2)));
    }

    async fn a_rehearsal_changes_nothing(db: Db) {
        let report = take(&db, What::Patients, PATIENTS, REHEARSE).await;
        assert_eq!((counts(&report), report.ended), ([3, 0, 0, 0, 0], Ended::Rehearsed));
        assert_eq!((all(&db).await, version(&db).await), (Masters::default(), 0));
    }

    async fn headings_are_mapped_by_configuration(db: Db) {
        let list = "KID,KNAME,KANA,SEI,BIRTH\n1,山本 渚,ヤマモト ナギサ,2,3320405\n";
        let settings: Settings = toml::from_str(
            "gone_limit = 0.1\n[patients]\npatient_id = \"KID\"\nname = \"KNAME\"\nsex = \"SEI\"\nbirth_date = \"BIRTH\"\n\
             postal_code = \"\"\naddress = \"\"\nphone = \"\"\n").unwrap();
        settings.check().unwrap();
        let report = import(&db, What::Patients, list.as_bytes(), &settings, APPLY, &clock()).await.unwrap();
        assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
        assert_eq!(all(&db).await.patients[0].birth_date, "1957-04-05");
        let missing = import(&db, What::Patients, list.as_bytes(), &Settings::default(), APPLY, &clock()).await;
        assert!(matches!(missing, Err(Error::MissingColumns(_))));
        assert!(ColumnMap([("nmae".to_owned(), "氏名".to_owned())].into()).check(What::Patients).is_err());
    }

    async fn people_find_what_they_type(db: Db) {
        take(&db, What::Patients, PATIENTS, APPLY).await;
        take(&db, What::Institutions, INSTITUTIONS, APPLY).await;
        take(&db, What::Doctors, DOCTORS, APPLY).await;
        let mut tx = db.read().await.unwrap();
        for typed in ["00000101", "101", "高木さくら", "髙木　さくら", "たかぎ", "タカギ サクラ", "ﾀｶｷﾞ", "1957-04-05", "S32.4.5", "昭和32年4月5日", "19570405", "0144-11-2233", "11-2233", "高木 昭和32年4月5日"] {
            let found = masters::search_patients(&mut tx, typed, 10).await.unwrap();
            assert_eq!(found.iter().map(|p| p.patient_id.as_str()).collect::<Vec<_>>(), ["00000101"], "{typed}");
        }
        for typed in ["", "高木 1980-01-31", "%", "_", "高木'--", "zzz"] {
            assert!(masters::search_patients(&mut tx, typed, 10).await.unwrap().is_empty(), "{typed}");
        }
        assert_eq!(masters::search_patients(&mut tx, "000001", 2).await.unwrap().len(), 2);
        for typed in ["みずうみ医院", "ミズウミ", "K1", "0113613657", "0144-00-0002"] {
            let found = masters::search_institutions(&mut tx, typed, 1).await.unwrap();
            assert_eq!(found[0].institution_id, "K1", "{typed}");
        }
        for typed in ["湖誠", "みずうみ まこと", "D1", "みずうみ医院"] {
            let found = masters::search_doctors(&mut tx, typed, 5).await.unwrap();
            assert_eq!(found.iter().map(|d| d.doctor_id.as_str()).collect::<Vec<_>>(), ["D1"], "{typed}");
        }
        assert_eq!(masters::counts(&mut tx).await.unwrap(), (3, 4, 1));
    }

    async fn a_large_hospital_is_taken_in_one_go(db: Db) {
        let count = std::env::var("UKETSUKE_IMPORT_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000);
        let mut list = String::from("patient_id,name,kana,sex,birth_date,postal_code,address,phone\n");
        for n in 0..count {
            writeln!(list, "{n:08},試験 患者{n},シケン カンジャ,男,1950/{}/{},053-{:04},苫小牧市試験町{n}-1,0144-{:02}-{:04}", 1 + n % 12, 1 + n % 28, n % 10_000, n % 100, n % 10_000).unwrap();
        }
        let first = take(&db, What::Patients, &list, APPLY).await;
        assert_eq!(counts(&first), [count, 0, 0, 0, 0]);
        // One in ten has moved, and the last few are gone.
        let next: String = list.lines().take(count - 4).fold(String::new(), |all, line| {
            all + &line.replace("5-1,0144", "5-2,0144") + "\n"
        });
        let second = take(&db, What::Patients, &next, APPLY).await;
        assert_eq!((second.added, second.gone), (0, 5));
        assert_eq!(second.changed + second.unchanged + second.gone, count);
        assert!(second.changed > count / 12 && second.changed < count / 8);
    }

    async fn two_imports_at_once_follow_one_another(db: Db) {
        let other = PATIENTS.replace("小林 樹", "小林 一樹");
        let jobs: Vec<_> = (0..6).map(|n| {
            let (db, text) = (db.clone(), if n % 2 == 0 { PATIENTS.to_owned() } else { other.clone() });
            tokio::spawn(async move { take(&db, What::Patients, &text, APPLY).await })
        }).collect();
        let mut added = 0;
        for job in jobs {
            added += job.await.unwrap().added;
        }
        assert_eq!((added, all(&db).await.patients.len()), (3, 3));
    }
}
