# SPDX-License-Identifier: LGPL-2.1-or-later
"""The full guest: Debian 12 with systemd, and the project installed on top."""

import contextlib
import fcntl
import pathlib
import shutil
import tempfile

from . import cache, cpio, fullroot, paths, tiny
from .progress import capture, run

# What depmod writes and modprobe reads.
INDEXES = ("modules.*.bin", "modules.dep", "modules.alias", "modules.symbols", "modules.softdep")


def _kernel_image(kernel):
    """Return the image with all modules of KERNEL."""

    def make(work):
        tree = work / "tree"
        place = tree / "usr" / "lib" / "modules"
        place.mkdir(parents=True)
        log = paths.CACHE / "log" / f"modules-{kernel.release}.log"
        run(f"packing the modules of {kernel.release}", ["cp", "-a", kernel.modules, place], log)
        argv = ["mksquashfs", tree, work / "modules.squashfs", "-comp", "lz4", "-all-root"]
        run(f"packing the modules of {kernel.release}", argv, log, append=True)
        shutil.rmtree(tree)

    return cache.get(f"modules-{kernel.dir.name}", make) / "modules.squashfs"


def _with_ours(kernel, ours):
    """Return a directory with OURS and the indexes of all modules, to lie over the image."""

    def make(work):
        with tempfile.TemporaryDirectory() as scratch:
            base = pathlib.Path(scratch) / "lib" / "modules" / kernel.release
            base.mkdir(parents=True)
            for entry in kernel.modules.iterdir():
                if entry.name == "kernel" or not entry.name.startswith("modules."):
                    (base / entry.name).symlink_to(entry)
            for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
                if (kernel.modules / name).exists():
                    shutil.copy(kernel.modules / name, base)
            (base / "extra").mkdir()
            for path in ours:
                shutil.copy(path, base / "extra")
            capture(["depmod", "-b", scratch, kernel.release])
            shutil.copytree(base / "extra", work / "extra")
            for pattern in INDEXES:
                for path in base.glob(pattern):
                    shutil.copy(path, work)

    key = cache.digest(pathlib.Path(__file__), *[part for path in ours for part in (path.name, path)])
    return cache.get(f"depmod/{kernel.dir.name}-{key}", make)


@contextlib.contextmanager
def stage(arch, sanitize):
    """Install user space for ARCH now, and give the directory while nobody may replace it."""
    suffix = arch + ("-sanitize" if sanitize else "")
    argv = [paths.ROOT / "scripts" / "build-user", "--arch", arch]
    directory = capture(argv + (["--sanitize"] if sanitize else [])).strip()
    with open(paths.BUILD / f".user-{suffix}.lock", "w") as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        yield pathlib.Path(directory)


def prepare(kernel, initrd, test, modules, options, env):
    """Write the initramfs of the full guest; return what the emulator needs beside it."""
    arch = kernel.arch
    root = fullroot.image(arch, test.packages)
    images = [root, _kernel_image(kernel)]
    ours = sorted(modules.glob("*.ko")) if modules else []
    tiny.initramfs(kernel, test, modules, initrd, shell=options.shell, env=env)
    with open(initrd, "ab") as stream:
        archive = cpio.Writer(stream)
        archive.copy(_with_ours(kernel, ours), "kernel-extra")
        archive.copy(paths.VM / "full", "full")
        with stage(arch, options.sanitize) as installed:
            archive.copy(installed, "stage")
        archive.close()
    drives = []
    for number, image in enumerate(images):
        drives += ["-drive", f"if=none,id=disk{number},format=raw,readonly=on,file={image}"]
        drives += ["-device", f"virtio-blk-pci,drive=disk{number}"]
    return drives
