//! The arguments, with a help text that a person can learn from. Never reads a file or the environment.

use crate::domain::{Role, Scope};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// 受付 — 地域医療連携室に届くFAX・メール・スキャンを読み、職員の確認を経て紹介データベースへ登録します。
#[derive(Debug, Parser)]
#[command(name = "uketsuke", version, about, arg_required_else_help = true)]
#[command(
    after_help = "はじめに:\n  uketsuke doctor                      この機械で動くかを調べる\n  uketsuke serve                       受付を始める（画面: http://127.0.0.1:8300）\n  uketsuke read FILE...                文書を読んで結果をJSONで表示する（何も保存しない）\n\n設定の全項目は config/reference.toml にあります。"
)]
pub struct Arguments {
    /// 何をするか。
    #[command(subcommand)]
    pub command: Command,
}

/// 設定の場所と上書き。
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// 設定ファイル（無ければ組み込みの既定値: SQLite、ローカル保存、127.0.0.1）
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// データを置くフォルダ（設定の data.folder より優先）
    #[arg(long, global = true, value_name = "DIR")]
    pub var: Option<PathBuf>,
}

/// 一つの仕事。
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 受付を始める: フォルダの監視、読み取り、確認画面、登録
    Serve {
        #[command(flatten)]
        common: Common,
        /// 画面を開くアドレス（設定の web.listen より優先）
        #[arg(long, value_name = "ADDR:PORT")]
        listen: Option<SocketAddr>,
        /// 見本フォルダ: 初回に台帳を取り込み、見本文書をFAXとして投入する
        #[arg(long, value_name = "DIR")]
        samples: Option<PathBuf>,
    },
    /// 文書を読み、1ファイル1行のJSON（読み取り契約）で表示する。何も保存しない
    Read {
        #[command(flatten)]
        common: Common,
        /// patients.csv, institutions.csv, doctors.csv のあるフォルダ（登録済みの台帳の代わり）
        #[arg(long, value_name = "DIR")]
        masters: Option<PathBuf>,
        /// 自院の名称・番号を書いたJSON（設定の hospital の代わり）
        #[arg(long, value_name = "FILE")]
        hospital: Option<PathBuf>,
        /// 読み取りの各段階（受信、正立、罫線除去、行、文字、項目）を画像でこのフォルダに書き出す
        #[arg(long, value_name = "DIR")]
        debug: Option<PathBuf>,
        /// 読む文書
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// FAXサーバが受信したファイルを引き渡す（HylaFAXの例: config/hylafax/FaxDispatch）
    #[command(
        after_help = "終了コード: 0 受け取った（前に受け取ったものも）、1 受け取れなかった（あとでもう一度）、2 引数の誤り、3 ファイルを開けない・大きすぎる\n\nエラーの文（--error）が空でないものは、途中で切れたFAXとして残し、画面で知らせます。"
    )]
    Received {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        said: Transmission,
        /// 渡せなかったFAXの控えのフォルダ: 残っているものをすべて渡し、渡せた控えを消す
        #[arg(long, value_name = "DIR", conflicts_with = "files")]
        pending: Option<PathBuf>,
        /// 受信したファイル（- は標準入力）
        #[arg(required_unless_present = "pending", value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// 台帳（患者・医療機関・医師）をCSVから取り込む
    Import {
        #[command(flatten)]
        common: Common,
        /// 取り込む台帳
        what: Master,
        /// CSV（UTF-8、BOM付きUTF-8、Shift_JIS）
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// 書き込まず、結果だけを表示する
        #[arg(long)]
        dry_run: bool,
        /// 消える行が多すぎるときの安全装置を外す
        #[arg(long)]
        force: bool,
    },
    /// 正解付きの文書フォルダ（truth.jsonl, docs/, masters/, hospital.json）を読み、成績を表示する
    Eval {
        #[command(flatten)]
        common: Common,
        /// 文書フォルダ
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        #[command(flatten)]
        how: Scoring,
    },
    /// 文書の種類を見分ける重みを、正解付きの文書フォルダや確定した文書から学習し、ファイルに書く
    Train {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        how: Training,
    },
    /// この機械で動くかを調べ、足りないものと直し方を示す
    Doctor {
        #[command(flatten)]
        common: Common,
    },
    /// 職員のアカウント
    User {
        #[command(flatten)]
        common: Common,
        /// アカウントに何をするか
        #[command(subcommand)]
        verb: UserVerb,
    },
    /// 他のシステムが文書を渡すためのトークン（POST /api/deliveries）
    Token {
        #[command(flatten)]
        common: Common,
        /// トークンに何をするか
        #[command(subcommand)]
        verb: TokenVerb,
    },
    /// 監査記録
    Audit {
        #[command(flatten)]
        common: Common,
        /// 監査記録に何をするか
        #[command(subcommand)]
        verb: AuditVerb,
    },
    /// 件数と待ち行列の状態を表示する
    Status {
        #[command(flatten)]
        common: Common,
        /// JSONで表示する
        #[arg(long)]
        json: bool,
    },
    /// 速さと記憶量を測る
    Bench {
        #[command(flatten)]
        common: Common,
        /// 何を測るか
        #[command(subcommand)]
        what: BenchWhat,
    },
}

/// FAXサーバが伝える受信のようす。
#[derive(Args, Clone, Debug, Default)]
pub struct Transmission {
    /// 受信元の名前（画面の「経路」に出る）
    #[arg(long, default_value = "hylafax", value_name = "NAME")]
    pub source: String,
    /// 相手の機械が名乗る番号や名前（TSI）
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub sender: Option<String>,
    /// 回線が伝える発信番号（ナンバー・ディスプレイ）
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub caller_id: Option<String>,
    /// 受信した回線・装置
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub line: Option<String>,
    /// FAXサーバが数えたページ数
    #[arg(long, value_name = "N")]
    pub pages: Option<u32>,
    /// 受信の時刻
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub at: Option<String>,
    /// 受信のエラー。空でなければ途中で切れたFAXとして扱う
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub error: Option<String>,
    /// 通信の番号（同じ通信をもう一度渡しても増えない）
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub id: Option<String>,
    /// 画面に出るファイル名（標準入力から渡すとき）
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub name: Option<String>,
}

/// 採点のしかた。
#[derive(Args, Clone, Debug)]
pub struct Scoring {
    /// 分けて集計する観点（kind, degradation, template, source, handwritten, font）
    #[arg(long, value_delimiter = ',')]
    pub by: Vec<String>,
    /// 成績をJSONで表示する
    #[arg(long)]
    pub json: bool,
    /// 読み取り結果（JSON Lines）をこのファイルにも書く
    #[arg(long, value_name = "FILE")]
    pub got: Option<PathBuf>,
    /// 認識したページをこのフォルダに残し、次からはそこから読む（文字認識より後の工程を直すときに速い）
    #[arg(long, value_name = "DIR", conflicts_with = "score_only")]
    pub pages: Option<PathBuf>,
    /// 一つ読むたびに正解どおり確定したとみなして覚え、次の文書に生かす（様式ごとの記憶の効き目を測る）
    #[arg(long, conflicts_with = "score_only")]
    pub learn: bool,
    /// 成績と、間違いの多い文書から順に読み取り結果を重ねたページの画像を、このHTMLに書く
    #[arg(long, value_name = "FILE.html")]
    pub html: Option<PathBuf>,
    /// 読まずに、このファイルの読み取り結果（JSON Lines）を採点する
    #[arg(long, value_name = "FILE", conflicts_with = "got")]
    pub score_only: Option<PathBuf>,
}

/// 何から学習し、どこに書くか。
#[derive(Args, Clone, Debug)]
pub struct Training {
    /// 正解付きの文書フォルダ（truth.jsonl, docs/, hospital.json）。いくつでも
    #[arg(value_name = "DIR", required_unless_present = "confirmed")]
    pub folders: Vec<PathBuf>,
    /// 職員が確定した文書からも学習する（データベースに残る認識結果を使い、文字認識はやり直さない）
    #[arg(long)]
    pub confirmed: bool,
    /// 文書の種類ではなく、読み取った値が正しい確率の重みを学習する（正解付きの文書フォルダから。masters/ も使う）
    #[arg(long, conflicts_with = "confirmed")]
    pub values: bool,
    /// 学習した重みを書くファイル（既定はデータフォルダの kinds-model.toml、--values では values-model.toml）
    #[arg(long, value_name = "FILE.toml")]
    pub out: Option<PathBuf>,
    /// 認識したページを残すフォルダ。文書フォルダごとに、同じ順に一つずつ
    #[arg(long, value_name = "DIR")]
    pub pages: Vec<PathBuf>,
    /// 学習に使わなかった文書での成績がいまの重みより悪くても書く
    #[arg(long)]
    pub force: bool,
}

/// 台帳の種類。
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Master {
    /// 患者
    Patients,
    /// 医療機関
    Institutions,
    /// 医師
    Doctors,
}

/// アカウントに何をするか。
#[derive(Debug, Subcommand)]
pub enum UserVerb {
    /// 追加する（最初のパスワードを表示。初回サインイン時に変更）
    Add {
        /// ログイン名
        login: String,
        /// 画面に出る名前
        #[arg(long)]
        name: Option<String>,
        /// 役割（reception 受付、reviewer 確認、approver 承認、manager 室長、auditor 監査、administrator 管理。「,」で複数）
        #[arg(long, value_delimiter = ',', default_value = "approver", value_parser = role)]
        role: Vec<Role>,
        /// 管理の役割も持たせる
        #[arg(long)]
        admin: bool,
    },
    /// パスワードを作り直す
    Reset {
        /// ログイン名
        login: String,
    },
    /// 二要素目を外す（端末をなくしたとき。次のサインインで設定し直す）
    ResetSecondFactor {
        /// ログイン名
        login: String,
    },
    /// 一覧を表示する
    List,
}

fn role(code: &str) -> Result<Role, String> {
    Role::from_code(code).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
        format!("役割は {} のどれかです", known.join(", "))
    })
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::from_code(text).ok_or_else(|| {
        let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.code()).collect();
        format!("範囲は {} のどれかです", known.join(", "))
    })
}

/// トークンに何をするか。
#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// 作る（表示は一度だけ）
    New {
        /// システムの名前（半角英数字と - _ で40文字まで）
        name: String,
        /// 使える範囲（繰り返せる。なければ deliveries:write だけ）
        #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
        scopes: Vec<Scope>,
        /// 使える日数（なければ止めるまで）
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        days: Option<u16>,
    },
    /// 一覧を表示する
    List,
    /// 使えなくする
    Revoke {
        /// システムの名前
        name: String,
    },
}

/// 監査記録に何をするか。
#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// 連鎖を最初の行から確かめ、壊れていれば最初の行を示す
    Verify,
}

/// 何を測るか。
#[derive(Debug, Subcommand)]
pub enum BenchWhat {
    /// 読み取り: 同じ頁を tesseract コマンドで読む時間との比
    Read {
        /// FAX文書（TIFF）のフォルダ
        folder: PathBuf,
        /// 頁数の上限
        #[arg(long, default_value_t = 50)]
        pages: usize,
    },
    /// 一覧: 架空の文書を入れたデータベースで、一覧の頁ごとの時間とSQL文の数
    Queue {
        /// 文書の数
        #[arg(long, default_value_t = 1_000_000)]
        documents: i64,
        /// 空のデータベースのURL（書かなければ一時フォルダのSQLite。終わると消す）
        #[arg(long, value_name = "URL")]
        database: Option<String>,
        /// 前にこの測定で作成したデータベースを、作り直さずに測る
        #[arg(long, requires = "database")]
        filled: bool,
        /// 頁ごとに開く回数
        #[arg(long, default_value_t = 30)]
        rounds: usize,
    },
    /// 照合: 架空の患者の台帳での索引作りの時間・記憶量と、1件ごとの時間
    Match {
        /// 患者の人数
        #[arg(long, default_value_t = 1_000_000)]
        patients: usize,
    },
}
