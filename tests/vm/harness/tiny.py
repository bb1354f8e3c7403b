# SPDX-License-Identifier: LGPL-2.1-or-later
"""The initramfs: busybox, the ALSA tools, kernel modules, our programs, and one test."""

import re
import shutil
import tempfile
import pathlib

from . import builder, cache, cpio, paths, sysroot
from .progress import Failed, capture

# Loaded before the test begins; the rest is there for modprobe to find.
BOOT_MODULES = (
    "virtio_pci",
    "virtio_console",
    "virtio_rng",
    "9pnet_virtio",
    "9p",
)
FULL_BOOT_MODULES = ("virtio_blk", "squashfs", "overlay")
MORE_MODULES = (
    "snd_soc_core",
    "snd_pcm",
    "snd_hrtimer",
    "snd_aloop",
    "snd_seq",
    "snd_usb_audio",
    "xhci_pci",
)
PROGRAMS = (
    "usr/bin/aplay",
    "usr/bin/amixer",
    "usr/bin/alsaucm",
    "usr/sbin/alsactl",
    "usr/bin/speaker-test",
    "usr/bin/kmod",
    "usr/bin/strace",
)
KMOD_NAMES = ("modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod")


def _known_modules(kernel):
    """Return what modules.dep and modules.builtin say: name -> files, nearest last."""
    known = {}
    for line in (kernel.modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        name = _name(path)
        known[name] = [path, *needs.split()]
    for line in (kernel.modules / "modules.builtin").read_text().splitlines():
        known.setdefault(_name(line), [])
    return known


def _name(path):
    return re.sub(r"\.ko(\..*)?$", "", pathlib.PurePath(path).name).replace("-", "_")


def module_tree(kernel, wanted, ours, target):
    """Put the modules WANTED, the files OURS, and all that they need below TARGET."""
    known = _known_modules(kernel)
    names = list(wanted)
    own = {_name(path) for path in ours}
    for path in ours:
        needs = capture(["modinfo", "-F", "depends", path]).strip()
        names += [name for name in needs.split(",") if name and _name(name) not in own]
    base = target / "lib" / "modules" / kernel.release
    for name in names:
        files = known.get(_name(name))
        if files is None:
            # A kernel may lack what only some tests want.
            if name in MORE_MODULES:
                continue
            raise Failed(f"kernel {kernel.release} has no module {name}")
        for file in files:
            place = base / file
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(kernel.modules / file, place)
    for path in ours:
        (base / "extra").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, base / "extra")
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        if (kernel.modules / name).exists():
            base.mkdir(parents=True, exist_ok=True)
            shutil.copy(kernel.modules / name, base)
    capture(["depmod", "-b", target, kernel.release])


def _base(arch):
    """Return the part that changes least: busybox, libraries, ALSA's tools and data."""
    root = sysroot.get(arch)

    def make(work):
        with open(work / "base.cpio", "wb") as stream:
            archive = cpio.Writer(stream)
            for name in ("dev", "proc", "sys", "run", "tmp", "root", "etc", "mnt", "var/lib"):
                archive.directory(name)
            for name in ("bin", "sbin", "lib") + (("lib64",) if arch == "amd64" else ()):
                archive.directory(f"usr/{name}")
                archive.link(name, f"usr/{name}")
            archive.node("dev/console", 5, 1)
            archive.node("dev/null", 1, 3)
            archive.file("usr/bin/busybox", (root / "usr/bin/busybox").read_bytes(), 0o755)
            for name in capture([_host_busybox(), "--list"]).split():
                if name not in (*KMOD_NAMES, "busybox"):
                    archive.link(f"usr/bin/{name}", "busybox")
            programs = [root / name for name in PROGRAMS]
            for name, path in zip(PROGRAMS, programs):
                archive.file(name, path.read_bytes(), 0o755)
            for name in KMOD_NAMES:
                archive.link(f"usr/sbin/{name}", "../bin/kmod")
            archive.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
            archive.file("etc/group", "root:x:0:\naudio:x:29:\n")
            archive.copy(root / "usr/share/alsa", "usr/share/alsa")
            _libraries(archive, root, arch, programs)
            archive.close()

    recipe = pathlib.Path(__file__)
    return cache.get(f"tiny-{arch}-{cache.digest(str(root), recipe)}", make) / "base.cpio"


def _host_busybox():
    """Return a busybox that runs here: its applets are those of the other machine's too."""
    return sysroot.get(paths.host_arch()) / "usr/bin/busybox"


def _libraries(archive, root, arch, programs):
    triplet = paths.ARCHES[arch].triplet
    for name, path in sorted(sysroot.libraries(root, arch, programs).items()):
        place = f"usr/lib/{triplet}/{name}"
        if place not in archive.seen:
            archive.file(place, path.read_bytes(), 0o755)
        if name.startswith("ld-linux"):
            folder = "usr/lib64" if arch == "amd64" else "usr/lib"
            if f"{folder}/{name}" not in archive.seen:
                archive.link(f"{folder}/{name}", f"/usr/lib/{triplet}/{name}")


def _quote(text):
    return "'" + str(text).replace("'", "'\\''") + "'"


def job(test, arch, *, shell, stay, env, boot_modules):
    """Return the shell assignments that tell the guest what to do."""
    values = {
        "TACET_TEST": test.name,
        "TACET_GUEST": test.guest,
        "TACET_ARCH": arch,
        "TACET_CONSOLE": paths.ARCHES[arch].console,
        "TACET_SHELL": "1" if shell else "",
        "TACET_STAY": "1" if stay else "",
        "TACET_BOOT_MODULES": " ".join(boot_modules),
        "TACET_ENV": "\n".join(f"{key}={_quote(value)}" for key, value in env.items()),
    }
    return "".join(f"{key}={_quote(value)}\n" for key, value in values.items())


def _words(test):
    """Return the text of TEST and of the guest's scripts that it sources."""
    text = test.path.read_text()
    for script in sorted(paths.GUEST.glob("*.sh")):
        if f"/tacet/lib/{script.name}" in text:
            text += script.read_text()
    return text


def initramfs(kernel, test, modules, path, *, shell=False, stay=False, env=None):
    """Write the initramfs for TEST to PATH; MODULES is the directory of ours, or None."""
    arch = kernel.arch
    full = test.guest == "full"
    boot_modules = BOOT_MODULES + (FULL_BOOT_MODULES if full else ())
    ours = sorted(modules.glob("*.ko")) if modules else []
    wanted = [*boot_modules, *(() if full else MORE_MODULES), *test.modules]
    programs = builder.programs(arch, None if test.name == "shell" else _words(test))
    with tempfile.TemporaryDirectory() as scratch, open(path, "wb") as stream:
        tree = pathlib.Path(scratch)
        module_tree(kernel, wanted, ours, tree)
        with open(_base(arch), "rb") as base:
            shutil.copyfileobj(base, stream)
        archive = cpio.Writer(stream)
        archive.copy(tree / "lib" / "modules", "usr/lib/modules")
        archive.file("init", (paths.GUEST / "init").read_bytes(), 0o755)
        archive.file("tacet/test", test.path.read_bytes(), 0o755)
        archive.file(
            "tacet/job",
            job(test, arch, shell=shell, stay=stay, env=env or {}, boot_modules=boot_modules),
        )
        for script in sorted(paths.GUEST.iterdir()):
            archive.copy(script, f"tacet/lib/{script.name}")
        for module in ours:
            archive.link(
                f"tacet/module/{module.name}",
                f"/usr/lib/modules/{kernel.release}/extra/{module.name}",
            )
        archive.file("usr/sbin/run-test", "#!/bin/sh\ncd /tmp && exec /tacet/test\n", 0o755)
        archive.directory("tacet/bin")
        for program in programs:
            archive.copy(program, f"tacet/bin/{program.name}")
        _libraries(archive, sysroot.get(arch), arch, programs)
        ucm = paths.ROOT / "ucm"
        if ucm.is_dir():
            archive.copy(ucm, "tacet/ucm")
        archive.close()
