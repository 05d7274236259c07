//! `uketsuke bench match`: a master of invented patients, names as unevenly spread as they are (佐藤 many, 勅使河原 few),
//! and how long an index takes to build and a question to answer.

use super::bench::cpu_seconds;
use crate::domain::{BBox, FieldName, Fields, Found, Masters, PageNo, Patient, Spot};
use crate::stages::matching::{Index, Line};
use std::process::ExitCode;
use std::time::Instant;

/// Questions asked.
const QUERIES: usize = 2000;

/// Families with how many of 100,000 bear each; what is left are rare names made of two kanji.
const FAMILIES: &[(&str, &str, u32)] = &[
    ("佐藤", "サトウ", 1500),
    ("鈴木", "スズキ", 1420),
    ("高橋", "タカハシ", 1120),
    ("田中", "タナカ", 1060),
    ("伊藤", "イトウ", 850),
    ("渡辺", "ワタナベ", 840),
    ("山本", "ヤマモト", 830),
    ("中村", "ナカムラ", 820),
    ("小林", "コバヤシ", 810),
    ("加藤", "カトウ", 700),
    ("吉田", "ヨシダ", 660),
    ("山田", "ヤマダ", 650),
    ("斎藤", "サイトウ", 430),
    ("渡邊", "ワタナベ", 250),
    ("勅使河原", "テシガワラ", 3),
];
const FIRST: &[(&str, &str)] = &[
    ("大", "オオ"),
    ("小", "コ"),
    ("中", "ナカ"),
    ("上", "ウエ"),
    ("西", "ニシ"),
    ("東", "ヒガシ"),
    ("北", "キタ"),
    ("南", "ミナミ"),
    ("石", "イシ"),
    ("岩", "イワ"),
    ("松", "マツ"),
    ("杉", "スギ"),
    ("竹", "タケ"),
    ("梅", "ウメ"),
    ("金", "カネ"),
    ("黒", "クロ"),
    ("白", "シラ"),
    ("青", "アオ"),
    ("赤", "アカ"),
    ("長", "ナガ"),
    ("高", "タカ"),
    ("平", "ヒラ"),
    ("広", "ヒロ"),
    ("福", "フク"),
    ("宮", "ミヤ"),
    ("森", "モリ"),
    ("矢", "ヤ"),
    ("片", "カタ"),
];
const SECOND: &[(&str, &str)] = &[
    ("田", "タ"),
    ("川", "カワ"),
    ("山", "ヤマ"),
    ("島", "シマ"),
    ("崎", "サキ"),
    ("村", "ムラ"),
    ("野", "ノ"),
    ("原", "ハラ"),
    ("沢", "ザワ"),
    ("木", "キ"),
    ("井", "イ"),
    ("谷", "タニ"),
    ("岡", "オカ"),
    ("本", "モト"),
    ("橋", "ハシ"),
    ("池", "イケ"),
    ("口", "グチ"),
    ("下", "シタ"),
    ("塚", "ツカ"),
    ("浦", "ウラ"),
    ("丸", "マル"),
];
const GIVEN_FIRST: &[(&str, &str)] = &[
    ("美", "ミ"),
    ("和", "カズ"),
    ("裕", "ユウ"),
    ("直", "ナオ"),
    ("健", "ケン"),
    ("浩", "ヒロ"),
    ("正", "マサ"),
    ("恵", "ケイ"),
    ("智", "トモ"),
    ("由", "ユ"),
    ("久", "ヒサ"),
    ("義", "ヨシ"),
    ("英", "ヒデ"),
    ("幸", "ユキ"),
    ("千", "チ"),
    ("明", "アキ"),
    ("文", "フミ"),
    ("信", "ノブ"),
    ("孝", "タカ"),
    ("節", "セツ"),
];
const GIVEN_SECOND: &[(&str, &str)] = &[
    ("子", "コ"),
    ("美", "ミ"),
    ("江", "エ"),
    ("代", "ヨ"),
    ("一", "イチ"),
    ("二", "ジ"),
    ("三", "ゾウ"),
    ("男", "オ"),
    ("夫", "オ"),
    ("雄", "オ"),
    ("樹", "キ"),
    ("也", "ヤ"),
    ("之", "ユキ"),
    ("人", "ト"),
    ("香", "カ"),
    ("奈", "ナ"),
    ("枝", "エ"),
    ("司", "シ"),
    ("治", "ハル"),
    ("彦", "ヒコ"),
];

/// A small generator of numbers: the same master every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

fn pair(dice: &mut Dice, first: &[(&str, &str)], second: &[(&str, &str)]) -> (String, String) {
    let ((a, x), (b, y)) = (dice.of(first), dice.of(second));
    (format!("{a}{b}"), format!("{x}{y}"))
}

fn patient(dice: &mut Dice, id: usize) -> Patient {
    let mut lot = dice.below(100_000) as u32;
    let common = FAMILIES.iter().find(|(.., share)| {
        let hit = lot < *share;
        lot = lot.saturating_sub(*share);
        hit
    });
    let family = match common {
        Some((kanji, kana, _)) => ((*kanji).to_owned(), (*kana).to_owned()),
        None => pair(dice, FIRST, SECOND),
    };
    let given = pair(dice, GIVEN_FIRST, GIVEN_SECOND);
    let town = pair(dice, FIRST, SECOND).0;
    Patient {
        patient_id: format!("{id:08}"),
        name: format!("{} {}", family.0, given.0),
        kana: format!("{} {}", family.1, given.1),
        sex: dice.of(&["male", "female"]).to_owned(),
        birth_date: format!("{}-{:02}-{:02}", 1925 + dice.below(100), 1 + dice.below(12), 1 + dice.below(28)),
        postal_code: format!("{:03}-{:04}", dice.below(1000), dice.below(10_000)),
        address: format!("見本市{town}町{}-{}-{}", 1 + dice.below(9), 1 + dice.below(40), 1 + dice.below(40)),
        phone: format!("0{}-{:04}-{:04}", 10 + dice.below(90), dice.below(10_000), dice.below(10_000)),
    }
}

/// What a document would say of the patient; one in three is misread in a digit of the birth date or telephone.
fn question(dice: &mut Dice, who: &Patient) -> Fields {
    let found = |value: &str| Found {
        value: value.to_owned(),
        raw: value.to_owned(),
        confidence: 0.8,
        spot: Spot { page: PageNo(1), bbox: BBox::new(0.0, 0.0, 0.1, 0.1) },
        alternatives: Vec::new(),
        from_master: false,
        decided_by: None,
        learned_from: None,
    };
    let misread = dice.below(3) == 0;
    let birth = if misread { who.birth_date.replace('5', "6") } else { who.birth_date.clone() };
    let mut fields =
        Fields::from([(FieldName::PatientName, found(&who.name)), (FieldName::PatientBirthDate, found(&birth))]);
    if dice.below(2) == 0 {
        fields.insert(FieldName::PatientKana, found(&who.kana));
    }
    if dice.below(2) == 0 {
        fields.insert(FieldName::PatientPhone, found(&who.phone));
        fields.insert(FieldName::PatientAddress, found(&who.address));
    }
    fields
}

/// Builds the index and asks it.
pub(super) fn run(patients: usize) -> anyhow::Result<ExitCode> {
    let mut dice = Dice(20_260_401);
    let people: Vec<Patient> = (0..patients.max(1)).map(|id| patient(&mut dice, id)).collect();
    let questions: Vec<(String, Fields)> = (0..QUERIES)
        .map(|_| {
            let who = &people[dice.below(people.len())];
            (who.patient_id.clone(), question(&mut dice, who))
        })
        .collect();
    let before = cpu_seconds()?;
    let index = Index::build(Masters { patients: people, ..Masters::default() });
    let build = cpu_seconds()? - before;
    let resident = resident_mib()?;
    let mut times = Vec::with_capacity(questions.len());
    let (mut first, mut other) = (0, 0);
    for (id, fields) in &questions {
        let from = Instant::now();
        let matches = index.candidates(fields, &Line::default());
        times.push(from.elapsed().as_secs_f64() * 1000.0);
        match matches.patient.first().filter(|c| c.score >= 0.5) {
            Some(linked) if linked.id == *id => first += 1,
            Some(_) => other += 1,
            None => {}
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    let share = |p: usize| times[(times.len() * p / 100).min(times.len() - 1)];
    println!("patients {patients}  build {build:.1} CPU s  resident {resident} MiB");
    println!("queries {QUERIES}  p50 {:.2} ms  p99 {:.2} ms", share(50), share(99));
    println!("linked {first}  to somebody else {other}  to nobody {}", questions.len() - first - other);
    Ok(ExitCode::SUCCESS)
}

fn resident_mib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or(0) / 1024)
}
