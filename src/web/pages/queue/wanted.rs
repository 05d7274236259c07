//! What a person wants to see: the address of a list without its page number, and the search, which no address may say.

use super::encoded;
use crate::domain::{Decision, Kind, Timestamp, UserId};
use crate::store::documents::{Facet, QueueFilter, Seeing, Tray};
use crate::web::csrf::Form;

const DAY_MS: i64 = 86_400_000;

/// What the person wants to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    pub tray: Tray,
    pub kinds: Vec<Kind>,
    pub sources: Vec<String>,
    pub decisions: Vec<Decision>,
    pub alerted: bool,
    pub mine: bool,
    pub others: bool,
    pub days: Option<i64>,
    pub page: i64,
    pub text: Option<String>,
}

pub fn tray_words(tray: Tray) -> &'static str {
    match tray {
        Tray::Open => "確認待ち",
        Tray::Inquiry => "照会中",
        Tray::SetAside => "除外",
        Tray::Confirmed => "確定（登録待ち）",
        Tray::Pushed => "登録済",
    }
}

pub fn decision_code(decision: Decision) -> &'static str {
    match decision {
        Decision::Ready => "ready",
        Decision::Review => "review",
        Decision::Unreadable => "unreadable",
    }
}

pub const DECISIONS: &[Decision] = &[Decision::Ready, Decision::Review, Decision::Unreadable];

/// Which condition a count leaves out, so that it says what choosing another value of it would show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    Kind,
    Source,
    Decision,
    Alert,
    Whose,
    Nothing,
}

/// The list with a value more or less.
pub fn toggled<T: PartialEq + Clone>(list: &[T], value: &T) -> Vec<T> {
    if list.contains(value) {
        list.iter().filter(|v| *v != value).cloned().collect()
    } else {
        list.iter().chain(std::iter::once(value)).cloned().collect()
    }
}

impl Wanted {
    /// As an address says it; what makes no sense is left out.
    pub fn of(query: &Form, text: Option<String>) -> Self {
        let text_of = |name: &str| query.get(name).filter(|v| !v.is_empty());
        let mut wanted = Self {
            tray: text_of("tray").and_then(|c| Tray::ALL.iter().find(|t| t.code() == c)).copied().unwrap_or_default(),
            kinds: query.all("kind").filter_map(Kind::from_code).collect(),
            sources: query.all("source").filter(|s| !s.is_empty()).map(str::to_owned).take(20).collect(),
            decisions: query
                .all("decision")
                .filter_map(|c| DECISIONS.iter().find(|d| decision_code(**d) == c).copied())
                .collect(),
            alerted: query.get("alert") == Some("1"),
            mine: query.get("mine") == Some("1"),
            others: query.get("others") == Some("1"),
            days: text_of("days").and_then(|d| d.parse().ok()).filter(|d| (1..=365).contains(d)),
            page: text_of("page").and_then(|p| p.parse().ok()).filter(|p| (1..=100_000).contains(p)).unwrap_or(1),
            text,
        };
        wanted.kinds.sort();
        wanted.kinds.dedup();
        wanted.sources.sort();
        wanted.sources.dedup();
        wanted.decisions.sort_by_key(|d| decision_code(*d));
        wanted.decisions.dedup();
        wanted
    }

    /// What stands behind the `?` of its address.
    pub fn query(&self) -> String {
        let mut parts = vec![format!("tray={}", self.tray.code())];
        parts.extend(self.kinds.iter().map(|kind| format!("kind={}", kind.code())));
        parts.extend(self.sources.iter().map(|source| format!("source={}", encoded(source))));
        parts.extend(self.decisions.iter().map(|decision| format!("decision={}", decision_code(*decision))));
        let flags = [(self.alerted, "alert=1"), (self.mine, "mine=1"), (self.others, "others=1")];
        parts.extend(flags.iter().filter(|(on, _)| *on).map(|(_, part)| (*part).to_owned()));
        parts.extend(self.days.map(|days| format!("days={days}")));
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        parts.join("&")
    }

    /// Its address. It always names the tray: `/queue` alone opens what the person has set as their default.
    pub fn href(&self) -> String {
        format!("/queue?{}", self.query())
    }

    pub fn filter(&self, user: &UserId, now: Timestamp, seeing: Seeing) -> QueueFilter {
        QueueFilter {
            tray: self.tray,
            kinds: self.kinds.clone(),
            sources: self.sources.clone(),
            channel: None,
            decisions: self.decisions.clone(),
            received_before: self.days.map(|days| now.plus_ms(-days * DAY_MS)),
            alerted: self.alerted,
            mine: self.mine.then(|| user.clone()),
            held_by_others: self.others.then(|| user.clone()),
            now,
            text: self.text.clone(),
            seeing,
        }
    }

    pub fn is_filtered(&self) -> bool {
        !self.kinds.is_empty()
            || !self.sources.is_empty()
            || !self.decisions.is_empty()
            || self.alerted
            || self.mine
            || self.others
            || self.days.is_some()
            || self.text.is_some()
    }

    /// Whether documents grouped so belong to the list, one condition left out; the age is no part of a group.
    pub fn holds(&self, facet: &Facet, leaving: Leaving) -> bool {
        (leaving == Leaving::Kind || self.kinds.is_empty() || self.kinds.contains(&facet.kind))
            && (leaving == Leaving::Source || self.sources.is_empty() || self.sources.contains(&facet.source))
            && (leaving == Leaving::Decision || self.decisions.is_empty() || self.decisions.contains(&facet.decision))
            && (leaving == Leaving::Alert || !self.alerted || facet.alerted)
            && (leaving == Leaving::Whose || (!self.mine || facet.mine) && (!self.others || facet.others))
    }

    /// How many documents of a group are as old as the list asks for; the two ages that the page offers are counted.
    pub fn of_age(&self, facet: &Facet) -> i64 {
        match self.days {
            None => facet.n,
            Some(1) => facet.older,
            Some(_) => facet.oldest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_wanted_and_back() {
        let wanted = Wanted {
            tray: Tray::Inquiry,
            kinds: vec![Kind::AppointmentRequest, Kind::ReplyLetter],
            sources: vec!["紹介 fax&1".into(), "b".into()],
            decisions: vec![Decision::Review],
            alerted: true,
            mine: true,
            others: false,
            days: Some(3),
            page: 2,
            text: None,
        };
        let mut sorted = wanted.clone();
        sorted.sources.sort();
        let href = wanted.href();
        assert!(href.is_ascii());
        assert_eq!(Wanted::of(&Form::of_query(href.strip_prefix("/queue?")), None), sorted);
        let nonsense = Form::of_query(Some("tray=x&kind=y&days=-1&page=0&decision=&alert=yes"));
        assert_eq!(Wanted::of(&nonsense, None).href(), "/queue?tray=open");
    }

    #[test]
    fn choosing_twice_is_choosing_not() {
        assert_eq!(toggled(&[1, 2], &3), [1, 2, 3]);
        assert_eq!(toggled(&[1, 2], &1), [2]);
    }
}
