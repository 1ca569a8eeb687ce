//! Moving along dimensions: to a position, by steps, by itself.

use super::{Playback, State};

impl State {
    pub(super) fn go_to(&mut self, dim: &str, index: usize) {
        if let Some(axis) = self.sliders().iter().find(|a| a.name == dim) {
            let index = index.min(axis.values.len().saturating_sub(1));
            self.positions.insert(dim.to_owned(), index);
        }
    }

    pub(super) fn step(&mut self, dim: Option<&str>, nth: usize, by: i64) {
        let axis = match dim {
            Some(dim) => self.sliders().iter().find(|a| a.name == dim),
            None => self.sliders().get(nth),
        };
        let Some(axis) = axis else { return };
        let offset = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        let at = self.position(axis);
        let to = if by < 0 { at.saturating_sub(offset) } else { at.saturating_add(offset) };
        let dim = axis.name.clone();
        self.go_to(&dim, to);
    }

    pub(super) fn go_to_end(&mut self, last: bool) {
        if let Some(dim) = self.sliders().first().map(|a| a.name.clone()) {
            self.go_to(&dim, if last { usize::MAX } else { 0 });
        }
    }

    pub(super) fn toggle_play(&mut self, dim: Option<String>) {
        let dim = dim.or_else(|| self.sliders().first().map(|a| a.name.clone()));
        let playing = self.playback.take();
        if let Some(dim) = dim.filter(|d| playing.is_none_or(|p| p.dim != *d)) {
            self.playback = Some(Playback { dim, last: self.notices.now });
        }
    }

    /// The next position while playing; back to the first after the last.
    pub(crate) fn play_on(&mut self) {
        let Some(playback) = &mut self.playback else { return };
        playback.last = self.notices.now;
        let dim = playback.dim.clone();
        let Some(axis) = self.sliders().iter().find(|a| a.name == dim) else {
            self.playback = None;
            return;
        };
        let next = (self.position(axis) + 1) % axis.values.len().max(1);
        self.go_to(&dim, next);
    }
}
