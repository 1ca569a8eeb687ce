//! Hands what libFuzzer makes to the parser of this name.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| graticule_core::fuzzing::run("odl", bytes));
