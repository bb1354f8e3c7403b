# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs stages, shows progress, counts."""

import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "test-logs"
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
PAINT = {"pass": "\033[32m", "fail": "\033[31m", "skip": "\033[33m"}


class Result:
    """One test: its sentence, pass|fail|skip, why, and how long it took in seconds."""

    def __init__(self, name, status, why="", seconds=0.0):
        self.name, self.status, self.why, self.seconds = name, status, why, seconds


def show(result):
    word = result.status.upper() if result.status == "fail" else result.status
    if COLOUR:
        word = f"{PAINT[result.status]}{word}\033[0m"
    why = f": {result.why}" if result.why else ""
    print(f"  {word}  {result.name}{why}  ({result.seconds:.1f} s)", flush=True)


def run(name, command, timeout=600, env=None, log=None, cwd=ROOT):
    """Run a command as one test. 0 passes, 77 skips with its last line as the reason."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log or ''.join(c if c.isalnum() else '-' for c in name)}.log"
    start = time.monotonic()
    with open(path, "w", encoding="utf-8", errors="replace") as out:
        try:
            code = subprocess.run(
                command, cwd=cwd, stdout=out, stderr=subprocess.STDOUT, timeout=timeout,
                stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}, check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            code = f"out of time after {timeout} s"
        except FileNotFoundError as error:
            code = str(error)
    seconds = time.monotonic() - start
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if code == 0:
        return Result(name, "pass", seconds=seconds)
    if code == 77:
        return Result(name, "skip", lines[-1] if lines else "no reason given", seconds)
    for line in lines[-25:]:
        print(f"    | {line}")
    return Result(name, "fail", f"exit {code}, log in {path.relative_to(ROOT)}", seconds)


class Suite:
    """Collects results; knows what was asked for."""

    def __init__(self, patterns):
        self.patterns = patterns
        self.results = []

    def wants(self, name):
        return not self.patterns or any(p.lower() in name.lower() for p in self.patterns)

    def add(self, result):
        self.results.append(result)
        show(result)

    def test(self, name, command, **keywords):
        if self.wants(name):
            self.add(run(name, command, **keywords))

    def check(self, name, function):
        """A test in Python: returns a list of complaints, empty when all is well."""
        if not self.wants(name):
            return
        start = time.monotonic()
        complaints = function()
        for line in complaints[:25]:
            print(f"    | {line}")
        status = "fail" if complaints else "pass"
        why = f"{len(complaints)} complaints" if complaints else ""
        self.add(Result(name, status, why, time.monotonic() - start))

    def close(self):
        """Print the failures, the reasons of skips and the closing line; the exit status."""
        count = {"pass": 0, "fail": 0, "skip": 0}
        for result in self.results:
            count[result.status] += 1
        print()
        for result in self.results:
            if result.status == "fail":
                print(f"failed: {result.name}: {result.why}")
        for result in self.results:
            if result.status == "skip":
                print(f"skipped: {result.name}: {result.why}")
        line = f"{count['pass']} passed, {count['fail']} failed"
        if count["skip"]:
            line += f", {count['skip']} skipped"
        print(line, flush=True)
        return 1 if count["fail"] or not count["pass"] else 0
