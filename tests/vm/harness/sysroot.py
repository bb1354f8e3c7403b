# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Debian 12 to compile against and to take the guests' user space from, for either machine."""

import os
import pathlib
import re
import subprocess

from . import cache, paths
from .apt import Apt
from .progress import Failed

# What the guests' programs are, and what Tacet's user space compiles against.
TOOLS = ("busybox-static", "alsa-utils", "kmod", "strace")
DATA = ("libasound2-data", "alsa-ucm-conf", "alsa-topology-conf")
DEVEL = (
    "libc6-dev",
    "linux-libc-dev",
    "libgcc-12-dev",
    "libasound2-dev",
    "libsystemd-dev",
    "libudev-dev",
    "libinih-dev",
    "libjson-c-dev",
    "libexpat1-dev",
    "libcap-dev",
)
# Provided by the machine or of no use for compiling and for the guests.
SKIPPED = re.compile(
    r"debconf|cdebconf|perl|python3?|dpkg|init-system-helpers|gcc-\d+-base|whiptail|dialog|"
    r"udev|lsb-base|sysvinit-utils|systemd|gir1.2-.*|.*-doc|rpcsvc-proto|adduser|passwd"
)


def _absolute_links(root):
    """Make absolute links relative, and a merged /usr, so that the tree works as a sysroot."""
    for base, directories, files in os.walk(root):
        for name in directories + files:
            path = pathlib.Path(base, name)
            if path.is_symlink() and os.readlink(path).startswith("/"):
                target = root / os.readlink(path).lstrip("/")
                path.unlink()
                path.symlink_to(os.path.relpath(target, path.parent))


def get(arch):
    """Return the sysroot of ARCH, fetched if need be."""
    apt = Apt("bookworm")
    packages = [*TOOLS, *DATA, *DEVEL]

    def make(work):
        # A merged /usr from the start: dpkg -x follows the links.
        for name in ("bin", "sbin", "lib") + (("lib64",) if arch == "amd64" else ()):
            (work / "usr" / name).mkdir(parents=True)
            (work / name).symlink_to(f"usr/{name}")
        log = paths.CACHE / "log" / f"sysroot-{arch}.log"
        wanted = apt.closure(packages, arch)
        names = [name for name in wanted if not SKIPPED.fullmatch(name.split(":")[0])]
        apt.download(names, work, log)
        _absolute_links(work)

    return cache.get(f"sysroot-{arch}-{cache.digest(repr(packages), pathlib.Path(__file__))}", make)


def libraries(root, arch, programs):
    """Return the shared libraries below ROOT that PROGRAMS need, the loader among them."""
    folders = [
        root / "usr" / "lib" / paths.ARCHES[arch].triplet,
        root / "usr" / "lib",
        root / "usr" / "lib64",
    ]
    todo, found = list(programs), {}
    while todo:
        result = subprocess.run(
            ["readelf", "-d", "-l", str(todo.pop())], capture_output=True, text=True, check=False
        )
        names = re.findall(r"\(NEEDED\).*\[(.+)\]", result.stdout)
        names += [
            pathlib.Path(path).name
            for path in re.findall(r"program interpreter: (.+)\]", result.stdout)
        ]
        for name in names:
            if name in found:
                continue
            places = [folder / name for folder in folders if (folder / name).exists()]
            if not places:
                raise Failed(f"no {name} in {root}")
            found[name] = places[0]
            todo.append(places[0])
    return found
