# SPDX-License-Identifier: LGPL-2.1-or-later
"""Things that are made once and kept: one lock and one atomic rename for each."""

import contextlib
import fcntl
import hashlib
import json
import shutil
import subprocess
import time

from . import paths
from .progress import Failed, say

DAY = 24 * 60 * 60


@contextlib.contextmanager
def lock(name):
    """Hold the lock NAME, and say so if another run makes us wait for it."""
    path = paths.CACHE / "locks" / name.replace("/", "_")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another run that makes {name}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def remove(path):
    """Remove the tree at PATH, which may be absent."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def get(name, make):
    """Return the path of the cache item NAME, made by make(directory) if it is missing.

    The item appears under its name only when complete, so that whoever finds it may use it
    without a lock and a run that was killed leaves nothing half made.
    """
    final = paths.CACHE / name
    if final.exists():
        return final
    with lock(name):
        if final.exists():
            return final
        work = final.with_name(f".{final.name}.making")
        remove(work)
        work.mkdir(parents=True)
        make(work)
        work.rename(final)
    return final


def daily(name, ask):
    """Return the JSON value ask() gave within the last day; an older one if it fails now."""
    path = paths.CACHE / "daily" / f"{name}.json"
    with lock(f"daily-{name}"):
        known = json.loads(path.read_text()) if path.exists() else None
        if known and time.time() - known["time"] < DAY:
            return known["value"]
        try:
            value = ask()
        except (Failed, OSError, subprocess.SubprocessError) as error:
            if known is None:
                raise
            say(f"{name}: {error}; going on with what was known before")
            return known["value"]
        path.parent.mkdir(parents=True, exist_ok=True)
        work = path.with_suffix(".new")
        work.write_text(json.dumps({"time": time.time(), "value": value}))
        work.rename(path)
        return value


def digest(*parts):
    """Return a short hash over PARTS: strings, bytes, or paths of files and directories."""
    total = hashlib.sha256()

    def add(data):
        total.update(len(data).to_bytes(8, "little"))
        total.update(data)

    for part in parts:
        if isinstance(part, bytes):
            add(part)
        elif isinstance(part, str):
            add(part.encode())
        elif part.is_dir():
            for entry in sorted(part.rglob("*")):
                if entry.is_file():
                    add(str(entry.relative_to(part)).encode())
                    add(entry.read_bytes())
        else:
            add(part.read_bytes())
    return total.hexdigest()[:12]
