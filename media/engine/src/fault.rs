//! A mistake in the work for one port ends that port, and no other.

use std::panic::{catch_unwind, AssertUnwindSafe};

/// Does work for one port; what it panicked with, should it.
///
/// What the work had changed by then stays as it is: the caller closes the port, and nothing else
/// holds more of its state than its slot.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => match panic.downcast::<&str>() {
            Ok(text) => (*text).to_owned(),
            Err(_) => "panicked".to_owned(),
        },
    })
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_by_its_words() {
        let number = 7;
        assert_eq!(guarded(|| number), Ok(7));
        assert_eq!(
            guarded(|| panic!("plain")),
            Err::<(), _>("plain".to_owned())
        );
        assert_eq!(
            guarded(|| panic!("bug {number}")),
            Err::<(), _>("bug 7".to_owned())
        );
        assert_eq!(
            guarded(|| std::panic::panic_any(number)),
            Err::<(), _>("panicked".to_owned())
        );
    }
}
