//! Notes that a fax server leaves beside a document: small, of many makers, none documented. Read tolerantly; what is not understood is left out, never an error.

mod pairs;

use crate::domain::FaxMeta;
use unicode_normalization::UnicodeNormalization;

/// A larger file of the same stem is no note.
pub const MAX_BYTES: u64 = 256 * 1024;

/// Key words by rank: the line's own caller number is trusted before what the other machine says of itself.
const SENDER: [&[&str]; 3] = [
    &["callerid", "callid", "callid1", "cidnumber", "cid", "ani", "発信者番号", "ナンバーディスプレイ", "発番号"],
    &[
        "相手番号",
        "相手先番号",
        "相手先fax番号",
        "相手fax番号",
        "相手先",
        "送信元番号",
        "送信元fax番号",
        "送信元",
        "発信元番号",
        "発信元",
        "発信番号",
        "送信者番号",
        "fax番号",
        "sendernumber",
        "senderno",
        "senderfax",
        "faxnumber",
        "fromnumber",
        "from",
        "number",
        "remotenumber",
        "phonenumber",
    ],
    &["sender", "tsi", "csi", "remotestationid", "stationid", "remoteid", "相手局", "相手局名"],
];
const RECEIVED: [&[&str]; 2] = [
    &[
        "受信日時",
        "受信年月日時刻",
        "receiveddatetime",
        "receivedat",
        "receivetime",
        "receivedtime",
        "faxrecvtime",
        "receivedate",
    ],
    &["received", "datetime", "timestamp", "日時", "受信時間", "開始日時", "starttime"],
];
const RECEIVED_DAY: &[&str] = &["受信日", "受信年月日", "receiveddate", "date", "日付"];
const RECEIVED_HOUR: &[&str] = &["受信時刻", "time", "時刻"];
const LINE: [&[&str]; 1] = [&[
    "回線",
    "回線名",
    "回線番号",
    "受信回線",
    "ライン",
    "line",
    "lineno",
    "device",
    "modem",
    "port",
    "チャネル",
    "channel",
]];
const PAGES: [&[&str]; 1] =
    [&["ページ数", "ページ", "枚数", "受信枚数", "受信ページ数", "頁数", "pages", "pagecount", "numpages", "faxpages"]];

/// What a note of the given extension says; everything in it is claimed, nothing proven.
pub fn read(extension: &str, bytes: &[u8]) -> FaxMeta {
    let text = decode(bytes);
    let pairs: Vec<(String, String)> = match extension {
        "json" => pairs::json(&text),
        "xml" => pairs::xml(&text),
        "csv" => pairs::csv(&text, known),
        _ => pairs::lines(&text),
    }
    .into_iter()
    .map(|(key, value)| (plain(&key), tidy(&value)))
    .filter(|(_, value)| !value.is_empty())
    .collect();
    let first = |words: &[&str]| pairs.iter().find(|(key, _)| words.contains(&key.as_str())).map(|(_, v)| v.clone());
    let ranked = |ranks: &[&[&str]]| ranks.iter().find_map(|words| first(words));
    FaxMeta {
        sender_number: ranked(&SENDER),
        received: ranked(&RECEIVED).or_else(|| match (first(RECEIVED_DAY), first(RECEIVED_HOUR)) {
            (Some(day), Some(hour)) => Some(format!("{day} {hour}")),
            (day, _) => day,
        }),
        line: ranked(&LINE),
        pages: ranked(&PAGES).and_then(|v| v.trim_end_matches(['枚', '頁']).trim().parse().ok()),
        error: None,
    }
}

fn known(key: &str) -> bool {
    let key = plain(key);
    let groups = SENDER.iter().chain(&RECEIVED).chain(&LINE).chain(&PAGES).chain([&RECEIVED_DAY, &RECEIVED_HOUR]);
    groups.into_iter().any(|words| words.contains(&key.as_str()))
}

/// A key word without width, case, spaces and joints.
fn plain(key: &str) -> String {
    key.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric() || *c == 'ー').collect()
}

fn tidy(value: &str) -> String {
    let value: String = value.nfkc().filter(|c| !c.is_control()).take(200).collect();
    value.trim().trim_matches('"').trim().to_owned()
}

/// By byte order mark, else UTF-8, else Shift_JIS.
fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(meta: &FaxMeta) -> (Option<&str>, Option<&str>, Option<&str>, Option<u32>) {
        (meta.sender_number.as_deref(), meta.received.as_deref(), meta.line.as_deref(), meta.pages)
    }

    const EXPECTED: (Option<&str>, Option<&str>, Option<&str>, Option<u32>) =
        (Some("0144-33-0000"), Some("2026/04/01 09:15:00"), Some("回線2"), Some(3));

    #[test]
    fn csv_with_a_head_in_shift_jis() {
        let text = "受信日時,相手番号,ページ数,受信回線\r\n2026/04/01 09:15:00,\"0144-33-0000\",3,回線２\r\n";
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(text);
        assert_eq!(all(&read("csv", &bytes)), EXPECTED);
    }

    #[test]
    fn csv_of_pairs() {
        let text = "受信日時,2026/04/01 09:15:00\n相手番号,0144-33-0000\nページ数,3\n回線,回線2\n";
        assert_eq!(all(&read("csv", text.as_bytes())), EXPECTED);
    }

    #[test]
    fn xml_in_elements_and_in_attributes() {
        let text = "<?xml version='1.0'?><!-- <TSI>1</TSI> --><Fax><Received>2026/04/01 09:15:00</Received>\
                    <CallerID>0144-33-0000</CallerID><Pages>3</Pages><Line>回線&#50;</Line></Fax>";
        assert_eq!(all(&read("xml", text.as_bytes())), EXPECTED);
        let text = "<f:fax number=\"0144-33-0000\" received='2026/04/01 09:15:00' pages='3' line='回線2'/>";
        assert_eq!(all(&read("xml", text.as_bytes())), EXPECTED);
    }

    #[test]
    fn json_however_deep() {
        let text = r#"{"fax":{"from":"0144-33-0000","received_at":"2026/04/01 09:15:00"},"pages":3,"device":"回線2"}"#;
        assert_eq!(all(&read("json", text.as_bytes())), EXPECTED);
    }

    #[test]
    fn lines_with_any_joint_in_utf16() {
        let text = "\u{feff}相手先番号：０１４４－３３－００００\r\n受信日時 = 2026/04/01 09:15:00\r\nページ数\t3枚\r\n回線: 回線2\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(all(&read("txt", &bytes)), EXPECTED);
    }

    #[test]
    fn the_line_is_trusted_before_the_other_machine() {
        let meta = read("txt", b"TSI: +81 144 99 9999\nCallerID: 0144330000\n");
        assert_eq!(meta.sender_number.as_deref(), Some("0144330000"));
    }

    #[test]
    fn nonsense_says_nothing() {
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        let open = "<a ".repeat(50_000);
        for bytes in [b"".as_slice(), &[0xFF; 300], deep.as_bytes(), open.as_bytes(), b"{\"from\":", b"&#x110000;"] {
            for extension in ["csv", "xml", "json", "txt"] {
                assert_eq!(read(extension, bytes), FaxMeta::default(), "{extension}");
            }
        }
    }
}
