//! One door to every parser of the core for fuzzing and for its replay: bytes go in, nothing comes out; a panic, a hang
//! or memory out of proportion is a fault. Built for tests and by the feature `fuzzing` alone.

mod described;

use crate::engine::{EngineOptions, Run};
use crate::formats::codecs::{Coding, Filter, Packed, decode};
use crate::formats::{generated, hdf5, netcdf3, tiff, zarr};
use crate::model::{Region, Result, Source, Span, VariableMeta};
use crate::ops::{Params, Recipe, Step, Value, apply, testing};
use crate::plan::{Dataset, Node, Role};
use crate::session::{Opened, Session, attrs_json, catalogue, dump, info_json, layout, opened, selection};
use base64::Engine as _;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// One parser: a name, which is also that of its folder of seeds, and what takes any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All parsers, by name.
pub const TARGETS: &[Target] = &[
    ("catalogue", catalogue_file),
    ("cf", conventions),
    ("expression", expression),
    ("filters", filters),
    ("kerchunk", kerchunk),
    ("netcdf3", classic),
    ("odl", structure),
    ("steps", steps),
    ("tiff", pages),
    ("zarr", store),
    ("zip", archive),
];

/// Cells along each dimension that are read.
const CELLS: usize = 3;
/// Variables of a file that are read.
const VARIABLES: usize = 12;
/// Bytes of a chunk, and cells of a result, that are made: the bounds of the engine's budget stand above the sources.
const CHUNK: usize = 4 << 20;
const RESULT: usize = 600;

/// Hands bytes to the parser of this name; nothing where there is none.
pub fn run(name: &str, bytes: &[u8]) {
    if let Some((_, target)) = TARGETS.iter().find(|(n, _)| *n == name) {
        target(bytes);
    }
}

/// An Intake catalogue, read with what it leads to, of which nothing is opened.
fn catalogue_file(bytes: &[u8]) {
    if let Some(path) = written("catalogue.yml", bytes) {
        drop(catalogue(&path));
    }
}

/// Attributes and names as text (see [`described`]), decoded as a whole.
fn conventions(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(opened) = examine(Ok(Arc::new(described::Described::read(&text)))) {
        opened.groups().iter().for_each(|group| draw(&group.dataset));
    }
}

/// An expression over a small dataset, and the call of a generator.
fn expression(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut params = Params::default();
    params.set("x", Value::Text(text.clone().into_owned()));
    compute(&[Step::new("expr", params)]);
    if generated::is_call(&text) {
        drop(examine(generated::open(&text)));
    }
}

/// Filters of HDF5: how many, two bytes for each (szip: five), which are skipped, the length they give, what they undo.
fn filters(bytes: &[u8]) {
    let Some((&count, mut rest)) = bytes.split_first() else { return };
    let mut chain = Vec::new();
    for _ in 0..=count % 4 {
        let [kind, size, more @ ..] = rest else { return };
        let size = usize::from(*size);
        let packed = [Packed::Not, Packed::Lz4, Packed::Zstd].get(usize::from(kind / 16 % 3)).copied();
        chain.push(match kind % 9 {
            _ if *kind == u8::MAX => Filter::Blosc2,
            _ if *kind == u8::MAX - 1 => {
                let [block, bits, line, left @ ..] = more else { return };
                rest = left;
                let parameters = [size, usize::from(*block), usize::from(*bits), usize::from(*line)];
                let parameters = parameters.map(|n| u32::try_from(n).unwrap_or(0));
                let Some(coding) = Coding::of(&parameters) else { return };
                chain.push(Filter::Szip(coding));
                continue;
            }
            0 => Filter::Deflate,
            1 => Filter::Zstd,
            2 => Filter::Bzip2,
            3 => Filter::Lzf,
            4 => Filter::Lz4,
            5 => Filter::Blosc,
            6 => Filter::Bitshuffle { size: size.max(1), block: size / 16 * 8, packed: packed.unwrap_or(Packed::Not) },
            7 => Filter::Shuffle(size),
            _ => Filter::Fletcher32,
        });
        rest = more;
    }
    // As the reader refuses it: behind two compressions no length is known.
    if chain.iter().filter(|f| f.compresses()).count() > 1 {
        return;
    }
    let [skipped, low, high, raw @ ..] = rest else { return };
    let mut out = vec![0; usize::from(u16::from_le_bytes([*low, *high]))];
    drop(decode(&chain, u32::from(*skipped), raw, &mut out));
}

/// Kerchunk references.
fn kerchunk(bytes: &[u8]) {
    if let Some(path) = written("references.json", bytes) {
        drop(examine(zarr::open(&path)));
    }
}

/// A classic netCDF file.
fn classic(bytes: &[u8]) {
    if let Some(path) = written("classic.nc", bytes) {
        drop(examine(netcdf3::open(&path)));
    }
}

/// What HDF-EOS says of its structure.
fn structure(bytes: &[u8]) {
    hdf5::structure(&String::from_utf8_lossy(bytes));
}

/// A recipe, or a step on each line; a line `isel:` or `sel:` is a selection as it is typed beside a variable.
fn steps(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let steps = match Recipe::from_toml(&text) {
        Ok(recipe) => {
            assert!(Recipe::from_toml(&recipe.to_toml()).is_ok(), "a recipe does not read what it writes: {text}");
            recipe.steps
        }
        Err(_) => text.lines().filter_map(|line| step(line).ok()).collect(),
    };
    compute(steps.get(..4).unwrap_or(&steps));
}

fn step(line: &str) -> Result<Step> {
    match line.split_once(':') {
        Some((op @ ("isel" | "sel"), text)) => selection(op, text),
        _ => Step::parse(line),
    }
}

/// TIFF.
fn pages(bytes: &[u8]) {
    if let Some(path) = written("pages.tif", bytes) {
        drop(examine(tiff::open(&path)));
    }
}

/// One array of Zarr, 2 or 3: its metadata, a zero byte, its attributes (in version 2), a zero byte, the bytes of every
/// chunk.
fn store(bytes: &[u8]) {
    let mut parts = bytes.splitn(3, |&b| b == 0);
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (metadata, attributes) = (text(), text());
    let chunk = base64::engine::general_purpose::STANDARD.encode(parts.next().unwrap_or_default());
    let mut refs = serde_json::Map::new();
    if metadata.contains("node_type") {
        refs.insert("zarr.json".into(), metadata.into());
    } else {
        refs.insert(".zarray".into(), metadata.into());
        refs.insert(".zattrs".into(), attributes.into());
    }
    for key in ["0", "0.0", "0.0.0", "0/0", "c", "c/0", "c/0/0", "c/0/0/0", "c.0", "c.0.0"] {
        refs.insert(key.into(), format!("base64:{chunk}").into());
    }
    if let Some(path) = written("store.json", serde_json::json!({ "refs": refs }).to_string().as_bytes()) {
        drop(examine(zarr::open(&path)));
    }
}

/// A zip file with a store.
fn archive(bytes: &[u8]) {
    if let Some(path) = written("store.zip", bytes) {
        drop(examine(zarr::open(&path)));
    }
}

/// A file in a folder of its own, which goes with it.
struct Written(PathBuf);

impl Deref for Written {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Some(folder) = self.parent() {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

/// A file with these bytes.
fn written(name: &str, bytes: &[u8]) -> Option<Written> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("graticule-fuzzing-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let written = Written(folder.join(name));
    std::fs::write(&written.0, bytes).ok()?;
    Some(written)
}

/// Goes through all that a person may ask of opened data, with a few cells of each variable.
fn examine(source: Result<Arc<dyn Source>>) -> Option<Opened> {
    let source = source.ok()?;
    let variables = || source.info().root.walk().flat_map(|g| &g.variables);
    for variable in variables().take(VARIABLES) {
        if is_light(variable) {
            drop(source.read(&variable.path, &first_cells(variable)));
            for field in source.fields(&variable.path) {
                let mut cells = first_cells(variable);
                cells.0.extend(field.lengths.iter().map(|&n| Span::new(0, n.min(3))));
                drop(source.read(&format!("{}.{}", variable.path, field.name), &cells));
            }
        }
        std::hint::black_box(source.stored_bytes(&variable.path));
    }
    let light = variables().all(is_light);
    let opened = opened(source).ok()?;
    drop((dump(&opened), info_json(&opened)));
    for group in opened.groups().iter().take(VARIABLES) {
        for var in group.dataset.vars.iter().take(VARIABLES) {
            drop((layout(&group.dataset, &var.name), attrs_json(&var.attrs)));
            if light {
                whole(&var.node);
            }
        }
    }
    Some(opened)
}

/// Whether its chunks may be decoded without asking for room; what stands in one piece is read in parts.
fn is_light(variable: &VariableMeta) -> bool {
    let lengths = variable.chunks.iter().flatten().chain(variable.shards.iter().flatten());
    lengths.fold(variable.dtype.size().max(1), |n, &c| n.saturating_mul(c)) < CHUNK
}

fn first_cells(variable: &VariableMeta) -> Region {
    Region(variable.shape.iter().map(|&n| Span::new(0, n.min(CELLS))).collect())
}

/// The field that the window would draw of a group's first variable. It takes threads, which is slow.
fn draw(ds: &Dataset) {
    static SESSION: OnceLock<Option<Session>> = OnceLock::new();
    let options = EngineOptions { threads: 1, memory_bytes: 64 << 20 };
    if let Some(var) = ds.vars.iter().find(|var| var.role == Role::Data)
        && let Some(session) = SESSION.get_or_init(|| Session::new(options).ok())
    {
        drop(session.field(ds, &var.name, &[], &Run::interactive()));
    }
}

/// Applies steps to a small dataset and computes what is small of the result.
fn compute(steps: &[Step]) {
    let Ok(result) = apply(&testing::dataset(), steps) else { return };
    result.vars.iter().for_each(|var| whole(&var.node));
}

/// Computes what is small.
fn whole(node: &Arc<Node>) {
    if is_small(node) {
        drop(testing::whole(node));
    }
}

/// Whether a result and all that it is made of are of few cells.
fn is_small(node: &Arc<Node>) -> bool {
    node.meta().cells() <= RESULT && node.inputs().iter().all(is_small)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::TARGETS;
    use std::path::Path;

    /// What was found, and what reaches most of each parser: every file whole, then damaged.
    #[test]
    fn every_parser_takes_what_was_found_and_damage_to_it() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/fuzz");
        for (name, target) in TARGETS {
            let mut files: Vec<_> =
                std::fs::read_dir(fixtures.join(name)).unwrap().map(|f| f.unwrap().path()).collect();
            files.sort();
            let seeds: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).unwrap()).collect();
            assert!(!seeds.is_empty(), "{name}");
            seeds.iter().for_each(|bytes| target(bytes));
            let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
            crate::damage::feed(&seeds, 400, target);
        }
        let own = format!("graticule-fuzzing-{}-", std::process::id());
        let left = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(&own);
        let mut temporary = std::fs::read_dir(std::env::temp_dir()).unwrap();
        assert!(!temporary.any(|entry| left(&entry.unwrap().file_name())), "nothing stays in the temporary folder");
    }
}
