//! The words of a mail to people: what is wrong, since when, what to do. Sources and counts only.

use super::look::{DISK, HOOK, OVERDUE, SILENCE, STUCK, UNMOVED, UNREACHABLE, WAITING};
use crate::domain::Timestamp;
use crate::store::alarms::Alarm;
use std::fmt::Write;

/// Subject and text of one mail about all of these.
pub(super) fn compose(alarms: &[Alarm], now: Timestamp) -> (String, String) {
    let (ended, standing): (Vec<&Alarm>, Vec<&Alarm>) = alarms.iter().partition(|alarm| alarm.ended_at.is_some());
    let subject = match (standing.len(), ended.len()) {
        (0, n) => format!("【受付】解消しました（{n}件）"),
        (n, _) => format!("【受付】確認してください（{n}件）"),
    };
    let mut body = String::new();
    // Writing to a string cannot fail.
    for alarm in &standing {
        let (what, way_out) = words(alarm);
        let _ = writeln!(body, "■ {what}\n   {} から\n   → {way_out}\n", moment(alarm.raised_at));
    }
    for alarm in &ended {
        let _ = writeln!(body, "□ 解消: {}\n   {}\n", words(alarm).0, moment(alarm.ended_at.unwrap_or(now)));
    }
    let _ = write!(
        body,
        "くわしくは、受付の「状況」と「受信の一覧」の画面を見てください。\n（{} 受付から自動で送信）\n",
        moment(now)
    );
    (subject, body)
}

fn moment(at: Timestamp) -> String {
    at.japan().strftime("%Y-%m-%d %H:%M").to_string()
}

fn words(alarm: &Alarm) -> (String, &'static str) {
    let (subject, amount) = (&alarm.subject, alarm.amount);
    match alarm.kind.as_str() {
        UNREACHABLE => (
            format!("受信元 {subject} に接続できません（{amount}か所）"),
            "共有フォルダやメールサーバの状態を確認してください。戻れば自動で続きから受信します。",
        ),
        STUCK => (
            format!("受信元 {subject} に、受信が終わらないものがあります（{amount}件）"),
            "「受信の一覧」で理由を見て、送信側に確認してください。",
        ),
        UNMOVED => (
            format!("受信元 {subject} で、受信したメールの後片付けができません（{amount}か所）"),
            "受信はできています。移動先のフォルダ（done_folder）か印（flag）の設定と、メールボックスの権限を確認してください。",
        ),
        DISK => (
            format!("ディスクの空きが少なくなっています（残り {amount} MB）"),
            "不要なファイルを消すか、データフォルダを大きいディスクに移してください。",
        ),
        OVERDUE => {
            (format!("期限を過ぎて確認を待っている文書があります（{amount}件）"), "確認待ちの一覧を開いてください。")
        }
        WAITING => (
            format!("人の対応を待っている受信があります（パスワード待ち・読取不能、{amount}件）"),
            "「受信の一覧」の「保留」と「読取不能」を開いてください。ほかの方法で済んだものは「対応済にする」で外れます。",
        ),
        SILENCE => (
            format!("受信元 {subject} から、いつもは届く時間帯に{amount}時間何も届いていません"),
            "FAX回線・複合機・メールの設定を確認してください。休診日などで届かないだけのこともあります。",
        ),
        HOOK => (
            format!("Webhook {subject} に知らせられず、あきらめたものがあります（24時間で{amount}件）"),
            "相手のシステムを確認してください。知らせられなかった分は GET /api/records の since で追えます。",
        ),
        _ => (format!("{}（{amount}件）", alarm.kind), "画面で確認してください。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mail_tells_of_everything() {
        let alarm = |kind: &str, subject: &str, amount, ended_at| Alarm {
            kind: kind.into(),
            subject: subject.into(),
            amount,
            raised_at: Timestamp(1_793_491_500_000),
            told_at: None,
            ended_at,
        };
        let now = Timestamp(1_793_495_100_000);
        let all = [alarm(UNREACHABLE, "fax", 1, None), alarm(DISK, "", 700, None), alarm(OVERDUE, "", 2, Some(now))];
        let (subject, body) = compose(&all, now);
        assert_eq!(subject, "【受付】確認してください（2件）");
        assert!(body.contains("受信元 fax に接続できません") && body.contains("残り 700 MB"), "{body}");
        assert!(body.contains("□ 解消: 期限を過ぎて") && body.contains("2026-11-01 09:05 から"), "{body}");
        let (_, body) = compose(&[alarm(UNMOVED, "post", 1, None), alarm(WAITING, "", 3, None)], now);
        assert!(
            body.contains("後片付けができません") && body.contains("done_folder") && !body.contains("送信側"),
            "{body}"
        );
        assert!(body.contains("読取不能、3件") && body.contains("対応済にする"), "{body}");
        assert_eq!(compose(&all[2..], now).0, "【受付】解消しました（1件）");
    }
}
