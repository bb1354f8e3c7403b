# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's stock kernels: image, modules and headers, each version fetched once."""

import itertools
import json
import os
import re
import shutil
import typing

from . import cache, paths
from .apt import Apt
from .progress import Failed, capture, say

# Our name of a kernel: Debian release, and how the package's version has to begin.
STOCK = {
    "5.10": ("bullseye", r"5\.10\.0-\d+"),
    "6.1": ("bookworm", r"6\.1\.0-\d+"),
    "6.12": ("bookworm", r"6\.12\.\d+\+deb12"),
    "7.2": ("trixie", r"7\.2\.\d+\+deb13"),
}
# Kernels that only a compiler of their own Debian release can build modules for.
FOREIGN_COMPILER = ("7.2",)


class Kernel(typing.NamedTuple):
    """An unpacked kernel."""

    name: str
    arch: str
    release: str  # what uname -r says
    version: str  # of Debian's package
    dir: object

    @property
    def image(self):
        return self.dir / "vmlinuz"

    @property
    def modules(self):
        return self.dir / "root" / "lib" / "modules" / self.release

    @property
    def headers(self):
        """The directory to give to make as KDIR."""
        return self.dir / "headers" / "usr" / "src" / f"linux-headers-{self.release}"


def _natural(text):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def _candidates(apt, name, arch):
    """Yield release and version of stock kernel NAME's packages, newest first."""
    found = re.compile(rf"linux-image-({STOCK[name][1]}-{arch})")
    matches = {found.fullmatch(package) for package in apt.names("linux-image-")}
    releases = {match[1] for match in matches if match}
    for release in sorted(releases, key=_natural, reverse=True):
        fields = apt.show(f"linux-image-{release}:{arch}")
        headers = apt.show(f"linux-headers-{release}:{arch}")
        if fields and headers and fields["Version"] == headers["Version"]:
            yield release, fields["Version"]


def _relink(headers):
    """Turn what names the place of installation to where the headers were unpacked."""
    src = headers / "usr" / "src"
    for tree in src.iterdir():
        if tree.is_symlink():
            continue
        for link in ("scripts", "tools"):
            path = tree / link
            target = os.readlink(path) if path.is_symlink() else ""
            if target.startswith("/"):
                path.unlink()
                path.symlink_to(os.path.relpath(headers / target.lstrip("/"), tree))
        makefile = tree / "Makefile"
        text = makefile.read_text()
        if len(text) < 4096:
            makefile.write_text(text.replace("/usr/src/", f"{src}/"))


def _unpack_image(apt, directory, arch, release, version, log):
    """Unpack image and modules; since 7.x the image hides in a package of binaries."""
    raw = directory / "raw"
    image = apt.show(f"linux-image-{release}:{arch}")
    wanted = [f"linux-image-{release}"]
    wanted += re.findall(
        rf"(linux-(?:base|binary|modules)-{re.escape(release)})\b", image.get("Depends", "")
    )
    apt.download([f"{package}:{arch}={version}" for package in wanted], raw, log)
    target = directory / "root" / "lib" / "modules"
    target.mkdir(parents=True)
    for modules in (raw / "lib" / "modules", raw / "usr" / "lib" / "modules"):
        if (modules / release).is_dir():
            shutil.move(modules / release, target / release)
    boot = [raw / "boot" / f"vmlinuz-{release}", target / release / "vmlinuz"]
    found = [path for path in boot if path.exists()]
    if not found:
        raise Failed(f"no kernel image in {', '.join(wanted)} {version}")
    shutil.move(found[0], directory / "vmlinuz")
    shutil.rmtree(raw)
    for link in ("build", "source"):
        (target / release / link).unlink(missing_ok=True)
    unpack = {".xz": ["xz", "-d"], ".zst": ["zstd", "-q", "-d", "--rm"]}
    for suffix, argv in unpack.items():
        packed = [str(path) for path in target.rglob(f"*.ko{suffix}")]
        if packed:
            say(f"unpacking {len(packed)} modules of {release}")
            for start in range(0, len(packed), 500):
                capture(argv + packed[start : start + 500])
    capture(["depmod", "-b", directory / "root", release])


def _unpack_headers(apt, directory, arch, release, version, log):
    headers = apt.show(f"linux-headers-{release}:{arch}")
    depends = headers.get("Depends", "")
    common = re.search(r"linux-headers-\S+-common\b", depends)
    kbuild = re.search(r"linux-kbuild-[^\s,(]+", depends)
    if not common or not kbuild:
        raise Failed(f"linux-headers-{release} depends on no common headers: {depends}")
    host = paths.host_arch()
    # Its tools run here, whatever they build for.
    tool = apt.show(f"{kbuild[0]}:{host}")
    if not tool:
        raise Failed(f"no {kbuild[0]} for {host}")
    apt.download(
        [
            f"linux-headers-{release}:{arch}={version}",
            common[0],
            f"{kbuild[0]}:{host}",
        ],
        directory / "headers",
        log,
    )


def _fetch(name, arch, release, version):
    """Return the directory with kernel RELEASE, fetched if need be."""

    def make(work):
        apt = Apt(STOCK[name][0])
        log = paths.CACHE / "log" / f"kernel-{release}.log"
        _unpack_image(apt, work, arch, release, version, log)
        _unpack_headers(apt, work, arch, release, version, log)
        info = {"name": name, "arch": arch, "release": release, "version": version}
        (work / "info.json").write_text(json.dumps(info, indent="\t") + "\n")

    item = f"kernels/{release}_{version}"
    directory = cache.get(item, make)
    # The name of the directory is known only now that it has its final place.
    with cache.lock(item):
        if not (directory / "relinked").exists():
            _relink(directory / "headers")
            (directory / "relinked").touch()
    return directory


def stock(name, arch):
    """Return the unpacked stock Kernel NAME for ARCH, fetched if need be."""

    def ask():
        complaint = "none with headers"
        # A mirror may list a package that it does not have.
        for release, version in itertools.islice(_candidates(Apt(STOCK[name][0]), name, arch), 8):
            try:
                _fetch(name, arch, release, version)
            except Failed as error:
                complaint = str(error)
                say(f"{release} cannot be had, trying an older one")
                continue
            return {"release": release, "version": version}
        raise Failed(f"no kernel {name} for {arch} in Debian {STOCK[name][0]}: {complaint}")

    found = cache.daily(f"kernel-{name}-{arch}", ask)
    release, version = found["release"], found["version"]
    return Kernel(name, arch, release, version, _fetch(name, arch, release, version))


def get(name, arch):
    """Return Kernel NAME ("6.1", or "debug") for ARCH."""
    if name in STOCK:
        return stock(name, arch)
    from . import debugkernel

    return debugkernel.get(name, arch)


def names():
    """Return the names of all kernels that a test may ask for."""
    from . import debugkernel

    return [*STOCK, *debugkernel.NAMES]


def exists(name, arch):
    """Return whether kernel NAME is meant to be there for ARCH at all."""
    return arch == "amd64" or name in ("5.10", "6.1", "6.12")
