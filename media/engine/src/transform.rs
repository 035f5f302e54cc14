//! The transforms of SRTP: one packet made secret and authentic with given keys and index, or
//! opened. Pure; nothing here allocates per packet.
//!
//! AES in counter mode with HMAC-SHA1 is RFC 3711 §4, AES-GCM is RFC 7714. Packets lie in a slice
//! with room behind them: what is added (`MAX_ADDED` bytes at most) is written there.

use aes::cipher::{InnerIvInit, KeyInit, StreamCipher};
use aes::Aes128Enc;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, Nonce};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use ctr::{Ctr128BE, CtrCore};
use hmac::{Hmac, Mac};
use sha1::Sha1;

use crate::suite::{SessionKeys, Suite};

/// A tag, and RTCP's index.
pub const MAX_ADDED: usize = 20;
const GCM_TAG: usize = 16;
/// RTCP's tag is this long even where RTP's is not (RFC 4568 §6.2.2).
const LONG_TAG: usize = 10;
const SHORT_TAG: usize = 4;
const INDEX_LEN: usize = 4;
/// RTCP's header and sender, which are not encrypted.
const RTCP_CLEAR: usize = 8;
/// RTCP's index: the packet is encrypted.
const ENCRYPTED: u32 = 1 << 31;

/// The keys of RTP or of RTCP, made ready.
pub struct Transform {
    cipher: Cipher,
    salt: [u8; 14],
}

struct Counter {
    aes: Aes128Enc,
    /// Keyed; copied for every packet.
    mac: Hmac<Sha1>,
    tag: usize,
}

enum Cipher {
    Counter(Box<Counter>),
    Gcm128(Box<Aes128Gcm>),
    Gcm256(Box<Aes256Gcm>),
}

/// RTP or RTCP to be opened or sealed.
enum Extent<'a> {
    /// The header's length, and the roll-over counter that only the tag sees.
    Rtp(usize, &'a [u8; 4]),
    /// With its index behind it.
    Rtcp(&'a [u8; 4]),
}

impl Transform {
    /// `None` if the keys are not of the suite's length.
    pub fn rtp(suite: Suite, keys: &SessionKeys) -> Option<Transform> {
        let tag = match suite {
            Suite::AesCm128HmacSha1_32 => SHORT_TAG,
            _ => LONG_TAG,
        };
        Transform::new(suite, keys, tag)
    }

    pub fn rtcp(suite: Suite, keys: &SessionKeys) -> Option<Transform> {
        Transform::new(suite, keys, LONG_TAG)
    }

    fn new(suite: Suite, keys: &SessionKeys, tag: usize) -> Option<Transform> {
        let cipher = match suite {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => {
                Cipher::Counter(Box::new(Counter {
                    aes: Aes128Enc::new_from_slice(&keys.key).ok()?,
                    mac: Hmac::new_from_slice(&keys.auth).ok()?,
                    tag,
                }))
            }
            Suite::AeadAes128Gcm => {
                Cipher::Gcm128(Box::new(Aes128Gcm::new_from_slice(&keys.key).ok()?))
            }
            Suite::AeadAes256Gcm => {
                Cipher::Gcm256(Box::new(Aes256Gcm::new_from_slice(&keys.key).ok()?))
            }
        };
        let salt = keys.salt;
        Some(Transform { cipher, salt })
    }

    /// Seals the RTP packet of `len` bytes at the start of `room`; its length then.
    pub fn seal_rtp(
        &self,
        room: &mut [u8],
        len: usize,
        header: usize,
        index: u64,
    ) -> Option<usize> {
        let ssrc = four(room, 8)?;
        let roc = roc(index);
        self.seal(room, len, ssrc, index, &Extent::Rtp(header, &roc))
    }

    /// Opens an RTP packet; its length then. `None` if it is not authentic: then it is as it was.
    pub fn open_rtp(&self, datagram: &mut [u8], header: usize, index: u64) -> Option<usize> {
        let ssrc = four(datagram, 8)?;
        let roc = roc(index);
        self.open(datagram, ssrc, index, &Extent::Rtp(header, &roc))
    }

    pub fn seal_rtcp(&self, room: &mut [u8], len: usize, index: u32) -> Option<usize> {
        let ssrc = four(room, 4)?;
        let trailer = (index | ENCRYPTED).to_be_bytes();
        self.seal(room, len, ssrc, u64::from(index), &Extent::Rtcp(&trailer))
    }

    /// Opens an RTCP packet: its length and its index.
    pub fn open_rtcp(&self, datagram: &mut [u8]) -> Option<(usize, u32)> {
        let ssrc = four(datagram, 4)?;
        let at = match &self.cipher {
            Cipher::Counter(keys) => datagram.len().checked_sub(keys.tag + INDEX_LEN)?,
            Cipher::Gcm128(_) | Cipher::Gcm256(_) => datagram.len().checked_sub(INDEX_LEN)?,
        };
        let trailer = four(datagram, at)?;
        let index = u32::from_be_bytes(trailer);
        // That authentic reports go out in the clear is nobody's wish here.
        if index & ENCRYPTED == 0 {
            return None;
        }
        let index = index & !ENCRYPTED;
        let end = self.open(datagram, ssrc, u64::from(index), &Extent::Rtcp(&trailer))?;
        Some((end, index))
    }

    fn seal(
        &self,
        room: &mut [u8],
        len: usize,
        ssrc: [u8; 4],
        index: u64,
        extent: &Extent<'_>,
    ) -> Option<usize> {
        match &self.cipher {
            Cipher::Counter(keys) => {
                let secret = room.get_mut(extent.clear()..len)?;
                self.count(&keys.aes, ssrc, index, secret);
                let (signed, roc) = extent.signed(room, len)?;
                let mac = keys.mac.clone().chain_update(room.get(..signed)?);
                let made = mac.chain_update(roc).finalize().into_bytes();
                let end = signed + keys.tag;
                room.get_mut(signed..end)?
                    .copy_from_slice(made.get(..keys.tag)?);
                Some(end)
            }
            Cipher::Gcm128(gcm) => self.seal_gcm(&**gcm, room, len, ssrc, index, extent),
            Cipher::Gcm256(gcm) => self.seal_gcm(&**gcm, room, len, ssrc, index, extent),
        }
    }

    fn open(
        &self,
        datagram: &mut [u8],
        ssrc: [u8; 4],
        index: u64,
        extent: &Extent<'_>,
    ) -> Option<usize> {
        match &self.cipher {
            Cipher::Counter(keys) => {
                let signed = datagram.len().checked_sub(keys.tag)?;
                let (text, shown) = datagram.split_at(signed);
                let mut mac = keys.mac.clone().chain_update(text);
                let mut end = signed;
                match extent {
                    Extent::Rtp(_, roc) => mac.update(*roc),
                    Extent::Rtcp(_) => end = signed.checked_sub(INDEX_LEN)?,
                }
                mac.verify_truncated_left(shown).ok()?;
                let secret = datagram.get_mut(extent.clear()..end)?;
                self.count(&keys.aes, ssrc, index, secret);
                Some(end)
            }
            Cipher::Gcm128(gcm) => self.open_gcm(&**gcm, datagram, ssrc, index, extent),
            Cipher::Gcm256(gcm) => self.open_gcm(&**gcm, datagram, ssrc, index, extent),
        }
    }

    /// RFC 3711 §4.1.1.
    fn count(&self, aes: &Aes128Enc, ssrc: [u8; 4], index: u64, bytes: &mut [u8]) {
        let [_, _, index @ ..] = index.to_be_bytes();
        let mut iv = [0; 16];
        mix(&mut iv, 0, &self.salt);
        mix(&mut iv, 4, &ssrc);
        mix(&mut iv, 8, &index);
        Ctr128BE::from_core(CtrCore::inner_iv_init(aes, &iv.into())).apply_keystream(bytes);
    }

    fn seal_gcm<C: AeadInOut>(
        &self,
        gcm: &C,
        room: &mut [u8],
        len: usize,
        ssrc: [u8; 4],
        index: u64,
        extent: &Extent<'_>,
    ) -> Option<usize> {
        let nonce = self.nonce::<C>(ssrc, index)?;
        let (clear, rest) = room.split_at_mut_checked(extent.clear())?;
        let (secret, behind) = rest.split_at_mut_checked(len.checked_sub(clear.len())?)?;
        let mut copy = [0; RTCP_CLEAR + INDEX_LEN];
        let known = extent.known(clear, &mut copy)?;
        let tag = gcm
            .encrypt_inout_detached(&nonce, known, InOutBuf::from(secret))
            .ok()?;
        behind.get_mut(..GCM_TAG)?.copy_from_slice(&tag);
        match extent {
            Extent::Rtp(..) => Some(len + GCM_TAG),
            Extent::Rtcp(index) => {
                let place = behind.get_mut(GCM_TAG..GCM_TAG + INDEX_LEN)?;
                place.copy_from_slice(*index);
                Some(len + GCM_TAG + INDEX_LEN)
            }
        }
    }

    fn open_gcm<C: AeadInOut>(
        &self,
        gcm: &C,
        datagram: &mut [u8],
        ssrc: [u8; 4],
        index: u64,
        extent: &Extent<'_>,
    ) -> Option<usize> {
        let nonce = self.nonce::<C>(ssrc, index)?;
        let behind = match extent {
            Extent::Rtp(..) => GCM_TAG,
            Extent::Rtcp(_) => GCM_TAG + INDEX_LEN,
        };
        let end = datagram.len().checked_sub(behind)?;
        let (clear, rest) = datagram.split_at_mut_checked(extent.clear())?;
        let (secret, behind) = rest.split_at_mut_checked(end.checked_sub(clear.len())?)?;
        let tag = behind.get(..GCM_TAG)?.try_into().ok()?;
        let mut copy = [0; RTCP_CLEAR + INDEX_LEN];
        let known = extent.known(clear, &mut copy)?;
        gcm.decrypt_inout_detached(&nonce, known, InOutBuf::from(secret), tag)
            .ok()?;
        Some(end)
    }

    /// RFC 7714 §8.1 and §9.1: they look alike, as RTCP's index is shorter.
    fn nonce<C: AeadInOut>(&self, ssrc: [u8; 4], index: u64) -> Option<Nonce<C>> {
        let [_, _, index @ ..] = index.to_be_bytes();
        let mut iv = [0; 12];
        mix(&mut iv, 0, &self.salt);
        mix(&mut iv, 2, &ssrc);
        mix(&mut iv, 6, &index);
        Nonce::<C>::try_from(&iv[..]).ok()
    }
}

impl Extent<'_> {
    /// How much is not encrypted.
    fn clear(&self) -> usize {
        match self {
            Extent::Rtp(header, _) => *header,
            Extent::Rtcp(_) => RTCP_CLEAR,
        }
    }

    /// Writes RTCP's index; how much of the room the tag is made from, and what else.
    fn signed(&self, room: &mut [u8], len: usize) -> Option<(usize, &[u8])> {
        match self {
            Extent::Rtp(_, roc) => Some((len, *roc)),
            Extent::Rtcp(index) => {
                room.get_mut(len..len + INDEX_LEN)?.copy_from_slice(*index);
                Some((len + INDEX_LEN, &[]))
            }
        }
    }

    /// AES-GCM's associated data (RFC 7714 §8.2, §9.2).
    fn known<'b>(&self, clear: &'b [u8], copy: &'b mut [u8]) -> Option<&'b [u8]> {
        match self {
            Extent::Rtp(..) => Some(clear),
            Extent::Rtcp(index) => {
                copy.get_mut(..RTCP_CLEAR)?.copy_from_slice(clear);
                copy.get_mut(RTCP_CLEAR..)?.copy_from_slice(*index);
                Some(copy)
            }
        }
    }
}

fn roc(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

fn four(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

fn mix(iv: &mut [u8], at: usize, bytes: &[u8]) {
    for (to, from) in iv.iter_mut().skip(at).zip(bytes) {
        *to ^= from;
    }
}
