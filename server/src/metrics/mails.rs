//! Metrics of outgoing mail.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

/// What became of an attempt to send a mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MailEnd {
    Sent,
    /// Rejected, or given up.
    Failed,
    /// Pointless by the time that it would have been sent.
    Dropped,
    Retried,
}

impl MailEnd {
    const ALL: [Self; 4] = [Self::Sent, Self::Failed, Self::Dropped, Self::Retried];

    const fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Retried => "retried",
        }
    }
}

#[derive(Default)]
pub struct MailMetrics {
    waiting: Gauge,
    oldest_age: Gauge<f64, AtomicU64>,
    attempts: Family<[(&'static str, &'static str); 1], Counter>,
}

impl MailMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let waiting = "Mails in the outbox, of all nodes, that have not been sent yet";
        registry.register("mails_waiting", waiting, self.waiting.clone());
        let age = "Age of the oldest mail in the outbox; 0 if there is none";
        registry.register_with_unit("mail_oldest_age", age, Unit::Seconds, self.oldest_age.clone());
        let attempts = "Mails that this process has sent, failed to send for good, dropped because they had become \
                        pointless, or will retry";
        registry.register("mails", attempts, self.attempts.clone());
        for end in MailEnd::ALL {
            drop(self.attempts.get_or_create(&[("outcome", end.label())]));
        }
    }

    pub fn ended(&self, end: MailEnd) {
        self.attempts.get_or_create(&[("outcome", end.label())]).inc();
    }

    pub fn waiting(&self, count: i64, oldest_age: Duration) {
        self.waiting.set(count);
        self.oldest_age.set(oldest_age.as_secs_f64());
    }
}
