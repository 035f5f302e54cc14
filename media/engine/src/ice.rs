//! The lite side of ICE (RFC 8445 §2.5): checks are answered, none are made. Pure; time is passed
//! in.
//!
//! The other side finds out over which pair of addresses packets get through and names one. What
//! is not authentic is not answered at all, so that nobody learns or multiplies anything by it.

use std::net::SocketAddr;

use crate::bucket::Bucket;
use crate::stun;

/// Checks that are looked at at once, and each second: a browser makes some twenty a second.
const BURST: u32 = 200;
const RATE: u32 = 100;

/// What the other side signs its checks with.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub fragment: String,
    pub password: String,
    /// Of the other side; empty while it is not known.
    pub remote_fragment: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (ours, theirs) = (&self.fragment, &self.remote_fragment);
        write!(f, "Credentials({ours}:{theirs})")
    }
}

/// One port's agent.
#[derive(Debug)]
pub struct Ice {
    credentials: Credentials,
    bucket: Bucket,
}

/// An answer to send back to where the check came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub len: usize,
    pub pair: Pair,
}

/// What a check says about its pair of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// Nothing: it was refused.
    Unknown,
    /// Packets get through.
    Valid,
    /// It is the one to be used.
    Nominated,
}

impl Ice {
    pub fn new(credentials: Credentials, now: u64) -> Ice {
        let bucket = Bucket::new(BURST, RATE, now);
        Ice {
            credentials,
            bucket,
        }
    }

    /// Other credentials from now on (a restart, RFC 8445 §9); the same ones change nothing.
    pub fn restart(&mut self, credentials: Credentials) {
        self.credentials = credentials;
    }

    /// Judges a STUN message; writes the answer, if there is to be one.
    pub fn receive(
        &mut self,
        message: &[u8],
        source: SocketAddr,
        now: u64,
        out: &mut [u8],
    ) -> Option<Answer> {
        if !self.bucket.take(now) {
            return None;
        }
        let request = stun::parse(message)?;
        let password = self.credentials.password.as_bytes();
        if !self.is_for_us(request.username) || !request.is_authentic(password) {
            return None;
        }
        if let Some(kind) = request.unknown {
            let len = request.not_understood(kind, password, out)?;
            let pair = Pair::Unknown;
            return Some(Answer { len, pair });
        }
        if request.is_controlled {
            let len = request.conflict(password, out)?;
            let pair = Pair::Unknown;
            return Some(Answer { len, pair });
        }
        let pair = match request.use_candidate {
            true => Pair::Nominated,
            false => Pair::Valid,
        };
        let len = request.accept(source, password, out)?;
        Some(Answer { len, pair })
    }

    /// RFC 8445 §7.2.2: our fragment, a colon, and theirs.
    fn is_for_us(&self, username: &[u8]) -> bool {
        let Credentials {
            fragment,
            remote_fragment,
            ..
        } = &self.credentials;
        let rest = username.strip_prefix(fragment.as_bytes());
        match rest.and_then(|rest| rest.strip_prefix(b":")) {
            Some(theirs) => remote_fragment.is_empty() || theirs == remote_fragment.as_bytes(),
            None => false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stun::tests::{check, BY_CONTROLLED, NOMINATED};
    use crate::stun::MAX_ANSWER;

    const PASSWORD: &[u8] = b"0123456789abcdefghijkl";

    fn ice() -> Ice {
        let credentials = Credentials {
            fragment: "ours".to_owned(),
            password: String::from_utf8(PASSWORD.to_vec()).unwrap(),
            remote_fragment: "them".to_owned(),
        };
        Ice::new(credentials, 0)
    }

    fn asked(ice: &mut Ice, message: &[u8], now: u64) -> Option<(Pair, [u8; 2])> {
        let source = "192.0.2.1:4000".parse().unwrap();
        let mut out = [0; MAX_ANSWER];
        let answer = ice.receive(message, source, now, &mut out)?;
        Some((answer.pair, [out[0], out[1]]))
    }

    #[test]
    fn checks_are_answered_as_they_are() {
        let (success, error) = ([1, 1], [1, 0x11]);
        let rows = [
            (
                "a check",
                check(b"ours:them", PASSWORD, &[]),
                Some((Pair::Valid, success)),
            ),
            (
                "a nomination",
                check(b"ours:them", PASSWORD, &[NOMINATED]),
                Some((Pair::Nominated, success)),
            ),
            (
                "a side that would be controlled, too",
                check(b"ours:them", PASSWORD, &[NOMINATED, BY_CONTROLLED]),
                Some((Pair::Unknown, error)),
            ),
            (
                "something unknown",
                check(b"ours:them", PASSWORD, &[NOMINATED, (0x0033, &[])]),
                Some((Pair::Unknown, error)),
            ),
            ("a wrong password", check(b"ours:them", b"guess", &[]), None),
            ("another port's", check(b"else:them", PASSWORD, &[]), None),
            ("another peer", check(b"ours:else", PASSWORD, &[]), None),
            ("no colon", check(b"oursthem", PASSWORD, &[]), None),
            ("nothing", vec![], None),
        ];
        for (name, message, expected) in rows {
            assert_eq!(asked(&mut ice(), &message, 0), expected, "{name}");
        }
    }

    #[test]
    fn a_flood_is_not_answered() {
        let mut ice = ice();
        let message = check(b"ours:them", PASSWORD, &[]);
        let answered = |ice: &mut Ice, now| {
            (0..1000)
                .filter(|_| asked(ice, &message, now).is_some())
                .count()
        };
        assert_eq!(answered(&mut ice, 0), BURST as usize);
        assert_eq!(answered(&mut ice, 1_000_000_000), RATE as usize);
    }

    #[test]
    fn after_a_restart_the_old_password_is_void() {
        let mut ice = ice();
        let old = check(b"ours:them", PASSWORD, &[]);
        ice.restart(Credentials {
            password: "another".to_owned(),
            ..ice.credentials.clone()
        });
        assert_eq!(asked(&mut ice, &old, 0), None);
        assert!(asked(&mut ice, &check(b"ours:them", b"another", &[]), 0).is_some());
    }

    #[test]
    fn the_password_is_not_shown() {
        assert_eq!(format!("{:?}", ice().credentials), "Credentials(ours:them)");
    }
}
