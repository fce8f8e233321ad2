//! All rate limits, in one place.

use std::{net::IpAddr, num::NonZero, time::Duration};

use doorward_api::FactorKind;
use ipnet::IpNet;

use super::{device_cookie::KnownDevice, memory_buckets::MemoryKey, network};
use crate::model::{
    email::Email,
    rate_limit::{Limit, RateLimitKey},
    session::SessionId,
    user::UserId,
};

/// Failures of all browsers on a node that are not known, for each attempt per account: a brake on guessing one password
/// for many accounts from many addresses.
const NODE_FACTOR: NonZero<u32> = NonZero::new(3_000).expect("not zero");

const DAY: Duration = Duration::from_hours(24);

/// Each session is a row for 30 days, and two events for 90.
const SESSION_STARTS: Limit = Limit { attempts: NonZero::new(10_000).expect("not zero"), window: DAY };

/// Each change is an event for 90 days.
const ACCOUNT_CHANGES: Limit = Limit { attempts: NonZero::new(100).expect("not zero"), window: DAY };

/// Each sends two mails.
const EMAIL_CHANGES: Limit = Limit { attempts: NonZero::new(10).expect("not zero"), window: DAY };
/// Each export reads everything about a user.
const EXPORTS: Limit = Limit { attempts: NonZero::new(1).expect("not zero"), window: Duration::from_hours(1) };

/// Second factors of one kind for one account, with a limit of their own beside `login_attempts`: the password was right already.
const SECOND_FACTORS: Limit = Limit { attempts: NonZero::new(5).expect("not zero"), window: Duration::from_mins(15) };

/// Requests of a session that write.
const SESSION_WRITES: Limit = Limit { attempts: NonZero::new(600).expect("not zero"), window: Duration::from_mins(15) };

/// Mails that strangers cause: to one address.
const MAILS_TO_ADDRESS: [Limit; 2] = [
    Limit { attempts: NonZero::new(3).expect("not zero"), window: Duration::from_hours(1) },
    Limit { attempts: NonZero::new(10).expect("not zero"), window: DAY },
];

/// Mails that one network causes: an IPv4 address or an IPv6 /64.
const MAILS_FROM_NETWORK: [Limit; 1] =
    [Limit { attempts: NonZero::new(10).expect("not zero"), window: Duration::from_hours(1) }];

/// Notices to the owner of an account about registrations with its address.
const REGISTRATION_NOTICES: [Limit; 1] = [Limit { attempts: NonZero::new(1).expect("not zero"), window: DAY }];

/// Codes that are tried for one address, in all its registrations: 8 digits would take a million years.
const REGISTRATION_CODES: [Limit; 1] = [Limit { attempts: NonZero::new(15).expect("not zero"), window: CODES_WINDOW }];

/// After this time, all codes can be tried again.
pub const CODES_WINDOW: Duration = Duration::from_hours(1);

/// No limit for mails looks further back.
pub const MAIL_LIMIT_RETENTION: Duration = DAY;

/// What is limited. Attempts are counted before their outcome is known, so that concurrent ones get no more than
/// sequential ones, and given back unless they count.
#[derive(Clone, Copy, Debug)]
pub enum Attempt<'a> {
    /// A password for an account. Counts if it is wrong.
    Login {
        email: &'a Email,
        /// Set for a browser in which the account has logged in before: it has an allowance of its own, which strangers
        /// cannot spend, and falls back to that of all other browsers.
        device: Option<&'a KnownDevice>,
        ip: IpAddr,
    },
    /// A passkey, which is for an account of its own. Counts if it is refused.
    LoginWithPasskey { ip: IpAddr },
    /// Reveals whether an email is registered, and adds rows. Always counts.
    Register { ip: IpAddr },
    /// Asks for a link to set a new password, which adds rows. Always counts.
    Forgot { ip: IpAddr },
    /// The current password, in a live session. Counts if it is wrong, for this session alone: neither strangers nor a
    /// thief with another session can spend it.
    CurrentPassword { session_id: &'a SessionId },
    /// A second factor, at a login, a confirmation or a reset. Counts unless it is right, for the account: a new login gives nothing
    /// back.
    SecondFactor { user_id: &'a UserId, kind: FactorKind },
    /// A login whose password was right. Always counts.
    StartSession { user_id: &'a UserId },
    /// Always counts.
    ChangeName { user_id: &'a UserId },
    /// After the current password has been verified: a thief with a session cannot spend it. Always counts.
    ChangePassword { user_id: &'a UserId },
    /// Asks for a change of the email, which sends mails. Always counts.
    ChangeEmail { user_id: &'a UserId },
    /// A copy of everything about the user. Always counts.
    Export { user_id: &'a UserId },
    /// A request that writes, by a live session. Per session, so that a thief with one cannot keep the owner from ending
    /// it from another. Always counts.
    Write { session_id: &'a SessionId },
}

/// What an attempt uses up: one attempt of each bucket.
#[derive(Debug)]
pub(super) struct Allowance {
    /// On this node. Lost at a restart.
    pub in_memory: Vec<(MemoryKey, Limit)>,
    /// In the database, shared by all nodes; with waits that grow.
    pub stored: Option<(RateLimitKey, Limit)>,
}

impl Attempt<'_> {
    /// The allowances in the order in which they are used: the next one when the previous one is spent. `configured` is
    /// `login_attempts`, which also is the limit of stored buckets, unless they have one of their own.
    pub(super) fn allowances(&self, configured: Limit) -> Vec<Allowance> {
        let in_memory = |key, limit| vec![Allowance { in_memory: vec![(key, limit)], stored: None }];
        let stored = |key| Allowance { in_memory: vec![], stored: Some((key, configured)) };
        match *self {
            Self::Login { email, device, ip } => {
                let known = device.map(|device| stored(RateLimitKey::device(email, device.slot())));
                let unknown = Allowance {
                    in_memory: from_stranger("login", ip, configured),
                    stored: Some((RateLimitKey::account(email), configured)),
                };
                known.into_iter().chain([unknown]).collect()
            }
            Self::LoginWithPasskey { ip } => {
                vec![Allowance { in_memory: from_stranger("passkey", ip, configured), stored: None }]
            }
            Self::Register { ip } => {
                vec![Allowance { in_memory: from_stranger("register", ip, configured), stored: None }]
            }
            Self::Forgot { ip } => {
                vec![Allowance { in_memory: from_stranger("forgot", ip, configured), stored: None }]
            }
            Self::CurrentPassword { session_id } => vec![stored(RateLimitKey::current_password(session_id))],
            Self::SecondFactor { user_id, kind } => {
                let stored = Some((RateLimitKey::second_factor(user_id, kind), SECOND_FACTORS));
                vec![Allowance { in_memory: vec![], stored }]
            }
            Self::StartSession { user_id } => {
                in_memory(MemoryKey::Account("start session", user_id.clone()), SESSION_STARTS)
            }
            Self::ChangeName { user_id } => {
                in_memory(MemoryKey::Account("change name", user_id.clone()), ACCOUNT_CHANGES)
            }
            Self::ChangePassword { user_id } => {
                in_memory(MemoryKey::Account("change password", user_id.clone()), ACCOUNT_CHANGES)
            }
            Self::ChangeEmail { user_id } => {
                in_memory(MemoryKey::Account("change email", user_id.clone()), EMAIL_CHANGES)
            }
            Self::Export { user_id } => in_memory(MemoryKey::Account("export", user_id.clone()), EXPORTS),
            Self::Write { session_id } => in_memory(MemoryKey::Session(session_id.clone()), SESSION_WRITES),
        }
    }
}

/// The limits for a mail that a stranger causes.
pub(super) fn mail_limits(to: &Email, from: IpAddr) -> [(RateLimitKey, &'static [Limit]); 2] {
    let network = network::tiers(from).next().map_or(IpNet::from(from), |(network, _)| network);
    [(RateLimitKey::mails_from(network), &MAILS_FROM_NETWORK), (RateLimitKey::mails_to(to), &MAILS_TO_ADDRESS)]
}

/// The limit for notices about registrations with an address. An address without an account has one, too, which limits
/// nothing: both cost the same.
pub(super) fn registration_notice_limit(email: &Email, has_account: bool) -> (RateLimitKey, &'static [Limit]) {
    (RateLimitKey::registration_notices(email, has_account), &REGISTRATION_NOTICES)
}

/// The limit for codes that are tried for an address.
pub(super) fn registration_code_limit(email: &Email) -> (RateLimitKey, &'static [Limit]) {
    (RateLimitKey::registration_codes(email), &REGISTRATION_CODES)
}

/// The address, the networks that it belongs to, and all of this node.
fn from_stranger(purpose: &'static str, ip: IpAddr, configured: Limit) -> Vec<(MemoryKey, Limit)> {
    let networks =
        network::tiers(ip).map(|(network, factor)| (MemoryKey::Network(purpose, network), configured.times(factor)));
    networks.chain([(MemoryKey::Node(purpose), configured.times(NODE_FACTOR))]).collect()
}
