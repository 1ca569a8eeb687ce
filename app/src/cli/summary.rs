//! What a command's time went into, a row for each step, from the events. Knows no command.

use super::output::bytes;
use graticule_core::events::{Event, Kind};
use std::time::Duration;

/// One row: all events of one kind and step.
#[derive(Default, Clone)]
struct Row {
    name: String,
    count: u64,
    wall: u64,
    cpu: u64,
    bytes_in: u64,
    bytes_out: u64,
}

impl Row {
    fn add(&mut self, event: &Event) {
        self.count += 1;
        self.wall += event.end_nanos - event.start_nanos;
        self.cpu += event.cpu_nanos;
        self.bytes_in += event.bytes_in;
        self.bytes_out += event.bytes_out;
    }

    fn line(&self) -> String {
        let size = |n: u64| if n == 0 { "-".to_owned() } else { bytes(n) };
        // What measures no CPU time of its own.
        let cpu = if self.cpu == 0 { "-".to_owned() } else { seconds(self.cpu) };
        let Self { name, count, wall, bytes_in, bytes_out, .. } = self;
        let (wall, bytes_in, bytes_out) = (seconds(*wall), size(*bytes_in), size(*bytes_out));
        format!("{name:<20} {count:>7} {wall:>10} {cpu:>10} {bytes_in:>10} {bytes_out:>10}")
    }
}

fn seconds(nanos: u64) -> String {
    format!("{:.3} s", Duration::from_nanos(nanos).as_secs_f64())
}

/// A table: how often, the time of all threads together, their CPU time, the bytes taken in and given out; a row for each
/// step in the order of a task's life, then the tasks, which enclose them. `lost` events are not in it.
pub(crate) fn table(events: &[Event], elapsed: Duration, threads: usize, lost: u64) -> Vec<String> {
    let mut rows: Vec<(Kind, &str, Row)> = Vec::new();
    for event in events {
        let at = rows.iter().position(|(kind, step, _)| (*kind, *step) == (event.kind, event.step));
        let at = at.unwrap_or_else(|| {
            let kind = event.kind.name();
            let name = if event.step.is_empty() { kind.to_owned() } else { format!("{kind} {}", event.step) };
            rows.push((event.kind, event.step, Row { name, ..Row::default() }));
            rows.len() - 1
        });
        if let Some((_, _, row)) = rows.get_mut(at) {
            row.add(event);
        }
    }
    rows.sort_by_key(|(kind, step, _)| (*kind, *step));
    let head = ["step", "count", "wall", "CPU", "in", "out"];
    let [step, count, wall, cpu, taken, given] = head;
    let mut lines = vec![format!("{step:<20} {count:>7} {wall:>10} {cpu:>10} {taken:>10} {given:>10}")];
    lines.extend(rows.iter().map(|(_, _, row)| row.line()));
    let busy: u64 = rows.iter().filter(|(kind, ..)| *kind == Kind::Task).map(|(_, _, row)| row.cpu).sum();
    let busy = Duration::from_nanos(busy).as_secs_f64();
    let share = 100.0 * busy / (elapsed.as_secs_f64() * threads as f64).max(1e-9);
    let note = if lost > 0 { format!(", {lost} events lost") } else { String::new() };
    lines.push(format!(
        "{:.2} s in all, {busy:.2} s of CPU in tasks, {share:.0} % of {threads} threads{note}",
        elapsed.as_secs_f64()
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::table;
    use graticule_core::events::{Event, Kind};
    use std::time::Duration;

    #[test]
    fn each_step_has_its_row() {
        let event = |kind, step, wall: u64, cpu: u64| Event {
            start_nanos: 10,
            end_nanos: 10 + wall * 1_000_000,
            cpu_nanos: cpu * 1_000_000,
            bytes_in: 2048,
            bytes_out: 0,
            job: 1,
            worker: 0,
            kind,
            step,
        };
        let events = [
            event(Kind::Task, "", 900, 800),
            event(Kind::Compute, "map", 200, 100),
            event(Kind::Compute, "map", 200, 200),
            event(Kind::Read, "", 5, 0),
        ];
        let lines = table(&events, Duration::from_secs(1), 2, 0);
        let words: Vec<Vec<&str>> = lines.iter().map(|l| l.split_whitespace().collect()).collect();
        assert_eq!(words[1], ["read", "1", "0.005", "s", "-", "2.0", "KiB", "-"]);
        assert_eq!(words[2], ["compute", "map", "2", "0.400", "s", "0.300", "s", "4.0", "KiB", "-"]);
        assert_eq!(words[3][..3], ["task", "1", "0.900"]);
        assert_eq!(lines[4], "1.00 s in all, 0.80 s of CPU in tasks, 40 % of 2 threads");
    }
}
