//! Many small files of lines written at once, for callers whose interpreter is not to be taken and given
//! up for each system call.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::io::Errno;

/// Of what is recorded: for the operator's group, not for everybody.
pub const MODE: u32 = 0o640;

/// Appends lines to each file, which is made where need be: which ones failed, and why. Of a disk that
/// is full a file has whole lines only, so that the next ones are not spoilt by a torn one.
pub fn append_all<'a>(
    files: impl IntoIterator<Item = (&'a Path, &'a [u8])>,
) -> Vec<(usize, Errno)> {
    let written = files.into_iter().map(|(path, bytes)| append(path, bytes));
    written
        .enumerate()
        .filter_map(|(nth, written)| Some((nth, errno(&written.err()?))))
        .collect()
}

fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(MODE);
    let mut file = options.open(path)?;
    let (written, result) = write(&mut file, bytes);
    if result.is_err() {
        let whole = written.iter().rposition(|&byte| byte == b'\n');
        let torn = written.len() - whole.map_or(0, |at| at + 1);
        cut_off(&file, torn as u64)?;
    }
    result
}

/// What of it the file took, and why not all.
fn write<'a>(file: &mut impl Write, bytes: &'a [u8]) -> (&'a [u8], io::Result<()>) {
    let mut left = bytes;
    let result = loop {
        if left.is_empty() {
            break Ok(());
        }
        match file.write(left) {
            Ok(0) => break Err(ErrorKind::WriteZero.into()),
            Ok(count) => left = left.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    let count = bytes.len() - left.len();
    (bytes.get(..count).unwrap_or_default(), result)
}

fn cut_off(file: &File, count: u64) -> io::Result<()> {
    match count {
        0 => Ok(()),
        _ => file.set_len(file.metadata()?.len().saturating_sub(count)),
    }
}

/// What a disk takes nothing of gives no number.
fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::Scratch;

    #[test]
    fn each_file_is_appended_to_and_failures_are_told_apart() {
        let scratch = Scratch::new("append");
        let (good, bad) = (scratch.path("a"), scratch.path("no/a"));
        for text in ["one", "two"] {
            let text = text.as_bytes();
            let files = [(bad.as_path(), text), (good.as_path(), text)];
            assert_eq!(append_all(files), [(0, Errno::NOENT)]);
        }
        assert_eq!(std::fs::read(&good).unwrap(), b"onetwo");
    }
}
