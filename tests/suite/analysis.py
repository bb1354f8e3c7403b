# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks at user space without running it (gcc, clang, cppcheck), and with valgrind."""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

from . import host
from .runner import ROOT

BUILD = ROOT / "build" / "analysis"
CHECKED = ("daemon", "client", "plugin")

# Findings that were looked into, by tool, rule and file. One that is not here fails, and so
# does a line here that finds nothing any more. The tools know little of __attribute__((cleanup)),
# which frees what they believe to leak; LeakSanitizer looks for leaks in every test that runs.
CLEANUP = "freed by its cleanup attribute, which the tool does not follow"
REACHED = "kept in the array behind a pointer to pointer, where the tool loses it"
OUTPUT = "set by the function that it was given to, or stays NULL"
GUARD = "a flag on the stack that is taken back before the function returns"
ERRNO = "reached only if errno were 0 after a failure"
UNLINKED = "freeing one takes it off the list, which the tool does not follow"
FDS = "without a descriptor the message was refused before"
COLUMNS = "no table is made without a column"
RING = "there are entries only where the ring has a size"
ACTIVE = "verb_active() is false for NULL"
FAILED = "without a verb the answer is an error already"
EXPLAINED = {
    "clang": {
        ("core.CallAndMessage", "daemon/port/held.c"): ERRNO,
        ("core.CallAndMessage", "daemon/port/lease-conn.c"): FDS,
        ("core.DivideZero", "client/table.c"): COLUMNS,
        ("core.DivideZero", "daemon/manager.c"): RING,
        ("core.NonNullParamChecker", "daemon/worker/command.c"): ACTIVE,
        ("core.NullDereference", "daemon/worker/command.c"): FAILED,
        ("core.UndefinedBinaryOperatorResult", "plugin/lease-client.c"): ERRNO,
        ("core.uninitialized.Branch", "daemon/port/proc.c"): ERRNO,
        ("core.uninitialized.UndefReturn", "plugin/ctl-client.c"): ERRNO,
        ("deadcode.DeadStores", "client/trace.c"): CLEANUP,
        ("unix.Malloc", "client/callaudio/ca-conf.c"): CLEANUP,
        ("unix.Malloc", "client/table.c"): REACHED,
        ("unix.Malloc", "daemon/card-journal.c"): REACHED,
        ("unix.Malloc", "daemon/conf-value.c"): REACHED,
        ("unix.Malloc", "daemon/conf.c"): CLEANUP,
        ("unix.Malloc", "daemon/port/bus-view.c"): CLEANUP,
        ("unix.Malloc", "daemon/port/cards.c"): CLEANUP,
        ("unix.Malloc", "daemon/port/held.c"): CLEANUP,
        ("unix.Malloc", "daemon/port/journal-text.c"): CLEANUP,
        ("unix.Malloc", "daemon/port/journal.c"): CLEANUP,
        ("unix.Malloc", "daemon/port/lease.c"): UNLINKED,
        ("unix.Malloc", "daemon/port/outside.c"): UNLINKED,
        ("unix.Malloc", "daemon/tacetd.c"): CLEANUP,
        ("unix.Malloc", "daemon/worker/ctl.c"): CLEANUP,
        ("unix.Malloc", "daemon/worker/profile.c"): CLEANUP,
    },
    "gcc": {
        ("malloc-leak", "client/table.c"): REACHED,
        ("malloc-leak", "daemon/card-outside.c"): REACHED,
        ("malloc-leak", "daemon/card-streams.c"): REACHED,
        ("malloc-leak", "daemon/conf-value.c"): REACHED,
        ("malloc-leak", "daemon/worker/events.c"): REACHED,
        ("malloc-leak", "plugin/tacet-ctl.c"): REACHED,
        ("use-of-uninitialized-value", "daemon/util/cleanup.h"): OUTPUT,
    },
    "cppcheck": {
        ("autoVariables", "daemon/port/cards.c"): GUARD,
        ("autoVariables", "daemon/port/pcm-timer.c"): GUARD,
        ("autoVariables", "daemon/port/ucm.c"): GUARD,
        ("memleak", "client/callaudio/ca-conf.c"): CLEANUP,
        ("memleak", "daemon/port/cards.c"): CLEANUP,
        ("memleak", "daemon/port/journal-text.c"): CLEANUP,
        ("memleak", "daemon/port/journal.c"): CLEANUP,
        ("memleak", "daemon/port/ucm.c"): CLEANUP,
        ("nullPointer", "daemon/port/lease-conn.c"): "accept4() takes NULL for no address",
        ("nullPointer", "daemon/port/outside.c"): "accept4() takes NULL for no address",
        ("resourceLeak", "daemon/port/kernel.c"): CLEANUP,
        ("resourceLeak", "daemon/port/lease.c"): CLEANUP,
        ("resourceLeak", "daemon/port/outside.c"): CLEANUP,
        ("unknownMacro", "client/monitor.c"): "json-c's foreach, a macro of a library",
    },
}

# What memcheck sees and the sanitizers do not is the use of what was never set. Left out are
# tests that load a library before all others, that look at their own name, or that flood.
VALGRIND = ("core-error", "core-request", "core-profile", "core-plan-route", "core-plan-stream",
            "core-switch", "core-switch-fault", "port-strv-msg", "port-proc", "port-kernel",
            "port-ucm-profile", "port-journal", "port-log", "lease-msg", "lease-pcm-fd",
            "lease-store", "callaudio-calls", "callaudio-conf",
            "callaudio-route", "daemon-conf", "daemon-jack", "daemon-report", "daemon-bus-message")


def short(path):
    """A path that a tool printed, from the root of the tree; None for somebody else's."""
    full = pathlib.Path(os.path.normpath(BUILD / path))
    return str(full.relative_to(ROOT)) if full.is_relative_to(ROOT) else None


def compile_commands():
    """The compilers' commands for what is installed, without those that write."""
    seen = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        name = short(entry["file"])
        if not name or pathlib.Path(name).parts[0] not in CHECKED or name in seen:
            continue
        words, command = shlex.split(entry["command"]), []
        while words:
            word = words.pop(0)
            if word in ("-MQ", "-MF"):
                words.pop(0)
            elif word == "-o":
                command += ["-o", "/dev/null"]
                words.pop(0)
            elif word != "-MD":
                command.append(word)
        seen[name] = command
    return seen


def output_of(command):
    return subprocess.run(command, cwd=BUILD, capture_output=True, text=True, errors="replace",
                          env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False)


def compare(tool, findings):
    """Complaints: findings without an explanation, and explanations without a finding."""
    bad, used = [], collections.Counter()
    for rule, path, line in findings:
        if (rule, path) in EXPLAINED[tool]:
            used[rule, path] += 1
        else:
            bad.append(line)
    bad += [f"{path}: {rule} is explained but no longer found"
            for rule, path in EXPLAINED[tool] if not used[rule, path]]
    return bad


def analyze(tool, command_for, pattern):
    """Run a compiler's analyzer over all files; complaints as of compare().

    COMMAND_FOR makes the analyzer's command of the compiler's, PATTERN finds the rule in a line.
    """
    findings, broken = set(), []
    commands = compile_commands()

    def run(command):
        return output_of(command_for(command))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for name, result in zip(commands, pool.map(run, commands.values())):
            if result.returncode:
                broken.append(f"{name}: {tool}'s analyzer fails: {result.stderr[-300:]}")
            for line in result.stderr.splitlines():
                found = re.match(rf"(.*?):\d+:\d+: warning: .*\[{pattern}\]$", line)
                if found:
                    findings.add((found[2], short(found[1]), line))
    if len(commands) < 50:
        broken.append(f"only {len(commands)} files were looked at")
    return broken + compare(tool, sorted(findings))


def gcc():
    return analyze("gcc", lambda command: [*command, "-Wno-error", "-fanalyzer",
                                           "-fdiagnostics-plain-output"],
                   r"-Wanalyzer-([\w-]+)")


def clang():
    def command_for(command):
        words = [word for word in command[1:]
                 if word not in ("-c", "-Werror") and not word.startswith("-f")]
        del words[words.index("-o"):words.index("-o") + 2]
        return ["clang", "--analyze", "--analyzer-output", "text", "-Wno-everything", *words]

    return analyze("clang", command_for, r"([\w.]+)")


def cppcheck():
    result = output_of(["cppcheck", "--quiet", "--enable=warning,performance,portability",
                        "--inline-suppr", "--library=gnu", "--std=c11", "-D_GNU_SOURCE",
                        f"-I{ROOT / 'daemon'}", "--suppress=missingIncludeSystem",
                        "--template={id}\t{file}\t{file}:{line}: {message} [{id}]",
                        "--template-location=", *[str(ROOT / part) for part in CHECKED]])
    findings = [(rule, short(path), text) for rule, path, text in
                (line.split("\t", 2) for line in result.stderr.splitlines() if "\t" in line)]
    return compare("cppcheck", findings)


def memcheck(name):
    binary = next(BUILD.glob(f"tests/unit/*/test-{name}"), None)
    if not binary:
        return [f"{name}: there is no such test"]
    # One of the journal's tests leaves by a long jump, as a kill would, and its memory stays.
    leaks = "no" if name == "port-journal" else "full"
    result = output_of(["valgrind", "-q", "--error-exitcode=99", f"--leak-check={leaks}",
                        "--errors-for-leak-kinds=definite", str(binary)])
    return [f"{name}: exit {result.returncode}",
            *result.stderr.splitlines()[-30:]] if result.returncode else []


def valgrind():
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return [line for lines in pool.map(memcheck, VALGRIND) for line in lines]


def build(suite):
    """Configure without sanitizers, and build the unit tests. True when they stand."""
    targets = [f"tests/unit/{name.split('-')[0]}/test-{name}" for name in VALGRIND]
    return host.build(suite, "without sanitizers", BUILD.name,
                      ["-Dtests=enabled", "-Dwerror=true", "--buildtype=debugoptimized"], targets)


def stages(suite):
    wanted = [(name, check) for name, check in (
        ("gcc's analyzer finds nothing that is not explained", gcc),
        ("clang's analyzer finds nothing that is not explained", clang),
        ("cppcheck finds nothing that is not explained", cppcheck),
        ("valgrind finds nothing in the unit tests", valgrind),
    ) if suite.wants(name)]
    if not wanted or not build(suite):
        return
    for name, check in wanted:
        if not shutil.which(check.__name__):
            suite.check(name, lambda tool=check.__name__: [f"{tool} is not installed"])
        else:
            suite.check(name, check)
