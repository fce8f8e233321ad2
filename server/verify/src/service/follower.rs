//! Following the feed of revocations: one long question after the other, for as long as the service runs.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};

use super::{
    Shared,
    back_off::BackOff,
    keys::{Look, Looks},
    outage::Outage,
    transport::{Failed, Question, ask},
};
use crate::{
    feed::{REVOCATIONS, Revocations},
    jws,
};

const PATH: &str = "/.well-known/revocations";
/// For how long Doorward holds a question before it says that nothing has happened.
const WAIT: Duration = Duration::from_secs(25);
const PATIENCE: Duration = WAIT.saturating_add(Duration::from_secs(5));
/// For how long a healthy feed can be silent: a question is lost with its connection, and the next one is held to its end.
/// The rest is for the pauses between and for documents, which tell whole seconds.
pub(crate) const LONGEST_SILENCE: Duration = PATIENCE.saturating_add(WAIT).saturating_add(Duration::from_secs(5));
const LONGEST_CURSOR: usize = 256;
/// The least time between two questions: after news, so that many ends in a row travel together, and after an answer
/// without any, which a proxy gives at once for as long as it keeps it.
const PACE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(250));

/// Follows the feed until the task is dropped.
pub(crate) async fn follow(shared: Arc<Shared>) {
    let mut place = Place { cursor: None, looks: Looks::default(), clocks: Outage::default() };
    let mut back_off = BackOff::new();
    let mut outage = Outage::default();
    loop {
        let asked = Instant::now();
        match place.next(&shared).await {
            Ok(is_news) => {
                if outage.ends() {
                    tracing::info!("the revocation feed is back");
                }
                back_off.reset();
                sleep_until(asked + if is_news { PACE.0 } else { PACE.1 }).await;
            }
            Err(failed) => {
                if outage.begins() {
                    tracing::warn!(%failed, "the revocation feed cannot be followed");
                }
                sleep(back_off.next()).await;
            }
        }
    }
}

/// How far this service has read.
struct Place {
    cursor: Option<String>,
    /// The feed has its own looks for keys: strangers cannot use them up.
    looks: Looks,
    /// The clocks differ too much.
    clocks: Outage,
}

impl Place {
    /// Asks what comes next and takes it in.
    async fn next(&mut self, shared: &Shared) -> Result<bool, Failed> {
        let path = match &self.cursor {
            Some(cursor) => format!("{PATH}?after={}", in_query(cursor)),
            None => PATH.into(),
        };
        let question = Question { path, past_caches: false, max_bytes: REVOCATIONS.max_bytes, patience: PATIENCE };
        let answer = ask(&*shared.transport, question).await?;
        let text = str::from_utf8(&answer.body).map_err(Failed::new)?;
        let document = self.open(shared, text).await?;

        if let Err(why) = self.goes_on(shared, &document) {
            // Whatever answered so may do it again: begin anew, with everything.
            self.cursor = None;
            return Err(Failed::new(why));
        }
        let (is_news, ahead) = {
            let mut ended = shared.ended.write().unwrap_or_else(PoisonError::into_inner);
            let is_news = ended.learn(&document, shared.clock.now(), Instant::now()).map_err(Failed::new)?;
            (is_news, ended.ahead())
        };
        self.compare_clocks(ahead);
        self.cursor = Some(document.cursor);
        shared.changes.send_replace(());
        Ok(is_news)
    }

    fn compare_clocks(&mut self, ahead: Option<i64>) {
        match ahead {
            Some(seconds) if self.clocks.begins() => {
                tracing::warn!(seconds, "Doorward's clock is ahead of this one: the revocation feed confirms nothing");
            }
            None if self.clocks.ends() => tracing::info!("Doorward's clock and this one agree again"),
            _ => {}
        }
    }

    /// The claims, when the signature is of one of Doorward's keys. A new key is fetched: after a reset of the keys that
    /// is how a service hears that the old ones are no good.
    async fn open(&self, shared: &Shared, text: &str) -> Result<Revocations, Failed> {
        let mut missed = None;
        let keys = shared.keys.current();
        let opened = jws::open(text, REVOCATIONS, |kid| {
            let key = keys.get(kid?);
            missed = if key.is_none() { kid.map(str::to_owned) } else { None };
            key
        });
        let refused = match (opened, missed) {
            (Ok(document), _) => return Ok(document),
            (Err(refused), None) => refused,
            (Err(refused), Some(kid)) => match shared.keys.look_for(&kid, &self.looks).await {
                Look::Found => {
                    let keys = shared.keys.current();
                    return jws::open(text, REVOCATIONS, |kid| keys.get(kid?)).map_err(untrue);
                }
                Look::Unknown | Look::Unsure => refused,
            },
        };
        Err(untrue(refused))
    }

    /// Whether a genuine document is the one that was asked for.
    fn goes_on(&self, shared: &Shared, document: &Revocations) -> Result<(), &'static str> {
        if document.iss != shared.issuer {
            return Err("the document is of another issuer");
        }
        if document.after.is_some() && document.after != self.cursor {
            return Err("the document goes on from another place");
        }
        if document.cursor.len() > LONGEST_CURSOR {
            return Err("the cursor is too long");
        }
        Ok(())
    }
}

fn untrue(refused: crate::Refused) -> Failed {
    Failed::new(format_args!("the document is not genuine: {refused:?}"))
}

/// Text as a value in a query.
fn in_query(text: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let spelled = |byte: u8| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(spelled).collect()
}
