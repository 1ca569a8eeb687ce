//! What is whole already: reductions made before the tasks that use them.

use crate::model::{Block, Region, Result};
use crate::plan::{Key, Node};
use std::collections::HashMap;
use std::sync::Arc;

/// Reductions made whole before the tasks that use them: a region of a node, and its values once they are there.
#[derive(Clone, Default)]
pub(super) struct Whole {
    parts: HashMap<Key, (Region, Option<Arc<Block>>)>,
}

impl Whole {
    /// Values to come, for planning.
    pub(super) fn promised(list: &[(Key, Region)]) -> Self {
        Self { parts: list.iter().map(|(k, r)| (*k, (r.clone(), None))).collect() }
    }

    /// Adds values.
    pub(super) fn put(&mut self, node: &Arc<Node>, region: Region, block: Arc<Block>) {
        self.parts.insert(node.key(), (region, Some(block)));
    }

    /// Whether `region` of `node` is, or will be, here.
    pub(super) fn holds(&self, node: &Arc<Node>, region: &Region) -> bool {
        self.parts.get(&node.key()).is_some_and(|(held, _)| region.intersect(held).as_ref() == Some(region))
    }

    /// The values around `region`, and the region that they cover, where they are here.
    pub(super) fn get(&self, node: &Arc<Node>, region: &Region) -> Option<(&Region, &Arc<Block>)> {
        let (held, block) = self.parts.get(&node.key())?;
        (region.intersect(held).as_ref() == Some(region)).then_some((held, block.as_ref()?))
    }
}

/// `region` out of a block that holds `held`, without a copy where it is all of it.
pub(super) fn part_of(block: &Arc<Block>, held: &Region, region: &Region) -> Result<Arc<Block>> {
    if held == region { Ok(Arc::clone(block)) } else { block.slice(&region.relative_to(held)).map(Arc::new) }
}
