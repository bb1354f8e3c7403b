# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run tests on kernels, one line for each, and count."""

import concurrent.futures
import json
import os
import re
import time
import traceback
import typing

from . import builder, cache, kernels, paths, qemu, tiny, verdict
from .progress import Failed, say, stop_all

# Attempts at what may be luck. A hang is tried again with one thread of the emulator for all
# processors, where it is the guest's own (see README, Kernels).
TRIES = {verdict.NOBOOT: 3, verdict.UNSHOWN: 3, verdict.HUNG: 2}
SLOWNESS = 4  # what a kernel's checkers cost, by which all deadlines are multiplied


class Cell(typing.NamedTuple):
    """A test on a kernel."""

    test: object
    kernel: str
    arch: str

    @property
    def name(self):
        return f"{self.test.name} {self.kernel} {self.arch}"


class Options(typing.NamedTuple):
    """What the command line decides for every cell."""

    shell: bool = False
    env: dict = {}
    jobs: int = 1
    build: bool = True
    sanitize: bool = False
    source: object = None  # of the modules, module/ if None
    results: object = paths.RESULTS


def _pattern():
    return re.compile((paths.GUEST / "splats.regex").read_text().strip())


def _modules(cell, options):
    """Return where our modules for this cell are, None as long as there is no source."""
    source = options.source or paths.ROOT / "module"
    where = paths.BUILD / "modules" / f"{cell.kernel}-{cell.arch}"
    if (source / "Makefile").exists() and options.build:
        return builder.modules(cell.kernel, cell.arch, source)
    return where if where.is_dir() else None


def _again(found, test, earlier):
    """Return whether what was FOUND, after the verdicts EARLIER, is to be tried again."""
    tried = 1 + sum(before.kind == found.kind for before in earlier)
    if found.kind == verdict.HUNG and qemu.threads(test) != "multi":
        return False
    return tried < TRIES.get(found.kind, 1)


def _attempt(test, kernel, modules, options, directory, slow):
    extra = []
    test = test._replace(timeout=test.timeout * slow)
    env = {**options.env, "TACET_SLOW": str(slow)}
    cache.remove(directory)
    directory.mkdir(parents=True)
    initrd = directory / "initrd"
    if test.guest == "full":
        from . import full

        extra = full.prepare(kernel, initrd, test, modules, options, env)
    else:
        tiny.initramfs(kernel, test, modules, initrd, shell=options.shell, env=env)
    try:
        seen = qemu.run(
            kernel,
            test,
            initrd,
            directory,
            interactive=options.shell,
            extra=extra,
            slow=slow,
            pattern=_pattern(),
        )
    finally:
        initrd.unlink(missing_ok=True)
    return verdict.judge(seen, test.expected, _pattern())


def run_cell(cell, options):
    """Run one cell; return what --json tells of it."""
    directory = options.results / f"{cell.kernel}-{cell.arch}" / cell.test.name
    started = time.monotonic()
    earlier = []
    try:
        # Two runs of the same cell would write the same files.
        with cache.lock(f"cell-{cell.kernel}-{cell.arch}-{cell.test.name}"):
            slow = int(os.environ.get("TACET_PATIENCE", "1"))
            slow *= SLOWNESS if cell.kernel.startswith("debug") else 1
            kernel = kernels.get(cell.kernel, cell.arch)
            modules = _modules(cell, options)
            started = time.monotonic()
            for stale in directory.parent.glob(f"{cell.test.name}.try[0-9]"):
                cache.remove(stale)
            test = cell.test
            while True:
                found = _attempt(test, kernel, modules, options, directory, slow)
                if not _again(found, test, earlier):
                    break
                say(f"{cell.name}: {found.reason}, trying again")
                earlier.append(found)
                directory.rename(directory.with_name(f"{cell.test.name}.try{len(earlier)}"))
                if found.kind == verdict.HUNG:
                    test = test._replace(threads="single", timeout=2 * test.timeout)
    except Failed as error:
        found = verdict.Verdict(verdict.FAIL, f"harness: {error}")
    except Exception:  # a fault of the harness must neither hide a cell nor end the others
        found = verdict.Verdict(verdict.FAIL, f"harness: {traceback.format_exc()}")
    good = found.kind in (verdict.PASS, verdict.SKIP)
    return {
        "test": cell.test.name,
        "kernel": cell.kernel,
        "arch": cell.arch,
        "guest": cell.test.guest,
        "verdict": found.kind,
        "status": found.kind if good else verdict.FAIL,
        "why": found.reason,
        "seconds": round(time.monotonic() - started, 1),
        "earlier": [before._asdict() for before in earlier],
        "log": str(directory),
    }


def _show(result):
    reasons = [result["why"].split("\n")[0]] if result["why"] else []
    if result["earlier"]:
        before = [one["reason"].split("\n")[0] for one in result["earlier"]]
        reasons.append("tried again after: " + "; ".join(before))
    line = f"{result['verdict']:<6} {result['test']} {result['kernel']} {result['arch']}"
    line += f" {result['seconds']} s"
    print(": ".join([line, "; ".join(reasons)]) if reasons else line, flush=True)
    if result["status"] == verdict.FAIL:
        print(f"       see {result['log']}", flush=True)
        for more in result["why"].split("\n")[1:]:
            print(f"       {more}", flush=True)


def results(cells, options):
    """Run CELLS and yield the result of each, in their order."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        futures = [pool.submit(run_cell, cell, options) for cell in cells]
        try:
            for future in futures:
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise


def run(cells, options, json_path=None):
    """Run CELLS, print a line for each and the sum; return whether none failed."""
    seen = []
    for result in results(cells, options):
        seen.append(result)
        _show(result)
    count = {
        kind: sum(result["status"] == kind for result in seen)
        for kind in (verdict.PASS, verdict.FAIL, verdict.SKIP)
    }
    failed = count[verdict.FAIL]
    for result in seen:
        if result["verdict"] == verdict.SKIP:
            print(f"skipped {result['test']} {result['kernel']}: {result['why']}")
    if json_path:
        with open(json_path, "w") as stream:
            json.dump({"results": seen}, stream, indent="\t")
            stream.write("\n")
    print(f"{count[verdict.PASS]} passed, {failed} failed, {count[verdict.SKIP]} skipped")
    return failed == 0 and bool(seen)
