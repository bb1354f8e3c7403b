# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots stock kernels with the virtual phone: the harness's own tests, then the matrix."""

import json
import subprocess

from .runner import LOGS, ROOT, Result

RUN = ROOT / "tests" / "vm" / "run"


def list_tests():
    subprocess.run([str(RUN), "--list"], check=False)


def stages(suite):
    suite.test("the harness fails closed", [str(ROOT / "tests" / "vm" / "selftest")],
               timeout=900)
    listing = LOGS / "vm.json"
    listing.unlink(missing_ok=True)
    command = [str(RUN), "--matrix", "--json", str(listing), *suite.patterns]
    process = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if not listing.exists():
        suite.add(Result("the VM matrix", "fail", f"exit {process.returncode}, no results"))
        return
    for cell in json.loads(listing.read_text(encoding="utf-8"))["results"]:
        suite.results.append(Result(
            f"{cell['test']} on Linux {cell['kernel']} {cell['arch']}", cell["status"],
            cell.get("why", ""), cell.get("seconds", 0.0)))
