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

/// Where the tests let a mistake be made; in the product there is nothing here.
#[cfg(not(test))]
#[inline(always)]
pub fn tripwire(_place: &str) {}

#[cfg(test)]
pub use self::tests::tripwire;

#[cfg(test)]
#[allow(clippy::panic)]
pub mod tests {
    use super::*;
    use std::cell::RefCell;

    thread_local! {
        static ARMED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }

    /// Has this thread trip at these places, each the first time that it comes by.
    pub fn arm(places: &[&'static str]) {
        ARMED.with_borrow_mut(|armed| armed.extend(places));
    }

    /// The places where nobody came by since.
    pub fn disarm() -> Vec<&'static str> {
        ARMED.take()
    }

    pub fn tripwire(place: &str) {
        let found = ARMED.with_borrow_mut(|armed| {
            let nth = armed.iter().position(|&each| each == place)?;
            Some(armed.swap_remove(nth))
        });
        if let Some(place) = found {
            panic!("tripped at {place}");
        }
    }

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
