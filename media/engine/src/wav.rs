//! WAV files of G.711 or 16-bit samples (format tags 6, 7 and 1) that are playable at any moment of their
//! growth.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use crate::append::MODE;
use crate::g711::Law;
use crate::rate::Rate;

/// How samples are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    G711(Law),
    /// 16 bits, little-endian.
    Linear(Rate),
}

impl Coding {
    /// Of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Coding::G711(_) => 1,
            Coding::Linear(_) => 2,
        }
    }

    pub fn rate(self) -> Rate {
        match self {
            Coding::G711(_) => Rate::Narrow,
            Coding::Linear(rate) => rate,
        }
    }

    /// Of a frame, which is 1/8000 s of one channel.
    pub fn frame(self) -> usize {
        self.bytes() * self.rate().times()
    }
}

const HEADER_LEN: usize = 58;
/// RIFF counts in 32 bits: 74 hours of both sides in G.711, 18 in 16 bits at 16,000 Hz.
const MAX_DATA: u64 = u32::MAX as u64 - 1024;

/// A file under construction.
#[derive(Debug)]
pub struct WavFile {
    file: File,
    coding: Coding,
    channels: u16,
    data: u64,
    /// The file has what its header speaks of, and nothing else.
    is_whole: bool,
}

impl WavFile {
    /// Creates the file, which must not exist, and writes its header.
    pub fn create(path: &Path, coding: Coding, channels: u16) -> io::Result<WavFile> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(MODE)
            .open(path)?;
        let mut wav = WavFile {
            file,
            coding,
            channels,
            data: 0,
            is_whole: true,
        };
        wav.file.write_all(&wav.header())?;
        Ok(wav)
    }

    /// Appends interleaved samples, and brings the header up to date: always after the data it speaks
    /// of, so that a crash leaves a file which plays that far.
    pub fn append(&mut self, codes: &[u8]) -> io::Result<()> {
        if self.data + codes.len() as u64 > MAX_DATA {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "a WAV file cannot hold more than 4 GiB",
            ));
        }
        self.is_whole = false;
        self.file.write_all(codes)?;
        self.data += codes.len() as u64;
        self.patch()
    }

    /// Leaves of the file so many frames, if there are more.
    pub fn truncate(&mut self, frames: u64) -> io::Result<()> {
        let data = frames.saturating_mul(self.frame());
        if data < self.data {
            self.is_whole = false;
            self.file.set_len(HEADER_LEN as u64 + data)?;
            self.file.seek(SeekFrom::End(0))?;
            self.data = data;
        }
        Ok(())
    }

    /// Completes the file. RIFF wants chunks of even length; the pad byte is not counted. What a full
    /// disk took of a piece is cut off again. Mostly there is nothing to do.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.is_whole && self.data.is_multiple_of(2) {
            return Ok(());
        }
        self.file.set_len(HEADER_LEN as u64 + self.data)?;
        self.file.set_len(self.size())?;
        self.patch()
    }

    /// How long it is, in frames.
    pub fn frames(&self) -> u64 {
        self.data / self.frame()
    }

    /// The file's size in bytes once it is finished.
    pub fn size(&self) -> u64 {
        HEADER_LEN as u64 + self.data + self.data % 2
    }

    /// Bytes of a frame of all channels.
    fn frame(&self) -> u64 {
        u64::from(self.channels) * self.coding.frame() as u64
    }

    fn patch(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.header(), 0)?;
        self.is_whole = true;
        Ok(())
    }

    fn header(&self) -> Vec<u8> {
        let data = self.data as u32; // bounded by MAX_DATA
        let tag: u16 = match self.coding {
            Coding::Linear(_) => 1,
            Coding::G711(Law::A) => 6,
            Coding::G711(Law::Mu) => 7,
        };
        let rate = self.coding.rate();
        let frame = self.channels * self.coding.bytes() as u16; // two channels at most
        let samples = self.frames() as u32 * rate.times() as u32;
        let riff = HEADER_LEN as u32 - 8 + data + data % 2;
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&riff.to_le_bytes());
        header.extend_from_slice(b"WAVEfmt ");
        header.extend_from_slice(&18u32.to_le_bytes());
        header.extend_from_slice(&tag.to_le_bytes());
        header.extend_from_slice(&self.channels.to_le_bytes());
        header.extend_from_slice(&rate.hz().to_le_bytes());
        header.extend_from_slice(&(rate.hz() * u32::from(frame)).to_le_bytes());
        header.extend_from_slice(&frame.to_le_bytes()); // block align
        header.extend_from_slice(&(8 * self.coding.bytes() as u16).to_le_bytes());
        header.extend_from_slice(&0u16.to_le_bytes()); // no extension
                                                       // Formats other than PCM need a fact chunk that counts the samples.
        header.extend_from_slice(b"fact");
        header.extend_from_slice(&4u32.to_le_bytes());
        header.extend_from_slice(&samples.to_le_bytes());
        header.extend_from_slice(b"data");
        header.extend_from_slice(&data.to_le_bytes());
        header
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    fn u32_at(bytes: &[u8], at: usize) -> u32 {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn a_finished_file_counts_its_samples() {
        let scratch = Scratch::new("wav-finished");
        let path = scratch.path("a.wav");
        let mut wav = WavFile::create(&path, Coding::G711(Law::A), 2).unwrap();
        wav.append(&[1, 2, 3, 4, 5, 6]).unwrap();
        wav.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(&bytes[..4], b"RIFF");
        assert_eq!(u32_at(&bytes, 4) as usize, bytes.len() - 8);
        assert_eq!(&bytes[20..24], [6, 0, 2, 0]);
        assert_eq!(u32_at(&bytes, 28), 16_000);
        assert_eq!(u32_at(&bytes, 46), 3);
        assert_eq!(u32_at(&bytes, 54), 6);
        assert_eq!(bytes[58..], [1, 2, 3, 4, 5, 6]);
        assert_eq!((wav.frames(), wav.size()), (3, bytes.len() as u64));
    }

    #[test]
    fn an_odd_count_is_padded_but_not_counted() {
        let scratch = Scratch::new("wav-odd");
        let path = scratch.path("a.wav");
        let mut wav = WavFile::create(&path, Coding::G711(Law::Mu), 1).unwrap();
        wav.append(&[9; 3]).unwrap();
        wav.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[20], 7);
        assert_eq!(u32_at(&bytes, 54), 3);
        assert_eq!(u32_at(&bytes, 4) as usize, bytes.len() - 8);
        assert_eq!(bytes.len() % 2, 0);
        assert_eq!((wav.frames(), wav.size()), (3, bytes.len() as u64));
    }

    #[test]
    fn a_piece_that_the_disk_took_in_part_is_not_in_the_file() {
        let scratch = Scratch::new("wav-full");
        let path = scratch.path("a.wav");
        let mut wav = WavFile::create(&path, Coding::G711(Law::Mu), 1).unwrap();
        wav.append(&[9; 4]).unwrap();
        let writable = std::mem::replace(&mut wav.file, File::open(&path).unwrap());
        assert!(wav.append(&[7; 200]).is_err());
        wav.file = writable;
        wav.file.write_all(&[7; 100]).unwrap();
        wav.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[58..], [9, 9, 9, 9]);
        assert_eq!(u32_at(&bytes, 4) as usize, bytes.len() - 8);
    }

    #[test]
    fn an_unfinished_file_is_playable_as_far_as_it_was_written() {
        let scratch = Scratch::new("wav-unfinished");
        let path = scratch.path("a.wav");
        let mut wav = WavFile::create(&path, Coding::G711(Law::A), 1).unwrap();
        for pieces in 1..4 {
            wav.append(&[7; 1600]).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(u32_at(&bytes, 54), pieces * 1600);
            assert_eq!(u32_at(&bytes, 4) as usize, bytes.len() - 8);
        }
        assert!(wav.is_whole, "nothing is left for the end");
    }

    #[test]
    fn an_existing_file_is_not_overwritten() {
        let scratch = Scratch::new("wav-exists");
        let path = scratch.path("a.wav");
        std::fs::write(&path, b"evidence").unwrap();
        let error = WavFile::create(&path, Coding::G711(Law::A), 1).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"evidence");
    }

    #[test]
    fn samples_of_16_bits_are_counted_by_two_bytes() {
        let scratch = Scratch::new("wav-linear");
        let path = scratch.path("a.wav");
        let mut wav = WavFile::create(&path, Coding::Linear(Rate::Narrow), 2).unwrap();
        wav.append(&[1; 12]).unwrap();
        wav.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(&bytes[20..24], [1, 0, 2, 0]);
        assert_eq!(u32_at(&bytes, 28), 32_000);
        assert_eq!(&bytes[32..36], [4, 0, 16, 0]);
        assert_eq!((u32_at(&bytes, 46), u32_at(&bytes, 54)), (3, 12));
        assert_eq!(wav.frames(), 3);
    }

    #[test]
    fn what_is_cut_off_is_gone_and_not_counted() {
        let scratch = Scratch::new("wav-cut");
        let path = scratch.path("a.wav");
        let mut wav = WavFile::create(&path, Coding::G711(Law::A), 1).unwrap();
        wav.append(&[1, 2, 3, 4, 5]).unwrap();
        wav.truncate(9).unwrap();
        wav.truncate(3).unwrap();
        wav.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((bytes.len(), u32_at(&bytes, 54)), (62, 3));
        assert_eq!(bytes[58..], [1, 2, 3, 0]);
    }
}
