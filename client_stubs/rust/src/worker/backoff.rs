//! Pauses between attempts.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Pauses that double from the shortest to the longest, each shortened at random by up to a half, so that workers that
/// lost the same daemon do not come back at the same time.
pub(super) struct Backoff {
    shortest: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(super) fn new(shortest: Duration, longest: Duration) -> Self {
        Self { shortest, longest, next: shortest.min(longest) }
    }

    pub(super) fn start_anew(&mut self) {
        self.next = self.shortest.min(self.longest);
    }

    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = self.longest.min(pause * 2);
        pause.mul_f64(0.5 + random() / 2.0)
    }
}

/// In 0…1, from the seed that the standard library gives each hasher: no dependency for so little.
fn random() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_anew() {
        let ms = Duration::from_millis;
        let mut backoff = Backoff::new(ms(100), ms(500));
        let mut pauses_like = |expected: &[u64]| {
            for &full in expected {
                let pause = backoff.pause();
                assert!(pause >= ms(full / 2) && pause <= ms(full), "{pause:?} for {full}");
            }
            backoff.start_anew();
        };
        pauses_like(&[100, 200, 400, 500, 500]);
        pauses_like(&[100, 200]);
    }

    #[test]
    fn pauses_differ() {
        let second = Duration::from_secs(1);
        let pauses: Vec<_> = (0..10).map(|_| Backoff::new(second, second).pause()).collect();
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
