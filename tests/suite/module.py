# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the kernel modules for every kernel, with checkpatch, sparse, clang and W=1."""


from .runner import ROOT

KERNELS = [("6.1", "amd64"), ("5.10", "amd64"), ("6.12", "amd64"), ("7.2", "amd64"),
           ("6.1", "arm64"), ("5.10", "arm64")]

# The kernel with checkers is built from the sources that have checkpatch, too. Versions are
# compared in compat.h alone; the macros of a trace header have a format of their own.
CHECKPATCH = """
set -eu
eval "$(scripts/kernel-fetch --kernel debug)"
exec perl "$KDIR/scripts/checkpatch.pl" --no-tree --strict --terse --no-summary \\
    --ignore LINUX_VERSION_CODE,CONSTANT_COMPARISON --file "$@"
"""

# DKMS as a user has it, but with all of its trees in build/. What is installed is what Meson
# puts where DKMS looks.
DKMS = r"""
set -eu
eval "$(scripts/kernel-fetch --kernel 6.1)"
top=$PWD/build/dkms
rm -rf "$top"
mkdir -p "$top/tree" "$top/lib/modules/$RELEASE"
meson setup "$top/meson" -Ddkms=true -Dtests=disabled
meson install -C "$top/meson" --no-rebuild --tags dkms --destdir "$top/stage"
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' module/dkms.conf)
test -d "$top/stage/usr/src/tacet-$version"
dkms() {
	command dkms "$@" -m tacet -v "$version" --dkmstree "$top/tree" \
		--sourcetree "$top/stage/usr/src" --installtree "$top/lib/modules" --no-depmod
}
on="-k $RELEASE -a x86_64 --kernelsourcedir $KDIR"
dkms add
dkms build $on
dkms install $on --force
for module in tacet_dpcm tacet_events tacet_media tacet_phone; do
	find "$top/lib/modules/$RELEASE" -name "$module.ko*" | grep .
done
dkms remove --all
test -z "$(find "$top/lib/modules/$RELEASE" -name 'tacet_*.ko*')"
"""


def stages(suite):
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "module").rglob("*.[ch]")
                     if not p.name.startswith("trace-") and not p.name.endswith(".mod.c"))
    suite.check("the modules have sources", lambda: [] if sources else ["module/ is empty"])
    for kernel, arch in KERNELS:
        suite.test(f"the modules build for Linux {kernel} on {arch} with W=1 and no warning",
                   ["scripts/build-modules", "--kernel", kernel, "--arch", arch], timeout=1800)
    suite.test("DKMS builds, installs and removes the modules", ["bash", "-c", DKMS], timeout=900)
    suite.test("sparse finds nothing in the modules",
               ["scripts/build-modules", "--kernel", "6.1", "--", "C=2", "CF=-Wsparse-error"],
               timeout=900)
    suite.test("clang's analyzer finds nothing in the modules that is not explained",
               ["scripts/build-modules", "--kernel", "6.1", "--", "C=2",
                f"CHECK={ROOT / 'tests' / 'suite' / 'clang-kernel'}"], timeout=900)
    suite.test("checkpatch --strict finds nothing in the modules",
               ["bash", "-c", CHECKPATCH, "checkpatch", *sources], timeout=3000)
