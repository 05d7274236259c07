//! The recognisers: each keeps its engine from page to page, and is replaced after a number of pages.

use super::spawn::Child;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

pub(super) struct Pool {
    turns: Semaphore,
    idle: Mutex<Vec<Child>>,
    recycle_pages: u32,
}

/// The right to keep one recogniser busy.
pub(super) struct Slot<'a> {
    pool: &'a Pool,
    _turn: Option<SemaphorePermit<'a>>,
}

impl Pool {
    pub(super) fn new(size: usize, recycle_pages: u32) -> Self {
        Self { turns: Semaphore::new(size.max(1)), idle: Mutex::new(Vec::new()), recycle_pages: recycle_pages.max(1) }
    }

    /// Waits for a turn.
    pub(super) async fn slot(&self) -> Slot<'_> {
        // The semaphore is never closed, so there always is a turn in the end.
        Slot { pool: self, _turn: self.turns.acquire().await.ok() }
    }
}

impl Slot<'_> {
    /// A recogniser that is ready, if one is idle.
    pub(super) fn take(&mut self) -> Option<Child> {
        self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Gives a recogniser back after a page.
    pub(super) fn put_back(&mut self, mut child: Child) {
        child.pages += 1;
        if child.pages < self.pool.recycle_pages {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        }
    }
}
