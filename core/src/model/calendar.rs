//! CF calendars: dates that exist in them, and integer ticks.
