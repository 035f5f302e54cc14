//! Many small files written at once, for callers whose interpreter is not to be taken and given up for
//! each system call.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::io::Errno;

/// Of what is recorded: for the operator's group, not for everybody.
pub const MODE: u32 = 0o640;

/// Appends to each file, which is made where need be: which ones failed, and why.
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
    options.open(path)?.write_all(bytes)
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
