//! Whether documents are opened behind every wall.

use super::Check;
use crate::jail::{Jail, Walls};

/// Asks a real child. `allowed` is the configuration's reason to go without a wall; empty for none.
pub async fn check(jail: &Jail, allowed: &str) -> Check {
    match jail.walls().await {
        Ok(walls) => judge(walls, allowed.trim()),
        Err(why) => Check::fatal(
            "walls",
            format!("隔離: {why}"),
            "設定の [jail] の program を確かめてください。消すと自分自身を使います。",
        ),
    }
}

fn judge(walls: Walls, allowed: &str) -> Check {
    if walls.whole() {
        let all = walls.list().into_iter().map(|wall| format!("{}（{}）", wall.name_ja, wall.means_ja));
        return Check::good("walls", format!("隔離: {}", all.collect::<Vec<_>>().join("、")));
    }
    let missing = walls.missing_ja();
    if allowed.is_empty() {
        Check::fatal(
            "walls",
            format!("隔離: 読み取りの子プロセスの壁が足りません: {missing}"),
            "カーネルで Landlock と seccomp を使えるようにしてください（コンテナなら、その制限も確かめてください）。\n\
             それでも動かすなら、設定に [jail] allow_weaker = \"理由\" と書いてください。",
        )
    } else {
        let way_out = format!("設定の allow_weaker により許されています（理由: {allowed}）。");
        Check::attention("walls", format!("隔離: 壁が足りないまま動きます: {missing}"), way_out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Finding;
    use super::*;

    #[test]
    fn a_missing_wall_is_fatal_unless_there_is_a_reason() {
        let weak = Walls { landlock: 0, seccomp: true };
        assert_eq!(judge(Walls { landlock: 6, seccomp: true }, "").finding, Finding::Good);
        assert_eq!(judge(weak, "").finding, Finding::Fatal);
        let allowed = judge(weak, "移行の間");
        assert_eq!(allowed.finding, Finding::Attention);
        assert!(allowed.way_out_ja.contains("移行の間") && allowed.found_ja.contains("Landlock"));
    }
}
