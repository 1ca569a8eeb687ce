//! Loops compiled for several generations of processors.

/// Runs a loop in the form for the processor at hand. What the loop calls must be inlined into it, and the closure itself
/// be `#[inline(always)]`; the results are the same in all forms.
#[inline(always)]
pub(crate) fn fast<R>(body: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(body)
}
