//! Everything that stands round the list of one person, in one query: trays, deliveries, what is still arriving, their views. Reads only.

use super::deliveries::{by_state, hidden};
use super::documents::{Counts, MOST, QueueFilter, SOUGHT, Seeing, Tray, seeable};
use super::views::View;
use super::{Result, debug_without_people, sound};
use crate::db::{ReadTx, all, one};
use crate::domain::{Channel, DeliveryState, FaxMeta, Remark, Timestamp, Trouble, UserId};

/// What stands round a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Documents by tray.
    pub counts: Counts,
    /// What stands in the bar; of deliveries those that are not read.
    pub bar: Bar,
    /// Files that a sender is still writing.
    pub incoming: i64,
    /// Of these, those that stand still.
    pub stuck: i64,
    /// The person's views.
    pub views: Vec<View>,
    /// The newest deliveries that nobody can make a document of, and those that are held, as far as the person may know of them.
    pub troubled: Vec<Troubled>,
    /// Colleagues who can be given a document, by id and name; the person among them.
    pub colleagues: Vec<(String, String)>,
    /// Whether more documents have the words of the list's search than it looks at: then only the newest of them are in the list.
    pub cut: bool,
}

/// A delivery that needs a person before it can become a document.
#[derive(Clone, PartialEq, Eq)]
pub struct Troubled {
    /// Which delivery.
    pub id: String,
    /// How far it has been read.
    pub state: DeliveryState,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// What staff should know beside that.
    pub remark: Option<Remark>,
    /// By which way it came.
    pub channel: Channel,
    /// As it arrived; nothing where its name is not for these eyes.
    pub file_name: Option<String>,
    /// What the fax server said.
    pub fax: FaxMeta,
    /// When it came.
    pub received_at: Timestamp,
}
debug_without_people!(Troubled { id, state, trouble });

/// What stands in the bar above every page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// Documents that wait and that the person may see.
    pub waiting: i64,
    /// Deliveries by state that nobody has closed; states without any are left out, and read ones are counted up to `MOST`.
    pub deliveries: Vec<(DeliveryState, i64)>,
    /// Deliveries that somebody has closed, counted up to `MOST`; only `bar` counts them.
    pub closed: i64,
}

impl Bar {
    /// How many deliveries stand there.
    pub fn of(&self, state: DeliveryState) -> i64 {
        self.deliveries.iter().find(|(of, _)| *of == state).map_or(0, |(_, n)| *n)
    }

    /// How many deliveries need a person.
    pub fn troubled(&self) -> i64 {
        self.of(DeliveryState::Held) + self.of(DeliveryState::Unreadable)
    }
}

/// The counts in the bar, for somebody's eyes.
pub async fn bar(tx: &mut ReadTx, seeing: &Seeing) -> Result<Bar> {
    let lines: Vec<(String, i64)> = all!(
        tx,
        concat!(
            "SELECT 'waiting', count(*) FROM document d WHERE d.tray = 'open' AND ",
            seeable!("$2"),
            " UNION ALL SELECT 'closed', count(*) FROM (SELECT 1 FROM delivery WHERE closed_at IS NOT NULL LIMIT $1) AS b UNION ALL ",
            by_state!("$1")
        ),
        MOST,
        seeing.bound()
    )?;
    let mut bar = Bar::default();
    for (what, n) in lines.into_iter().filter(|(_, n)| *n > 0) {
        match what.as_str() {
            "waiting" => bar.waiting = n,
            "closed" => bar.closed = n,
            state => bar.deliveries.extend(sound::parsed(state).map(|state| (state, n))),
        }
    }
    Ok(bar)
}

#[derive(sqlx::FromRow)]
struct Line {
    what: String,
    a: String,
    b: String,
    c: String,
    d: String,
    e: String,
    f: String,
    n: i64,
}

/// The newest few deliveries of a state that needs a person; a name that is not for these eyes is not even fetched.
macro_rules! troubled {
    ($state:literal) => {
        concat!(
            "SELECT 'troubled', id, state, channel, CASE WHEN hidden THEN '' ELSE file_name END, \
             COALESCE(trouble, '') || ':' || COALESCE(remark, '') || ':' || CASE WHEN hidden THEN 'hidden' ELSE '' END, \
             CAST(fax AS TEXT), received_at, 0 FROM (SELECT v.id, v.state, v.channel, v.file_name, v.trouble, v.remark, v.fax, \
             v.received_at, ",
            hidden!("$3"),
            " AS hidden FROM delivery v WHERE v.state = '",
            $state,
            "' AND v.closed_at IS NULL ORDER BY v.received_at DESC, v.id DESC LIMIT 3) AS t"
        )
    };
}

/// What stands round that list of that person; documents that they may not see are in no count. Trays that only grow are counted as
/// far as lists look.
pub async fn around(tx: &mut ReadTx, user: &UserId, seeing: &Seeing, list: &QueueFilter) -> Result<Around> {
    let narrowed = list.narrowed();
    let lines: Vec<Line> = all!(
        tx,
        concat!(
            "SELECT what, a, b, c, d, e, f, n FROM (\
         SELECT 'tray' AS what, d.tray AS a, d.decision AS b, '' AS c, '' AS d, '' AS e, '' AS f, count(*) AS n, 0 AS place FROM document d \
         WHERE d.tray IN ('open', 'inquiry', 'confirmed') AND ",
            seeable!("$3"),
            " GROUP BY d.tray, d.decision \
         UNION ALL SELECT 'tray', 'set_aside', 'review', '', '', '', '', count(*), 0 \
         FROM (SELECT kind, misdirected, departments FROM document WHERE tray = 'set_aside' \
         ORDER BY updated_at DESC, id DESC LIMIT $1) AS d WHERE ",
            seeable!("$3"),
            " \
         UNION ALL SELECT 'tray', 'pushed', 'review', '', '', '', '', count(*), 0 \
         FROM (SELECT kind, misdirected, departments FROM document WHERE tray = 'pushed' \
         ORDER BY updated_at DESC, id DESC LIMIT $1) AS d WHERE ",
            seeable!("$3"),
            " \
         UNION ALL SELECT 'delivery', state, '', '', '', '', '', count(*), 0 FROM delivery \
         WHERE state IN ('received', 'reading', 'held', 'unreadable') AND closed_at IS NULL GROUP BY state \
         UNION ALL ",
            troubled!("unreadable"),
            " UNION ALL ",
            troubled!("held"),
            " UNION ALL SELECT 'incoming', CASE WHEN alerted THEN 'stuck' ELSE 'coming' END, '', '', '', '', '', count(*), 0 \
         FROM incoming GROUP BY alerted \
         UNION ALL SELECT 'view', id, name, query, search, '', '', CASE WHEN is_default THEN 1 ELSE 0 END, created_at \
         FROM saved_view WHERE user_id = $2 \
         UNION ALL SELECT 'sought', '', '', '', '', '', '', count(*), 0 \
         FROM (SELECT rowid FROM document_gram($4) WHERE $4 IS NOT NULL ORDER BY rowid DESC LIMIT $8) AS worded \
         UNION ALL SELECT 'sought', '', '', '', '', '', '', count(*), 0 \
         FROM (SELECT 1 FROM document WHERE tray = $5 AND received_at >= $6 AND received_at < $7 LIMIT $8) AS came \
         UNION ALL SELECT 'colleague', id, display_name, '', '', '', '', 0, 0 FROM account WHERE disabled = FALSE) AS lines \
         ORDER BY what, place, b, a"
        ),
        MOST,
        user,
        seeing.bound(),
        narrowed.grams,
        list.tray,
        narrowed.from,
        narrowed.to,
        SOUGHT
    )?;
    let mut around = Around::default();
    for line in lines {
        match line.what.as_str() {
            "tray" => {
                if let (Some(tray), Some(decision)) = (sound::parsed::<Tray>(&line.a), sound::parsed(&line.b)) {
                    around.counts.add(tray, decision, line.n);
                }
            }
            "delivery" => around.bar.deliveries.extend(sound::parsed(&line.a).map(|state| (state, line.n))),
            "incoming" => {
                around.incoming += line.n;
                around.stuck += if line.a == "stuck" { line.n } else { 0 };
            }
            "sought" => around.cut |= line.n >= SOUGHT,
            "troubled" => around.troubled.extend(troubled(line)),
            "colleague" => around.colleagues.push((line.a, line.b)),
            _ => around.views.push(View {
                id: line.a,
                name: line.b,
                query: line.c,
                search: line.d,
                is_default: line.n == 1,
            }),
        }
    }
    around.bar.waiting = around.counts.open;
    // First what nobody can read; of each the newest first.
    around.troubled.sort_by_key(|t| (t.state == DeliveryState::Held, std::cmp::Reverse(t.received_at)));
    Ok(around)
}

/// A line that `troubled!` made.
fn troubled(line: Line) -> Option<Troubled> {
    let mut said = line.e.split(':');
    let mut next = || said.next().unwrap_or_default();
    let (trouble, remark, hidden) = (next(), next(), next());
    Some(Troubled {
        id: line.a,
        state: sound::parsed(&line.b)?,
        trouble: sound::parsed(trouble),
        remark: sound::parsed(remark),
        channel: sound::parsed(&line.c)?,
        file_name: (hidden != "hidden").then_some(line.d),
        fax: serde_json::from_str(&line.f).ok()?,
        received_at: Timestamp(line.n),
    })
}

/// The number of the newest change that lists can show: of the audit log, without the rows that only say who looked.
pub async fn pulse(tx: &mut ReadTx, after: i64) -> Result<i64> {
    let (seq,): (i64,) = one!(
        tx,
        "SELECT COALESCE(max(seq), $1) FROM audit WHERE seq > $1 AND verb NOT IN \
         ('document.viewed', 'quality.sample_viewed', 'delivery.viewed', 'document.searched', 'delivery.downloaded', 'document.printed')",
        after
    )?;
    Ok(seq)
}
