# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds with sanitizers and runs unit, model, integration tests and fuzzers on this machine."""

import json
import os

from .runner import LOGS, ROOT, Result, run

SANITIZER = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:strict_string_checks=1",
             "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
             "TSAN_OPTIONS": "halt_on_error=1"}


def build(suite, name, folder, options, targets=()):
    """Configure and compile a build folder, or some targets in it. True when they stand."""
    path = ROOT / "build" / folder
    setup = ["meson", "setup", str(path), *options]
    if (path / "build.ninja").exists():
        setup.insert(2, "--reconfigure")
    first = run(f"{name}: configures", setup, env={"LC_ALL": "C.UTF-8"})
    if first.status != "pass":
        suite.add(first)
        return False
    result = run(f"{name}: compiles without a warning", ["ninja", "-C", str(path), *targets],
                 timeout=900)
    suite.add(result)
    return result.status == "pass"


def meson_tests(suite, folder, suites=()):
    """Run Meson's tests and take over each one's verdict."""
    path = ROOT / "build" / folder
    command = ["meson", "test", "-C", str(path), "--no-rebuild", "--print-errorlogs",
               "--num-processes", str(os.cpu_count() or 2)]
    for name in suites:
        command += ["--suite", name]
    log = path / "meson-logs" / "testlog.json"
    log.unlink(missing_ok=True)
    whole = run(f"meson tests of {folder}", command, timeout=1500, env=SANITIZER,
                log=f"meson-{folder}")
    if not log.exists():
        if "No tests defined" in (LOGS / f"meson-{folder}.log").read_text():
            whole = Result(whole.name, "fail", "no test is defined")
        suite.add(whole if whole.status == "fail" else Result(whole.name, "fail", "no log"))
        return
    words = {"OK": "pass", "EXPECTEDFAIL": "pass", "SKIP": "skip"}
    for line in log.read_text(encoding="utf-8").splitlines():
        test = json.loads(line)
        status = words.get(test["result"], "fail")
        why = ""
        if status == "fail":
            why = f"{test['result']}, log in build/{folder}/meson-logs/testlog.txt"
        elif status == "skip":
            output = (test.get("stdout") or test.get("stderr") or "").strip().splitlines()
            why = output[-1] if output else "no reason given"
        name = test["name"].split(" / ")[-1]
        if suite.wants(name):
            suite.add(Result(f"{folder}: {name}", status, why, test.get("duration", 0.0)))


def stages(suite):
    if build(suite, "address and undefined behaviour sanitizers", "dev",
             ["--native-file", str(ROOT / "build-dev.ini")]):
        meson_tests(suite, "dev")
    if build(suite, "thread sanitizer", "tsan",
             ["-Dtests=enabled", "-Db_sanitize=thread", "-Db_lundef=false", "-Dwerror=true"]):
        meson_tests(suite, "tsan", suites=["threads"])
    # TACET_FUZZ_SECONDS is for each of them; tests/fuzz/run --seconds 3600 is the long way.
    suite.test("the fuzzers find nothing in a short while",
               [str(ROOT / "tests" / "fuzz" / "run"), "--seconds",
                os.environ.get("TACET_FUZZ_SECONDS", "6")], timeout=3600 * 8)
