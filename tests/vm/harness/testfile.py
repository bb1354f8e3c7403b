# SPDX-License-Identifier: LGPL-2.1-or-later
"""A test's own word about itself: the header lines of tests/vm/tests/NAME."""

import re
import shlex
import typing

from . import paths, verdict
from .progress import Failed


class Test(typing.NamedTuple):
    """One test file and its header."""

    name: str
    path: object
    summary: str
    guest: str
    kernels: tuple
    arches: tuple
    timeout: int  # s, from the guest's first word to its last
    memory: int  # MiB
    expected: verdict.Expected
    modules: tuple  # of the kernel, beside the usual ones and those that ours need
    cmdline: str
    qemu: tuple
    threads: str  # of the emulator: multi, one for each processor, or single
    packages: tuple  # of Debian, in the full guest beside the usual ones


KNOWN = {
    "summary": None,
    "guest": "tiny",
    "kernels": "6.1",
    "arches": "amd64",
    "timeout": "120",
    "memory": "",
    "expect": "pass",
    "modules": "",
    "cmdline": "",
    "qemu": "",
    "threads": "multi",
    "packages": "",
}


def parse(name, text, path=None):
    """Return the Test described in TEXT; raises Failed, naming file and line, if it is wrong."""
    values = dict(KNOWN)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#"):
            break
        found = re.match(r"# ([a-z]+):\s*(.*?)\s*$", line)
        if not found:
            continue
        key, value = found.groups()
        if key not in KNOWN:
            raise Failed(f"{name}:{number}: no such header: {key}")
        values[key] = value

    def wrong(key):
        return Failed(f"{name}: bad header: {key}: {values[key]}")

    kind, _, regex = values["expect"].partition(" ")
    if kind not in ("pass", "panic", "fault") or (kind == "pass") == bool(regex):
        raise wrong("expect")
    try:
        re.compile(regex)
    except re.error:
        raise wrong("expect") from None
    if values["guest"] not in ("tiny", "full"):
        raise wrong("guest")
    if not values["summary"]:
        raise Failed(f"{name}: no header: summary")
    if values["threads"] not in ("multi", "single"):
        raise wrong("threads")
    arches = tuple(values["arches"].split())
    if not arches or set(arches) - set(paths.ARCHES):
        raise wrong("arches")
    if not values["timeout"].isdigit() or not (values["memory"] or "0").isdigit():
        raise wrong("timeout" if not values["timeout"].isdigit() else "memory")
    memory = values["memory"] or ("512" if values["guest"] == "tiny" else "1024")
    return Test(
        name=name,
        path=path,
        summary=values["summary"],
        guest=values["guest"],
        kernels=tuple(values["kernels"].split()),
        arches=arches,
        timeout=int(values["timeout"]),
        memory=int(memory),
        expected=verdict.Expected(kind, regex),
        modules=tuple(values["modules"].split()),
        cmdline=values["cmdline"],
        qemu=tuple(shlex.split(values["qemu"])),
        threads=values["threads"],
        packages=tuple(values["packages"].split()),
    )


def load(name, directory=None):
    """Return the Test NAME of DIRECTORY (tests/vm/tests if None)."""
    path = (directory or paths.TESTS) / name
    if not path.is_file():
        raise Failed(f"no test {name} in {path.parent}")
    return parse(name, path.read_text(), path)


def names(directory=None):
    """Return the names of all tests in DIRECTORY (tests/vm/tests if None)."""
    folder = directory or paths.TESTS
    hidden = re.compile(r"[._].*|.*~$")
    return sorted(
        path.name for path in folder.iterdir() if path.is_file() and not hidden.match(path.name)
    )
