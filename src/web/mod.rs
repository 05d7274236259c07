//! The pages that staff use (axum, askama). It reads the store and changes things only through `review`; it opens no connection but to the
//! provider that people sign in with, where one is configured (`net::openid`).

mod access;
mod api;
mod assets;
mod auth;
mod caller;
mod csrf;
mod error;
mod frame;
mod headers;
mod intake;
mod journeys;
mod live;
mod pages;
pub mod password;
mod sealing;
mod secret;
mod serving;
mod tickets;
pub mod token;
pub mod totp;
mod viewed;
mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::db::Reader;
use crate::domain::{Clock, Doctor, Hospital, Institution, Patient, Recipes};
use crate::files::Files;
use crate::jail::{Jail, Walls};
use crate::net::openid::Provider;
use crate::pipeline::{ReceiveHandle, Reread};
use crate::review::Review;
use api::masters::{one, put};
use pages::{
    account, audit, board, deliveries, delivery, factor, image, incidents, item, lock, manual, newcomers, openid,
    quality, queue, sign_in, staff, status, tokens, upload,
};

pub use access::{DOORS, Door};
pub use sealing::Sealing;
pub use serving::serve;

/// No form of ours is longer.
const LONGEST_FORM: usize = 512 * 1024;

/// Whether people sign in with more than a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// Who wants to.
    #[default]
    Optional,
    /// Everybody; who has none sets one before anything else.
    Required,
}

/// `[web]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port on which the pages are served.
    pub listen: SocketAddr,
    /// Whether browsers reach the pages only through TLS; then cookies are marked so.
    pub secure_cookies: bool,
    /// Minutes without a key or a click after which a browser is locked: covered, and nothing without the password.
    pub idle_minutes: u32,
    /// Whether a second factor is asked of everybody.
    pub second_factor: SecondFactor,
    /// Hours after which a browser is signed out whatever happens.
    pub session_hours: u32,
    /// Rows of the queue on one page.
    pub rows: u32,
    /// Largest file that is taken from a browser or another system, in MiB.
    pub upload_mebibytes: u32,
    /// Seconds for which the rest of a request's head, or the next piece of its body, is waited for.
    pub patience_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8300)),
            secure_cookies: false,
            idle_minutes: 15,
            second_factor: SecondFactor::Optional,
            session_hours: 12,
            rows: 50,
            upload_mebibytes: 100,
            patience_seconds: 30,
        }
    }
}

impl Settings {
    fn idle_ms(&self) -> i64 {
        i64::from(self.idle_minutes.max(1)) * 60_000
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(u64::from(self.patience_seconds.max(1)))
    }

    fn upload_bytes(&self) -> u64 {
        u64::from(self.upload_mebibytes) << 20
    }
}

/// What the pages work with.
pub struct App {
    db: Reader,
    files: Files,
    review: Review,
    clock: Clock,
    recipes: Arc<Recipes>,
    hospital: Hospital,
    settings: Settings,
    throttle: auth::Throttle,
    tickets: tickets::Tickets,
    journeys: journeys::Journeys,
    provider: Option<Provider>,
    sealing: Option<Sealing>,
    hashing: tokio::sync::Semaphore,
    viewed: viewed::Viewed,
    live: live::Live,
    silence_hours: u32,
    intake: Option<ReceiveHandle>,
    reread: Option<Reread>,
    jail: Option<(Jail, Walls)>,
}

impl App {
    /// Puts together what the pages work with.
    pub fn new(
        db: Reader,
        files: Files,
        review: Review,
        clock: Clock,
        recipes: Arc<Recipes>,
        hospital: Hospital,
        settings: Settings,
    ) -> Self {
        Self {
            db,
            files,
            review,
            clock,
            recipes,
            hospital,
            settings,
            throttle: auth::Throttle::default(),
            tickets: tickets::Tickets::default(),
            journeys: journeys::Journeys::default(),
            provider: None,
            sealing: None,
            // argon2id takes 19 MiB and a core each time: a flood of sign-ins must not take the machine.
            hashing: tokio::sync::Semaphore::new(2),
            viewed: viewed::Viewed::default(),
            live: live::Live::default(),
            silence_hours: 0,
            intake: None,
            reread: None,
            jail: None,
        }
    }

    /// Lets people sign in by a provider of the hospital as well.
    pub fn signing_in_by(self, provider: Option<Provider>) -> Self {
        Self { provider, ..self }
    }

    /// Names the jail whose walls the status page shows.
    pub fn with_jail(self, jail: Jail, walls: Walls) -> Self {
        Self { jail: Some((jail, walls)), ..self }
    }

    /// Seals second factors with that key; without one nobody can set a second factor.
    pub fn sealing_with(self, sealing: Sealing) -> Self {
        Self { sealing: Some(sealing), ..self }
    }

    /// Ends the streams of changes when the program is told to stop; without it they hold the stop up for as long as they live.
    pub fn ending_with(self, stop: tokio::sync::watch::Receiver<bool>) -> Self {
        Self { live: live::Live::ending_with(stop), ..self }
    }

    /// Has the board name lines that are silent for so many hours when they usually are not; 0 names none.
    pub fn minding_silence(self, hours: u32) -> Self {
        Self { silence_hours: hours, ..self }
    }

    /// Reads pages again when a person arranges them.
    pub fn rereading(self, reread: Reread) -> Self {
        Self { reread: Some(reread), ..self }
    }

    /// Takes files in as well, from browsers and from other systems.
    pub fn taking_in(self, intake: ReceiveHandle) -> Self {
        Self { intake: Some(intake), ..self }
    }
}

/// Every page, in the order in which staff meet them.
fn router(app: App) -> Router {
    let app = Arc::new(app);
    let largest = DefaultBodyLimit::max(usize::try_from(app.settings.upload_bytes()).unwrap_or(usize::MAX));
    Router::new()
        .route("/", get(queue::home))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-in/code", get(factor::lost).post(factor::enter))
        .route("/sign-in/openid", get(openid::leave_for))
        .route("/sign-in/openid/callback", get(openid::back))
        .route("/sign-in/openid/leave", get(openid::leave))
        .route("/sign-out", post(sign_in::leave))
        .route("/lock", post(lock::lock))
        .route("/unlock", post(lock::unlock))
        .route("/account", get(account::show))
        .route("/manual", get(manual::show))
        .route("/manual/{name}", get(manual::picture))
        .route("/account/sessions", post(account::end_sessions))
        .route("/account/second-factor", get(factor::form).post(factor::set))
        .route("/account/second-factor/remove", post(factor::remove))
        .route("/account/recovery", post(factor::renew))
        .route("/password", get(sign_in::password_form).post(sign_in::change_password))
        .route("/queue", get(queue::list))
        .route("/queue/search", post(queue::search))
        .route("/queue/views", post(queue::keep_view))
        .route("/queue/views/{id}", get(queue::open_view))
        .route("/queue/views/{id}/delete", post(queue::forget_view))
        .route("/queue/views/{id}/default", post(queue::set_default))
        .route("/queue/several", post(queue::several))
        .route("/next", post(item::next))
        .route("/items/{id}", get(item::show))
        .route("/items/{id}/paper", get(item::paper::show))
        .route("/items/{id}/hold", post(item::holding::hold))
        .route("/items/{id}/take-over", post(item::holding::take_over))
        .route("/items/{id}/keep", post(item::holding::keep))
        .route("/items/{id}/save", post(item::save))
        .route("/items/{id}/find", post(item::find))
        .route("/items/{id}/confirm", post(item::confirm))
        .route("/items/{id}/set-aside", post(item::set_aside))
        .route("/items/{id}/inquire", post(item::inquire))
        .route("/items/{id}/release", post(item::holding::release))
        .route("/items/{id}/put-back", post(item::put_back))
        .route("/items/{id}/undo", post(item::undo))
        .route("/items/{id}/forget", post(item::forget))
        .route("/items/{id}/pages", post(item::paging::pages))
        .route("/items/{id}/part", post(item::paging::part))
        .route("/items/{id}/related", get(item::related::show))
        .route("/items/{id}/relate", post(item::related::relate))
        .route("/items/{id}/inquiry.pdf", get(item::inquiry::sheet))
        .route("/items/{id}/reopen", post(item::reopen))
        .route("/items/{id}/give-up", post(item::give_up))
        .route("/incidents", get(incidents::list).post(incidents::note))
        .route("/newcomers", get(newcomers::list))
        .route("/newcomers/{id}", get(newcomers::show).post(newcomers::decide))
        .route("/quality", get(quality::figures::show))
        .route("/quality/thresholds", post(quality::thresholds::set))
        .route("/quality/thresholds/undo", post(quality::thresholds::undo))
        .route("/quality/export", post(quality::figures::export))
        .route("/quality/samples", get(quality::samples::list))
        .route("/quality/samples/{id}", get(quality::samples::show).post(quality::samples::read))
        .route("/quality/samples/{id}/settle", get(quality::settle::show).post(quality::settle::decide))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries/{id}", get(delivery::show))
        .route("/deliveries/{id}/pages/{no}", get(image::page))
        .route("/deliveries/{id}/pages/{no}/words", get(image::words))
        .route("/deliveries/{id}/original", get(image::original))
        .route("/deliveries/{id}/retry", post(delivery::retry))
        .route("/deliveries/{id}/unlock", post(delivery::unlock))
        .route("/deliveries/{id}/close", post(delivery::close))
        .route("/deliveries/{id}/reopen", post(delivery::reopen))
        .route("/upload", get(upload::form).merge(post(upload::take).layer(largest)))
        .route("/api/deliveries", post(api::deliver::deliver).layer(largest))
        .route("/api/deliveries/{id}", get(api::deliver::state))
        .route("/api/items", get(api::items::list))
        .route("/api/items/{id}", get(api::items::show))
        .route("/api/items/{id}/pages/{no}", get(api::items::page))
        .route("/api/records", get(api::records::list))
        .route("/api/records/{id}", get(api::records::show))
        .route("/api/masters/patients", get(api::masters::patients))
        .route("/api/masters/patients/{id}", get(one::<Patient>).put(put::<Patient>))
        .route("/api/masters/institutions", get(api::masters::institutions))
        .route("/api/masters/institutions/{id}", get(one::<Institution>).put(put::<Institution>))
        .route("/api/masters/doctors", get(api::masters::doctors))
        .route("/api/masters/doctors/{id}", get(one::<Doctor>).put(put::<Doctor>))
        .route("/api/openapi.json", get(api::openapi::show))
        .route("/status", get(status::show))
        .route("/staff", get(staff::list).post(staff::add))
        .route("/staff/{id}", get(staff::show))
        .route("/staff/{id}/rights", post(staff::rights))
        .route("/staff/{id}/password", post(staff::password))
        .route("/staff/{id}/disabled", post(staff::disabled))
        .route("/staff/{id}/openid", post(staff::openid))
        .route("/staff/{id}/second-factor", post(staff::second_factor))
        .route("/staff/{id}/sessions", post(staff::sessions))
        .route("/tokens", get(tokens::list).post(tokens::add))
        .route("/tokens/{id}/revoke", post(tokens::revoke))
        .route("/audit", get(audit::newest).post(audit::search))
        .route("/audit/export", post(audit::export))
        .route("/board", get(board::show))
        .route("/live", get(live::live))
        .route("/static/{version}/{name}", get(assets::file))
        .fallback(|| async { error::WebError::NotFound })
        .layer(middleware::from_fn_with_state(app.clone(), access::guard))
        .layer(DefaultBodyLimit::max(LONGEST_FORM))
        .layer(middleware::from_fn_with_state(app.clone(), headers::secure))
        .with_state(app)
}

/// The cookie of a session with that token, and the store's name of it; for measuring pages as a browser gets them.
pub fn session_of(settings: &Settings, token: &str) -> (String, String) {
    (format!("{}={token}", auth::cookie_name(settings)), secret::token_hash(token))
}
