//! How long a child may take. What counts is time in which it ran or did nothing; time in which it stood in line for a processor
//! is the machine's fault and is forgiven, up to a ceiling in real time.

use std::fs;
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

/// Of each span at most three parts in four are forgiven: nobody waits longer than four times the limit.
const FORGIVEN: (u32, u32) = (3, 4);
/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// The time a child has left.
pub(super) struct Patience {
    /// Its number, while it lives.
    child: Option<u32>,
    left: Duration,
}

impl Patience {
    pub(super) fn new(child: Option<u32>, limit: Duration) -> Self {
        Self { child, left: limit }
    }

    /// The outcome of `work` on which the child is busy; nothing when it took too long.
    pub(super) async fn with<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            let (began, stood) = (Instant::now(), self.stood());
            // What is there already is taken, however late it is noticed.
            let outcome = tokio::time::timeout(self.left.min(LOOK), &mut work).await;
            self.charge(began.elapsed(), self.stood().saturating_sub(stood));
            match outcome {
                Ok(outcome) => return Some(outcome),
                Err(_) if self.left.is_zero() => return None,
                Err(_) => {}
            }
        }
    }

    fn charge(&mut self, passed: Duration, stood: Duration) {
        let most = passed * FORGIVEN.0 / FORGIVEN.1;
        self.left = self.left.saturating_sub(passed - stood.min(most));
    }

    /// How long the child's threads have stood in line until now; nothing where the kernel does not say.
    fn stood(&self) -> Duration {
        let Some(child) = self.child else { return Duration::ZERO };
        let Ok(threads) = fs::read_dir(format!("/proc/{child}/task")) else { return Duration::ZERO };
        let nanoseconds = threads.flatten().filter_map(|thread| {
            let told = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            told.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.fold(0, u64::saturating_add))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waiting_for_a_processor_is_forgiven_within_bounds() {
        let left_after = |passed: Duration, stood: Duration| {
            let mut patience = Patience::new(None, 8 * SECOND);
            patience.charge(passed, stood);
            patience.left
        };
        // It ran or slept all the time; it stood in line half of it; all of it, and more than that by several threads.
        assert_eq!(left_after(4 * SECOND, Duration::ZERO), 4 * SECOND);
        assert_eq!(left_after(4 * SECOND, 2 * SECOND), 6 * SECOND);
        assert_eq!(left_after(4 * SECOND, 4 * SECOND), 7 * SECOND);
        assert_eq!(left_after(4 * SECOND, 9 * SECOND), 7 * SECOND);
        assert_eq!(left_after(32 * SECOND, 32 * SECOND), Duration::ZERO);
    }

    #[tokio::test]
    async fn nothing_is_waited_for_longer_than_agreed() {
        let mut patience = Patience::new(Some(std::process::id()), 2 * LOOK);
        let began = Instant::now();
        assert_eq!(patience.with(std::future::pending::<()>()).await, None);
        assert!(began.elapsed() >= 2 * LOOK && began.elapsed() < 4 * 2 * LOOK + SECOND);
        assert_eq!(patience.with(std::future::pending::<()>()).await, None, "it is used up");
        assert_eq!(patience.with(std::future::ready(7)).await, Some(7), "an answer that is there is taken");
    }

    #[test]
    fn the_kernel_tells_how_long_a_child_stood_in_line() {
        let path = format!("/proc/{}/schedstat", std::process::id());
        let told = fs::read_to_string(path).expect("a kernel with scheduler statistics");
        assert_eq!(told.split_ascii_whitespace().count(), 3);
        let crowd = std::thread::available_parallelism().map_or(1, usize::from) * 2;
        let patience = Patience::new(Some(std::process::id()), SECOND);
        let until = Instant::now() + SECOND / 2;
        std::thread::scope(|scope| {
            for _ in 0..crowd {
                scope.spawn(|| while Instant::now() < until {});
            }
            let before = patience.stood();
            std::thread::sleep(SECOND / 3);
            assert!(patience.stood() > before, "a crowd stands in line");
        });
    }
}
