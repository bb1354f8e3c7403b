# SPDX-License-Identifier: LGPL-2.1-or-later
"""Build the kernel modules for one kernel, and the test programs for one machine."""

import os
import pathlib
import re
import shutil

from . import cache, kernels, paths, sysroot
from .progress import Failed, run

# What may be in the source directory after somebody built in place.
PRODUCTS = re.compile(r".*\.(o|ko|mod|mod\.c|cmd|a|order|d)$|Module\.symvers$|\.tmp.*")


def _sources(source):
    """Return the files below SOURCE that no build made."""
    return sorted(
        path for path in source.rglob("*") if path.is_file() and not PRODUCTS.match(path.name)
    )


def _mirror(source, copy):
    """Make the sources in COPY equal to SOURCE, and leave alone what did not change."""
    wanted = set()
    for path in _sources(source):
        name = path.relative_to(source)
        wanted.add(name)
        target = copy / name
        if target.exists() and target.read_bytes() == path.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    for path in list(copy.rglob("*")):
        gone = path.is_file() and path.relative_to(copy) not in wanted
        if gone and not PRODUCTS.match(path.name):
            path.unlink()


def modules(name, arch, source=None, extra=()):
    """Build SOURCE (module/ if None) for kernel NAME on ARCH; return the directory of the .ko.

    EXTRA goes to make as it is.
    """
    source = pathlib.Path(source or paths.ROOT / "module").resolve()
    if not (source / "Makefile").exists():
        raise Failed(f"{source} has no Makefile")
    label = f"{name}-{arch}"
    base = paths.BUILD / "modules"
    if source != paths.ROOT / "module":
        base = base / f"other-{cache.digest(str(source))}"
    output, copy = base / label, base / ".src" / label
    kernel = kernels.get(name, arch)
    state = cache.digest(
        str(kernel.headers),
        repr(extra),
        *[part for path in _sources(source) for part in (str(path.relative_to(source)), path)],
    )
    with cache.lock(f"modules-{base.name}-{label}"):
        done = base / f".{label}.done"
        if done.exists() and done.read_text() == state and any(output.glob("*.ko")):
            return output
        done.unlink(missing_ok=True)
        copy.mkdir(parents=True, exist_ok=True)
        stamp = copy.parent / f"{label}.kdir"
        # Objects of another version of the kernel would not be rebuilt.
        if stamp.exists() and stamp.read_text() != str(kernel.headers):
            cache.remove(copy)
            copy.mkdir()
        stamp.write_text(str(kernel.headers))
        _mirror(source, copy)
        (copy / "Module.symvers").unlink(missing_ok=True)
        settings = [
            f"ARCH={paths.ARCHES[arch].kernel}",
            f"CROSS_COMPILE={paths.compiler_prefix(arch)}",
            f"CC={paths.compiler_prefix(arch)}gcc",
            # These kernels and compilers are known: a warning is news.
            "W=1",
            "KCFLAGS=-Werror",
            *extra,
        ]
        log = base / f"{label}.log"
        what = f"building {source.name} for {kernel.release}"
        if name in kernels.FOREIGN_COMPILER:
            from . import chroot

            chroot.build_modules(kernel, copy, extra, what, log)
        else:
            argv = ["make", "-C", copy, f"KDIR={kernel.headers}", f"-j{os.cpu_count()}"]
            run(what, argv + settings, log)
        built = sorted(copy.rglob("*.ko"))
        if not built:
            raise Failed(f"{what}: no module came out, log {log}")
        output.mkdir(parents=True, exist_ok=True)
        for old in output.glob("*.ko"):
            if old.name not in {path.name for path in built}:
                old.unlink()
        for path in built:
            work = output / f".{path.name}.new"
            shutil.copy(path, work)
            work.rename(output / path.name)
        done.write_text(state)
    return output


def _flags(source):
    """Return what a program's lines "build: FLAGS" add to the compiler's arguments.

    ROOT/ stands for the project's directory; a program may so take in sources of the daemon.
    """
    found = re.findall(r"^\W*build:\s*(.*?)\s*(?:\*/)?$", source.read_text(), re.M)
    return " ".join(found).replace("ROOT/", f"{paths.ROOT}/").split()


LIBRARIES = ("-Wl,--as-needed", "-lasound", "-lsystemd", "-lm")


def programs(arch, text=None):
    """Compile the programs of tests/vm/progs/ that TEXT names (all if None) for ARCH.

    Returns the paths of the programs.
    """
    root = sysroot.get(arch)
    sources = [
        path
        for path in sorted(paths.PROGS.glob("*.c"))
        if text is None or re.search(rf"(?<![\w-]){re.escape(path.stem)}(?![\w-])", text)
    ]
    headers = sorted(paths.PROGS.glob("*.h")) + sorted((paths.ROOT / "module").rglob("*.h"))
    common = cache.digest(str(root), *headers)
    output = paths.BUILD / "vm" / "progs" / arch
    with cache.lock(f"progs-{arch}"):
        output.mkdir(parents=True, exist_ok=True)
        for source in sources:
            target, stamp = output / source.stem, output / f".{source.stem}"
            flags = _flags(source)
            taken = [
                path
                for folder in (("daemon", "client", "plugin", "tests/integration") if flags else ())
                for path in sorted((paths.ROOT / folder).rglob("*.[ch]"))
            ]
            state = cache.digest(common, source, *taken)
            if target.exists() and stamp.exists() and stamp.read_text() == state:
                continue
            argv = [paths.compiler_prefix(arch) + "gcc", f"--sysroot={root}"]
            argv += ["-std=gnu17", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE"]
            argv += [f"-I{paths.PROGS}", f"-I{paths.ROOT / 'module'}", "-o", target, source]
            argv += [*flags, "-pthread", *LIBRARIES]
            run(f"compiling {source.name} for {arch}", argv, output / f"{source.stem}.log")
            stamp.write_text(state)
    return [output / source.stem for source in sources]
