//! The worker's own lines, under its name.

use std::fmt;
use std::sync::atomic::Ordering;

use super::Worker;

impl Worker {
    pub(super) fn info(&self, text: fmt::Arguments<'_>) {
        if !self.to_stderr(text) {
            tracing::info!("{}: {text}", self.name());
        }
    }

    pub(super) fn warn(&self, text: fmt::Arguments<'_>) {
        if !self.to_stderr(text) {
            tracing::warn!("{}: {text}", self.name());
        }
    }

    pub(super) fn error(&self, text: fmt::Arguments<'_>) {
        if !self.to_stderr(text) {
            tracing::error!("{}: {text}", self.name());
        }
    }

    fn to_stderr(&self, text: fmt::Arguments<'_>) -> bool {
        let nobody_else = self.0.logs_to_stderr.load(Ordering::Relaxed) && !tracing::dispatcher::has_been_set();
        if nobody_else {
            eprintln!("{}: {text}", self.name());
        }
        nobody_else
    }
}
