# SPDX-License-Identifier: LGPL-2.1-or-later
"""The root image of the full guest, made by mmdebstrap once for each set of packages."""

import pathlib

from . import apt, cache, foreign, paths
from .progress import run

PACKAGES = (
    "systemd-sysv",
    "dbus",
    "polkitd",
    "udev",
    "libpam-systemd",
    "alsa-utils",
    "alsa-ucm-conf",
    "libsystemd0",
    "libasound2",
    "libudev1",
    "libinih1",
    "libjson-c5",
    "libcap2",
    "libasan8",
    "libubsan1",
    "libglib2.0-bin",
    "socat",
    "procps",
    "kmod",
    "strace",
    "iproute2",
)
# Work that a booting Debian does once and that a test does not wait for.
MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "systemd-hwdb-update.service",
    "systemd-journal-catalog-update.service",
    "ldconfig.service",
    "systemd-pcrphase.service",
    "systemd-pcrphase-sysinit.service",
    "systemd-firstboot.service",
    "alsa-restore.service",
    "alsa-state.service",
)


def _recipe(packages):
    return cache.digest(repr(packages), repr(MASKED), pathlib.Path(__file__))


def image(arch, more=()):
    """Return the image of ARCH with PACKAGES and the packages MORE, made if need be."""
    packages = [*PACKAGES, *sorted(set(more) - set(PACKAGES))]

    def make(work):
        log = paths.CACHE / "log" / f"full-{arch}.log"
        units = " ".join(f'"$1/etc/systemd/system/{unit}"' for unit in MASKED)
        hooks = [
            f"for unit in {units}; do ln -sf /dev/null \"$unit\"; done",
            'mkdir -p "$1/tacet" "$1/usr/lib/modules"',
            'chroot "$1" passwd -d root',
            'echo tacet >"$1/etc/hostname"; echo "127.0.0.1 localhost tacet" >"$1/etc/hosts"',
            ': >"$1/etc/machine-id"; : >"$1/etc/fstab"',
            'rm -rf "$1"/usr/share/doc "$1"/usr/share/man "$1"/usr/share/info '
            '"$1"/usr/share/locale "$1"/var/cache/apt "$1"/var/lib/apt/lists "$1"/var/log/*.log',
        ]
        tar = work / "root.tar"
        argv = ["mmdebstrap", f"--arch={arch}", "--variant=minbase"]
        argv += [f"--include={','.join(packages)}", "--aptopt=Apt::Install-Recommends false"]
        argv += ["--aptopt=Acquire::Languages none"]
        argv += [f"--customize-hook={hook}" for hook in hooks]
        argv += ["bookworm", tar, "-"]
        label = f"installing a Debian for the full guest ({arch}), some minutes"
        with foreign.programs(arch):
            run(label, argv, log, env={"TMPDIR": str(work)}, stdin=apt.sources("bookworm"))
        packed = work / "root.squashfs"
        with_tar = f"mksquashfs - {packed} -tar -comp lz4 <{tar} && rm {tar}"
        run(f"packing it ({arch})", ["sh", "-c", with_tar], log, append=True)

    return cache.get(f"full-{arch}-{_recipe(packages)}", make) / "root.squashfs"
