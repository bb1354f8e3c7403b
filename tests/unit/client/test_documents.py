#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Help, man pages and completions say the same, and the shells' functions complete."""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import tempfile
import textwrap
import time
import unittest

import mock_tacetd
import reports
from harness import DEADLINE, SOURCE, TACETCTL, WithMock, tacetctl

TACETD = os.environ.get("TACETD", "tacetd")
COMMANDS = ["status", "switch", "monitor", "trace", "doctor"]
COMPLETION = SOURCE / "completion"
MAN = SOURCE / "man"


def options_of_help(text):
    """Long options in a help text, without prose."""
    return set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", text, re.M))


def help_options():
    """Command ("" for none) to its long options."""
    return {command: options_of_help(tacetctl(*command.split(), "--help").stdout)
            for command in ["", *COMMANDS]}


def page(name):
    return (MAN / name).read_text(encoding="utf-8")


def section(text, title):
    found = re.search(rf"^\.S[hs] {re.escape(title)}\n(.*?)(?=^\.S[hs] |\Z)", text,
                      re.M | re.S)
    assert found, title
    return found.group(1)


class Agreement(unittest.TestCase):
    def test_help_and_the_man_page_have_the_same_options(self):
        text = page("tacetctl.1")
        common = {"json", "help"}
        for command, options in help_options().items():
            with self.subTest(command or "none"):
                if command:
                    part = section(text, command) + section(text, "OPTIONS")
                    documented = set(re.findall(r"Fl -([a-z][a-z-]*)", section(text, command)))
                else:
                    part = section(text, "OPTIONS")
                    documented = set(re.findall(r"^\.It .*?Fl -([a-z-]+)", part, re.M))
                missing = options - set(re.findall(r"Fl -([a-z][a-z-]*)", part))
                self.assertEqual(missing, set())
                self.assertEqual(documented - options - common, set())

    def test_help_and_each_completion_have_the_same_options(self):
        wanted = set().union(*help_options().values())
        bash = (COMPLETION / "tacetctl.bash").read_text(encoding="utf-8")
        zsh = (COMPLETION / "_tacetctl").read_text(encoding="utf-8")
        fish = (COMPLETION / "tacetctl.fish").read_text(encoding="utf-8")
        words = " ".join(re.findall(r"_tacetctl_words \"\$cur\" '(.*?)'", bash, re.S))
        self.assertEqual(set(re.findall(r"--([a-z-]+)", words)), wanted)
        self.assertEqual(set(re.findall(r"--([a-z-]+)\[", zsh)) |
                         set(re.findall(r"\{-\w,--([a-z-]+)\}", zsh)), wanted)
        self.assertEqual(set(re.findall(r"^complete .*? -l ([a-z-]+)", fish, re.M)), wanted)

    def test_every_command_is_in_help_page_and_completions(self):
        main = tacetctl("--help").stdout
        for command in COMMANDS:
            self.assertIn(f"\n  {command} ", main)
            section(page("tacetctl.1"), command)
            for name in ("tacetctl.bash", "_tacetctl", "tacetctl.fish"):
                self.assertIn(command, (COMPLETION / name).read_text(encoding="utf-8"))

    def test_the_exit_statuses_are_in_the_man_page(self):
        text = section(page("tacetctl.1"), "EXIT STATUS")
        self.assertEqual(re.findall(r"^\.It (\d)$", text, re.M), ["0", "1", "2", "3"])

    def test_every_key_of_the_configuration_has_its_entry(self):
        source = SOURCE / "daemon" / "conf.c"
        keys = set(re.findall(r'\{ SECTION_\w+, "(\w+)"', source.read_text(encoding="utf-8")))
        self.assertGreater(len(keys), 10)
        described = set(re.findall(r"^\.It Cm (\w+)=", page("tacetd.conf.5"), re.M))
        self.assertEqual(described, keys)

    def test_the_examples_of_a_configuration_are_right(self):
        examples = {"tacetd.conf.5": re.search(r"^\.Bd [^\n]*\n(\[card.*?)^\.Ed", page(
            "tacetd.conf.5"), re.M | re.S).group(1)}
        readme = (SOURCE / "README.md").read_text(encoding="utf-8")
        blocks = re.findall(r"((?:^    [^\n]*\n|^\n)+)", readme, re.M)
        examples["README.md"] = "\n".join(
            textwrap.dedent(block) for block in blocks if "[card " in block)
        for name, text in examples.items():
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
                self.assertIn("[hold ", text)
                file.write(text)
                file.flush()
                done = subprocess.run([TACETD, "--check", f"--config={file.name}"], text=True,
                                      capture_output=True, timeout=DEADLINE, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_every_error_is_explained(self):
        source = (SOURCE / "daemon" / "core" / "error.c").read_text(encoding="utf-8")
        errors = set(re.findall(r'"(?:org\.tacet1\.Error\.)?([A-Z]\w+)"', source))
        self.assertGreater(len(errors), 15)
        described = set(re.findall(r"^\.It Er org\.tacet1\.Error\.(\w+)", page("org.tacet1.5"),
                                   re.M))
        self.assertEqual(described, errors)

    def test_the_options_of_tacetd_are_in_its_page(self):
        source = (SOURCE / "daemon" / "tacetd.c").read_text(encoding="utf-8")
        helped = set(re.findall(r'^\s+"  (?:-\w, |    )?--([a-z-]+)', source, re.M))
        self.assertGreater(len(helped), 3)
        described = set(re.findall(r"^\.It (?:Fl h , )?Fl -([a-z-]+)", page("tacetd.8"),
                                   re.M))
        self.assertEqual(described, helped)

    def test_every_message_id_is_in_the_page_of_tacetd(self):
        source = (SOURCE / "daemon" / "util" / "message-ids.h").read_text(encoding="utf-8")
        ids = dict(re.findall(r'/\* ([^*]+?) \*/\n#define \w+ "([0-9a-f]{32})"', source))
        self.assertEqual(len(ids), source.count("#define TACET_MESSAGE_"))
        told = dict(re.findall(r"^\.It Li ([0-9a-f]{32})\n(.+?)\.$", page("tacetd.8"), re.M))
        self.assertEqual(told, {number: text for text, number in ids.items()})

    def test_the_interface_and_its_page_have_the_same_members(self):
        source = (SOURCE / "daemon" / "port" / "bus-objects.c").read_text(encoding="utf-8")
        text = page("org.tacet1.5")
        methods = set(re.findall(r'(?:METHOD|SIGNAL)_WITH_ARGS\(\s*"(\w+)"', source))
        self.assertGreater(len(methods), 8)
        self.assertEqual(set(re.findall(r"^\.It Fn (\w+)", text, re.M)), methods)
        properties = set(re.findall(
            r'(?:SD_BUS_PROPERTY|CONST|CHANGES|STREAM)\(\s*"(\w+)"', source))
        self.assertGreater(len(properties), 20)
        described = set(re.findall(r"Va ([A-Z]\w+) No", text))
        self.assertEqual(described, properties)

    def test_the_keys_of_a_request_are_in_the_page(self):
        source = (SOURCE / "daemon" / "port" / "bus-request.c").read_text(encoding="utf-8")
        keys = set(re.findall(r'\{ "(\w+)", ARG_', source))
        self.assertGreater(len(keys), 8)
        self.assertEqual(set(re.findall(r"Va (\w+) No", section(page("org.tacet1.5"),
                                                               "REQUEST"))), keys)

    def test_the_members_of_a_report_are_in_the_page(self):
        source = (SOURCE / "daemon" / "port" / "bus-report.c").read_text(encoding="utf-8")
        keys = set(re.findall(r'(?:entry|open_array|append_names)\(m, "(\w+)"', source))
        self.assertGreater(len(keys), 25)
        text = section(page("org.tacet1.5"), "REPORT")
        self.assertEqual(keys - set(re.findall(r"(?:Va|It Va) (\w+)", text)), set())

    def test_the_fields_of_the_pcm_are_in_its_page(self):
        source = (SOURCE / "plugin" / "tacet-pcm.c").read_text(encoding="utf-8")
        fields = set(re.findall(r'strcmp\(id, "(\w+)"\)', source)) - {"comment", "type", "hint"}
        self.assertGreater(len(fields), 4)
        text = page("tacet-pcm.7")
        self.assertEqual({f for f in fields if not re.search(rf"^\.(It )?Li .*\b{f}\b", text,
                                                             re.M)}, set())
        arguments = re.findall(r"@args\.(\w+)", (SOURCE / "plugin" / "50-tacet.conf").read_text())
        self.assertEqual(re.findall(r"^\.It Li ([A-Z]+)$", text, re.M), arguments)

    def test_the_mock_has_the_members_that_tacetd_has(self):
        port = SOURCE / "daemon" / "port"
        view = (port / "bus-view.c").read_text(encoding="utf-8")
        wanted = set(re.findall(r'^\t\{ (?:"\w+"|NULL), "(\w+)", "', view, re.M))
        status = mock_tacetd.Manager.status(None)
        have = set().union(*status["cards"], *status["streams"])
        self.assertGreater(len(wanted), 20)
        self.assertEqual(have, wanted)
        report = (port / "bus-report.c").read_text(encoding="utf-8")
        wanted = set(re.findall(r'(?:entry|open_array|append_names)\(m, "(\w+)"', report))
        made = reports.done()
        self.assertEqual(set(made).union(*made["streams"], *made["written"]), wanted)

    def test_references_between_our_pages_lead_somewhere(self):
        ours = {path.name for path in MAN.iterdir() if re.search(r"\.\d$", path.name)}
        names = {name.rsplit(".", 1)[0] for name in ours}
        for path in MAN.iterdir():
            if path.name not in ours:
                continue
            for name, number in re.findall(r"^\.Xr (\S+) (\d)", path.read_text(), re.M):
                if name in names:
                    self.assertIn(f"{name}.{number}", ours, path.name)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_has_nothing_to_say(self):
        pages = sorted(str(p) for p in MAN.iterdir() if re.search(r"\.\d$", p.name))
        self.assertGreater(len(pages), 5)
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", *pages], text=True,
                              capture_output=True, timeout=DEADLINE, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


class Completion(WithMock):
    def env(self):
        folder = str(pathlib.Path(TACETCTL).parent)
        return self.bus.env(PATH=f"{folder}:{os.environ['PATH']}")

    def bash(self, *words):
        """What bash would offer for the last word."""
        script = (f"source '{COMPLETION}/tacetctl.bash'; COMP_WORDS=(\"$@\"); "
                  "COMP_CWORD=$(($# - 1)); _tacetctl; "
                  "((${#COMPREPLY[@]})) && printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", script, "bash", *words], env=self.env(),
                              text=True, capture_output=True, timeout=DEADLINE, check=False)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_bash_offers_commands_options_and_names(self):
        self.assertEqual(self.bash("tacetctl", ""), COMMANDS)
        self.assertEqual(self.bash("tacetctl", "switch", ""), ["TacetPhone"])
        self.assertEqual(self.bash("tacetctl", "switch", "--verb", ""),
                         ["HiFi", "Voice\\ Call"])
        self.assertEqual(self.bash("tacetctl", "switch", "--verb", "=", "Voice\\ "),
                         ["Voice\\ Call"])
        self.assertEqual(self.bash("tacetctl", "switch", "--enable-modifier", '"Pl'),
                         ['"Play Ringtone"'])
        self.assertEqual(self.bash("tacetctl", "switch", "--to", "Head"), ["Headphones"])
        self.assertEqual(self.bash("tacetctl", "switch", "Loopback", "--to", ""), [])
        self.assertEqual(self.bash("tacetctl", "switch", "--quiesce", "d"),
                         ["drain", "drop"])
        self.assertEqual(self.bash("tacetctl", "trace", "--l"), ["--last"])
        self.assertEqual(self.bash("tacetctl", "switch", "--to", "X", "TacetPhone", ""), [])

    def test_bash_offers_no_names_without_tacetd_and_does_not_start_it(self):
        self.bus.stop_mock()
        self.assertEqual(self.bash("tacetctl", "switch", "--verb", ""), [])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_offers_commands_options_and_names(self):
        def offered(line):
            done = subprocess.run(
                ["fish", "--no-config", "-c",
                 f"source '{COMPLETION}/tacetctl.fish'; complete -C '{line}'"],
                env=self.env(), text=True, capture_output=True, timeout=DEADLINE, check=True)
            return [entry.split("\t")[0] for entry in done.stdout.splitlines()]
        self.assertEqual(sorted(offered("tacetctl ")), sorted(COMMANDS))
        self.assertEqual(offered("tacetctl switch --verb "), ["HiFi", "Voice Call"])
        self.assertEqual(offered("tacetctl switch --to Head"), ["Headphones"])
        self.assertEqual(offered("tacetctl switch "), ["TacetPhone"])
        self.assertEqual(offered("tacetctl switch --to Mic TacetPhone "), [])
        self.assertEqual(offered("tacetctl trace --in"), ["--input"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes_commands_options_and_names(self):
        for typed, wanted in (("tacetctl dia", "tacetctl dia"),
                              ("tacetctl doc", "tacetctl doctor "),
                              ("tacetctl switch --verb Vo", "--verb Voice\\ Call "),
                              ("tacetctl switch --to He", "--to Headphones "),
                              ("tacetctl switch Tac", "switch TacetPhone "),
                              ("tacetctl trace --la", "trace --last ")):
            with self.subTest(typed):
                self.assertIn(wanted, self.zsh(typed))

    def zsh(self, typed):
        """The command line after a tab, as an interactive zsh shows it."""
        ours, theirs = pty.openpty()
        shell = subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs,
                                 stderr=theirs, start_new_session=True,
                                 env={**self.env(), "TERM": "dumb", "PS1": ""})
        os.close(theirs)
        try:
            # The line is shown between marks by a key of its own, so no guess when zsh is done.
            setup = (f"fpath=('{COMPLETION}' $fpath); autoload -U compinit; compinit -u -D; "
                     "show() { print -r -- \"<<$BUFFER>>\" }; zle -N show; "
                     "bindkey '^G' show; print REA''DY\n")
            os.write(ours, setup.encode())
            self.read_until(ours, "READY\r\n")
            os.write(ours, f"{typed}\t\x07".encode())
            return re.search(r"<<(.*?)>>", self.read_until(ours, ">>")).group(1)
        finally:
            shell.kill()
            shell.wait(DEADLINE)
            os.close(ours)

    def read_until(self, fd, mark):
        text, end = "", time.monotonic() + DEADLINE
        while mark not in text:
            self.assertTrue(select.select([fd], [], [], end - time.monotonic())[0], text)
            text += os.read(fd, 65536).decode(errors="replace")
        return text

    def test_the_scripts_have_no_syntax_error(self):
        for shell, name in (("bash", "tacetctl.bash"), ("zsh", "_tacetctl"),
                            ("fish", "tacetctl.fish"), ("bash", "tacet-callaudiod.bash"),
                            ("zsh", "_tacet-callaudiod"), ("fish", "tacet-callaudiod.fish")):
            if not shutil.which(shell):
                continue
            with self.subTest(name):
                done = subprocess.run([shell, "-n", str(COMPLETION / name)], text=True,
                                      capture_output=True, timeout=DEADLINE, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
