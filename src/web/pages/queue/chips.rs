//! The conditions of a list as chips with counts: each says how many documents choosing it would show.

use super::wanted::{DECISIONS, Leaving, Wanted, toggled, tray_words};
use crate::domain::Kind;
use crate::store::documents::{Counts, Facet, Tray};
use crate::web::words;

/// One value of a condition.
pub struct Chip {
    pub label: String,
    pub count: Tally,
    pub href: String,
    pub on: bool,
}

/// A count that knows how it is told.
pub struct Tally(pub i64);

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words::tally(self.0))
    }
}

/// The values of one condition.
pub struct Group {
    pub title: &'static str,
    pub chips: Vec<Chip>,
}

/// A condition that is set, and the address of the list without it.
pub struct Active {
    pub label: String,
    pub without: String,
}

/// Documents of the list over all its pages.
pub fn total(wanted: &Wanted, groups: &[Facet]) -> i64 {
    groups.iter().filter(|f| wanted.holds(f, Leaving::Nothing)).map(|f| wanted.of_age(f)).sum()
}

/// Every condition that is set.
pub fn active(wanted: &Wanted) -> Vec<Active> {
    let first = Wanted { page: 1, ..wanted.clone() };
    let mut set = Vec::new();
    let mut add = |label: String, without: Wanted| set.push(Active { label, without: without.href() });
    for kind in &wanted.kinds {
        add(kind.label_ja().to_owned(), Wanted { kinds: toggled(&first.kinds, kind), ..first.clone() });
    }
    for source in &wanted.sources {
        add(format!("経路 {source}"), Wanted { sources: toggled(&first.sources, source), ..first.clone() });
    }
    for decision in &wanted.decisions {
        let without = Wanted { decisions: toggled(&first.decisions, decision), ..first.clone() };
        add(words::decision(*decision).to_owned(), without);
    }
    if wanted.alerted {
        add("注意あり".to_owned(), Wanted { alerted: false, ..first.clone() });
    }
    if wanted.mine {
        add("自分の担当".to_owned(), Wanted { mine: false, ..first.clone() });
    }
    if wanted.others {
        add("ほかの人が確認中".to_owned(), Wanted { others: false, ..first.clone() });
    }
    if let Some(days) = wanted.days {
        add(format!("{days}日以上前"), Wanted { days: None, ..first.clone() });
    }
    set
}

/// Every condition and its values.
pub fn groups(wanted: &Wanted, groups: &[Facet], counts: &Counts) -> Vec<Group> {
    let sum = |leaving: Leaving, only: &dyn Fn(&Facet) -> bool| -> i64 {
        groups.iter().filter(|f| wanted.holds(f, leaving) && only(f)).map(|f| wanted.of_age(f)).sum()
    };
    let first = Wanted { page: 1, ..wanted.clone() };
    let trays = Tray::ALL.iter().map(|tray| Chip {
        label: tray_words(*tray).to_owned(),
        count: Tally(match tray {
            Tray::Open => counts.open,
            Tray::Inquiry => counts.inquiry,
            Tray::SetAside => counts.set_aside,
            Tray::Confirmed => counts.confirmed,
            Tray::Pushed => counts.pushed,
        }),
        href: Wanted { tray: *tray, page: 1, text: wanted.text.clone(), ..Wanted::default() }.href(),
        on: wanted.tray == *tray,
    });
    let whose = [
        ("自分の担当", wanted.mine, sum(Leaving::Whose, &|f| f.mine), Wanted { mine: !wanted.mine, ..first.clone() }),
        (
            "ほかの人が確認中",
            wanted.others,
            sum(Leaving::Whose, &|f| f.others),
            Wanted { others: !wanted.others, ..first.clone() },
        ),
    ]
    .map(|(label, on, n, to)| Chip { label: label.to_owned(), count: Tally(n), href: to.href(), on });
    let alerted = [Chip {
        label: "注意あり".to_owned(),
        count: Tally(sum(Leaving::Alert, &|f| f.alerted)),
        href: Wanted { alerted: !wanted.alerted, ..first.clone() }.href(),
        on: wanted.alerted,
    }];
    let decisions = DECISIONS.iter().map(|decision| Chip {
        label: words::decision(*decision).to_owned(),
        count: Tally(sum(Leaving::Decision, &|f| f.decision == *decision)),
        on: wanted.decisions.contains(decision),
        href: Wanted { decisions: toggled(&wanted.decisions, decision), ..first.clone() }.href(),
    });
    let ages = [(1, "1日以上前"), (3, "3日以上前")].map(|(days, label)| {
        let old = |f: &Facet| if days == 1 { f.older } else { f.oldest };
        Chip {
            label: label.to_owned(),
            count: Tally(groups.iter().filter(|f| wanted.holds(f, Leaving::Nothing)).map(old).sum()),
            on: wanted.days == Some(days),
            href: Wanted { days: (wanted.days != Some(days)).then_some(days), ..first.clone() }.href(),
        }
    });
    let kinds = Kind::ALL.iter().filter_map(|kind| {
        let count = sum(Leaving::Kind, &|f| f.kind == *kind);
        let on = wanted.kinds.contains(kind);
        (count > 0 || on).then(|| Chip {
            label: kind.label_ja().to_owned(),
            count: Tally(count),
            on,
            href: Wanted { kinds: toggled(&wanted.kinds, kind), ..first.clone() }.href(),
        })
    });
    let mut names: Vec<_> = groups.iter().map(|f| (f.source.clone(), f.channel)).collect();
    names.sort();
    names.dedup_by(|a, b| a.0 == b.0);
    let sources = names.into_iter().map(|(source, channel)| Chip {
        label: format!("{}（{source}）", words::channel(channel)),
        count: Tally(sum(Leaving::Source, &|f| f.source == source)),
        on: wanted.sources.contains(&source),
        href: Wanted { sources: toggled(&wanted.sources, &source), ..first.clone() }.href(),
    });
    [
        ("状態", trays.collect::<Vec<_>>()),
        ("担当", whose.into()),
        ("確認の程度", decisions.chain(alerted).collect()),
        ("受信から", ages.into()),
        ("種類", kinds.collect()),
        ("経路", sources.collect()),
    ]
    .into_iter()
    .filter(|(_, chips)| !chips.is_empty())
    .map(|(title, chips)| Group { title, chips })
    .collect()
}
