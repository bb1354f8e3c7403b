# SPDX-License-Identifier: LGPL-2.1-or-later
"""./test.sh [quick] [--list] [PATTERN...]: everything, or the tests whose names match."""

import argparse
import sys
import time

from . import analysis, host, module, style, vm
from .runner import Suite


def main():
    parser = argparse.ArgumentParser(prog="./test.sh", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the stages and the VM tests")
    parser.add_argument("pattern", nargs="*",
                        help="`quick` for what needs no VM, or parts of test names")
    options = parser.parse_args()
    quick = "quick" in options.pattern
    suite = Suite([p for p in options.pattern if p != "quick"])

    if options.list:
        for stage in (style, host, analysis, module, vm):
            print(f"{stage.__name__.split('.')[-1]}: {stage.__doc__.strip()}")
        vm.list_tests()
        return 0

    begin = time.monotonic()
    stages = [style, host] if quick else [style, host, analysis, module, vm]
    for stage in stages:
        print(f"{stage.__name__.split('.')[-1]}: {stage.__doc__.strip()}", flush=True)
        stage.stages(suite)
    print(f"took {time.monotonic() - begin:.0f} s")
    return suite.close()


if __name__ == "__main__":
    sys.exit(main())
