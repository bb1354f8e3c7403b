# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where things are: the tree, the cache below build/, and what differs between machines."""

import os
import pathlib
import typing

ROOT = pathlib.Path(__file__).resolve().parents[3]
VM = ROOT / "tests" / "vm"
TESTS = VM / "tests"
PROGS = VM / "progs"
GUEST = VM / "guest"
BUILD = pathlib.Path(os.environ.get("TACET_BUILD", ROOT / "build")).resolve()

# Downloads and images outlive a checkout, so they may be kept elsewhere.
CACHE = pathlib.Path(os.environ.get("TACET_CACHE", BUILD / "vm")).resolve()
RESULTS = BUILD / "vm" / "results"


class Arch(typing.NamedTuple):
    """What the harness has to know about a machine."""

    debian: str  # Debian's name, ours too
    kernel: str  # ARCH= of the kernel's Makefiles
    triplet: str
    console: str
    qemu: tuple  # the machine, without what a run adds


ARCHES = {
    "amd64": Arch(
        "amd64",
        "x86",
        "x86_64-linux-gnu",
        "ttyS0",
        ("qemu-system-x86_64", "-machine", "q35", "-cpu", "max"),
    ),
    "arm64": Arch(
        "arm64",
        "arm64",
        "aarch64-linux-gnu",
        "ttyAMA0",
        ("qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72"),
    ),
}


def host_arch():
    """Return our name of the machine that this runs on."""
    machine = os.uname().machine
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def compiler_prefix(arch):
    """Return the prefix of ARCH's cross compiler, empty for the machine's own."""
    return "" if arch == host_arch() else ARCHES[arch].triplet + "-"
