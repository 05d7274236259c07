//! Which walls stand round the children of this machine, in words that staff and administrators understand.

use serde::{Deserialize, Serialize};

/// What the kernel gave a child when it sealed itself. The walls that are not here (limits, no environment, no descriptors,
/// no new privileges, ending with the parent) stand always, or the child does not start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    /// Version of Landlock in force; 0 for none.
    pub landlock: u32,
    /// Whether system calls are filtered.
    pub seccomp: bool,
}

/// One wall as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wall {
    /// What it keeps in.
    pub name_ja: &'static str,
    /// Whether it stands.
    pub stands: bool,
    /// By what means, or why not.
    pub means_ja: String,
}

impl Walls {
    /// Whether every wall stands.
    pub fn whole(self) -> bool {
        self.landlock > 0 && self.seccomp
    }

    /// Each wall, the ones that may be missing first.
    pub fn list(self) -> Vec<Wall> {
        let files = match self.landlock {
            0 => "カーネルに Landlock がないか、使えません".to_owned(),
            // What older versions lack (truncation, network, signals) is among the calls that are refused.
            version => format!("Landlock 第{version}版"),
        };
        let calls = if self.seccomp { "seccomp" } else { "カーネルに seccomp がないか、使えません" };
        let wall = |name_ja, stands, means_ja| Wall { name_ja, stands, means_ja };
        vec![
            wall("ファイルを開かない", self.landlock > 0, files),
            wall("通信・起動・書き込みをしない", self.seccomp, calls.to_owned()),
            wall("メモリ・時間・出力に上限がある", true, "rlimit と時間切れ".to_owned()),
            wall("権限・環境変数・開いたファイルを受け継がない", true, "起動時に外します".to_owned()),
            wall("本体とともに終わる", true, "親の終了の合図".to_owned()),
        ]
    }

    /// The walls that are missing, as one phrase; empty when all stand.
    pub fn missing_ja(self) -> String {
        let gaps = self.list().into_iter().filter(|wall| !wall.stands);
        gaps.map(|wall| format!("「{}」（{}）", wall.name_ja, wall.means_ja)).collect::<Vec<_>>().join("、")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let whole = Walls { landlock: 2, seccomp: true };
        assert!(whole.whole() && whole.missing_ja().is_empty());
        let weak = Walls { landlock: 0, seccomp: true };
        assert!(!weak.whole() && weak.missing_ja().contains("Landlock") && !weak.missing_ja().contains("seccomp"));
    }
}
