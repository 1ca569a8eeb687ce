//! What happened, in words: shown for a while, kept for the log.

use std::collections::VecDeque;

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something is done.
    Info,
    /// Something was assumed or left out.
    Warning,
    /// Something failed.
    Error,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Which.
    pub id: u64,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub text: String,
    /// When, in seconds of the window's clock; set when first shown.
    pub at: f64,
    /// Whether it is still on screen.
    pub open: bool,
    /// How often it happened in a row.
    pub times: u32,
}

/// Notices kept.
const KEPT: usize = 200;

/// All that happened, newest last.
#[derive(Debug, Default)]
pub struct Notices {
    list: VecDeque<Notice>,
    next: u64,
    /// The window's clock, in seconds.
    pub now: f64,
}

impl Notices {
    /// Something happened. The same words again count up instead of standing twice.
    pub fn push(&mut self, level: Level, text: impl Into<String>) {
        let text = text.into();
        let now = self.now;
        if let Some(last) = self.list.back_mut().filter(|n| n.text == text && n.level == level) {
            last.times += 1;
            last.at = now;
            last.open = true;
            return;
        }
        self.next += 1;
        self.list.push_back(Notice { id: self.next, level, text, at: now, open: true, times: 1 });
        if self.list.len() > KEPT {
            self.list.pop_front();
        }
    }

    /// Something for the log alone.
    pub fn log(&mut self, level: Level, text: impl Into<String>) {
        self.push(level, text);
        if let Some(last) = self.list.back_mut() {
            last.open = false;
        }
    }

    /// Takes a notice off the screen; it stays in the log.
    pub fn dismiss(&mut self, id: u64) {
        for notice in self.list.iter_mut().filter(|n| n.id == id) {
            notice.open = false;
        }
    }

    /// Takes off the screen what has stood long enough; errors stay until they are dismissed. Gives the seconds until
    /// the next one goes.
    pub fn expire(&mut self, after: f64) -> Option<f64> {
        let now = self.now;
        let mut next: Option<f64> = None;
        for notice in self.list.iter_mut().filter(|n| n.open && n.level != Level::Error) {
            let left = notice.at + after - now;
            if left <= 0.0 {
                notice.open = false;
            } else {
                next = Some(next.map_or(left, |n| n.min(left)));
            }
        }
        next
    }

    /// All notices, oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.list.iter()
    }

    /// Those on screen, oldest first.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &Notice> {
        self.list.iter().filter(|n| n.open)
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Notices};

    #[test]
    fn information_goes_by_itself_and_errors_stay() {
        let mut notices = Notices::default();
        notices.push(Level::Info, "saved");
        notices.push(Level::Error, "no such file");
        notices.push(Level::Error, "no such file");
        assert_eq!(notices.all().map(|n| n.times).collect::<Vec<_>>(), [1, 2]);
        notices.now = 4.0;
        assert_eq!(notices.expire(6.0), Some(2.0));
        notices.now = 7.0;
        assert_eq!(notices.expire(6.0), None);
        assert_eq!(notices.open().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["no such file"]);
        let id = notices.open().next().map_or(0, |n| n.id);
        notices.dismiss(id);
        assert_eq!((notices.open().count(), notices.all().count()), (0, 2));
    }
}
