# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the kernel modules for every kernel, with checkpatch, sparse and W=1."""

from .runner import ROOT

KERNELS = [("6.1", "amd64"), ("5.10", "amd64"), ("6.12", "amd64"), ("7.2", "amd64"),
           ("6.1", "arm64"), ("5.10", "arm64")]


def stages(suite):
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "module").rglob("*.[ch]"))
    suite.check("the modules have sources", lambda: [] if sources else ["module/ is empty"])
    suite.test("checkpatch --strict finds nothing in module/", ["scripts/checkpatch", *sources])
    for kernel, arch in KERNELS:
        suite.test(f"the modules build for Linux {kernel} on {arch} with W=1 and no warning",
                   ["scripts/build-modules", "--kernel", kernel, "--arch", arch, "--strict"],
                   timeout=1800)
    suite.test("sparse finds nothing in the modules",
               ["scripts/build-modules", "--kernel", "6.1", "--arch", "amd64", "--sparse"],
               timeout=900)
