# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels built from Debian's source with the kernel's own checkers on."""

import json
import os
import pathlib
import re
import shutil

from . import cache, kernels, paths
from .apt import Apt
from .progress import Failed, run, say

# Our name: Debian release, the package with the source, and the checkers.
SOURCES = {
    "debug": ("bookworm", "linux-source-6.1", "debug"),
    "debug-5.10": ("bullseye", "linux-source-5.10", "debug"),
    "debug-6.12": ("bookworm", "linux-source-6.12", "debug"),
    "kcsan": ("bookworm", "linux-source-6.12", "kcsan"),
}
NAMES = tuple(SOURCES)
CONFIGS = paths.VM / "kernel"


def _number(text):
    return tuple(int(part) for part in text.split("."))


def fragment(text, version):
    """Return the lines of TEXT that are for a kernel of VERSION ("6.1")."""
    wanted = []
    for line in text.splitlines():
        found = re.match(r"(CONFIG_\w+=\S+)(?:\s+# (since|until) ([\d.]+))?$", line)
        if not found:
            if line and not line.startswith("# "):
                raise Failed(f"{CONFIGS}: what is this: {line}")
            continue
        option, when, limit = found.groups()
        newer = limit is None or _number(version) >= _number(limit)
        if when is None or newer == (when == "since"):
            wanted.append(option)
    return wanted


def dropped(wanted, config):
    """Return the options in WANTED that the final CONFIG does not have, or not as wanted."""
    lines = config.splitlines()
    known = dict(line.split("=", 1) for line in lines if line.startswith("CONFIG_"))
    return [
        option
        for option, _, value in (line.partition("=") for line in wanted)
        if known.get(option, "n") != value
    ]


def _unpack(apt, package, fields, work, log):
    raw = work / "raw"
    apt.download([f"{package}={fields['Version']}"], raw, log)
    (tar,) = (raw / "usr" / "src").glob(f"{package}.tar.*")
    source = work / "source"
    source.mkdir()
    # A quarter of the tree, and nothing here needs it.
    unused = "--exclude=*/drivers/gpu/drm/amd/include/asic_reg/*"
    argv = ["tar", "-x", "-f", tar, "-C", source, "--strip-components=1", unused]
    run(f"unpacking {package}", argv, log, append=True)
    shutil.rmtree(raw)
    return source


def _slim(tree):
    """Keep what building a module outside of the tree needs."""
    for base, folders, files in os.walk(tree):
        top = pathlib.Path(base).relative_to(tree).parts[:1]
        if top in (("scripts",), ("tools",)):
            folders.clear()
            continue
        for name in files:
            if name.endswith((".o", ".a", ".ko", ".mod.c", ".cmd", ".c")) or name == "vmlinux":
                os.unlink(os.path.join(base, name))


def get(name, arch):
    """Return the debug Kernel NAME, built if need be, which takes some ten minutes."""
    if arch != "amd64":
        raise Failed(f"the kernel {name} is made for amd64 only")
    suite, package, checkers = SOURCES[name]
    base = package.rsplit("-", 1)[1]
    wanted = []
    for config in ("base", checkers):
        wanted += fragment((CONFIGS / f"{config}.config").read_text(), base)
    apt = Apt(suite)

    def ask():
        fields = apt.show(package)
        if not fields:
            raise Failed(f"Debian {suite} has no {package}")
        return fields["Version"]

    version = cache.daily(f"source-{name}", ask)
    key = cache.digest(version, "\n".join(wanted), paths.host_arch())

    def make(work):
        log = paths.CACHE / "log" / f"kernel-{name}.log"
        cache.remove(log)
        source = _unpack(apt, package, {"Version": version}, work, log)
        # Built in its source, a tree may be moved.
        settings = ["-C", source, "ARCH=x86", f"LOCALVERSION=-tacet-{checkers}"]
        run("configuring", ["make", *settings, "tinyconfig"], log, append=True)
        config = source / ".config"
        with open(config, "a") as stream:
            stream.write("\n".join(wanted) + "\n")
        run("configuring", ["make", *settings, "olddefconfig"], log, append=True)
        gone = dropped(wanted, config.read_text())
        if gone:
            raise Failed(f"{package} {version} does not take {' '.join(gone)}")
        jobs = f"-j{os.cpu_count()}"
        took = run(
            f"building {package} with checkers, 5 to 15 minutes",
            ["nice", "make", *settings, jobs, "bzImage", "modules"],
            log,
            append=True,
        )
        say(f"built {package} in {took:.0f} s")
        release = (source / "include/config/kernel.release").read_text().strip()
        install = [f"INSTALL_MOD_PATH={work / 'root'}", "modules_install"]
        run("installing its modules", ["make", *settings, *install], log, append=True)
        for link in ("build", "source"):
            (work / "root/lib/modules" / release / link).unlink(missing_ok=True)
        shutil.copy(source / "arch/x86/boot/bzImage", work / "vmlinuz")
        shutil.copy(config, work / "config")
        _slim(source)
        headers = work / "headers" / "usr" / "src"
        headers.mkdir(parents=True)
        source.rename(headers / f"linux-headers-{release}")
        info = {"name": name, "arch": arch, "release": release, "version": version}
        (work / "info.json").write_text(json.dumps(info, indent="\t") + "\n")

    directory = cache.get(f"kernels/{name}_{version}_{key}", make)
    info = json.loads((directory / "info.json").read_text())
    return kernels.Kernel(name, arch, info["release"], version, directory)
