# SPDX-License-Identifier: LGPL-2.1-or-later
"""A newer Debian in a directory, for kernels whose modules this one's compiler cannot build."""

import os
import pathlib
import shlex

from . import apt, cache, kernels, paths
from .progress import run

PACKAGES = ("make", "gcc-14", "libc6-dev", "libelf1t64", "libssl3t64", "pahole")


def root(release):
    """Return the directory with Debian RELEASE and a compiler, made if need be."""

    def make(work):
        log = paths.CACHE / "log" / f"chroot-{release}.log"
        argv = ["mmdebstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
        argv += ["--aptopt=Apt::Install-Recommends false", "--aptopt=Acquire::Languages none"]
        argv += ["--format=directory", release, work / "root", "-"]
        label = f"installing Debian {release} with a compiler into a directory"
        run(label, argv, log, stdin=apt.sources(release))

    recipe = cache.digest(repr(PACKAGES), pathlib.Path(__file__))
    return cache.get(f"chroot-{release}-{recipe}", make) / "root"


def build_modules(kernel, source, extra, label, log):
    """Run make in SOURCE for KERNEL with the compiler of the kernel's own Debian."""
    tree = root(kernels.STOCK[kernel.name][0])
    argv = ["make", "-C", source, f"KDIR={kernel.headers}", f"-j{os.cpu_count()}", "CC=gcc-14"]
    command = " ".join(shlex.quote(str(word)) for word in [*argv, *extra])
    lines = ["set -e", f"root={shlex.quote(str(tree))}"]
    # The paths stay as they are, so that messages and build products fit outside too. objtool
    # wants /proc. The mounts are ours only and go away with the shell.
    for path in dict.fromkeys((source, kernel.dir)):
        lines.append(f'mkdir -p "$root"{shlex.quote(str(path))}')
        lines.append(f'mount --bind {shlex.quote(str(path))} "$root"{shlex.quote(str(path))}')
    lines.append('mount -t proc proc "$root/proc"')
    lines.append(f'exec chroot "$root" /bin/sh -c {shlex.quote(command)}')
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(lines)]
    run(label, argv, log)
