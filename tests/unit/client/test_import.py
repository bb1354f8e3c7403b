#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tacet-ucm-import as a command: files, statuses, and what its manual says."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import DEADLINE, HERE, SOURCE, environment

PROGRAM = os.environ.get("TACET_UCM_IMPORT", "tacet-ucm-import")
FILES = HERE / "import"
PHONE = SOURCE / "ucm" / "TacetPhone" / "mixer_paths.xml"
DONE, FAILED, USAGE, LEFT_OUT = 0, 1, 2, 4


def run(*args, **options):
    return subprocess.run([PROGRAM, *map(str, args)], env=environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=DEADLINE, check=False, **options)


class Import(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tacet-import-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def written(self):
        return sorted(path.name for path in self.folder.iterdir())

    def golden(self, name, paths, status, *options):
        """Compare with tests/unit/client/import/NAME/; TACET_GOLDEN=1 writes that anew."""
        result = run("--card", name, "-o", self.folder, *options, paths.name, cwd=paths.parent)
        self.assertEqual(result.returncode, status, result.stderr)
        (self.folder / "notes").write_text(result.stderr, encoding="utf-8")
        wanted = FILES / name
        if os.environ.get("TACET_GOLDEN"):
            wanted.mkdir(exist_ok=True)
            for path in self.folder.iterdir():
                (wanted / f"{path.name}.golden").write_bytes(path.read_bytes())
        self.assertEqual(self.written(), sorted(path.stem for path in wanted.iterdir()))
        for path in self.folder.iterdir():
            self.assertEqual(path.read_text(encoding="utf-8"),
                             (wanted / f"{path.name}.golden").read_text(encoding="utf-8"))

    def test_a_phones_paths_become_its_profile(self):
        self.golden("phone", PHONE, DONE, "--output-pcm", "HiFi=0", "--input-pcm", "HiFi=3",
                    "--output-pcm", "Voice Call=2", "--input-pcm", "Voice Call=2")

    def test_what_has_no_equal_is_told_with_its_line(self):
        self.golden("odd", FILES / "odd.xml", LEFT_OUT, "--bytes", "Coefficients")

    def test_a_path_of_the_command_line_is_a_device(self):
        result = run("--card", "x", "-o", self.folder, "--output", "fm-radio=FM/Radio",
                     "--output-use", "later=FM", FILES / "odd.xml")
        self.assertEqual(result.returncode, LEFT_OUT)
        self.assertNotIn("path 'fm-radio'", result.stderr)
        self.assertNotIn("path 'later'", result.stderr)
        self.assertIn('SectionDevice."Radio"', (self.folder / "FM.conf").read_text())

    def test_a_dry_run_writes_nothing(self):
        result = run("--card", "x", "-o", self.folder, "-n", PHONE)
        self.assertEqual(result.returncode, DONE)
        self.assertEqual(self.written(), [])

    def test_a_file_that_is_there_stays(self):
        (self.folder / "HiFi.conf").write_text("mine")
        result = run("--card", "x", "-o", self.folder, PHONE)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("HiFi.conf is there already; --force", result.stderr)
        self.assertEqual((self.folder / "HiFi.conf").read_text(), "mine")
        self.assertEqual(self.written(), ["HiFi.conf"])
        self.assertEqual(run("--card", "x", "-f", "-o", self.folder,
                             PHONE).returncode, DONE)
        self.assertNotEqual((self.folder / "HiFi.conf").read_text(), "mine")

    def test_nothing_is_left_when_the_disk_is_full(self):
        result = run("--card", "x", "-o", "/dev/null", PHONE)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("Not a directory", result.stderr)

    def test_a_file_that_is_no_xml_is_told_with_its_line(self):
        bad = self.folder / "bad.xml"
        bad.write_text("<mixer>\n<path name=>\n")
        result = run("--card", "x", "-o", self.folder, bad)
        self.assertEqual(result.returncode, FAILED)
        self.assertRegex(result.stderr, r"bad.xml:2: ")
        result = run("--card", "x", self.folder / "absent.xml")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("No such file", result.stderr)

    def test_a_file_without_a_known_device_writes_nothing(self):
        empty = self.folder / "empty.xml"
        empty.write_text("<mixer><path name='fm'/></mixer>")
        result = run("--card", "x", "-o", self.folder, empty)
        self.assertEqual(result.returncode, FAILED)
        self.assertIn("nothing is written", result.stderr)
        self.assertEqual(self.written(), ["empty.xml"])

    def test_wrong_usage_is_2(self):
        for arguments in ([], ["--card", "x"], ["a.xml"], ["--card", "x", "a.xml", "b.xml"],
                          ["--card", "a/b", "a.xml"], ["--card", "x", "--output", "y", "a.xml"],
                          ["--card", "x", "--output", "p=V/", "a.xml"],
                          ["--card", "x", "--output-pcm", "V=-1", "a.xml"],
                          ["--card", "x", "--input-pcm", "V=1x", "a.xml"],
                          ["--frobnicate", "a.xml"]):
            result = run(*arguments)
            self.assertEqual(result.returncode, USAGE, arguments)
            self.assertIn("--help", result.stderr)

    def test_help_manual_and_completions_name_the_same_options(self):
        text = run("--help").stdout
        options = set(re.findall(r"--([a-z-]+)(?=[ \n])", text))
        self.assertGreater(len(options), 10)
        page = (SOURCE / "man" / "tacet-ucm-import.1").read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"Fl -([a-z-]+)", page)), options)
        for name, pattern in (("tacet-ucm-import.bash", r"--([a-z-]+)"),
                              ("_tacet-ucm-import", r"--([a-z-]+)[=\[}]"),
                              ("tacet-ucm-import.fish", r"-l ([a-z-]+)")):
            found = set(re.findall(pattern, (SOURCE / "completion" / name).read_text()))
            self.assertEqual(found, options, name)

    def test_the_shells_read_the_completions(self):
        for shell, name in (("bash", "tacet-ucm-import.bash"), ("zsh", "_tacet-ucm-import"),
                            ("fish", "tacet-ucm-import.fish")):
            result = subprocess.run([shell, "-n", SOURCE / "completion" / name], check=False,
                                    stderr=subprocess.PIPE, timeout=DEADLINE)
            self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
