//! What every step needs, built once by `serve`: handles, knowledge, the name under which leases are held.

use super::retry::Failure;
use super::understand::Knowledge;
use crate::db::{Db, ReadTx};
use crate::domain::{Clock, Hospital, OfficeHours, Recipes};
use crate::files::Files;
use crate::jail::Jail;
use crate::stages::classify::model::Model;
use crate::stages::matching::Index;
use crate::stages::memory::Memory;
use crate::stages::sureness;
use crate::store::{lessons, masters, thresholds};
use std::sync::Arc;
use tokio::sync::{Mutex, Notify};

/// Handles and settings of the steps.
pub struct Work {
    /// Our own database.
    pub db: Db,
    /// The referral database.
    pub referral: Db,
    /// Originals and page images.
    pub files: Files,
    /// The sealed children.
    pub jail: Jail,
    /// The present moment.
    pub clock: Clock,
    /// Name of this node; leases carry it.
    pub owner: String,
    /// How long a claim holds without a heartbeat, in milliseconds.
    pub lease_ms: i64,
    /// Kinds and fields.
    pub recipes: Arc<Recipes>,
    /// How signs are weighed to tell kinds apart.
    pub model: Arc<Model>,
    /// How likely a value is right.
    pub sureness: Arc<sureness::Weights>,
    /// The hospital that receives.
    pub hospital: Arc<Hospital>,
    /// When the desks are open.
    pub office: OfficeHours,
    /// Rung when there may be something to do.
    pub wake: Arc<Notify>,
    indexed: Mutex<Option<(i64, Arc<Index>)>>,
    remembered: Mutex<Option<(i64, Arc<Memory>)>>,
}

/// The handles of `Work` that only `serve` can make.
pub struct Handles {
    /// Our own database.
    pub db: Db,
    /// The referral database.
    pub referral: Db,
    /// Originals and page images.
    pub files: Files,
    /// The sealed children.
    pub jail: Jail,
    /// The present moment.
    pub clock: Clock,
}

impl Work {
    /// Puts the handles together.
    pub fn new(
        handles: Handles,
        owner: String,
        lease_ms: i64,
        recipes: Recipes,
        model: Model,
        sureness: sureness::Weights,
        hospital: Hospital,
    ) -> Self {
        let Handles { db, referral, files, jail, clock } = handles;
        Self {
            db,
            referral,
            files,
            jail,
            clock,
            owner,
            lease_ms,
            recipes: Arc::new(recipes),
            model: Arc::new(model),
            sureness: Arc::new(sureness),
            hospital: Arc::new(hospital),
            office: OfficeHours::default(),
            wake: Arc::new(Notify::new()),
            indexed: Mutex::new(None),
            remembered: Mutex::new(None),
        }
    }

    /// With the hours of the desks.
    pub fn keeping(self, office: OfficeHours) -> Self {
        Self { office, ..self }
    }

    /// Recipes, hospital and the masters as they stand now; indexed anew only after an import.
    pub async fn knowledge(&self) -> Result<Knowledge, Failure> {
        let mut indexed = self.indexed.lock().await;
        let mut tx = self.db.read().await?;
        let version = masters::version(&mut tx).await?;
        let index = match &*indexed {
            Some((known, index)) if *known == version => index.clone(),
            _ => {
                let all = masters::load_all(&mut tx).await?;
                let index = tokio::task::spawn_blocking(move || Arc::new(Index::build(all)))
                    .await
                    .map_err(|_| Failure::BrokeOff)?;
                *indexed = Some((version, index.clone()));
                index
            }
        };
        let memory = self.memory(&mut tx).await?;
        let (recipes, model, hospital) = (self.recipes.clone(), self.model.clone(), self.hospital.clone());
        let sureness = Some(self.sureness.clone());
        // Few rows, and a threshold counts from the moment at which it was set.
        let demands = Arc::new(thresholds::in_force(&mut tx).await?);
        Ok(Knowledge { recipes, model, sureness, hospital, index, memory, demands })
    }

    /// What was learned and not forgotten; loaded anew only after a change.
    async fn memory(&self, tx: &mut ReadTx) -> Result<Arc<Memory>, Failure> {
        let mut remembered = self.remembered.lock().await;
        let version = lessons::version(tx).await?;
        match &*remembered {
            Some((known, memory)) if *known == version => Ok(memory.clone()),
            _ => {
                let memory = Arc::new(Memory::of(lessons::load_all(tx).await?));
                *remembered = Some((version, memory.clone()));
                Ok(memory)
            }
        }
    }
}
