//! Keys and values out of four loose formats; no schema, no entity from outside, no recursion without a bound.

const MAX_PAIRS: usize = 1_000;

/// Every plain value under the key that stands directly before it.
pub fn json(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    // serde_json itself refuses more than 128 levels.
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(text) {
        gather(&value, "", &mut pairs);
    }
    pairs
}

fn gather(value: &serde_json::Value, key: &str, pairs: &mut Vec<(String, String)>) {
    use serde_json::Value;
    if pairs.len() >= MAX_PAIRS {
        return;
    }
    match value {
        Value::String(text) => pairs.push((key.to_owned(), text.clone())),
        Value::Number(number) => pairs.push((key.to_owned(), number.to_string())),
        Value::Object(map) => map.iter().for_each(|(key, value)| gather(value, key, pairs)),
        Value::Array(list) => list.iter().for_each(|value| gather(value, key, pairs)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Attributes, and elements that hold only text; name-space prefixes are dropped.
pub fn xml(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text;
    let mut open: Option<&str> = None;
    while let Some(at) = rest.find('<') {
        if pairs.len() >= MAX_PAIRS {
            break;
        }
        let (before, tag) = (&rest[..at], &rest[at + 1..]);
        let inside = if let Some(cdata) = tag.strip_prefix("![CDATA[") {
            let Some(end) = cdata.find("]]>") else { break };
            if let Some(name) = open {
                pairs.push((local(name), cdata[..end].to_owned()));
            }
            rest = &cdata[end + 3..];
            continue;
        } else if tag.starts_with("!--") {
            let Some(end) = tag.find("-->") else { break };
            rest = &tag[end + 3..];
            continue;
        } else {
            let Some(end) = tag.find('>') else { break };
            rest = &tag[end + 1..];
            &tag[..end]
        };
        if let Some(name) = inside.strip_prefix('/') {
            if open == Some(name.trim()) && !before.trim().is_empty() {
                pairs.push((local(name.trim()), unescape(before)));
            }
            open = None;
        } else if !inside.starts_with(['?', '!']) {
            let name = inside.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or("");
            attributes(&inside[name.len()..], &mut pairs);
            open = (!inside.ends_with('/')).then_some(name);
        }
    }
    pairs
}

fn attributes(mut rest: &str, pairs: &mut Vec<(String, String)>) {
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return };
        let Some((value, next)) = after[1..].split_once(quote) else { return };
        if pairs.len() < MAX_PAIRS {
            pairs.push((local(name.trim()), unescape(value)));
        }
        rest = next;
    }
}

fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}

/// The five named entities and numbers; anything else stays as written.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = rest.get(1..).and_then(|r| r.find(';')).filter(|n| *n <= 8).and_then(|n| {
            let name = &rest[1..n + 1];
            let c = match name {
                "amp" => Some('&'),
                "lt" => Some('<'),
                "gt" => Some('>'),
                "quot" => Some('"'),
                "apos" => Some('\''),
                _ => {
                    let digits = name.strip_prefix('#')?;
                    let code = match digits.strip_prefix('x') {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => digits.parse().ok()?,
                    };
                    char::from_u32(code)
                }
            }?;
            Some((c, n + 2))
        });
        let (c, used) = found.unwrap_or(('&', 1));
        out.push(c);
        rest = &rest[used..];
    }
    out.push_str(rest);
    out
}

/// A head with one row under it, or one pair a line; `known` tells a head's word from a value.
pub fn csv(text: &str, known: fn(&str) -> bool) -> Vec<(String, String)> {
    let first = text.lines().next().unwrap_or("");
    let count = |c: u8| first.bytes().filter(|b| *b == c).count();
    let delimiter = [b',', b'\t', b';'].into_iter().rev().max_by_key(|c| count(*c)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().take(MAX_PAIRS).map_while(Result::ok).collect();
    let Some(head) = rows.first() else { return Vec::new() };
    let heads = head.iter().take(MAX_PAIRS).filter(|word| known(word)).count();
    let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    match rows.get(1) {
        // With several rows the last one is the newest reception.
        Some(_) if heads >= 2 => rows.last().map_or_else(Vec::new, |row| head.iter().zip(row).map(pair).collect()),
        Some(row) if heads == 1 && head.len() == 1 => head.iter().zip(row).map(pair).collect(),
        _ => rows.iter().filter_map(|row| Some(pair((row.get(0)?, row.get(1)?)))).collect(),
    }
}

/// One pair a line, joined by a colon, an equals sign or a tab.
pub fn lines(text: &str) -> Vec<(String, String)> {
    let split = |line: &str| {
        let (key, value) = line.split_once([':', '=', '：', '＝', '\t'])?;
        Some((key.to_owned(), value.to_owned()))
    };
    text.lines().take(MAX_PAIRS).filter_map(split).collect()
}
