//! Nodes of the graph. A node is immutable and known by its key, so equal parts of two chains are one part.

use super::{ArrayMeta, Op};
use crate::model::{Block, Error, Result, Source};
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Identity of a node: equal keys compute equal values. Results are cached under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u64, u64);

impl Key {
    fn of(feed: impl Fn(&mut DefaultHasher)) -> Self {
        let half = |seed: u64| {
            let mut h = DefaultHasher::new();
            seed.hash(&mut h);
            feed(&mut h);
            h.finish()
        };
        Self(half(1), half(2))
    }
}

/// Where the values of a node come from.
#[derive(Clone)]
pub enum NodeKind {
    /// A variable of an opened source, as it stands on disk.
    Source {
        /// The opened data.
        source: Arc<dyn Source>,
        /// The variable's path in it.
        path: String,
    },
    /// Values held in memory: coordinates, weights, constants.
    Literal(Arc<Block>),
    /// An operation on the node's inputs.
    Op(Arc<dyn Op>),
}

impl fmt::Debug for NodeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { source, path } => write!(f, "source {} {path}", source.info().path),
            Self::Literal(block) => write!(f, "literal {:?}", block.shape()),
            Self::Op(op) => write!(f, "{} {}", op.id(), op.describe()),
        }
    }
}

/// A lazy array.
#[derive(Debug)]
pub struct Node {
    kind: NodeKind,
    inputs: Vec<Arc<Self>>,
    meta: ArrayMeta,
    key: Key,
}

impl Node {
    /// A variable of a source.
    ///
    /// # Errors
    /// [`NotFound`](crate::model::ErrorKind::NotFound) where the source has no such variable.
    pub fn source(source: Arc<dyn Source>, path: &str) -> Result<Arc<Self>> {
        let info = source.info();
        let var =
            info.root.variable(path).ok_or_else(|| Error::not_found(format!("no variable {path}")).at(&info.path))?;
        let meta = ArrayMeta {
            dims: var.dims.clone(),
            shape: var.shape.clone(),
            dtype: var.dtype.clone(),
            chunks: var.chunk_shape(),
        };
        let path = var.path.clone();
        let key = Key::of(|h| (0u8, &source.info().identity, &path).hash(h));
        Ok(Arc::new(Self { kind: NodeKind::Source { source, path }, inputs: Vec::new(), meta, key }))
    }

    /// Values in memory, with the names of their dimensions.
    ///
    /// # Errors
    /// [`Internal`](crate::model::ErrorKind::Internal) where names and dimensions differ in number.
    pub fn literal(dims: Vec<String>, block: Block) -> Result<Arc<Self>> {
        if dims.len() != block.shape().len() {
            return Err(Error::internal(format!("{} names for {} dimensions", dims.len(), block.shape().len())));
        }
        let key = Key::of(|h| {
            (1u8, &dims, block.shape()).hash(h);
            crate::with_data!(block.data(), v => h.write(bytemuck::cast_slice(v)), t => t.hash(h));
            block.data().dtype().hash(h);
        });
        let shape = block.shape().to_vec();
        let chunks = shape.iter().map(|&n| n.max(1)).collect();
        let meta = ArrayMeta { dims, shape, dtype: block.data().dtype(), chunks };
        Ok(Arc::new(Self { kind: NodeKind::Literal(Arc::new(block)), inputs: Vec::new(), meta, key }))
    }

    /// An operation on other nodes.
    ///
    /// # Errors
    /// What the operation's [`Op::infer`] finds wrong.
    pub fn op(op: Arc<dyn Op>, inputs: Vec<Arc<Self>>) -> Result<Arc<Self>> {
        let metas: Vec<&ArrayMeta> = inputs.iter().map(|n| &n.meta).collect();
        let meta = op.infer(&metas)?;
        let key = Key::of(|h| {
            (2u8, op.id()).hash(h);
            op.key(h);
            for input in &inputs {
                input.key.hash(h);
            }
        });
        Ok(Arc::new(Self { kind: NodeKind::Op(op), inputs, meta, key }))
    }

    /// Where the values come from.
    #[must_use]
    pub fn kind(&self) -> &NodeKind {
        &self.kind
    }

    /// The nodes it is computed from.
    #[must_use]
    pub fn inputs(&self) -> &[Arc<Self>] {
        &self.inputs
    }

    /// Dimensions, shape, type.
    #[must_use]
    pub fn meta(&self) -> &ArrayMeta {
        &self.meta
    }

    /// Identity.
    #[must_use]
    pub fn key(&self) -> Key {
        self.key
    }
}
