"""Prints golden.txt: what cftime makes of thousands of numbers, folded into one hash for each line.

Run with cftime 1.6.5 or later: python golden.py > golden.txt. The numbers come from the same generator as in the test in mod.rs.
"""

import warnings

import cftime

warnings.simplefilter("ignore")
COUNT = 600
CALENDARS = ["standard", "proleptic_gregorian", "noleap", "all_leap", "360_day", "julian"]
UNITS = [
    ("days since 1950-01-01 00:00:00", 500_000.0),
    ("hours since 1800-01-01", 9_000_000.0),
    ("seconds since 1970-01-01T00:00:00Z", 5e9),
    ("minutes since 1581-02-03 04:05:06.5 +01:30", 3e7),
    ("days since 0001-01-01", 700_000.0),
    ("milliseconds since 2000-02-28 12:00", 1e13),
]


def numbers(span, seed):
    """Every other one whole, all within ±span."""
    state = seed
    for i in range(COUNT):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        value = ((state >> 11) / 2**53 * 2.0 - 1.0) * span
        yield float(int(value)) if i % 2 == 0 else value


def iso(d):
    text = f"{'-' if d.year < 0 else ''}{abs(d.year):04d}-{d.month:02d}-{d.day:02d}T{d.hour:02d}:{d.minute:02d}:{d.second:02d}"
    return text + (f".{d.microsecond:06d}" if d.microsecond else "")


def fnv(texts):
    h = 0xCBF29CE484222325
    for text in texts:
        for byte in (text + "\n").encode():
            h = ((h ^ byte) * 0x100000001B3) % 2**64
    return h


for calendar in CALENDARS:
    for seed, (units, span) in enumerate(UNITS):
        values = list(numbers(span, seed))
        # Years are counted astronomically here, in every calendar.
        dates = [iso(d) for d in cftime.num2date(values, units, calendar, has_year_zero=True)]
        print(f"{calendar}|{units}|{span!r}|{fnv(dates):016x}|{dates[0]}|{dates[1]}")
