//! Every page before axe-core in Chromium, on a desk's screen and on a tablet: nothing serious stands in anybody's way; and on four
//! widths nothing runs out of the window, and no button lies under something else.

use super::browser::{Browser, Driver};
use super::queue::sign_in;
use super::seed::{FIRST_PASSWORD, PASSWORD};
use super::whole::{EVERYTHING, Whole};
use std::path::{Path, PathBuf};
use std::process::Command;
use uketsuke::web::totp;

/// A desk's screen and a tablet held upright.
const SIZES: [(u32, u32); 2] = [(1280, 800), (820, 1180)];

/// Widths on which pages are laid out: a tablet upright and on its side, the smallest desk, a large screen.
const WIDTHS: [(u32, u32); 4] = [(820, 1180), (1180, 820), (1280, 800), (1920, 1080)];

/// What is wrong with how a page is laid out: a page wider than its window, and every button at whose middle something else is hit.
/// What is open over the page is looked at alone; the enlarged part of the paper lets clicks through and is still no cover for a button
/// below the form.
const LAID_OUT: &str = r#"
    const wrong = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) {
        const out = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3);
        wrong.push(`${wide} px wide in ${innerWidth}: ${out.map(e => e.tagName + '.' + e.className + '#' + e.id).join(' ')}`);
    }
    const cover = document.getElementById('cover');
    const over = cover && !cover.hidden ? cover : document.querySelector('[popover]:popover-open') ?? document;
    document.querySelectorAll('.loupe').forEach(e => (e.style.pointerEvents = 'auto'));
    const name = (e) => `${e.tagName}.${e.className}#${e.id} ${(e.innerText ?? '').trim().slice(0, 20)}`;
    for (const button of over.querySelectorAll('button, a.button, summary, select, input[type=radio], input[type=checkbox]')) {
        if (!button.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) || button.closest('.sr') || button.matches('.sr')) continue;
        if (!button.closest('.work-foot')) button.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
        const at = button.getBoundingClientRect();
        if (at.width < 2 || at.height < 2) continue;
        const hit = document.elementFromPoint(at.left + at.width / 2, at.top + at.height / 2);
        if (hit?.matches('.loupe, .loupe *') && !button.closest('.work-foot')) continue;
        if (!hit || !(button.contains(hit) || hit.contains(button) || hit.closest('label')?.contains(button)))
            wrong.push(`${name(button)} lies under ${hit ? name(hit) : 'the edge of the window'}`);
    }
    document.querySelectorAll('.loupe').forEach(e => (e.style.pointerEvents = ''));
    return wrong;
"#;

/// What is told by its colour alone: a tag, a date, a field or a piece of evidence that has a colour and neither a word nor a sign.
const COLOURED: &str = r#"
    const seen = (e) => e.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
    const words = (e) => (e?.innerText ?? '').trim();
    const all = (css) => [...document.querySelectorAll(css)].filter(seen);
    const tags = all('.tag.bad, .tag.warn, .tag.good, .late, .soon, .mark.bad, .mark.warn, .mark.good, .notice.bad, .notice.warn, .notice.good');
    const fields = all('.field.bad, .field.warn, .field.good');
    const evidence = all('.evidence').flatMap(e => e.matches('.close, .differ') ? [e.firstElementChild] : [...e.children]);
    const signed = (e) => /[○△×－]/.test(words(e.querySelector('[aria-hidden]'))) && /一致|相違|不明/.test(e.querySelector('.sr')?.textContent ?? '');
    const wrong = [
        ...tags.filter(e => !words(e)),
        ...all('.late').filter(e => !/[▲！]|超過/.test(words(e))),
        ...fields.filter(e => !/[○△？！台似✓]/.test(words(e.querySelector('.mark')))),
        ...evidence.filter(e => !signed(e)),
    ];
    return [tags.length + fields.length + evidence.length, wrong.map(e => `told by its colour alone: ${e.tagName}.${e.className} ${words(e).slice(0, 20)}`)];
"#;

/// axe-core as the set-up of the tests fetches it: pinned, and checked against its hash.
fn axe() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fetched = Command::new(root.join("tools/setup/axe.sh")).status().expect("bash runs");
    assert!(fetched.success(), "axe-core is not there: `make deps-test` fetches it");
    let scripts: Vec<PathBuf> = std::fs::read_dir(root.join("target/tools/axe"))
        .expect("its folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "js"))
        .collect();
    std::fs::read_to_string(scripts.iter().max().expect("axe-core")).expect("its text")
}

/// The pages looked at so far, and what was found on them.
struct Checker<'b> {
    axe: String,
    browser: &'b Browser,
    pages: usize,
    looked_at: usize,
    grave: Vec<String>,
    /// How often a page was looked at for how it is laid out.
    laid_out: usize,
    /// What has a colour that says something.
    coloured: u64,
}

impl Checker<'_> {
    /// Looks at the page that is shown, in both sizes. The program's policy forbids it to bring a script along; the driver's own
    /// connection to the browser does not ask the page.
    async fn look(&mut self, name: &str) {
        self.pages += 1;
        let word = |c: char| if c.is_alphanumeric() { c } else { '-' };
        let short: String = name.chars().map(word).take(40).collect();
        for (width, height) in SIZES {
            self.browser.size(width, height).await;
            self.browser.picture(&format!("every-page-{width}-{:02}-{short}", self.pages)).await;
            self.browser.js(&format!("{};", self.axe)).await;
            let run = "const done = arguments[arguments.length - 1]; \
                axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }).then(\
                r => done(r.violations.flatMap(v => v.nodes.map(n => [v.impact, v.id, n.target.join(' '), (n.any.concat(n.all, n.none)[0] || {}).message || v.help]))), \
                e => done([['critical', 'axe', String(e), '']]))";
            let found = self.browser.client.execute_async(run, vec![]).await.expect("axe answers");
            self.looked_at += 1;
            for finding in found.as_array().expect("a list") {
                let text = |i: usize| finding[i].as_str().unwrap_or_default();
                let line = format!("{width}x{height} {name}: {} {} at {}: {}", text(0), text(1), text(2), text(3));
                println!("{line}");
                if ["serious", "critical"].contains(&text(0)) {
                    self.grave.push(line);
                }
            }
        }
        self.colours(name).await;
        self.lay_out(name).await;
        self.browser.size(SIZES[0].0, SIZES[0].1).await;
    }

    /// Looks whether anything is told by its colour alone.
    async fn colours(&mut self, name: &str) {
        let told = self.browser.js(COLOURED).await;
        self.coloured += told[0].as_u64().expect("a number");
        for finding in told[1].as_array().expect("a list") {
            let line = format!("{name}: {}", finding.as_str().unwrap_or_default());
            println!("{line}");
            self.grave.push(line);
        }
    }

    /// Looks whether anything runs out of the window or lies under something else, in every width.
    async fn lay_out(&mut self, name: &str) {
        for (width, height) in WIDTHS {
            self.browser.size(width, height).await;
            let wrong = self.browser.js(LAID_OUT).await;
            self.laid_out += 1;
            for finding in wrong.as_array().expect("a list") {
                let line = format!("{width}x{height} {name}: {}", finding.as_str().unwrap_or_default());
                println!("{line}");
                self.grave.push(line);
            }
        }
    }

    async fn open(&mut self, desk: &super::seed::Desk, path: &str, name: &str) {
        self.browser.go(&desk.url(path)).await;
        self.browser.until("document.readyState === 'complete' && document.querySelector('main')").await;
        self.look(name).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_has_a_serious_finding() {
    let place = crate::support::Place::sqlite();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let db = uketsuke::store::open(&place.url().await).await.unwrap();
    let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
    let whole = Whole::open(db, referral, Some(&browser), "").await;
    let desk = &whole.desk;
    let mut checker =
        Checker { axe: axe(), browser: &browser, pages: 0, looked_at: 0, grave: Vec::new(), laid_out: 0, coloured: 0 };

    // Outside: signing in, refused, the first password, the second factor.
    checker.open(desk, "/sign-in", "sign-in").await;
    browser.fill("#login", "dare").await;
    browser.fill("#password", "machigai machigai").await;
    browser.click(".primary").await;
    browser.until("document.body.innerText.includes('違います')").await;
    checker.look("sign-in, refused").await;
    browser.fill("#login", "shinjin").await;
    browser.fill("#password", FIRST_PASSWORD).await;
    browser.click(".primary").await;
    browser.wait("#fresh").await;
    checker.look("first password").await;
    browser.client.delete_all_cookies().await.unwrap();
    second_factor(&mut checker, desk).await;
    browser.client.delete_all_cookies().await.unwrap();

    // Inside: every page there is.
    sign_in(&browser, desk, EVERYTHING).await;
    for (_, address) in whole.pages().await {
        checker.open(desk, &address, &address).await;
    }
    checker.open(desk, "/nowhere", "no such page").await;

    // What opens over a page or comes after a form.
    browser.go(&desk.url("/queue")).await;
    browser.wait(".queue").await;
    browser.keys("?").await;
    browser.until("document.querySelector('#keys:popover-open')").await;
    checker.look("queue, keys").await;
    browser.keys("?").await;
    browser.fill("#search", "風間").await;
    browser.click(".search button").await;
    browser
        .until("document.querySelector('#search')?.value === '風間' && document.querySelector('.head a.small')")
        .await;
    checker.look("queue, searched").await;
    // What was searched for stands in its box; a condition that was chosen stands in a list of its own.
    browser.go(&desk.url("/queue?tray=open&kind=referral_letter")).await;
    browser.until("document.querySelector('.active li')").await;
    checker.look("queue, a condition").await;
    browser.fill("#view-name", "風間さん").await;
    browser.click(".keep button").await;
    browser.until("document.querySelector('.views li')").await;
    browser.click(".views summary").await;
    checker.look("queue, a kept list").await;
    for wish in ["print", "assign"] {
        browser.go(&desk.url("/queue?tray=open&clear=1")).await;
        browser.until("document.querySelectorAll('[name=tick]').length > 3").await;
        browser.js("document.querySelectorAll('[name=tick]').forEach(e => { e.checked = true; })").await;
        browser.click(&format!("[name=do][value={wish}]")).await;
        browser.until("!document.querySelector('#several') && document.querySelector('main')").await;
        checker.look(&format!("several, {wish}")).await;
    }
    let item = format!("/items/{}", whole.mine);
    for opener in ["aside", "ask", "paging"] {
        browser.go(&desk.url(&item)).await;
        browser.wait("#item[data-editable]").await;
        browser.click(&format!("[popovertarget={opener}]")).await;
        browser.wait(&format!("#{opener}:popover-open")).await;
        checker.look(&format!("item, {opener}")).await;
    }
    browser.go(&desk.url(&item)).await;
    browser.wait("#item[data-editable]").await;
    browser.keys("\u{e00a}2\u{e000}").await;
    browser.until("document.querySelector('[name=patient]:checked')").await;
    checker.look("item, a patient picked").await;
    browser.keys("\u{e009}\u{e007}\u{e000}").await;
    browser.until("document.querySelector('#errors')").await;
    checker.look("item, not yet").await;
    browser.go(&desk.url(&format!("/items/{}", whole.recorded))).await;
    browser.click("[popovertarget=correct]").await;
    checker.look("item, correction").await;
    browser.go(&desk.url(&format!("/quality/samples/{}", whole.sample))).await;
    browser.wait("#read-again").await;
    browser.js("document.querySelector('#kind').value = 'referral_letter'").await;
    browser.click("[value=kind]").await;
    browser.wait("[name='f.patient_birth_date']").await;
    checker.look("sample, its fields").await;
    browser.go(&desk.url("/staff")).await;
    browser.fill("[name=login]", "tanaka").await;
    browser.fill("[name=display_name]", "田中 洋").await;
    browser.js("document.querySelector('[name=role][value=reviewer]').checked = true").await;
    browser.click("main form[action='/staff'] button").await;
    browser.wait("#made").await;
    checker.look("staff, a new account").await;
    browser.go(&desk.url("/queue")).await;
    browser.wait(".queue").await;
    browser.click("#lock").await;
    browser.until("!document.getElementById('cover').hidden").await;
    checker.look("covered").await;

    println!(
        "axe-core: {} looks; laid out: {} looks; coloured: {} things; {} serious or critical findings",
        checker.looked_at,
        checker.laid_out,
        checker.coloured,
        checker.grave.len()
    );
    let (looked_at, laid_out, grave) = (checker.looked_at, checker.laid_out, checker.grave);
    let coloured = checker.coloured;
    browser.close().await;
    assert!(coloured > 200, "{coloured} coloured things only: they were looked for in the wrong way");
    assert!(looked_at > 2 * 40 && laid_out == 2 * looked_at, "{looked_at} and {laid_out} looks are not every page");
    assert!(grave.is_empty(), "{} serious or critical findings:\n{}", grave.len(), grave.join("\n"));
}

/// Setting a second factor up, its codes, and being asked for one.
async fn second_factor(checker: &mut Checker<'_>, desk: &super::seed::Desk) {
    let browser = checker.browser;
    sign_in(browser, desk, "onodera").await;
    checker.open(desk, "/account/second-factor", "second factor, set up").await;
    let secret = totp::from_base32(browser.text("#secret").await.trim()).expect("a secret");
    browser.fill("[name=code]", &totp::shown(&secret, desk.now())).await;
    browser.fill("[name=current]", PASSWORD).await;
    browser.click("main form .primary").await;
    browser.until("document.querySelectorAll('li code').length === 10").await;
    checker.look("second factor, recovery codes").await;
    checker.open(desk, "/account", "account with a second factor").await;
    browser.client.delete_all_cookies().await.unwrap();
    browser.go(&desk.url("/sign-in")).await;
    browser.fill("#login", "onodera").await;
    browser.fill("#password", PASSWORD).await;
    browser.click(".primary").await;
    browser.wait("[name=code]").await;
    checker.look("second factor, asked").await;
}

/// That the checker finds what is wrong: a picture without words, a field without a label, something too wide, a button under something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_checker_sees_what_is_wrong() {
    let place = crate::support::Place::sqlite();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let desk = super::seed::Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
    let mut checker =
        Checker { axe: axe(), browser: &browser, pages: 0, looked_at: 0, grave: Vec::new(), laid_out: 0, coloured: 0 };
    browser.go(&desk.url("/sign-in")).await;
    browser.wait("#login").await;
    browser
        .js("document.querySelector('label[for=login]').remove(); document.querySelector('main').append(new Image())")
        .await;
    checker.look("broken").await;
    let grave = checker.grave.join("\n");
    assert!(grave.contains(" label at #login") && grave.contains(" image-alt at "), "{grave}");
    checker.grave.clear();
    browser.go(&desk.url("/sign-in")).await;
    browser.wait("#login").await;
    checker.lay_out("sound").await;
    assert_eq!(checker.grave, Vec::<String>::new());
    browser
        .js("const lid = document.createElement('div'); lid.id = 'lid'; document.body.append(lid); \
             Object.assign(lid.style, { position: 'fixed', inset: '0', width: '3000px', zIndex: '50' })")
        .await;
    checker.lay_out("covered").await;
    let covered = std::mem::take(&mut checker.grave);
    browser.js("lid.remove(); document.querySelector('main').style.width = '3000px'").await;
    checker.lay_out("wide").await;
    let wide = std::mem::take(&mut checker.grave);
    browser
        .js("document.querySelector('main').innerHTML = '<span class=\"tag bad\" style=\"display:block;height:9px\"></span><p class=\"late\">5月1日</p>\
             <div class=\"field warn\"><span class=\"mark\">値</span></div><p class=\"evidence\"><span>氏名</span></p><p class=\"tag good\">○ 有効</p>'")
        .await;
    checker.colours("coloured").await;
    let coloured = std::mem::take(&mut checker.grave);
    browser.close().await;
    let each = |all: &[String], words: &str| all.iter().filter(|line| line.contains(words)).count() >= WIDTHS.len();
    assert!(each(&covered, "lies under DIV.#lid"), "{covered:?}");
    assert!(each(&wide, "px wide in"), "{wide:?}");
    assert_eq!(coloured.len(), 4, "{coloured:?}");
}
