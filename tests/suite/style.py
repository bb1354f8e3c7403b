# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a reader sees: format, licences, shell, man pages, and words that may not land."""

import pathlib
import re
import subprocess

from .runner import ROOT

SOURCE = (".c", ".h", ".sh", ".py", ".build", ".service", ".socket", ".conf", ".yml")
GUEST = ("tests/vm/tests/", "tests/vm/guest/", "tests/vm/full/")
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")


def tracked():
    """Files that git knows or would add; outside a checkout every file but build/."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True,
        text=True, check=False)
    if listing.returncode == 0:
        paths = [ROOT / line for line in listing.stdout.splitlines()]
    else:
        paths = [p for p in ROOT.rglob("*") if "build" not in p.relative_to(ROOT).parts[:1]]
    return sorted(p for p in paths if p.is_file() and not p.is_symlink())


def text(path):
    return path.read_text(encoding="utf-8", errors="replace")


def is_script(path):
    if path.suffix or path.name.startswith("."):
        return False
    return path.read_bytes()[:2] == b"#!"


def short(path):
    return str(path.relative_to(ROOT))


def clang_format():
    files = [str(p) for p in tracked() if p.suffix in (".c", ".h")
             and "module" not in p.relative_to(ROOT).parts[:1]]
    if not files:
        return ["no C file found"]
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], cwd=ROOT,
                            capture_output=True, text=True, check=False)
    return [line for line in result.stderr.splitlines() if "error" in line]


def licences():
    bad = []
    for path in tracked():
        if path.suffix not in SOURCE and not is_script(path):
            continue
        head = "\n".join(text(path).splitlines()[:4])
        parts = path.relative_to(ROOT).parts
        kernel = "module" in parts[:-1]
        wanted = "GPL-2.0-only" if kernel else "LGPL-2.1-or-later"
        if f"SPDX-License-Identifier: {wanted}" not in head and not (
                kernel and "SPDX-License-Identifier: GPL-2.0" in head):
            bad.append(f"{short(path)}: no SPDX line for {wanted} in its first lines")
    return bad


def registry_hosts():
    """Host names of the package sources that this machine uses; none belongs in a file."""
    result = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE)"],
                            capture_output=True, text=True, check=False)
    return {match.group(1) for match in re.finditer(r"^\w+://([^/:\s]+)", result.stdout, re.M)}


def landing():
    """Paths of this very checkout, hosts of package registries, unfinished business."""
    bad = []
    hosts = registry_hosts()
    place = str(ROOT) + "/"
    for path in tracked():
        if path.name.startswith("COPYING") or path.suffix in (".svg", ".png", ".wav"):
            continue
        for number, line in enumerate(text(path).splitlines(), 1):
            where = f"{short(path)}:{number}"
            if place in line:
                bad.append(f"{where}: names a path of this machine")
            if any(host in line for host in hosts):
                bad.append(f"{where}: names the host of a package registry")
            if UNFINISHED.search(line) and "UNFINISHED" not in line:
                bad.append(f"{where}: unfinished: {line.strip()[:80]}")
    return bad


def whitespace():
    bad = []
    for path in tracked():
        if path.suffix not in SOURCE + (".md",) and not is_script(path):
            continue
        content = text(path)
        if content and not content.endswith("\n"):
            bad.append(f"{short(path)}: no newline at its end")
        for number, line in enumerate(content.splitlines(), 1):
            if line != line.rstrip():
                bad.append(f"{short(path)}:{number}: trailing white space")
    return bad


def shell_files():
    for path in tracked():
        if path.suffix == ".sh" or is_script(path):
            first = text(path).splitlines()[:1]
            if first and re.search(r"\b(bash|sh|dash)$", first[0].split(" -")[0]):
                yield short(path)


def python_syntax():
    bad = []
    for path in tracked():
        first = text(path).splitlines()[:1] if path.suffix == ".py" or is_script(path) else []
        if path.suffix == ".py" or (first and "python3" in first[0]):
            try:
                compile(text(path), str(path), "exec")
            except SyntaxError as error:
                bad.append(f"{short(path)}:{error.lineno}: {error.msg}")
    return bad


def man_pages():
    return [short(p) for p in tracked()
            if p.parent == ROOT / "man" and re.fullmatch(r"\.[1-9]", p.suffix)]


def stages(suite):
    suite.check("every C file of user space is formatted as .clang-format says", clang_format)
    suite.check("every source file names its licence", licences)
    suite.check("no file names this machine, a registry or unfinished business", landing)
    suite.check("no file has trailing white space or lacks its last newline", whitespace)
    suite.check("every Python file compiles", python_syntax)
    guest = [path for path in shell_files() if path.startswith(GUEST)]
    host = [path for path in shell_files() if not path.startswith(GUEST)]
    suite.test("shellcheck finds nothing in any shell script",
               ["shellcheck", "-x", "-S", "style", "-e", "SC1091", *host])
    # A guest's test takes in files by their paths in the guest, where shellcheck cannot follow
    # variables, and its shell has no arrays: a list of options is a string that is to be split.
    suite.test("shellcheck finds nothing in any script of a guest",
               ["shellcheck", "-S", "style", "-e", "SC1091,SC2034,SC2086,SC2154", *guest])
    pages = man_pages()
    if pages:
        suite.test("mandoc finds nothing in any man page",
                   ["mandoc", "-T", "lint", "-W", "warning", *pages])
    commands = [p for p in ("demo.sh", "test.sh", ".ci/run") if not (ROOT / p).exists()]
    suite.check("the newcomer's commands exist", lambda: [f"{c} is missing" for c in commands])
