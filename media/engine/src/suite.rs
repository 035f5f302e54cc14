//! Cryptographic suites of SRTP and the session keys that come from a master key. Pure.

use aes::cipher::{BlockCipherEncrypt, BlockSizeUser, InnerIvInit, KeyInit, StreamCipher};
use aes::{Aes128Enc, Aes256Enc};
use ctr::cipher::consts::U16;
use ctr::{Ctr128BE, CtrCore};

/// A suite by its name in SDP (RFC 4568 §6.2, RFC 7714 §14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    AesCm128HmacSha1_80,
    AesCm128HmacSha1_32,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

/// The longest salt; AES-GCM's has two bytes less.
const SALT_LEN: usize = 14;
/// Bytes of HMAC-SHA1's key.
const AUTH_KEY_LEN: usize = 20;
/// RFC 3711 §4.3.1: what a derived key is for. RTCP's labels follow RTP's.
const RTP_LABELS: u8 = 0;
const RTCP_LABELS: u8 = 3;

impl Suite {
    pub fn named(name: &str) -> Option<Suite> {
        match name {
            "AES_CM_128_HMAC_SHA1_80" => Some(Suite::AesCm128HmacSha1_80),
            "AES_CM_128_HMAC_SHA1_32" => Some(Suite::AesCm128HmacSha1_32),
            "AEAD_AES_128_GCM" => Some(Suite::AeadAes128Gcm),
            "AEAD_AES_256_GCM" => Some(Suite::AeadAes256Gcm),
            _ => None,
        }
    }

    pub fn key_len(self) -> usize {
        match self {
            Suite::AeadAes256Gcm => 32,
            _ => 16,
        }
    }

    pub fn salt_len(self) -> usize {
        match self {
            Suite::AesCm128HmacSha1_80 | Suite::AesCm128HmacSha1_32 => SALT_LEN,
            Suite::AeadAes128Gcm | Suite::AeadAes256Gcm => 12,
        }
    }
}

/// A master key and its salt, as SDP or DTLS gave them. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    suite: Suite,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({:?})", self.suite)
    }
}

/// What protects packets of one kind, RTP or RTCP.
pub struct SessionKeys {
    pub key: Vec<u8>,
    /// `SALT_LEN` bytes.
    pub salt: [u8; SALT_LEN],
    pub auth: [u8; AUTH_KEY_LEN],
}

impl MasterKey {
    /// Key and salt, one after the other; `None` if they are not of the suite's length.
    pub fn new(suite: Suite, bytes: Vec<u8>) -> Option<MasterKey> {
        let is_whole = bytes.len() == suite.key_len() + suite.salt_len();
        is_whole.then_some(MasterKey { suite, bytes })
    }

    pub fn suite(&self) -> Suite {
        self.suite
    }

    pub fn rtp(&self) -> SessionKeys {
        self.derive(RTP_LABELS)
    }

    pub fn rtcp(&self) -> SessionKeys {
        self.derive(RTCP_LABELS)
    }

    /// RFC 3711 §4.3.1 without re-derivation; AES-256's pseudo-random function is RFC 6188's.
    fn derive(&self, first_label: u8) -> SessionKeys {
        let (master, salt) = self.bytes.split_at(self.suite.key_len());
        let stream = |label: u8, out: &mut [u8]| {
            let mut x = [0; 16];
            for (to, from) in x.iter_mut().zip(salt) {
                *to = *from;
            }
            x[7] ^= label;
            match self.suite {
                Suite::AeadAes256Gcm => keystream::<Aes256Enc>(master, &x, out),
                _ => keystream::<Aes128Enc>(master, &x, out),
            }
        };
        let mut keys = SessionKeys {
            key: vec![0; self.suite.key_len()],
            salt: [0; SALT_LEN],
            auth: [0; AUTH_KEY_LEN],
        };
        stream(first_label, &mut keys.key);
        stream(first_label + 1, &mut keys.auth);
        if let Some(salt) = keys.salt.get_mut(..self.suite.salt_len()) {
            stream(first_label + 2, salt);
        }
        keys
    }
}

/// The first bytes of AES in counter mode; `key` has the cipher's length.
fn keystream<C>(key: &[u8], iv: &[u8; 16], out: &mut [u8])
where
    C: KeyInit + BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>,
{
    if let Ok(cipher) = C::new_from_slice(key) {
        Ctr128BE::from_core(CtrCore::inner_iv_init(cipher, &(*iv).into())).apply_keystream(out);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;

    pub fn hex(text: &str) -> Vec<u8> {
        let digits: String = text.split_whitespace().collect();
        (0..digits.len() / 2)
            .map(|n| u8::from_str_radix(digits.get(2 * n..2 * n + 2).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn session_keys_are_those_of_rfc_3711_appendix_b_3() {
        let master = "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6";
        let keys = MasterKey::new(Suite::AesCm128HmacSha1_80, hex(master))
            .unwrap()
            .rtp();
        assert_eq!(keys.key, hex("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(keys.salt[..], hex("30CBBC08863D8C85D49DB34A9AE1"));
        assert_eq!(
            keys.auth[..],
            hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4")
        );
    }

    #[test]
    fn a_key_of_the_wrong_length_is_none() {
        for (suite, len) in [
            (Suite::AesCm128HmacSha1_80, 30),
            (Suite::AesCm128HmacSha1_32, 30),
            (Suite::AeadAes128Gcm, 28),
            (Suite::AeadAes256Gcm, 44),
        ] {
            assert!(MasterKey::new(suite, vec![7; len]).is_some());
            assert!(MasterKey::new(suite, vec![7; len - 1]).is_none());
            assert!(MasterKey::new(suite, vec![7; len + 1]).is_none());
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = MasterKey::new(Suite::AeadAes128Gcm, vec![0x5a; 28]).unwrap();
        assert_eq!(format!("{key:?}"), "MasterKey(AeadAes128Gcm)");
    }
}
