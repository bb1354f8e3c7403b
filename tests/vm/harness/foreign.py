# SPDX-License-Identifier: LGPL-2.1-or-later
"""Let this machine run another one's programs, for as long as it takes to install a Debian."""

import contextlib
import pathlib

from . import cache, paths
from .progress import Failed, capture

BINFMT = pathlib.Path("/proc/sys/fs/binfmt_misc")
NAMES = {"arm64": "aarch64"}


@contextlib.contextmanager
def programs(arch):
    """Register an emulator for programs of ARCH with the kernel, and take it away after use.

    Nothing is done where ARCH is this machine's, or somebody has registered one already.
    """
    if arch == paths.host_arch():
        yield
        return
    with cache.lock(f"binfmt-{arch}"):
        if not (BINFMT / "register").exists():
            capture(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT])
        if (BINFMT / f"qemu-{NAMES[arch]}").exists():
            yield
            return
        rule = pathlib.Path(f"/usr/lib/binfmt.d/qemu-{NAMES[arch]}.conf")
        if not rule.exists():
            raise Failed(f"no {rule}: is qemu-user-static installed?")
        (BINFMT / "register").write_text(rule.read_text())
        try:
            yield
        finally:
            (BINFMT / f"qemu-{NAMES[arch]}").write_text("-1")
