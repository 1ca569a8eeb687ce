//! The names by which people know HDF5's filters.

use super::ffi::RawFilter;

/// The filter's common name with what was asked of it (registered numbers: HDF Group's filter list).
pub(super) fn filter_name(filter: &RawFilter) -> String {
    let name = match filter.id {
        1 => "deflate",
        2 => "shuffle",
        3 => "fletcher32",
        4 => "szip",
        5 => "nbit",
        6 => "scaleoffset",
        307 => "bzip2",
        32000 => "lzf",
        32001 => "blosc",
        32004 => "lz4",
        32008 => "bitshuffle",
        32013 => "zfp",
        32015 => "zstd",
        32017 => "sz",
        32018 => "fcidecomp",
        32024 => "sz3",
        32026 => "blosc2",
        32028 => "sperr",
        other => return format!("filter-{other}"),
    };
    match (filter.id, filter.parameters.first()) {
        (1 | 307 | 32015, Some(level)) => format!("{name}:{level}"),
        _ => name.to_owned(),
    }
}
