//! Loops compiled for several generations of processors.

/// Runs a loop in the form for the processor at hand. What the loop calls must be inlined into it, and the closure itself
/// be `#[inline(always)]`; the results are the same in all forms.
#[inline(always)]
pub(crate) fn fast<R>(body: impl FnMut() -> R) -> R {
    pulp::Arch::new().dispatch(Loop(body))
}

/// Called by reference: by value a closure goes through a shim that is compiled for the oldest processor only.
struct Loop<F>(F);

impl<R, F: FnMut() -> R> pulp::NullaryFnOnce for Loop<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}
