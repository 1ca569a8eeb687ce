//! Values needed while a chain is built: labels to group by. The one place where a step reads anything.

use crate::model::{Block, Data, Error, Region, Result};
use crate::plan::{Node, NodeKind};
use std::sync::Arc;

/// Most cells that are read.
const MOST: usize = 1 << 22;

/// All values of a small node.
///
/// # Errors
/// [`Unsupported`](crate::model::ErrorKind::Unsupported) for more than about four million cells; what reading finds wrong.
pub(crate) fn values(node: &Arc<Node>) -> Result<Data> {
    let region = Region::all(&node.meta().shape);
    read(node, &region).map(Block::into_data)
}

fn read(node: &Arc<Node>, region: &Region) -> Result<Block> {
    if region.cells() > MOST {
        return Err(Error::unsupported(format!(
            "{} values are too many to look at before anything runs",
            region.cells()
        )));
    }
    match node.kind() {
        NodeKind::Literal(block) => block.slice(region),
        NodeKind::Source { source, path } => source.read(path, region),
        NodeKind::Op(op) => {
            let metas: Vec<_> = node.inputs().iter().map(|n| n.meta()).collect();
            let regions = op.needs(region, &metas);
            let blocks: Vec<Block> =
                node.inputs().iter().zip(&regions).map(|(n, r)| read(n, r)).collect::<Result<_>>()?;
            let inputs: Vec<(&Region, &Block)> = regions.iter().zip(&blocks).collect();
            op.compute(region, &inputs)
        }
    }
}
