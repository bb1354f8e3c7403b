# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run of a guest is worth: a pure function of what was seen, and it fails closed."""

import re
import typing

PASS, FAIL, SKIP, NOBOOT = "pass", "fail", "skip", "noboot"

# What the kernel's log must not contain; the guest looks for the same (splats.regex).
INIT_REACHED = "tacet-guest: init reached"
PANIC = re.compile(r"Kernel panic - not syncing")


class Seen(typing.NamedTuple):
    """What the host saw of a guest."""

    lines: tuple  # everything that came over the channel
    nonce: str  # known to the guest's agent only, so only the agent can say "pass NONCE"
    console: str
    timed_out: bool  # killed by the host
    status: int  # exit status of the emulator


class Verdict(typing.NamedTuple):
    """PASS, FAIL, SKIP or NOBOOT, and why."""

    kind: str
    reason: str


def splats(text, pattern):
    """Return the lines of TEXT that tell of a fault in the kernel."""
    return [line.strip() for line in text.splitlines() if pattern.search(line)]


def _panicked(seen, expected):
    if any(line.split(" ")[0] in ("pass", "skip") for line in seen.lines):
        return Verdict(FAIL, "the test ended, and no panic came")
    if not any(line == "start" for line in seen.lines):
        return Verdict(FAIL, "the guest died before the test began")
    if not PANIC.search(seen.console):
        return Verdict(FAIL, "no panic on the console")
    if not re.search(expected, seen.console):
        return Verdict(FAIL, f"panic, but no /{expected}/ on the console")
    if seen.timed_out:
        return Verdict(FAIL, "panic, but the guest went on running")
    return Verdict(PASS, f"panic with /{expected}/")


def judge(seen, expected_panic, pattern):
    """Return the Verdict over SEEN.

    EXPECTED_PANIC is a regular expression or empty; PATTERN is what makes a line a splat.
    """
    if not seen.lines and INIT_REACHED not in seen.console:
        how = "in time" if seen.timed_out else "before it died"
        return Verdict(NOBOOT, f"the guest did not reach init {how}")
    early = splats(seen.console.partition(INIT_REACHED)[0], pattern)
    if early and INIT_REACHED in seen.console:
        # Nothing of ours had run, and the checkers report the first fault only.
        return Verdict(NOBOOT, f"before init, kernel: {early[0]}")
    if expected_panic:
        return _panicked(seen, expected_panic)
    if not seen.lines:
        return Verdict(FAIL, "the guest reached init and never said a word")
    last = seen.lines[-1]
    words = [line.split(" ")[0] for line in seen.lines]
    final = sum(word in ("pass", "skip", "fail") for word in words)
    trouble = splats(seen.console, pattern)
    if words[-1] == "fail":
        return Verdict(FAIL, last[len("fail ") :])
    if trouble:
        return Verdict(FAIL, f"kernel: {trouble[0]}")
    if seen.timed_out and not final:
        return Verdict(FAIL, "out of time")
    if not final:
        return Verdict(FAIL, f"the guest stopped without a verdict, after: {last}")
    if final != 1 or words[-1] not in ("pass", "skip"):
        return Verdict(FAIL, "more than one verdict, or something after it")
    if seen.timed_out:
        return Verdict(FAIL, "the guest did not power off after its verdict")
    if seen.status != 0:
        return Verdict(FAIL, f"the emulator exited with {seen.status}")
    if last == f"pass {seen.nonce}":
        return Verdict(PASS, "")
    if last.startswith(f"skip {seen.nonce} "):
        return Verdict(SKIP, last.split(" ", 2)[2])
    return Verdict(FAIL, f"a verdict from somebody else: {last}")
