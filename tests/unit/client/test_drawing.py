#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The drawing of the last switches is XML that a browser and librsvg can show."""

import json
import random
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ET

import reports
from harness import DEADLINE, tacetctl

SVG = "{http://www.w3.org/2000/svg}"


def draw(trace, *args):
    done = tacetctl("trace", "--svg", "-", "--input", "-", *args, input=json.dumps(trace))
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def texts(svg):
    return ["".join(e.itertext()) for e in ET.fromstring(svg).iter(f"{SVG}text")]


class Drawing(unittest.TestCase):
    def test_it_names_switches_streams_writes_and_times(self):
        shown = "\n".join(texts(draw([reports.done(), reports.drained(), reports.busy()])))
        for text in ("Switch 7 on TacetPhone: HiFi: Speaker Mic → HiFi: Headphones Mic",
                     "done in 6.40 ms; rest 1.90 ms", "hw:TacetPhone,2,0",
                     "playback, held, tacetd (300)", "close in 0.90 ms, gap 3.60 ms",
                     "Speaker Mixer Media Switch: on → off", "the rest, magnified",
                     "aplay (901) still plays hw:TacetPhone,0,0 after 5 s.",
                     "a control is written", "ms since the request"):
            self.assertIn(text, shown)
        self.assertNotIn("-0", shown.split())

    def test_every_write_is_a_mark_inside_the_rest(self):
        root = ET.fromstring(draw([reports.done()]))
        rest = next(r for r in root.iter(f"{SVG}rect") if r.get("class") == "rest")
        left, width = float(rest.get("x")), float(rest.get("width"))
        marks = [p for p in root.iter(f"{SVG}path") if p.get("class") == "write" and
                 p.find(f"{SVG}title") is not None]
        self.assertEqual(len(marks), 4)
        for mark in marks:
            x = float(mark.get("d")[1:].split()[0])
            self.assertTrue(left < x < left + width)

    def test_nothing_lies_outside_the_page(self):
        root = ET.fromstring(draw([reports.done(), reports.drained(), reports.busy()]))
        width, height = float(root.get("width")), float(root.get("height"))
        for rect in root.iter(f"{SVG}rect"):
            x, y = float(rect.get("x", 0)), float(rect.get("y", 0))
            self.assertTrue(0 <= x and x + float(rect.get("width")) <= width)
            self.assertTrue(0 <= y and y + float(rect.get("height")) <= height)
        for text in root.iter(f"{SVG}text"):
            self.assertTrue(0 <= float(text.get("y")) <= height)

    def test_the_last_three_are_drawn_unless_told_otherwise(self):
        trace = [reports.done(number) for number in range(1, 9)]
        titles = [t for t in texts(draw(trace)) if t.startswith("Switch ")]
        self.assertEqual([t.split()[1] for t in titles], ["6", "7", "8"])
        titles = [t for t in texts(draw(trace, "-n", "5")) if t.startswith("Switch ")]
        self.assertEqual(len(titles), 5)

    def test_a_trace_without_switches_says_so(self):
        self.assertIn("There was no switch yet.", texts(draw([])))

    def test_text_of_others_stays_text(self):
        evil = "</text><script>alert(1)</script>&\"'\x07]]>"
        report = reports.done()
        report["card"] = report["from"] = evil
        report["streams"][0].update(process=evil, pcm=evil, method=evil)
        report["written"][0].update(name=evil, before=evil)
        root = ET.fromstring(draw([report]))
        self.assertEqual([e for e in root.iter() if "script" in e.tag], [])

    def test_broken_reports_are_drawn_as_far_as_they_go(self):
        choice = random.Random(7)
        values = [None, 0, -1, 2**64 - 1, 1.5, "", "x", [], {}, [[]], [{}], [[9, "write"]]]
        for _ in range(60):
            report = reports.done()
            for key in choice.sample(sorted(report), 5):
                report[key] = choice.choice(values)
            for entry in choice.sample(report["timeline"] or [[0]], 1) \
                    if isinstance(report["timeline"], list) else []:
                if isinstance(entry, list) and entry:
                    entry[0] = choice.choice(values)
            svg = draw([report, choice.choice(values)])
            ET.fromstring(svg)
            self.assertNotIn("nan", svg)
            self.assertNotIn("inf", svg.replace("information", ""))

    @unittest.skipUnless(shutil.which("rsvg-convert"), "rsvg-convert is not installed")
    def test_librsvg_renders_it(self):
        png = subprocess.run(["rsvg-convert", "-f", "png"], input=draw([reports.done()])
                             .encode(), stdout=subprocess.PIPE, timeout=DEADLINE, check=True)
        self.assertEqual(png.stdout[:8], b"\x89PNG\r\n\x1a\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
