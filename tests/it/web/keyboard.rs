//! Twenty-two clean samples, read by the program as it is delivered, confirmed with the keyboard alone: strokes and seconds of each.
//!
//! The seconds are the program's (and the driver's): nobody reads the paper here, a person does that beside it; how long that takes is
//! estimated from the strokes and from how often the way stops. What a person would
//! know from the paper stands in `samples/truth.jsonl`; where the program read something else in a field at which the way stops, the
//! right value is typed and its characters are counted apart.

use super::browser::{Browser, Driver};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Samples that are one upright document each, of a kind that is confirmed, and whole.
const CLEAN: &[&str] = &[
    "fax0101.tif",
    "fax0102.tif",
    "fax0103.tif",
    "fax0104.tif",
    "fax0105.tif",
    "fax0106.tif",
    "fax0107.tif",
    "fax0108.tif",
    "fax0109.tif",
    "fax0110.tif",
    "fax0111.tif",
    "fax0113.tif",
    "fax0114.tif",
    "fax0115.tif",
    "fax0116.tif",
    "fax0117.tif",
    "fax0119.tif",
    "fax0120.tif",
    "fax0127.tif",
    "fax0129.tif",
    "scan0204.pdf",
    "scan0205.pdf",
];
/// What the page promises for an item on which nothing is in doubt: the patient, two ticks, the institution, the doctor, the way
/// between these, and the confirmation.
const PLAIN: usize = 10;
/// How long a clean item may take, by the model, in half of the cases.
const PROMISED_S: f64 = 15.0;
/// More for a field in which something is mended: to its nearer end, to what is wrong, taking that away, and out of a text.
const MENDED: usize = 4;
/// More for saying knowingly that the paper leaves something blank: to the box, the tick, the confirmation again.
const BLANK: usize = 8;

const ENTER: char = '\u{e007}';
const TAB: char = '\u{e004}';
const SHIFT: char = '\u{e008}';
const CONTROL: char = '\u{e009}';
const HOME: char = '\u{e011}';
const END: char = '\u{e010}';
const LEFT: char = '\u{e012}';
const RIGHT: char = '\u{e014}';
const DELETE: char = '\u{e017}';
const BACKSPACE: char = '\u{e003}';

/// The program on the samples; it ends with the test.
struct Program {
    child: Child,
    said: std::sync::mpsc::Receiver<String>,
    address: String,
    login: String,
    password: String,
    _var: tempfile::TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Program {
    /// Serves the clean samples, and waits until every one of them was read.
    fn start() -> Program {
        let var = tempfile::tempdir().unwrap();
        let samples = var.path().join("samples");
        std::fs::create_dir_all(samples.join("docs")).unwrap();
        std::fs::create_dir_all(samples.join("masters")).unwrap();
        let copy = |name: PathBuf| std::fs::copy(root().join("samples").join(&name), samples.join(&name)).unwrap();
        copy("truth.jsonl".into());
        copy("hospital.json".into());
        for name in CLEAN {
            copy(Path::new("docs").join(name));
        }
        for entry in std::fs::read_dir(root().join("samples/masters")).unwrap() {
            copy(Path::new("masters").join(entry.unwrap().file_name()));
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_uketsuke"))
            .current_dir(root())
            .args(["serve", "--listen", "127.0.0.1:0", "--config", "config/uketsuke.toml"])
            .arg("--samples")
            .arg(&samples)
            .arg("--var")
            .arg(var.path().join("var"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the service starts");
        let out = BufReader::new(child.stdout.take().expect("it has an output"));
        let (tell, said) = std::sync::mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        let mut program =
            Program { child, said, address: String::new(), login: String::new(), password: String::new(), _var: var };
        let address = program.line("確認画面");
        program.address = address.split(": ").nth(1).expect("an address").trim_end_matches('/').to_owned();
        let word = |line: String| {
            let rest = line.split(": ").nth(1).unwrap_or_else(|| panic!("no word in {line}")).to_owned();
            rest.split('（').next().unwrap_or_default().trim().to_owned()
        };
        program.login = word(program.line("ログイン名"));
        program.password = word(program.line("パスワード"));
        program.line("見本を読み終えました");
        program
    }

    /// The next line that says this.
    fn line(&self, wanted: &str) -> String {
        loop {
            let line =
                self.said.recv_timeout(Duration::from_secs(1200)).unwrap_or_else(|_| panic!("it never said {wanted}"));
            if line.contains(wanted) {
                return line;
            }
        }
    }
}

/// A keyboard, and how often it was struck.
struct Keyboard<'b> {
    browser: &'b Browser,
    strokes: usize,
    typed: usize,
    repeats: usize,
}

impl Keyboard<'_> {
    /// One key, with what is held down beside it; one stroke. Key events alone: no pointer, no focus set from outside.
    async fn press(&mut self, held: &[char], key: char) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in held.iter().chain([&key]) {
            actions = actions.then(KeyAction::Down { value: *value });
        }
        for value in [&key].into_iter().chain(held.iter().rev()) {
            actions = actions.then(KeyAction::Up { value: *value });
        }
        self.browser.client.perform_actions(actions).await.expect("a key can be pressed");
        self.strokes += 1;
    }

    /// A key that is held down until it came so often; one stroke, and the time of the repeats.
    async fn hold(&mut self, key: char, times: usize) {
        for _ in 0..times {
            self.press(&[], key).await;
        }
        self.strokes -= times.saturating_sub(1);
        self.repeats += times;
    }

    /// Types what is right in place of what differs, from the end of the field that is nearer to it.
    async fn mend(&mut self, stands: &str, right: &str) {
        let (old, new): (Vec<char>, Vec<char>) = (stands.chars().collect(), right.chars().collect());
        let ahead = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let most = old.len().min(new.len()) - ahead;
        let behind = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
        let wrong = old.len() - ahead - behind;
        if ahead <= behind {
            self.press(&[CONTROL], HOME).await;
            self.hold(RIGHT, ahead).await;
            self.hold(DELETE, wrong).await;
        } else {
            self.press(&[CONTROL], END).await;
            self.hold(LEFT, behind).await;
            self.hold(BACKSPACE, wrong).await;
        }
        for key in &new[ahead..new.len() - behind] {
            match key {
                // The key of a line's end would lead on.
                '\n' => self.press(&[SHIFT], ENTER).await,
                key => self.press(&[], *key).await,
            }
            self.typed += 1;
            self.strokes -= 1;
        }
    }

    /// Where the focus stands, and what is there.
    async fn focus(&self) -> Value {
        let script = "const e = document.activeElement, row = e?.closest?.('.field'); return { \
            id: e?.id || '', name: e?.name || '', type: e?.type || '', value: e?.value ?? '', field: e?.dataset?.f || '', \
            chooser: e?.closest?.('[data-chooser]')?.dataset.chooser || '', checked: !!e?.checked, \
            keys: Object.fromEntries([...(e?.closest?.('[data-chooser]')?.querySelectorAll('input[type=radio]') || [])].filter(r => r.offsetParent).map(r => [r.value, r.dataset.key])) }";
        self.browser.js(script).await
    }
}

/// What a person knows from the paper.
struct Paper {
    kind: String,
    fields: BTreeMap<String, String>,
    chosen: BTreeMap<&'static str, Option<String>>,
}

fn papers() -> BTreeMap<String, Paper> {
    let text = std::fs::read_to_string(root().join("samples/truth.jsonl")).expect("the truth of the samples");
    let paper = |line: &str| {
        let all: Value = serde_json::from_str(line).expect("JSON");
        let document = &all["documents"][0];
        let fields = document["fields"]
            .as_object()?
            .iter()
            .filter_map(|(name, said)| Some((name.clone(), said["value"].as_str()?.to_owned())));
        let chosen = ["patient", "institution", "doctor"]
            .map(|name| (name, document["matches"][name][0]["id"].as_str().map(|id| format!("id:{id}"))));
        let paper =
            Paper { kind: document["kind"].as_str()?.to_owned(), fields: fields.collect(), chosen: chosen.into() };
        Some((all["file"].as_str()?.to_owned(), paper))
    };
    text.lines().filter_map(paper).collect()
}

/// One item, done.
struct Done {
    file: String,
    kind: String,
    strokes: usize,
    typed: usize,
    repeats: usize,
    stops: usize,
    /// At how many of them something was mended.
    mended: usize,
    /// How often somebody has to look and make up their mind.
    minds: usize,
    blank: bool,
    seconds: f64,
}

/// Keystroke-level model (Card, Moran & Newell 1980): a stroke of an average typist, and a mental act before one.
const STROKE_S: f64 = 0.28;
const MENTAL_S: f64 = 1.35;
/// A key that is held down comes again after this.
const REPEAT_S: f64 = 1.0 / 30.0;

impl Done {
    /// How long a person takes by the model, who reads what the way stops at and nothing else.
    fn estimated(&self) -> f64 {
        STROKE_S * (self.strokes + self.typed) as f64 + REPEAT_S * self.repeats as f64 + MENTAL_S * self.minds as f64
    }

    /// The strokes that there is a reason for.
    fn allowed(&self) -> usize {
        // A stop costs the key that goes on; where something is mended, also those that lead there, take away what is wrong and go on
        // out of a text.
        PLAIN + self.stops + MENDED * self.mended + if self.blank { BLANK } else { 0 }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_clean_samples_are_confirmed_with_the_keyboard_alone() {
    let papers = papers();
    let program = tokio::task::spawn_blocking(Program::start).await.unwrap();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let mut keyboard = Keyboard { browser: &browser, strokes: 0, typed: 0, repeats: 0 };
    // Signing in and the first password, by keyboard as well.
    browser.go(&format!("{}/queue", program.address)).await;
    browser.until("document.activeElement?.id === 'login'").await;
    for (text, then) in [(program.login.as_str(), TAB), (program.password.as_str(), ENTER)] {
        for key in text.chars() {
            keyboard.press(&[], key).await;
        }
        keyboard.press(&[], then).await;
    }
    browser.wait("#fresh").await;
    browser.until("document.activeElement?.id === 'current'").await;
    for (text, then) in
        [(program.password.as_str(), TAB), ("atarashii 7tsu no umi", TAB), ("atarashii 7tsu no umi", ENTER)]
    {
        for key in text.chars() {
            keyboard.press(&[], key).await;
        }
        keyboard.press(&[], then).await;
    }
    browser.wait(".queue").await;
    keyboard.press(&[], 'n').await;
    browser.wait("#item").await;

    let mut done: Vec<Done> = Vec::new();
    while done.len() < CLEAN.len() {
        browser.until("document.querySelector('#item[data-editable]') || document.querySelector('.queue')").await;
        if browser.js("return !document.querySelector('#item')").await == true {
            break;
        }
        done.push(one(&browser, &mut keyboard, &papers).await);
    }
    browser.close().await;
    let mut table = String::from("file\tkind\tstops\tminds\tstrokes\tallowed\ttyped\tseconds\tmodel\n");
    for item in &done {
        let (file, kind, allowed) = (&item.file, &item.kind, item.allowed());
        let Done { stops, minds, strokes, typed, seconds, .. } = item;
        let model = item.estimated();
        let _ = writeln!(
            table,
            "{file}\t{kind}\t{stops}\t{minds}\t{strokes}\t{allowed}\t{typed}\t{seconds:.1}\t{model:.1}"
        );
    }
    let mut strokes: Vec<usize> = done.iter().map(|item| item.strokes).collect();
    strokes.sort_unstable();
    let middle = strokes.get(strokes.len() / 2).copied().unwrap_or_default();
    let mut model: Vec<f64> = done.iter().map(Done::estimated).collect();
    model.sort_by(f64::total_cmp);
    let estimated = model.get(model.len() / 2).copied().unwrap_or_default();
    let _ = writeln!(
        table,
        "{} items, {middle} strokes in the middle, {estimated:.1} s by the keystroke-level model ({STROKE_S} s a stroke, {MENTAL_S} s \
         a mental act); seconds are the program's, without anybody reading the paper",
        done.len()
    );
    println!("{table}");
    let folder = root().join("target/proofs");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("keyboard.tsv"), &table).unwrap();
    assert!(done.len() >= 20, "only {} were confirmed:\n{table}", done.len());
    let over: Vec<&str> = done.iter().filter(|item| item.strokes > item.allowed()).map(|item| &*item.file).collect();
    assert!(over.is_empty(), "more strokes than there is a reason for at {over:?}:\n{table}");
    assert!(estimated <= PROMISED_S, "half of the items take longer than promised:\n{table}");
}

/// Confirms the item that is open; every step is what the focus asks for.
async fn one(browser: &Browser, keyboard: &mut Keyboard<'_>, papers: &BTreeMap<String, Paper>) -> Done {
    browser.until("document.readyState === 'complete' && document.querySelector('#everything') && document.activeElement !== document.body").await;
    let begun = Instant::now();
    let item = browser.js("return location.pathname").await.as_str().unwrap_or_default().to_owned();
    // Which paper lies beside it; nothing of this is a stroke.
    let arrived = browser
        .client
        .execute_async(
            "const done = arguments[arguments.length - 1]; fetch(document.querySelector('.work-head a').href).then(r => r.text()).then(done)",
            vec![],
        )
        .await
        .expect("the page of what arrived");
    let arrived = arrived.as_str().unwrap_or_default();
    let file = CLEAN.iter().find(|name| arrived.contains(**name)).unwrap_or_else(|| panic!("no sample: {arrived}"));
    let paper = &papers[*file];
    (keyboard.strokes, keyboard.typed, keyboard.repeats) = (0, 0, 0);
    let (mut stops, mut mended, mut minds, mut blank) = (0, 0, 0, false);
    let gone = format!("return location.pathname !== '{item}'");
    for _ in 0..80 {
        if browser.js(&gone).await == true {
            let seconds = begun.elapsed().as_secs_f64();
            let (strokes, typed, repeats) = (keyboard.strokes, keyboard.typed, keyboard.repeats);
            return Done {
                file: (*file).to_owned(),
                kind: paper.kind.clone(),
                strokes,
                typed,
                repeats,
                stops,
                mended,
                minds,
                blank,
                seconds,
            };
        }
        let at = keyboard.focus().await;
        let text = |name: &str| at[name].as_str().unwrap_or_default();
        if browser.js("return !!document.querySelector('[name=blank_ok]:not(:checked)')").await == true && !blank {
            // Back to the box in the notice, and on from there.
            if text("name") == "blank_ok" {
                minds += 1;
                keyboard.press(&[], ' ').await;
                blank = true;
                keyboard.press(&[CONTROL], ENTER).await;
                browser.until("document.readyState === 'complete'").await;
            } else {
                keyboard.press(&[SHIFT], TAB).await;
            }
            continue;
        }
        if text("type") == "radio" {
            let name = text("chooser").to_owned();
            let right = paper.chosen.get(name.as_str()).cloned().flatten().unwrap_or_else(|| "none".to_owned());
            let key = at["keys"][&right].as_str().or_else(|| at["keys"]["none"].as_str());
            let key = key.unwrap_or_else(|| panic!("{file}: no key chooses {right} among {}", at["keys"]));
            let before = browser.js(&format!("return document.querySelector('[name={name}]:checked')?.value")).await;
            minds += 1;
            if before.is_null() {
                keyboard.press(&[], key.chars().next().expect("a digit")).await;
            } else {
                keyboard.press(&[], ENTER).await;
            }
        } else if text("name") == "compared" {
            let key = if at["checked"] == true { ENTER } else { ' ' };
            minds += usize::from(at["checked"] != true);
            keyboard.press(&[], key).await;
        } else if !text("field").is_empty() {
            stops += 1;
            minds += 1;
            // What the paper says, where it says something else.
            if let Some(right) = paper.fields.get(text("field"))
                && right != text("value")
                && text("type") != "select-one"
            {
                mended += 1;
                keyboard.mend(text("value"), right).await;
                assert_eq!(keyboard.focus().await["value"].as_str(), Some(right.as_str()), "{file}: {}", text("field"));
                if right.contains('\n') || text("type") == "textarea" {
                    keyboard.press(&['\u{e00a}'], '\u{e015}').await;
                    keyboard.press(&[], '\u{e038}').await;
                    continue;
                }
            }
            keyboard.press(&[], ENTER).await;
        } else if text("id") == "confirm" {
            minds += 1;
            keyboard.press(&[CONTROL], ENTER).await;
            browser.until(&format!("location.pathname !== '{item}' || document.querySelector('#errors')")).await;
            browser.until("document.readyState === 'complete'").await;
        } else {
            keyboard.press(&[], '\u{e038}').await;
        }
    }
    let stands = browser.text("#errors").await;
    panic!("{file} was not confirmed with 80 steps; the focus stands at {}; {stands}", keyboard.focus().await);
}
