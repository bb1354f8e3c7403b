#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compare doc/switch.svg, and the table and invariants in doc/switch.md, with what explore walks.

With --write the files are brought up to date instead.
"""
import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BEGIN, END = "<!-- table: drawn by tests/model -->\n", "<!-- end of table -->\n"


def drawn(explore):
    """The picture and the table."""
    with tempfile.TemporaryDirectory() as folder:
        svg, table = Path(folder) / "svg", Path(folder) / "table"
        subprocess.run([explore, "--svg", svg, "--table", table], check=True)
        return svg.read_text(encoding="utf-8"), table.read_text(encoding="utf-8")


def numbered(text):
    """The invariants as the document numbers them."""
    return {int(n): words for n, words in re.findall(r"^\| (\d+) \| ([^|]+?) \|", text, re.M)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--explore", required=True)
    parser.add_argument("--doc", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    svg, table = drawn(args.explore)
    listed = subprocess.run([args.explore, "--list"], check=True, capture_output=True,
                            text=True).stdout
    invariants = {int(n): words for n, words in
                  (line.split(" ", 1) for line in listed.splitlines())}
    text = (args.doc / "switch.md").read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    old, tail = rest.split(END)
    if args.write:
        (args.doc / "switch.svg").write_text(svg, encoding="utf-8")
        (args.doc / "switch.md").write_text(head + BEGIN + table + END + tail, encoding="utf-8")
        return 0
    bad = []
    if (args.doc / "switch.svg").read_text(encoding="utf-8") != svg:
        bad.append("doc/switch.svg is not what is walked")
    if old != table:
        bad.append("the table in doc/switch.md is not what is walked")
    if numbered(head) != invariants:
        bad.append("the invariants in doc/switch.md are not those of the model")
    for line in bad:
        print(f"{line}: run tests/model/drift.py --write")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
