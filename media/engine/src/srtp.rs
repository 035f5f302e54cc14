//! Secure RTP and RTCP of one port (RFC 3711): which index a packet has, whether it was here before,
//! and the keys of both directions while they change. Pure; nothing here allocates per packet.

use crate::rtp;
use crate::suite::MasterKey;
use crate::transform::Transform;

pub use crate::transform::MAX_ADDED;

/// Sources with a numbering of their own behind one key; a peer that changes its SSRC more often
/// has its oldest forgotten.
const MAX_SOURCES: usize = 4;
/// Packets so far behind the highest are told from replayed ones; RFC 3711 asks for 64.
const WINDOW: u64 = 128;
const NUMBERS: u64 = 1 << 16;

/// Packets that we send, made secret.
pub struct Sealer {
    key: MasterKey,
    rtp: Transform,
    rtcp: Transform,
    highest: Option<u64>,
    rtcp_index: u32,
}

/// One key of the peer.
struct Keyed {
    key: MasterKey,
    rtp: Transform,
    rtcp: Transform,
    /// The newest first.
    sources: [Option<Source>; MAX_SOURCES],
    rtcp_seen: Option<Window>,
    /// Where the sources stood under the key before.
    inherited: [Option<Source>; MAX_SOURCES],
}

#[derive(Clone, Copy)]
struct Source {
    ssrc: u32,
    seen: Window,
}

/// The highest index, and which of those before it were here (RFC 3711 §3.3.2).
#[derive(Clone, Copy)]
struct Window {
    highest: u64,
    /// Bit n: `highest - n`.
    seen: u128,
}

/// Packets of the peer, opened: with its key, or for a while with the one before.
pub struct Opener {
    current: Keyed,
    /// Until a packet of the current key has come.
    former: Option<Box<Keyed>>,
}

/// What is agreed on about one direction's packets.
#[derive(Debug, Default)]
pub enum Protection<T> {
    /// They are plain.
    #[default]
    Absent,
    /// Keys are to come; until then there are no packets.
    Awaited,
    Keyed(Box<T>),
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealer({:?})", self.key.suite())
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opener({:?})", self.current.key.suite())
    }
}

impl<T> Protection<T> {
    pub fn is_awaited(&self) -> bool {
        matches!(self, Protection::Awaited)
    }
}

impl Opener {
    /// `None` if the key is not of its suite's length.
    pub fn new(key: MasterKey) -> Option<Opener> {
        Some(Opener {
            current: Keyed::new(key, [None; MAX_SOURCES])?,
            former: None,
        })
    }

    /// Another key from now on; the same one changes nothing.
    pub fn rekey(&mut self, key: MasterKey) -> Option<()> {
        if key != self.current.key {
            let next = Keyed::new(key, self.current.sources)?;
            self.former = Some(Box::new(std::mem::replace(&mut self.current, next)));
        }
        Some(())
    }

    /// Opens an RTP packet where it lies; its length then, `None` if it is not to be used.
    pub fn open_rtp(&mut self, datagram: &mut [u8]) -> Option<usize> {
        self.open(datagram, Keyed::open_rtp)
    }

    /// Opens an RTCP packet where it lies.
    pub fn open_rtcp(&mut self, datagram: &mut [u8]) -> Option<usize> {
        self.open(datagram, Keyed::open_rtcp)
    }

    fn open(
        &mut self,
        datagram: &mut [u8],
        how: impl Fn(&mut Keyed, &mut [u8]) -> Option<usize>,
    ) -> Option<usize> {
        if let Some(end) = how(&mut self.current, datagram) {
            self.former = None;
            return Some(end);
        }
        how(self.former.as_mut()?, datagram)
    }
}

impl Sealer {
    /// `None` if the key is not of its suite's length.
    pub fn new(key: MasterKey) -> Option<Sealer> {
        Some(Sealer {
            rtp: Transform::rtp(key.suite(), &key.rtp())?,
            rtcp: Transform::rtcp(key.suite(), &key.rtcp())?,
            key,
            highest: None,
            rtcp_index: 0,
        })
    }

    /// Another key from now on. One that stays goes on where it was: beginning anew would use its
    /// key stream twice.
    pub fn rekey(&mut self, key: MasterKey) -> Option<()> {
        if key != self.key {
            *self = Sealer::new(key)?;
        }
        Some(())
    }

    /// Seals the RTP packet of `len` bytes at the start of `room`, which has `MAX_ADDED` more.
    pub fn seal_rtp(&mut self, room: &mut [u8], len: usize) -> Option<usize> {
        let packet = room.get(..len)?;
        let header = rtp::header_len(packet)?;
        let sequence = sequence(packet)?;
        let index = match self.highest {
            None => u64::from(sequence),
            Some(highest) => nearest(highest, sequence)?,
        };
        self.highest = self.highest.max(Some(index));
        self.rtp.seal_rtp(room, len, header, index)
    }

    /// Likewise, RTCP.
    pub fn seal_rtcp(&mut self, room: &mut [u8], len: usize) -> Option<usize> {
        // 31 bits: two thousand years of reports.
        let index = self.rtcp_index.checked_add(1).filter(|n| n >> 31 == 0)?;
        self.rtcp_index = index;
        self.rtcp.seal_rtcp(room, len, index)
    }
}

impl Keyed {
    fn new(key: MasterKey, inherited: [Option<Source>; MAX_SOURCES]) -> Option<Keyed> {
        Some(Keyed {
            rtp: Transform::rtp(key.suite(), &key.rtp())?,
            rtcp: Transform::rtcp(key.suite(), &key.rtcp())?,
            key,
            sources: [None; MAX_SOURCES],
            rtcp_seen: None,
            inherited,
        })
    }

    fn open_rtp(&mut self, datagram: &mut [u8]) -> Option<usize> {
        let header = rtp::header_len(datagram)?;
        let sequence = sequence(datagram)?;
        let &[_, _, _, _, _, _, _, _, s0, s1, s2, s3, ..] = &*datagram else {
            return None;
        };
        let ssrc = u32::from_be_bytes([s0, s1, s2, s3]);
        if let Some(source) = self.sources.iter_mut().flatten().find(|s| s.ssrc == ssrc) {
            let index = nearest(source.seen.highest, sequence)?;
            if source.seen.has(index) {
                return None;
            }
            let end = self.rtp.open_rtp(datagram, header, index)?;
            source.seen.add(index);
            return Some(end);
        }
        let (index, end) = self.open_first(datagram, header, ssrc, sequence)?;
        let seen = Window::new(index);
        self.sources.rotate_right(1);
        if let Some(place) = self.sources.first_mut() {
            *place = Some(Source { ssrc, seen });
        }
        Some(end)
    }

    /// The first packet of a source. Its roll-over counter is 0, unless the key is new and the
    /// source is not: RFC 3711 §3.3.1 keeps the counter then, most phones do not.
    fn open_first(
        &self,
        datagram: &mut [u8],
        header: usize,
        ssrc: u32,
        sequence: u16,
    ) -> Option<(u64, usize)> {
        let fresh = u64::from(sequence);
        if let Some(end) = self.rtp.open_rtp(datagram, header, fresh) {
            return Some((fresh, end));
        }
        let before = self.inherited.iter().flatten().find(|s| s.ssrc == ssrc)?;
        let index = nearest(before.seen.highest, sequence).filter(|&index| index != fresh)?;
        let end = self.rtp.open_rtp(datagram, header, index)?;
        Some((index, end))
    }

    fn open_rtcp(&mut self, datagram: &mut [u8]) -> Option<usize> {
        let (end, index) = self.rtcp.open_rtcp(datagram)?;
        let index = u64::from(index);
        match self.rtcp_seen.as_mut() {
            None => self.rtcp_seen = Some(Window::new(index)),
            Some(seen) if seen.has(index) => return None,
            Some(seen) => seen.add(index),
        }
        Some(end)
    }
}

impl Window {
    fn new(index: u64) -> Window {
        Window {
            highest: index,
            seen: 1,
        }
    }

    /// Whether it was here before, or is too old to tell.
    fn has(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => false,
            Some(back) => back >= WINDOW || self.seen >> back & 1 == 1,
        }
    }

    fn add(&mut self, index: u64) {
        match self.highest.checked_sub(index) {
            Some(back) => self.seen |= 1u128.checked_shl(back as u32).unwrap_or(0),
            None => {
                let step = u32::try_from(index - self.highest).unwrap_or(u32::MAX);
                self.seen = self.seen.checked_shl(step).unwrap_or(0) | 1;
                self.highest = index;
            }
        }
    }
}

/// RFC 3711 §3.3.1: the index nearest to the highest one; `None` before the first.
fn nearest(highest: u64, sequence: u16) -> Option<u64> {
    let here = highest - highest % NUMBERS + u64::from(sequence);
    if here + NUMBERS / 2 < highest {
        Some(here + NUMBERS)
    } else if here > highest + NUMBERS / 2 {
        here.checked_sub(NUMBERS)
    } else {
        Some(here)
    }
}

fn sequence(packet: &[u8]) -> Option<u16> {
    match packet {
        [_, _, high, low, ..] => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::rtp::Header;
    use crate::suite::tests::hex;
    use crate::suite::Suite;
    use proptest::prelude::*;

    const SUITES: [Suite; 4] = [
        Suite::AesCm128HmacSha1_80,
        Suite::AesCm128HmacSha1_32,
        Suite::AeadAes128Gcm,
        Suite::AeadAes256Gcm,
    ];

    fn key(suite: Suite, byte: u8) -> MasterKey {
        MasterKey::new(suite, vec![byte; suite.key_len() + suite.salt_len()]).unwrap()
    }

    struct Security {
        sealer: Sealer,
        opener: Opener,
    }

    impl Security {
        fn new(ours: MasterKey, theirs: MasterKey) -> Option<Security> {
            Some(Security {
                sealer: Sealer::new(ours)?,
                opener: Opener::new(theirs)?,
            })
        }

        fn rekey(&mut self, ours: MasterKey, theirs: MasterKey) -> Option<()> {
            self.sealer.rekey(ours)?;
            self.opener.rekey(theirs)
        }
    }

    /// Two ends of a call.
    fn ends(suite: Suite) -> (Security, Security) {
        let (one, other) = (key(suite, 1), key(suite, 2));
        let near = Security::new(one.clone(), other.clone()).unwrap();
        (near, Security::new(other, one).unwrap())
    }

    fn packet(sequence: u16, ssrc: u32) -> Vec<u8> {
        let header = Header {
            marker: false,
            payload_type: 8,
            sequence,
            timestamp: u32::from(sequence) * 160,
            ssrc,
        };
        [&header.to_bytes()[..], &[0xd5; 160]].concat()
    }

    fn sealed(security: &mut Security, packet: &[u8]) -> Vec<u8> {
        let mut room = [packet, &[0; MAX_ADDED]].concat();
        let end = security.sealer.seal_rtp(&mut room, packet.len()).unwrap();
        room.truncate(end);
        room
    }

    fn opened(security: &mut Security, mut datagram: Vec<u8>) -> Option<Vec<u8>> {
        let end = security.opener.open_rtp(&mut datagram)?;
        datagram.truncate(end);
        Some(datagram)
    }

    const REPORT: [u8; 16] = [0x80, 201, 0, 3, 1, 2, 3, 4, 9, 9, 9, 9, 8, 8, 8, 8];

    #[test]
    fn a_packet_is_sealed_as_rfc_3711_and_libsrtp_say() {
        let suite = Suite::AesCm128HmacSha1_80;
        let master = "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6";
        let master = MasterKey::new(suite, hex(master)).unwrap();
        let mut security = Security::new(master, key(suite, 2)).unwrap();
        let plain = hex("800f1234 decafbad cafebabe abababababababababababababababab");
        let expected =
            "800f1234 decafbad cafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb";
        assert_eq!(sealed(&mut security, &plain), hex(expected));
    }

    #[test]
    fn what_one_end_seals_the_other_opens_once() {
        for suite in SUITES {
            let (mut near, mut far) = ends(suite);
            let plain = packet(7, 1);
            let secret = sealed(&mut near, &plain);
            assert_eq!(secret[..12], plain[..12], "{suite:?}");
            assert!(!secret.windows(8).any(|window| window == &plain[12..20]));
            assert_eq!(opened(&mut far, secret.clone()), Some(plain), "{suite:?}");
            assert_eq!(opened(&mut far, secret), None, "{suite:?}: a replay");
        }
    }

    #[test]
    fn reports_are_sealed_and_opened_once() {
        for suite in SUITES {
            let (mut near, mut far) = ends(suite);
            let mut room = [&REPORT[..], &[0; MAX_ADDED]].concat();
            let end = near.sealer.seal_rtcp(&mut room, REPORT.len()).unwrap();
            room.truncate(end);
            assert_ne!(room[8..16], REPORT[8..]);
            let mut replayed = room.clone();
            assert_eq!(
                far.opener.open_rtcp(&mut room),
                Some(REPORT.len()),
                "{suite:?}"
            );
            assert_eq!(room[..REPORT.len()], REPORT);
            assert_eq!(far.opener.open_rtcp(&mut replayed), None, "{suite:?}");
        }
    }

    #[test]
    fn a_changed_bit_anywhere_is_found_out() {
        for suite in SUITES {
            let (mut near, mut far) = ends(suite);
            let secret = sealed(&mut near, &packet(7, 1));
            for nth in 0..secret.len() {
                let mut forged = secret.clone();
                forged[nth] ^= 0x01;
                assert_eq!(opened(&mut far, forged), None, "{suite:?}, byte {nth}");
            }
            assert!(opened(&mut far, secret).is_some());
        }
    }

    #[test]
    fn the_roll_over_is_counted_also_when_packets_cross_it() {
        for suite in SUITES {
            let (mut near, mut far) = ends(suite);
            let numbers = [65_533, 65_534, 65_535, 0, 1, 2];
            let packets = numbers.map(|number| packet(number, 1));
            let secrets = packets.clone().map(|packet| sealed(&mut near, &packet));
            for nth in [0, 1, 3, 2, 5, 4] {
                let plain = opened(&mut far, secrets[nth].clone());
                assert_eq!(plain.as_ref(), Some(&packets[nth]), "{suite:?}, {nth}");
            }
        }
    }

    #[test]
    fn a_peer_may_change_its_source_and_replays_of_the_old_one_stay_replays() {
        let (mut near, mut far) = ends(Suite::AeadAes128Gcm);
        let old = sealed(&mut near, &packet(7, 1));
        assert!(opened(&mut far, old.clone()).is_some());
        let (mut near, _) = ends(Suite::AeadAes128Gcm);
        assert!(opened(&mut far, sealed(&mut near, &packet(900, 2))).is_some());
        assert_eq!(opened(&mut far, old), None);
    }

    #[test]
    fn while_keys_change_packets_of_both_are_opened() {
        let suite = Suite::AesCm128HmacSha1_80;
        let (mut near, mut far) = ends(suite);
        let early = sealed(&mut near, &packet(7, 1));
        far.rekey(key(suite, 2), key(suite, 3)).unwrap();
        assert!(opened(&mut far, early).is_some());
        let late = sealed(&mut near, &packet(8, 1));
        near.rekey(key(suite, 3), key(suite, 2)).unwrap();
        assert!(opened(&mut far, sealed(&mut near, &packet(9, 1))).is_some());
        assert_eq!(opened(&mut far, late), None, "the old key has had its time");
    }

    #[test]
    fn a_new_key_finds_a_counter_that_went_on_and_one_that_began_anew() {
        let suite = Suite::AesCm128HmacSha1_80;
        for begins_anew in [false, true] {
            let (mut near, mut far) = ends(suite);
            for number in [65_534, 65_535, 0] {
                assert!(opened(&mut far, sealed(&mut near, &packet(number, 1))).is_some());
            }
            let highest = near.sealer.highest;
            near.rekey(key(suite, 3), key(suite, 2)).unwrap();
            near.sealer.highest = highest.filter(|_| !begins_anew);
            far.rekey(key(suite, 2), key(suite, 3)).unwrap();
            for number in [1, 2] {
                let secret = sealed(&mut near, &packet(number, 1));
                assert!(opened(&mut far, secret).is_some(), "anew: {begins_anew}");
            }
        }
    }

    #[test]
    fn a_key_that_stays_never_begins_anew() {
        let suite = Suite::AeadAes128Gcm;
        let (mut near, _) = ends(suite);
        let before = sealed(&mut near, &packet(65_535, 1));
        near.rekey(key(suite, 1), key(suite, 9)).unwrap();
        assert_eq!(near.sealer.highest, Some(65_535));
        assert_ne!(before, sealed(&mut near, &packet(0, 1)));
        assert_eq!(near.sealer.highest, Some(65_536));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused(
            bytes in prop::collection::vec(any::<u8>(), 0..80), suite in 0..4usize
        ) {
            let (_, mut far) = ends(SUITES[suite]);
            let mut bytes = bytes;
            prop_assert_eq!(far.opener.open_rtp(&mut bytes), None);
            prop_assert_eq!(far.opener.open_rtcp(&mut bytes), None);
            let _ = far.sealer.seal_rtp(&mut bytes, 40);
            let _ = far.sealer.seal_rtcp(&mut bytes, 40);
        }

        #[test]
        fn indices_are_the_nearest(highest in 0..1u64 << 48, sequence in any::<u16>()) {
            if let Some(index) = nearest(highest, sequence) {
                prop_assert_eq!(index as u16, sequence);
                prop_assert!(index.abs_diff(highest) <= NUMBERS / 2);
            } else {
                prop_assert!(highest < NUMBERS / 2);
            }
        }
    }
}
