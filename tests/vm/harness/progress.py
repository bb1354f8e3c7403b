# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tell a person what takes so long, and keep the output of what was run."""

import contextlib
import os
import subprocess
import sys
import threading
import time

_start = time.monotonic()
_lock = threading.RLock()
HEARTBEAT = 15

_children = set()
_stopping = False


class Failed(Exception):
    """Something outside of a test went wrong; the message is for a person."""


def say(text):
    """Print TEXT on stderr, with the seconds since the start."""
    with _lock:
        print(f"[{time.monotonic() - _start:6.1f}s] {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def child(argv, **kwargs):
    """Start ARGV; it does not outlive this context, nor this process, nor stop_all()."""
    # The signal comes even where this process was killed without a word.
    wrapped = ["setpriv", "--pdeathsig", "TERM", *map(str, argv)]
    with _lock:
        if _stopping:
            raise Failed("interrupted")
        process = subprocess.Popen(wrapped, **kwargs)
        _children.add(process)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()
        with _lock:
            _children.discard(process)


def stop_all():
    """Stop what runs and let nothing else start; the threads that wait for it go on."""
    global _stopping  # pylint: disable=global-statement
    with _lock:
        _stopping = True
        for process in _children:
            process.terminate()


def _tail(path, count=25):
    with open(path, errors="replace") as stream:
        return "".join(stream.readlines()[-count:])


def run(label, argv, log, *, cwd=None, env=None, stdin=None, append=False):
    """Run ARGV to its end with the output in LOG, and say every 15 s that it still runs.

    Raises Failed with the log's last lines when it does not exit with 0.
    """
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    say(label)
    with (
        open(log, "ab" if append else "wb") as out,
        child(
            argv,
            cwd=cwd,
            env=dict(os.environ, **(env or {})),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        if stdin is not None:
            process.stdin.write(stdin.encode())
            process.stdin.close()
        while True:
            try:
                code = process.wait(timeout=HEARTBEAT)
                break
            except subprocess.TimeoutExpired:
                say(f"{label}: {time.monotonic() - started:.0f} s, still at it")
    if code != 0:
        raise Failed(f"{label}: exit {code}, log {log}:\n{_tail(log)}")
    return time.monotonic() - started


def capture(argv, **kwargs):
    """Return what ARGV prints; raises Failed with its complaint when it fails."""
    result = subprocess.run(
        [str(arg) for arg in argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **kwargs,
    )
    if result.returncode != 0:
        complaint = (result.stderr or result.stdout).strip()
        raise Failed(f"{' '.join(map(str, argv))}: exit {result.returncode}: {complaint}")
    return result.stdout
