//! Owns what PROJ says when it refuses something: kept for the error message instead of being
//! written to the terminal. Knows nothing of projections.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `work` with PROJ's own words kept aside, and gives them back with its answer. PROJ
/// often says the reason only there (`lcc: Invalid value for lat_1`).
pub(super) fn listening<T>(work: impl FnOnce() -> T) -> (T, Option<String>) {
    listen();
    LAST.set(None);
    let answer = work();
    (answer, LAST.take())
}

/// Makes PROJ's default context, which every later context copies, speak to [`hear`].
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[expect(unsafe_code, reason = "PROJ has no other way to choose where its messages go")]
        // SAFETY: a null context names the default one; `hear` lives as long as the program,
        // needs no data and never unwinds. No context exists yet that could be in use: every
        // PROJ object of this program is made inside `listening`.
        unsafe {
            proj_sys::proj_log_func(std::ptr::null_mut(), std::ptr::null_mut(), Some(hear));
        }
    });
}

#[expect(unsafe_code, reason = "called from C")]
unsafe extern "C" fn hear(_data: *mut c_void, _level: c_int, words: *const c_char) {
    if words.is_null() {
        return;
    }
    // SAFETY: PROJ hands over a C string that lives for the length of this call.
    let words = unsafe { CStr::from_ptr(words) }.to_string_lossy();
    // The thread may be ending, its memory gone; then nobody waits for the words.
    let _gone = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some(plain(&words));
        }
    });
}

/// `proj_create: Error 1027 (Invalid value for an argument): Unknown projection` without what
/// is of no use to a person.
fn plain(words: &str) -> String {
    let after = |text: &str, mark: &str| text.split_once(mark).map(|(_, rest)| rest.trim().to_owned());
    let words =
        after(words, "): ").or_else(|| after(words, "proj_create: ")).unwrap_or_else(|| words.trim().to_owned());
    words.trim_end_matches('.').to_owned()
}
