//! Small results as single files, whole or not at all: tables, JSON, numpy arrays.

use super::Values;
use crate::formats::staging::Staging;
use crate::model::{Data, Error, Result};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file to be made at a place where nothing stands yet; nothing does before all is written. Begun before what is written
/// is computed: what stands in the way is said at once.
pub struct NewFile {
    staging: Staging,
    target: PathBuf,
}

impl NewFile {
    /// Takes the place.
    ///
    /// # Errors
    /// [`Exists`](crate::model::ErrorKind::Exists), [`NotFound`](crate::model::ErrorKind::NotFound) for a folder that is
    /// not there, [`Io`](crate::model::ErrorKind::Io).
    pub fn begin(target: &Path) -> Result<Self> {
        Ok(Self { staging: Staging::begin(target)?, target: target.to_owned() })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// [`Io`](crate::model::ErrorKind::Io).
    pub fn write(self, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
        let write = || {
            let mut file = BufWriter::new(File::create(self.staging.content())?);
            fill(&mut file)?;
            file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
        };
        write().map_err(|e| Error::io("write the file", &e).at(&self.target))?;
        self.staging.publish()
    }
}

impl Values {
    /// The values as a numpy array file, version 1.0 of the format (numpy/lib/format.py): C order, the machine's
    /// byte order.
    ///
    /// # Errors
    /// What the writer reports; text cannot be written so.
    pub fn write_npy(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let kind = match self.block.data() {
            Data::I8(_) => "i1",
            Data::U8(_) => "u1",
            Data::I16(_) => "i2",
            Data::I32(_) => "i4",
            Data::I64(_) => "i8",
            Data::U16(_) => "u2",
            Data::U32(_) => "u4",
            Data::U64(_) => "u8",
            Data::F32(_) => "f4",
            Data::F64(_) => "f8",
            Data::Text(_) => return Err(std::io::Error::other("text has no place in a numpy array file")),
        };
        let order = match kind {
            "i1" | "u1" => '|',
            _ if cfg!(target_endian = "big") => '>',
            _ => '<',
        };
        let shape = self.block.shape();
        let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
        let comma = if shape.len() == 1 { "," } else { "" };
        let mut header =
            format!("{{'descr': '{order}{kind}', 'fortran_order': False, 'shape': ({}{comma}), }}", lengths.join(", "));
        // The data begin at a multiple of 64 bytes; the header ends with a line feed.
        let padding = (64 - (10 + header.len() + 1) % 64) % 64;
        header.push_str(&" ".repeat(padding));
        header.push('\n');
        let length = u16::try_from(header.len()).map_err(std::io::Error::other)?;
        out.write_all(b"\x93NUMPY\x01\x00")?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(header.as_bytes())?;
        // As they lie in memory: a copy of a large array takes as long as writing it.
        crate::with_data!(self.block.data(), v => out.write_all(bytemuck::cast_slice(v)), _t => Ok(()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::NewFile;
    use crate::model::{Block, Data};
    use crate::session::Values;
    use std::sync::Arc;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.txt");
        assert!(NewFile::begin(&target).and_then(|f| f.write(|_| Err(std::io::Error::other("no")))).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        NewFile::begin(&target).and_then(|f| f.write(|out| out.write_all(b"all"))).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"all");
        assert!(
            NewFile::begin(&target)
                .and_then(|f| f.write(|out| out.write_all(b"more")))
                .unwrap_err()
                .to_string()
                .contains("exists")
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn numpy_files_are_aligned() {
        let values = Values {
            variable: "v".into(),
            dims: vec!["x".into()],
            axes: Vec::new(),
            scalars: Vec::new(),
            block: Arc::new(Block::new(vec![3], Data::I16(vec![1, -2, 3])).unwrap()),
            dates: None,
        };
        let mut out = Vec::new();
        values.write_npy(&mut out).unwrap();
        assert_eq!(out.len() % 64, 6);
        let header = String::from_utf8_lossy(&out[10..out.len() - 6]).into_owned();
        assert!(
            header.starts_with("{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }") && header.ends_with('\n')
        );
        assert_eq!(out[out.len() - 6..], [1, 0, 254, 255, 3, 0]);
    }
}
