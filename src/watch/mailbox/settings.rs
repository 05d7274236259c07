//! What `pipelines/mailbox.toml` says about shared mailboxes; an unknown key does not load, and says where. Secrets stand elsewhere.

use crate::net::{Grant, Secret, Security, TokenSource, Trust, is_loopback_name};
use jiff::civil::Date;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What becomes of a message once its delivery is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// Moved into this folder, which is made when missing.
    Move(String),
    /// Marked with this flag or keyword.
    Flag(String),
    /// Left as it is, and known by its UID from then on.
    Leave,
}

/// How the program signs in.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// With a password.
    Password(Secret),
    /// With an access token (XOAUTH2).
    Token(Arc<TokenSource>),
}

/// One shared mailbox.
#[derive(Clone, Debug)]
pub struct MailboxSource {
    /// Its name, unique among all sources.
    pub name: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Whose certificate the server may show.
    pub trust: Trust,
    /// Whom to sign in as.
    pub user: String,
    /// With what.
    pub sign_in: SignIn,
    /// Folders to take messages from.
    pub folders: Vec<String>,
    /// Messages that reached the server before this day are not taken.
    pub since: Option<Date>,
    /// What becomes of a received message.
    pub acknowledge: Acknowledge,
    /// Time between two looks when the server says nothing.
    pub poll_ms: u64,
    /// The first pause after a failure; each further one doubles it.
    pub retry_ms: u64,
    /// All UIDs are compared again after so long.
    pub compare_ms: i64,
    /// A mailbox out of reach raises an alert after so long.
    pub alert_after_ms: i64,
    /// Larger messages stay where they are and raise an alert.
    pub max_bytes: u64,
    /// Bodies fetched with one command: at most so many.
    pub batch_messages: usize,
    /// And at most so many bytes, unless a single one is larger.
    pub batch_bytes: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[expect(dead_code, reason = "read by the caller, and a key of the file")]
    channel: String,
    #[serde(default)]
    source: Vec<SourceText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceText {
    name: String,
    host: String,
    port: Option<u16>,
    #[serde(default)]
    security: Security,
    root_certificates: Option<PathBuf>,
    fingerprint: Option<String>,
    user: String,
    password_file: Option<PathBuf>,
    password_env: Option<String>,
    oauth: Option<OauthText>,
    #[serde(default = "folders")]
    folders: Vec<String>,
    since: Option<String>,
    #[serde(default)]
    afterwards: AfterwardsText,
    done_folder: Option<String>,
    flag: Option<String>,
    #[serde(default = "poll_seconds")]
    poll_seconds: u32,
    #[serde(default = "compare_minutes")]
    compare_minutes: u32,
    #[serde(default = "alert_after_minutes")]
    alert_after_minutes: u32,
    #[serde(default = "max_mebibytes")]
    max_mebibytes: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OauthText {
    grant: GrantText,
    token_endpoint: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    client_secret_env: Option<String>,
    refresh_token_file: Option<PathBuf>,
    refresh_token_env: Option<String>,
    #[serde(default)]
    scope: String,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum GrantText {
    ClientCredentials,
    RefreshToken,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum AfterwardsText {
    #[default]
    Move,
    Flag,
    Leave,
}

fn folders() -> Vec<String> {
    vec!["INBOX".to_owned()]
}

fn poll_seconds() -> u32 {
    120
}

fn compare_minutes() -> u32 {
    60
}

fn alert_after_minutes() -> u32 {
    15
}

fn max_mebibytes() -> u32 {
    60
}

/// Where a value is wrong, and why.
type Wrong = (&'static str, String);

/// Reads one file's mailboxes; an error says where in the file it is. Relative files start at `data`.
pub fn parse(text: &str, data: &Path) -> Result<Vec<MailboxSource>, (String, String)> {
    let file: FileText = toml::from_str(text).map_err(|e| (String::new(), e.to_string().trim_end().to_owned()))?;
    let place = |n: usize, key: &str| format!("source[{n}].{key}: ");
    let resolved = file.source.into_iter().enumerate();
    resolved.map(|(n, source)| source.resolve(data).map_err(|(key, why)| (place(n, key), why))).collect()
}

impl SourceText {
    fn resolve(self, data: &Path) -> Result<MailboxSource, Wrong> {
        super::super::settings::check_name(&self.name).map_err(|why| ("name", why))?;
        let trust = self.trust(data)?;
        if self.security == Security::None && !is_loopback_name(&self.host) {
            let why = "暗号化なし（none）は、この機械自身（127.0.0.1、localhost）にだけ使えます";
            return Err(("security", why.into()));
        }
        let sign_in = match (self.oauth, Secret::of(under(data, self.password_file), self.password_env)) {
            (_, Err(why)) => return Err(("password_file", why.into())),
            (None, Ok(Some(password))) => SignIn::Password(password),
            (Some(oauth), Ok(None)) => SignIn::Token(Arc::new(oauth.resolve(data, trust.clone())?)),
            (None, Ok(None)) => {
                return Err(("user", "password_file、password_env、[source.oauth] のどれかを書いてください".into()));
            }
            (Some(_), Ok(Some(_))) => return Err(("oauth", "パスワードと一緒には使えません".into())),
        };
        let acknowledge = match (self.afterwards, self.done_folder, self.flag) {
            (AfterwardsText::Move, done, None) => Acknowledge::Move(done.unwrap_or_else(|| "受付済".to_owned())),
            (AfterwardsText::Flag, None, flag) => Acknowledge::Flag(flag.unwrap_or_else(|| "$Uketsuke".to_owned())),
            (AfterwardsText::Leave, None, None) => Acknowledge::Leave,
            (_, Some(_), _) => return Err(("done_folder", "afterwards = \"move\" のときだけ使えます".into())),
            (_, _, Some(_)) => return Err(("flag", "afterwards = \"flag\" のときだけ使えます".into())),
        };
        if let Acknowledge::Flag(flag) = &acknowledge
            && !is_flag(flag)
        {
            return Err(("flag", "\\Seen、\\Flagged、または半角英数字の名前（$Uketsuke など）にしてください".into()));
        }
        let mut seen: Vec<&String> = Vec::new();
        for folder in &self.folders {
            if folder.is_empty() || folder.chars().any(char::is_control) || seen.contains(&folder) {
                return Err(("folders", "フォルダの名前を、重ならないように書いてください".into()));
            }
            seen.push(folder);
        }
        if self.folders.is_empty() {
            return Err(("folders", "フォルダを1つ以上書いてください".into()));
        }
        if matches!(&acknowledge, Acknowledge::Move(done) if self.folders.contains(done) || done.is_empty()) {
            return Err(("done_folder", "監視するフォルダと別のフォルダにしてください".into()));
        }
        let since = self.since.as_deref().map(str::parse::<Date>).transpose();
        let since = since.map_err(|_| ("since", "2026-04-01 のような日付にしてください".to_owned()))?;
        for (key, value) in [("poll_seconds", self.poll_seconds), ("compare_minutes", self.compare_minutes)] {
            if value == 0 {
                return Err((key, "1以上にしてください".into()));
            }
        }
        if self.max_mebibytes == 0 || self.max_mebibytes > 200 {
            return Err(("max_mebibytes", "1から200までにしてください".into()));
        }
        let usual = if self.security == Security::Tls { 993 } else { 143 };
        Ok(MailboxSource {
            name: self.name,
            host: self.host,
            port: self.port.unwrap_or(usual),
            security: self.security,
            trust,
            user: self.user,
            sign_in,
            folders: self.folders,
            since,
            acknowledge,
            poll_ms: u64::from(self.poll_seconds) * 1_000,
            retry_ms: 1_000,
            compare_ms: i64::from(self.compare_minutes) * 60_000,
            alert_after_ms: i64::from(self.alert_after_minutes) * 60_000,
            max_bytes: u64::from(self.max_mebibytes) << 20,
            batch_messages: 50,
            batch_bytes: 16 << 20,
        })
    }

    fn trust(&self, data: &Path) -> Result<Trust, Wrong> {
        let fingerprint = match &self.fingerprint {
            None => None,
            Some(text) => Some(
                Trust::parse_fingerprint(text)
                    .ok_or_else(|| ("fingerprint", "証明書の SHA-256 を16進64桁で書いてください".to_owned()))?,
            ),
        };
        Ok(Trust { roots: under(data, self.root_certificates.clone()), fingerprint })
    }
}

impl OauthText {
    fn resolve(self, data: &Path, trust: Trust) -> Result<TokenSource, Wrong> {
        let host = self.token_endpoint.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or(""));
        if !self.token_endpoint.starts_with("https://") && !host.is_some_and(is_loopback_name) {
            return Err(("oauth.token_endpoint", "https:// で始まるアドレスにしてください".into()));
        }
        let client_secret = Secret::of(under(data, self.client_secret_file), self.client_secret_env)
            .map_err(|why| ("oauth.client_secret_file", why.to_owned()))?;
        let refresh = Secret::of(under(data, self.refresh_token_file), self.refresh_token_env)
            .map_err(|why| ("oauth.refresh_token_file", why.to_owned()))?;
        let grant = match (self.grant, refresh) {
            (GrantText::RefreshToken, Some(secret)) => Grant::RefreshToken(secret),
            (GrantText::RefreshToken, None) => {
                return Err(("oauth.refresh_token_file", "更新用トークンの置き場所を書いてください".into()));
            }
            (GrantText::ClientCredentials, None) => Grant::ClientCredentials,
            (GrantText::ClientCredentials, Some(_)) => {
                return Err(("oauth.refresh_token_file", "grant = \"refresh_token\" のときだけ使えます".into()));
            }
        };
        if grant == Grant::ClientCredentials && client_secret.is_none() {
            return Err(("oauth.client_secret_file", "クライアントシークレットの置き場所を書いてください".into()));
        }
        // A pin is the mail server's alone; the token endpoint is another machine.
        let trust = Trust { fingerprint: None, ..trust };
        Ok(TokenSource::new(self.token_endpoint, self.client_id, client_secret, self.scope, grant, trust))
    }
}

fn under(data: &Path, file: Option<PathBuf>) -> Option<PathBuf> {
    file.map(|file| data.join(file))
}

/// A system flag, or a keyword that needs no quoting.
fn is_flag(flag: &str) -> bool {
    let name = flag.strip_prefix('\\').unwrap_or(flag);
    let settable = ["Seen", "Flagged", "Answered"];
    let known = !flag.starts_with('\\') || settable.iter().any(|known| known.eq_ignore_ascii_case(name));
    known && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"$_-.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(more: &str) -> Result<Vec<MailboxSource>, (String, String)> {
        let text = format!("channel='email'\n[[source]]\nname='m'\nhost='imap.example.jp'\nuser='u'\n{more}\n");
        parse(&text, Path::new("/data"))
    }

    fn says(more: &str, key: &str) {
        let (place, why) = of(more).expect_err(more);
        assert!(place.contains(key) || why.contains(key), "{more}: {place}{why}");
    }

    #[test]
    fn defaults_fill_what_is_not_said() {
        let [source] = of("password_file='secret'").unwrap().try_into().unwrap();
        assert_eq!((source.port, source.security), (993, Security::Tls));
        assert!(matches!(&source.sign_in, SignIn::Password(Secret::File(path)) if path == Path::new("/data/secret")));
        assert_eq!(source.folders, ["INBOX"]);
        assert_eq!(source.acknowledge, Acknowledge::Move("受付済".into()));
        let [source] = of("password_env='P'\nsecurity='starttls'\nafterwards='flag'").unwrap().try_into().unwrap();
        assert_eq!((source.port, source.acknowledge), (143, Acknowledge::Flag("$Uketsuke".into())));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_key() {
        says("", "password_file");
        says("password_env='P'\npasword='x'", "pasword");
        says("password_env='P'\npassword_file='x'", "password_file");
        says("password_env='P'\nsecurity='none'", "security");
        says("password_env='P'\nfolders=[]", "folders");
        says("password_env='P'\nfolders=['A','A']", "folders");
        says("password_env='P'\nfolders=['A']\ndone_folder='A'", "done_folder");
        says("password_env='P'\nafterwards='leave'\ndone_folder='A'", "done_folder");
        says("password_env='P'\nafterwards='flag'\nflag='a b'", "flag");
        says("password_env='P'\nafterwards='flag'\nflag='\\Deleted'", "flag");
        says("password_env='P'\nsince='4月'", "since");
        says("password_env='P'\nfingerprint='00'", "fingerprint");
        says("password_env='P'\nmax_mebibytes=0", "max_mebibytes");
        let oauth = "[source.oauth]\nclient_id='c'\ngrant=";
        says(&format!("{oauth}'client_credentials'\ntoken_endpoint='http://login.example.jp/t'"), "token_endpoint");
        says(&format!("{oauth}'client_credentials'\ntoken_endpoint='https://login.example.jp/t'"), "client_secret");
        says(&format!("{oauth}'refresh_token'\ntoken_endpoint='https://login.example.jp/t'"), "refresh_token");
    }

    #[test]
    fn tokens_can_be_had_both_ways() {
        let endpoint = "token_endpoint='https://login.example.jp/t'\nclient_id='c'\n";
        let [source] =
            of(&format!("[source.oauth]\n{endpoint}grant='client_credentials'\nclient_secret_env='S'\nscope='s'"))
                .unwrap()
                .try_into()
                .unwrap();
        assert!(matches!(&source.sign_in, SignIn::Token(token) if token.grant == Grant::ClientCredentials));
        let [source] = of(&format!("[source.oauth]\n{endpoint}grant='refresh_token'\nrefresh_token_file='r'"))
            .unwrap()
            .try_into()
            .unwrap();
        let SignIn::Token(token) = &source.sign_in else { panic!() };
        assert_eq!(token.grant, Grant::RefreshToken(Secret::File("/data/r".into())));
    }

    #[test]
    fn the_example_that_comes_with_the_program_loads_when_it_is_switched_on() {
        let shipped = include_str!("../../../pipelines/mailbox.toml");
        assert!(parse(shipped, Path::new("/data")).unwrap().is_empty(), "nobody's mailbox is watched unasked");
        // A key is switched on by taking away "# " before it; a comment about a key is a line of Japanese.
        let key = |line: &str| line.starts_with("[") || line.split_once(" = ").is_some_and(|(k, _)| k.is_ascii());
        let switched = |until: &str| -> String {
            let lines = shipped.lines().take_while(|line| !line.contains(until));
            lines
                .map(|line| line.strip_prefix("# ").filter(|rest| key(rest)).unwrap_or(line).to_owned() + "\n")
                .collect()
        };
        let [source] = parse(&switched("source.oauth"), Path::new("/data")).unwrap().try_into().unwrap();
        assert!(matches!(source.sign_in, SignIn::Password(_)));
        // Each of the two ways to tokens, in the place of the password.
        let whole = switched("no line says this").replace("password_file = ", "# password_file = ");
        let (head, ways) = whole.split_once("[source.oauth]\n").unwrap();
        let ways: Vec<&str> = ways.split("[source.oauth]\n").collect();
        let tokens = ways.iter().map(|way| {
            let text = format!("{head}[source.oauth]\n{way}");
            let [source] = parse(&text, Path::new("/data")).unwrap().try_into().unwrap();
            let SignIn::Token(token) = &source.sign_in else { panic!("{text}") };
            (token.endpoint.clone(), token.scope.clone(), token.grant == Grant::ClientCredentials)
        });
        let [microsoft, google] = tokens.collect::<Vec<_>>().try_into().unwrap();
        assert!(microsoft.0.contains("login.microsoftonline.com") && microsoft.1.ends_with("/.default") && microsoft.2);
        let expected = ("https://oauth2.googleapis.com/token".to_owned(), "https://mail.google.com/".to_owned(), false);
        assert_eq!(google, expected);
    }
}
