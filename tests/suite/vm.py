# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots stock kernels with the virtual phone: the harness's own tests, then the matrix."""

import json
import os
import subprocess

from .runner import LOGS, ROOT, Result

RUN = ROOT / "tests" / "vm" / "run"

# Cells a test: the first kernel and machine that it names, and with a larger number others,
# spread evenly. All of them take hours: tests/vm/run --matrix.
CELLS = os.environ.get("TACET_CELLS", "1")

# Guests at once, and how many times longer than alone on a quick machine they may take.
JOBS = os.environ.get("TACET_JOBS", "1")
PATIENCE = os.environ.get("TACET_PATIENCE", "2")

# What runs on every kernel and machine, the kernel with KASAN, lockdep and kmemleak included.
EVERYWHERE = ("phone-plays-and-routes",)

# What runs on that kernel as well as on the first that it names: the repair, under KASAN,
# lockdep and kmemleak.
CHECKED = ("dpcm-storm-keeps-balance",)


# What takes a kernel that is built for it alone: tests/vm/run --kernel kcsan.
BY_HAND = ("dpcm-storm-races-for-nothing",)


def list_tests():
    subprocess.run([str(RUN), "--list"], check=False)


def names():
    listing = subprocess.run([str(RUN), "--list"], capture_output=True, text=True, check=True)
    return [line.split(":")[0] for line in listing.stdout.splitlines()]


def matrix(suite, label, arguments):
    """Run cells; the harness prints each one's verdict as it comes."""
    listing = LOGS / f"vm-{label}.json"
    listing.unlink(missing_ok=True)
    command = [str(RUN), "--jobs", JOBS, "--json", str(listing), *arguments]
    process = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False,
                             env={**os.environ, "TACET_PATIENCE": PATIENCE})
    if not listing.exists():
        suite.add(Result(f"the VM matrix ({label})", "fail",
                         f"exit {process.returncode}, no results"))
        return
    for cell in json.loads(listing.read_text(encoding="utf-8"))["results"]:
        suite.results.append(Result(
            f"{cell['test']} on Linux {cell['kernel']} {cell['arch']}", cell["status"],
            cell.get("why", ""), cell.get("seconds", 0.0)))


def stages(suite):
    LOGS.mkdir(parents=True, exist_ok=True)
    suite.test("the harness fails closed", [str(ROOT / "tests" / "vm" / "selftest")],
               timeout=900)
    for label, few in (("everywhere", True), ("stock", False)):
        wanted = [name for name in names()
                  if suite.wants(name) and (name in EVERYWHERE) == few and name not in BY_HAND]
        if wanted:
            cells = [] if few else ["--cells", CELLS]
            matrix(suite, label, ["--matrix", *cells, *wanted])
    checked = [name for name in CHECKED if suite.wants(name)]
    if checked:
        matrix(suite, "checked", ["--matrix", "--kernel", "debug", *checked])
