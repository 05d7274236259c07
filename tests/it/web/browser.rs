//! A real Chromium, driven through chromedriver; both end with the test.

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A driver of browsers on a port of its own.
pub struct Driver {
    child: Child,
    port: u16,
}

impl Driver {
    pub fn start() -> Driver {
        let mut child = Command::new("/usr/bin/chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("chromedriver (Debian: chromium-driver) can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("it has an output")).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver says its port").expect("it speaks UTF-8");
            let said = line.strip_prefix("ChromeDriver was started successfully on port ");
            if let Some(port) = said.and_then(|p| p.trim_end_matches('.').parse().ok()) {
                break port;
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Driver { child, port }
    }

    /// A new browser with nothing in it.
    pub async fn browser(&self) -> Browser {
        let profile = tempfile::tempdir().expect("a scratch folder can be made");
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--lang=ja".to_owned(),
            "--window-size=1280,800".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "goog:chromeOptions": { "args": arguments, "binary": "/usr/bin/chromium" } });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(options.as_object().expect("an object").clone())
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("Chromium starts");
        let browser = Browser { client, driver: self.port, _profile: profile };
        browser.size(1280, 800).await;
        browser
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(group) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// One browser.
pub struct Browser {
    pub client: Client,
    driver: u16,
    _profile: TempDir,
}

impl Browser {
    /// Makes the page's own area that large, and waits until it is.
    pub async fn size(&self, width: u32, height: u32) {
        let wanted = json!([width, height]);
        let measure = "return [innerWidth, innerHeight, outerWidth - innerWidth, outerHeight - innerHeight]";
        let mut beside = (0, 0);
        for _ in 0..20 {
            self.client.set_window_size(width + beside.0, height + beside.1).await.expect("a window can be sized");
            // The window says that it is sized before its page is.
            for _ in 0..10 {
                let now = self.js(measure).await;
                let number = |at: usize| now[at].as_i64().expect("a number");
                if json!([number(0), number(1)]) == wanted {
                    return;
                }
                beside = (number(2).max(0) as u32, number(3).max(0) as u32);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        panic!("the window is not {width}x{height}: {}", self.js(measure).await);
    }

    pub async fn go(&self, address: &str) {
        self.client.goto(address).await.expect("a page opens");
    }

    pub async fn js(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, vec![]).await.expect("a script runs")
    }

    pub async fn wait(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.client.wait().at_most(Duration::from_secs(10)).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css}: {error}\n{}", self.text("body").await),
        }
    }

    pub async fn click(&self, css: &str) {
        // A list renews itself: what was found a moment ago may stand there as another element now.
        for _ in 0..20 {
            match self.wait(css).await.click().await {
                Err(error) if error.to_string().contains("stale element") => {}
                clicked => return clicked.unwrap_or_else(|e| panic!("{css}: {e}")),
            }
        }
        panic!("{css} never stood still");
    }

    pub async fn text(&self, css: &str) -> String {
        self.js(&format!("return document.querySelector({css:?})?.innerText ?? ''"))
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Types into a field, in place of what is in it.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.wait(css).await;
        field.clear().await.expect("a field can be cleared");
        field.send_keys(text).await.expect("a field takes keys");
    }

    /// Presses keys at whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        let active = self.client.active_element().await.expect("something has the focus");
        active.send_keys(keys).await.expect("it takes keys");
    }

    /// Waits until a script answers true.
    pub async fn until(&self, condition: &str) {
        self.until_within(10, condition).await;
    }

    /// Waits until a script answers true, for about so many seconds.
    pub async fn until_within(&self, seconds: u32, condition: &str) {
        for _ in 0..10 * seconds {
            if self.js(&format!("return !!({condition})")).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never came true: {condition}\n{}", self.text("body").await);
    }

    /// Drags the left button from one point of the window to another, as a hand does.
    pub async fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        let at =
            |(x, y): (f64, f64), ms: u64| PointerAction::MoveTo { duration: Some(Duration::from_millis(ms)), x, y };
        let half = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        let hand = MouseActions::new("mouse".to_owned())
            .then(at(from, 0))
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
            .then(at(half, 60))
            .then(at(to, 60))
            .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
        self.client.perform_actions(hand).await.expect("a mouse can be moved");
    }

    /// Left, top, right and bottom in the window of what stands there, once it stands still.
    pub async fn edges(&self, css: &str) -> [f64; 4] {
        let script = format!(
            "const r = document.querySelector({css:?}).getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]"
        );
        let mut before = serde_json::Value::Null;
        for _ in 0..50 {
            let now = self.js(&script).await;
            if now == before {
                return [0, 1, 2, 3].map(|at: usize| now[at].as_f64().expect("a number"));
            }
            before = now;
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        panic!("{css} never stood still");
    }

    /// Cuts the browser's network, or mends it: a command of chromedriver's own.
    pub async fn network(&self, on: bool) {
        let session = self.client.session_id().await.expect("an answer").expect("a session");
        let conditions = json!({ "offline": !on, "latency": 0, "download_throughput": -1, "upload_throughput": -1 });
        let body = json!({ "network_conditions": conditions }).to_string();
        let request = format!(
            "POST /session/{session}/chromium/network_conditions HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.driver,
            body.len()
        );
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", self.driver)).await.expect("chromedriver");
        stream.write_all(request.as_bytes()).await.expect("it takes a command");
        // It keeps the line open behind its answer.
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.expect("it answers");
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 200");
    }

    /// Keeps a picture of the window under `target/screenshots`.
    pub async fn picture(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let png = self.client.screenshot().await.expect("a picture can be taken");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("a picture can be kept");
    }

    pub async fn close(self) {
        let _ = self.client.close().await;
    }
}
