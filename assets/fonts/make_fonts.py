#!/usr/bin/env python3
"""Cuts the bundled fonts out of Inter and Phosphor.

Owns: which characters and icons are bundled, and that digits are tabular.
Does not own: sizes, fallbacks and where the fonts are used.

    npm pack inter-ui@4.1.1 @phosphor-icons/web@2.1.2 && (unpack each into its own folder)
    pip install fonttools==4.68.0 brotli
    python3 make_fonts.py inter-ui phosphor

Writes Inter-Regular.ttf and Inter-SemiBold.ttf here, Phosphor.ttf and codepoints.txt in ../icons.
Inter's digits, plus and minus are replaced by their tabular forms (feature `tnum`), so that
running numbers keep their place without a shaping engine.
"""

import json
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x024F),  # Latin, Latin-1, Extended-A and -B
    (0x02B0, 0x02FF), (0x0300, 0x036F),  # modifiers, combining marks
    (0x0370, 0x03FF), (0x0400, 0x052F),  # Greek, Cyrillic
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20BF),  # punctuation, super/subscripts, money
    (0x2100, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF),  # letterlike, arrows, mathematics
    (0x2300, 0x23FF), (0x2500, 0x25FF), (0x2600, 0x26FF), (0x2700, 0x27BF),  # keys, shapes, marks
]
TABULAR = "0123456789+\N{MINUS SIGN}"
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl"]

ICONS = """
app-window archive arrow-clockwise arrow-counter-clockwise arrow-down arrow-left arrow-line-down
arrow-line-up arrow-right arrow-square-out arrow-u-up-left arrow-u-up-right arrow-up arrows-clockwise
arrows-down-up arrows-in arrows-left-right arrows-out arrows-out-cardinal bell binoculars
bookmark-simple bounding-box broadcast bug calculator calendar calendar-blank camera caret-double-left
caret-double-right caret-down caret-left caret-right caret-up caret-up-down chart-bar chart-line
chart-line-up chart-scatter check check-circle circle circle-dashed circle-half circle-notch
clipboard-text clock clock-counter-clockwise cloud code columns command compass copy cpu crosshair
cube cube-focus cursor-click database dots-six-vertical dots-three dots-three-vertical download
download-simple drop export eye eye-slash file file-arrow-up file-code file-magnifying-glass file-plus
files film-strip flag floppy-disk folder folder-open folder-simple-plus frame-corners function funnel
gauge gear gear-six globe globe-hemisphere-west graph grid-four grid-nine hand hard-drives hash
hourglass house image info intersect keyboard lightning line-segments link list list-bullets
list-checks list-magnifying-glass lock magic-wand magnifying-glass magnifying-glass-minus
magnifying-glass-plus map-pin map-trifold memory minus minus-circle moon mountains navigation-arrow note
palette pause pause-circle pencil pencil-simple play play-circle plus plus-circle polygon
push-pin push-pin-slash question rectangle repeat repeat-once rows ruler selection share-network
sidebar sidebar-simple sigma skip-back skip-forward sliders sliders-horizontal snowflake
sort-ascending sort-descending spinner split-horizontal split-vertical square square-half-bottom
squares-four stack stack-simple star stop stop-circle sun swap table tag target terminal
terminal-window text-aa text-t thermometer timer toggle-left toggle-right trash tree-structure
upload-simple warning warning-circle warning-octagon wave-sine waveform waves wind wrench x x-circle
""".split()


def subset(font, codepoints):
    options = Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += ["DSIG", "gasp"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=codepoints)
    subsetter.subset(font)


def make_tabular(font):
    """Lets the character map point at the tabular glyphs."""
    gsub = font["GSUB"].table
    swaps = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    swaps.update(table.mapping)
    tabular = {ord(c): swaps[font.getBestCmap()[ord(c)]] for c in TABULAR}
    for table in font["cmap"].tables:
        table.cmap.update(tabular)


def save(font, path):
    font.flavor = None
    font["head"].modified = font["head"].created  # the same input gives the same bytes
    font.recalcTimestamp = False
    font.save(path)
    print(f"{path.name}: {len(font.getBestCmap())} characters, {path.stat().st_size} bytes")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: make_fonts.py FOLDER_OF_inter-ui FOLDER_OF_phosphor-icons-web")
    inter, phosphor = Path(sys.argv[1]), Path(sys.argv[2]) / "src" / "regular"
    here = Path(__file__).resolve().parent
    icons = here.parent / "icons"

    wanted = {c for low, high in RANGES for c in range(low, high + 1)}
    for weight in ("Regular", "SemiBold"):
        font = TTFont(inter / "web" / f"Inter-{weight}.woff2", recalcTimestamp=False)
        make_tabular(font)
        subset(font, wanted)
        save(font, here / f"Inter-{weight}.ttf")

    points = {}
    for icon in json.loads((phosphor / "selection.json").read_text(encoding="utf-8"))["icons"]:
        points.update((n.strip(), icon["properties"]["code"]) for n in icon["properties"]["name"].split(","))
    missing = [n for n in ICONS if n not in points]
    if missing:
        sys.exit(f"no such icon in Phosphor: {' '.join(missing)}")
    font = TTFont(phosphor / "Phosphor.ttf", recalcTimestamp=False)
    subset(font, {points[n] for n in ICONS})
    save(font, icons / "Phosphor.ttf")
    lines = [f"{n.replace('-', '_').upper()} {points[n]:04x}\n" for n in sorted(ICONS)]
    (icons / "codepoints.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
