# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a run of a guest is worth: a pure function of what was seen, and it fails closed."""

import re
import typing

PASS, FAIL, SKIP, NOBOOT = "pass", "fail", "skip", "noboot"
UNSHOWN, HUNG = "unshown", "hung"

# How a test exits on whose unrepaired kernel a fault was to show and did not (guest.sh).
EXIT_UNSHOWN = 76
LOCKED_UP = re.compile(r"soft lockup|hard LOCKUP|detected stalls?|self-detected stall")

# What the kernel's log must not contain; the guest looks for the same (splats.regex).
INIT_REACHED = "tacet-guest: init reached"
TEST_BEGINS = "tacet-guest: the test begins"
PANIC = re.compile(r"Kernel panic - not syncing")


class Seen(typing.NamedTuple):
    """What the host saw of a guest."""

    lines: tuple  # everything that came over the channel
    nonce: str  # known to the guest's agent only, so only the agent can say "pass NONCE"
    console: str
    timed_out: bool  # killed by the host
    status: int  # exit status of the emulator


class Expected(typing.NamedTuple):
    """What a test is to come to: "pass", or "panic" or "fault" with a regular expression."""

    kind: str = PASS
    regex: str = ""


class Verdict(typing.NamedTuple):
    """PASS, or SKIP; or what counts as failed in the end, and why.

    FAIL is final. What else is not a pass may be luck: NOBOOT, the test never began; UNSHOWN, the
    fault of an unrepaired kernel that was to be seen was not; HUNG, the guest stood still.
    """

    kind: str
    reason: str


def splats(text, pattern):
    """Return the lines of TEXT that tell of a fault in the kernel."""
    return [line.strip() for line in text.splitlines() if pattern.search(line)]


def faults(console, regex, pattern):
    """Return the lines of CONSOLE, whole and after the test began, that tell of the fault REGEX.

    PATTERN is what makes a line a splat at all.
    """
    whole = console.rpartition("\n")[0]
    tail = whole.partition(TEST_BEGINS)[2]
    return [line for line in splats(tail, pattern) if re.search(regex, line)]


def _ended_early(seen, awaited):
    if any(line.split(" ")[0] in ("pass", "skip") for line in seen.lines):
        return Verdict(UNSHOWN, f"the test ended, and no {awaited} came")
    if not any(line == "start" for line in seen.lines):
        return Verdict(FAIL, "the guest died before the test began")
    return None


def _panicked(seen, expected):
    early = _ended_early(seen, "panic")
    if early:
        return early
    if not PANIC.search(seen.console):
        return Verdict(UNSHOWN, "no panic on the console")
    if not re.search(expected, seen.console):
        return Verdict(UNSHOWN, f"panic, but no /{expected}/ on the console")
    if seen.timed_out:
        return Verdict(FAIL, "panic, but the guest went on running")
    return Verdict(PASS, f"panic with /{expected}/")


def _faulted(seen, expected, pattern):
    # The agent may have seen the fault too, and called the test failed, before the host ended it.
    early = _ended_early(seen, "fault")
    if early:
        return early
    found = faults(seen.console, expected, pattern)
    if found:
        return Verdict(PASS, f"fault: {found[0]}")
    others = splats(seen.console.partition(TEST_BEGINS)[2], pattern)
    if others:
        return Verdict(UNSHOWN, f"fault, but no /{expected}/ in it: {others[0]}")
    return Verdict(UNSHOWN, "no fault on the console")


def judge(seen, expected, pattern):
    """Return the Verdict over SEEN, of which EXPECTED was to come.

    PATTERN is what makes a line a splat.
    """
    if not seen.lines and INIT_REACHED not in seen.console:
        how = "in time" if seen.timed_out else "before it died"
        return Verdict(NOBOOT, f"the guest did not reach init {how}")
    early = splats(seen.console.partition(INIT_REACHED)[0], pattern)
    if early and INIT_REACHED in seen.console:
        # Nothing of ours had run, and the checkers report the first fault only.
        return Verdict(NOBOOT, f"before init, kernel: {early[0]}")
    if expected.kind == "panic":
        return _panicked(seen, expected.regex)
    if expected.kind == "fault":
        return _faulted(seen, expected.regex, pattern)
    if not seen.lines:
        return Verdict(FAIL, "the guest reached init and never said a word")
    last = seen.lines[-1]
    words = [line.split(" ")[0] for line in seen.lines]
    final = sum(word in ("pass", "skip", "fail") for word in words)
    trouble = splats(seen.console, pattern)
    # What the kernel told first is the cause of the rest.
    locked_up = bool(trouble) and bool(LOCKED_UP.search(trouble[0]))
    if trouble and not locked_up:
        return Verdict(FAIL, f"kernel: {trouble[0]}")
    if words[-1] == "fail":
        unshown = last.startswith(f"fail exit {EXIT_UNSHOWN}: ")
        kind = UNSHOWN if unshown else HUNG if locked_up else FAIL
        return Verdict(kind, last[len("fail ") :])
    if locked_up:
        return Verdict(HUNG, f"kernel: {trouble[0]}")
    if seen.timed_out and not final:
        return Verdict(HUNG, "out of time")
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
