# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private apt: other suites and machines than this one's, without touching its own state.

The sources are this machine's, with the suite rewritten, so a local mirror keeps working.
"""

import pathlib
import re
import shutil
import subprocess

from . import cache, paths
from .progress import Failed, capture, run

SUITES = {
    "bullseye": ("", "-security"),
    "bookworm": ("", "-updates", "-security"),
    "trixie": ("", "-updates", "-security", "-backports"),
}
KEPT = ("Signed-By", "Trusted", "Check-Valid-Until")


def codename():
    """Return the codename of the Debian that runs here."""
    text = pathlib.Path("/etc/os-release").read_text()
    found = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.M)
    if not found:
        raise Failed("/etc/os-release names no Debian release")
    return found.group(1)


def _deb822(text):
    for stanza in re.split(r"\n\s*\n", text):
        fields, name = {}, None
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace() and name:
                fields[name] += "\n" + line
            elif ":" in line:
                name, value = line.split(":", 1)
                fields[name] = value.strip()
        if "URIs" in fields and "deb" in fields.get("Types", "").split():
            kept = {key: fields[key] for key in KEPT if key in fields}
            for suite in fields.get("Suites", "").split():
                yield suite, fields["URIs"].split()[0], fields.get("Components", ""), kept


def _oneline(text):
    for line in text.splitlines():
        found = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)", line)
        if found:
            options, uri, suite, components = found.groups()
            kept = {}
            for option in (options or "").split():
                key, _, value = option.partition("=")
                kept.update({name: value for name in KEPT if name.lower() == key.lower()})
            yield suite, uri, components, kept


def _machine_sources():
    base = pathlib.Path("/etc/apt")
    for path in sorted(base.glob("sources.list.d/*.sources")):
        yield from _deb822(path.read_text())
    for path in [base / "sources.list", *sorted(base.glob("sources.list.d/*.list"))]:
        if path.exists():
            yield from _oneline(path.read_text())


def sources(release):
    """Return deb822 text with the sources of Debian RELEASE, from this machine's own."""
    here, known = codename(), {}
    for suite, uri, components, kept in _machine_sources():
        if "main" in components.split() and suite.startswith(here):
            known.setdefault(suite[len(here) :], (uri, kept))
    if "" not in known or "-security" not in known:
        raise Failed(f"no apt source here for both {here} and {here}-security")
    stanzas = []
    for suffix in SUITES[release]:
        uri, kept = known.get(suffix, known[""])
        fields = {"Types": "deb", "URIs": uri, "Suites": release + suffix, "Components": "main"}
        fields.update(kept)
        stanzas.append("".join(f"{key}: {value}\n" for key, value in fields.items()))
    return "\n".join(stanzas)


class Apt:
    """Debian RELEASE as apt sees it, for both machines."""

    def __init__(self, release):
        self.release = release
        self.dir = paths.CACHE / "apt" / release
        self.conf = self.dir / "apt.conf"
        self._updated = False

    def _write_conf(self):
        for name in ("state/lists/partial", "cache/archives/partial", "sources.d"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        (self.dir / "status").touch()
        (self.dir / "sources.d" / "debian.sources").write_text(sources(self.release))
        self.conf.write_text(
            f'Dir::State "{self.dir}/state";\n'
            f'Dir::State::status "{self.dir}/status";\n'
            f'Dir::Cache "{self.dir}/cache";\n'
            'Dir::Etc::sourcelist "/dev/null";\n'
            f'Dir::Etc::sourceparts "{self.dir}/sources.d";\n'
            'Dir::Etc::preferences "/dev/null";\n'
            'Dir::Etc::preferencesparts "/dev/null";\n'
            'APT::Architecture "amd64";\n'
            "#clear APT::Architectures;\n"
            'APT::Architectures { "amd64"; "arm64"; };\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "3";\n'
            # The lists of a release that gets no more updates expire; their signatures do not.
            'Acquire::Check-Valid-Until "false";\n'
            'APT::Sandbox::User "root";\n'
            "#clear APT::Update::Post-Invoke-Success;\n"
            "#clear APT::Update::Post-Invoke;\n"
        )

    def update(self):
        """Fetch the package lists, unless that was done today."""
        if self._updated:
            return

        def ask():
            self._write_conf()
            argv = ["apt-get", "-c", self.conf, "-q", "update", "--error-on=any"]
            run(f"reading Debian's package lists ({self.release})", argv, self.dir / "update.log")
            return self.release

        if not self.conf.exists():
            (paths.CACHE / "daily" / f"apt-{self.release}.json").unlink(missing_ok=True)
        cache.daily(f"apt-{self.release}", ask)
        self._updated = True

    def names(self, prefix):
        """Return the names of all known packages that begin with PREFIX."""
        self.update()
        return capture(["apt-cache", "-c", self.conf, "pkgnames", prefix]).split()

    def show(self, package):
        """Return the fields of PACKAGE's (NAME or NAME:ARCH) candidate, None if there is none."""
        self.update()
        try:
            text = capture(["apt-cache", "-c", self.conf, "--no-all-versions", "show", package])
        except Failed:
            return None
        fields = dict(re.findall(r"^([\w-]+): (.*)$", text, re.M))
        return fields if "Filename" in fields else None

    def closure(self, packages, arch):
        """Return PACKAGES of ARCH and all that they depend on, as NAME:ARCH=VERSION."""
        self.update()
        argv = ["apt-get", "-c", self.conf, "-o", f"APT::Architecture={arch}", "-s"]
        argv += ["--no-install-recommends", "install", *packages]
        found = re.findall(r"^Inst (\S+?)(?::\w+)? \((\S+) .*\[(\w+)\]", capture(argv), re.M)
        return [
            f"{name}={version}" if kind == "all" else f"{name}:{kind}={version}"
            for name, version, kind in found
        ]

    def download(self, packages, directory, log):
        """Unpack PACKAGES (NAME:ARCH or NAME:ARCH=VERSION) into DIRECTORY."""
        self.update()
        debs = directory.with_name(directory.name + ".debs")
        cache.remove(debs)
        debs.mkdir(parents=True)
        names = " ".join(re.split("[:=]", package)[0] for package in packages)
        if len(names) > 60:
            names = f"{names[:50]}... ({len(packages)} packages)"
        argv = ["apt-get", "-c", self.conf, "-q", "download", *packages]
        run(f"fetching {names}", argv, log, cwd=debs, append=True)
        directory.mkdir(parents=True, exist_ok=True)
        for deb in sorted(debs.glob("*.deb")):
            # Unlike dpkg -x, keep the links of a merged /usr.
            tar = ["tar", "-x", "--keep-directory-symlink", "-C", str(directory)]
            with subprocess.Popen(
                ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE
            ) as data:
                code = subprocess.run(tar, stdin=data.stdout, check=False).returncode
            if code or data.returncode:
                raise Failed(f"cannot unpack {deb.name}")
        shutil.rmtree(debs)
