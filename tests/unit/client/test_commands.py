#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""status, switch and trace against a mock of tacetd."""

import json
import os
import pathlib
import pty
import subprocess
import unittest

from harness import DEADLINE, TACETCTL, Bus, WithMock, environment, tacetctl

COMMANDS = ["status", "switch", "monitor", "trace", "doctor"]


class WithoutDaemon(unittest.TestCase):
    def test_without_a_command_it_is_wrong_usage(self):
        done = tacetctl()
        self.assertEqual(done.returncode, 2)
        self.assertIn("a command is missing", done.stderr)

    def test_an_unknown_command_or_option_is_wrong_usage(self):
        for args in (["frobnicate"], ["--frobnicate"], ["status", "--frobnicate"],
                     ["trace", "--last"], ["doctor", "extra"], ["status", "a", "b"],
                     ["monitor", "a", "b"], ["trace", "extra"]):
            with self.subTest(args):
                done = tacetctl(*args)
                self.assertEqual(done.returncode, 2)
                self.assertIn("--help", done.stderr)
                self.assertEqual(done.stdout, "")

    def test_every_command_has_help(self):
        for command in COMMANDS:
            with self.subTest(command):
                done = tacetctl(command, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"Usage: tacetctl {command}", done.stdout)
                self.assertIn("--json", done.stdout)
                self.assertIn(f"  {command} ", tacetctl("--help").stdout)

    def test_the_version_is_printed(self):
        self.assertRegex(tacetctl("--version").stdout, r"^tacetctl \d+\.\d+\.\d+\n$")

    def test_without_a_bus_it_says_so_and_fails(self):
        env = environment(DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent/bus")
        for command in (["status"], ["switch", "--to", "Speaker"], ["monitor"], ["trace"]):
            with self.subTest(command):
                done = tacetctl(*command, env=env)
                self.assertEqual(done.returncode, 1)
                self.assertIn("system bus cannot be reached", done.stderr)

    def test_without_tacetd_it_says_how_to_start_it(self):
        bus = Bus()
        self.addCleanup(bus.stop)
        for command in (["status"], ["switch", "--to", "Speaker"], ["trace"]):
            with self.subTest(command):
                done = tacetctl(*command, env=bus.env())
                self.assertEqual(done.returncode, 1)
                self.assertIn("systemctl start tacetd", done.stderr)
                done = tacetctl(*command, "--json", env=bus.env())
                error = json.loads(done.stdout)
                self.assertEqual(error["result"], "failed")
                self.assertIn("systemctl start tacetd", error["message"])

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([TACETCTL, "--help"], stdout=full, env=environment(),
                                  stderr=subprocess.DEVNULL, timeout=DEADLINE, check=False)
            # --help is printed by main itself, doctor by its command: both must notice.
            doctor = subprocess.run([TACETCTL, "doctor"], stdout=full, env=environment(),
                                    stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
        self.assertEqual((done.returncode, doctor.returncode), (1, 1))
        self.assertIn(b"cannot be written", doctor.stderr)


class Status(WithMock):
    def test_status_shows_cards_routes_jacks_and_streams(self):
        done = self.run_ctl("status")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for text in ("tacetd 0.1.0 on Linux 6.1.0-50-amd64", "TacetPhone", "HiFi (on)",
                     "Speaker (on)", "Headphones", "Headphone Jack plugged",
                     "Headset Mic Jack unplugged", "hw:TacetPhone,0,0", "48000",
                     "It has no UCM profile."):
            self.assertIn(text, done.stdout)

    def test_control_characters_of_a_name_do_not_reach_the_terminal(self):
        done = self.run_ctl("status")
        self.assertIn("evil?[31mname (812)", done.stdout)
        self.assertNotIn("\x1b", done.stdout)

    def test_status_of_one_card_leaves_out_the_others(self):
        done = self.run_ctl("status", "Loopback")
        self.assertEqual(done.returncode, 0)
        self.assertNotIn("TacetPhone", done.stdout)

    def test_status_of_an_unknown_card_fails(self):
        done = self.run_ctl("status", "Nothing")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no card 'Nothing'", done.stderr)

    def test_status_as_json_is_what_the_bus_said(self):
        status = json.loads(self.run_ctl("status", "--json").stdout)
        self.assertEqual(status["cards"][0]["devices"], ["Speaker", "Mic"])
        self.assertIs(status["cards"][0]["jacks"]["Headphone Jack"], True)
        self.assertEqual(status["streams"][0]["process"], "evil\x1b[31mname")
        self.assertEqual(json.loads(self.run_ctl("--json", "status").stdout), status)


class Switch(WithMock):
    def test_every_option_reaches_tacetd_with_its_type(self):
        done = self.run_ctl(
            "switch", "TacetPhone", "--verb", "Voice Call", "--enable", "Earpiece",
            "--enable=Mic", "--disable", "Speaker", "--to", "Headphones",
            "--enable-modifier", "Play Ringtone", "--disable-modifier", "Old",
            "--quiesce", "drain", "--timeout", "2.5", "--dry-run")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.last_request(), {
            "card": "TacetPhone", "verb": "Voice Call", "enable": ["Earpiece", "Mic"],
            "disable": ["Speaker"], "to": "Headphones",
            "enable_modifiers": ["Play Ringtone"], "disable_modifiers": ["Old"],
            "quiesce": "drain", "timeout": 2_500_000, "dry_run": True})

    def test_options_that_are_not_given_are_not_sent(self):
        self.run_ctl("switch", "--to", "Headphones")
        self.assertEqual(self.last_request(), {"card": "", "to": "Headphones"})

    def test_the_report_is_a_table_of_streams_and_times(self):
        done = self.run_ctl("switch", "--to", "Headphones")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("TacetPhone: HiFi: Speaker Mic -> HiFi: Headphones Mic, done in 6.40 ms",
                      done.stdout)
        self.assertRegex(done.stdout,
                         r"hw:TacetPhone,0,0 +playback +leased +mpv \(812\) +pause +240 us"
                         r"|hw:TacetPhone,0,0 +playback +leased +mpv \(812\) +pause +0.24 ms")
        self.assertIn("rest 1.90 ms, first write after the last movement 0.50 ms, "
                      "longest gap 3.60 ms, 4 controls written", done.stdout)

    def test_a_slipped_stream_is_named(self):
        done = self.run_ctl("switch", "--to", "slip")
        self.assertIn("hw:TacetPhone,1,0 started inside the rest", done.stdout)

    def test_a_dry_run_shows_the_steps(self):
        done = self.run_ctl("switch", "--to", "Headphones", "--dry-run")
        self.assertRegex(done.stdout, r" 1\. disable Speaker\n +2\. enable Headphones")

    def test_the_report_as_json_is_complete(self):
        report = json.loads(self.run_ctl("switch", "--to", "Headphones", "--json").stdout)
        self.assertEqual(report["result"], "done")
        self.assertEqual(report["streams"][1]["method"], "close")
        self.assertEqual(report["timeline"][0], [0, "request", "", "to Headphones"])

    def test_each_error_has_its_exit_status_and_its_sentence(self):
        status = {"InvalidRequest": 2, "Busy": 3, "TimedOut": 3, "Stuck": 3}
        names = ["InvalidRequest", "NoSuchCard", "NotManaged", "NoSuchVerb", "NoSuchDevice",
                 "NoSuchModifier", "Conflict", "Busy", "TimedOut", "Stuck", "UcmFailed",
                 "RouteUnknown", "CardGone", "NotRepaired", "Replaced", "Cancelled",
                 "QueueFull", "AccessDenied", "Configuration", "Internal"]
        for name in names:
            with self.subTest(name):
                done = self.run_ctl("switch", "--to", f"error:{name}")
                self.assertEqual(done.returncode, status.get(name, 1))
                self.assertIn(f"The mock was asked for {name}.", done.stderr)
                done = self.run_ctl("switch", "--to", f"error:{name}", "--json")
                self.assertEqual(done.returncode, status.get(name, 1))
                self.assertEqual(json.loads(done.stdout)["error"],
                                 f"org.tacet1.Error.{name}")

    def test_errors_of_the_bus_are_told_for_people(self):
        for name, text in (("org.freedesktop.DBus.Error.AccessDenied", "group 'audio'"),
                           ("org.freedesktop.DBus.Error.UnknownMethod", "older than"),
                           ("org.freedesktop.DBus.Error.Spawn.ChildExited", "not running"),
                           ("org.freedesktop.systemd1.NoSuchUnit", "not running")):
            with self.subTest(name):
                done = self.run_ctl("switch", "--to", f"error:{name}")
                self.assertEqual(done.returncode, 1)
                self.assertIn(text, done.stderr)
                self.assertNotIn("The mock", done.stderr)

    def test_a_failure_shows_the_report_that_tacetd_kept(self):
        done = self.run_ctl("switch", "--to", "error:Busy:report")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stdout, r"aplay \(901\) +wait +5.00 s +busy")
        self.assertEqual(done.stderr.count("The mock was asked for Busy."), 1)
        done = self.run_ctl("switch", "--to", "error:Busy:report", "--json")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(json.loads(done.stdout)["streams"][0]["outcome"], "busy")

    def test_a_tacetd_that_dies_meanwhile_is_told_so(self):
        done = self.run_ctl("switch", "--to", "vanish")
        self.assertEqual(done.returncode, 1)
        self.assertIn("went away", done.stderr)

    def test_wrong_values_are_wrong_usage_and_reach_nobody(self):
        for args in ([], ["--quiesce", "soon"], ["--timeout", "0"], ["--timeout", "x"],
                     ["--timeout", "-1"], ["--timeout", "1e9"], ["--timeout", "nan"],
                     ["--to", "A", "--timeout", "1s"], ["a", "b", "--to", "A"],
                     ["--dry-run"], ["--to"], ["--to", "A", "--quiesce", "soon"],
                     sum((["--enable", str(i)] for i in range(17)), [])):
            with self.subTest(args):
                self.assertEqual(self.run_ctl("switch", *args).returncode, 2)
        self.assertEqual(self.last_request(), {})

    def test_progress_is_shown_on_a_terminal_only(self):
        ours, theirs = pty.openpty()
        done = subprocess.run([TACETCTL, "switch", "--to", "progress"], stderr=theirs,
                              stdout=subprocess.PIPE, env=self.bus.env(), timeout=DEADLINE,
                              check=False)
        os.close(theirs)
        shown = os.read(ours, 65536).decode()
        os.close(ours)
        self.assertEqual(done.returncode, 0)
        self.assertIn("TacetPhone: quiesce  pause hw:TacetPhone,0,0 (mpv)", shown)
        self.assertTrue(shown.endswith("\r\x1b[K"), "the line of progress is taken away")
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertEqual(self.run_ctl("switch", "--to", "progress").stderr, "")

    def test_colour_is_for_terminals_without_no_color(self):
        for more, wanted in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            with self.subTest(more):
                ours, theirs = pty.openpty()
                subprocess.run([TACETCTL, "switch", "--to", "A"], stdout=theirs,
                               env={**self.bus.env(), **more}, timeout=DEADLINE, check=True)
                os.close(theirs)
                shown = os.read(ours, 65536).decode()
                os.close(ours)
                self.assertEqual("\x1b[" in shown, wanted)


class Trace(WithMock):
    def test_trace_shows_tables_and_what_went_wrong(self):
        done = self.run_ctl("trace")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for text in ("SWITCH", "Streams", "Controls written", "What went wrong",
                     "aplay (901) still plays hw:TacetPhone,0,0 after 5 s.",
                     "Headphones Mixer Ringtone Switch", "2026-09-21 14:13:20.000"):
            self.assertIn(text, done.stdout)

    def test_the_number_of_switches_is_a_choice(self):
        for args in (["-n", "1"], ["--last", "1"], ["--last=1"]):
            trace = json.loads(self.run_ctl("trace", "--json", *args).stdout)
            self.assertEqual([report["id"] for report in trace], [9])
        for wrong in ("0", "-1", "x", "1001", ""):
            self.assertEqual(self.run_ctl("trace", "-n", wrong).returncode, 2)

    def test_json_can_be_read_back(self):
        trace = self.run_ctl("trace", "--json").stdout
        again = tacetctl("trace", "--json", "--input", "-", input=trace)
        self.assertEqual(again.returncode, 0)
        self.assertEqual(json.loads(again.stdout), json.loads(trace))
        self.assertEqual(tacetctl("trace", "--input", "-", input=trace).stdout,
                         self.run_ctl("trace").stdout)

    def test_the_json_of_a_switch_can_be_read_too(self):
        report = self.run_ctl("switch", "--to", "A", "--json").stdout
        again = tacetctl("trace", "--json", "--input", "-", input=report)
        self.assertEqual(json.loads(again.stdout), [json.loads(report)])

    def test_an_input_that_is_no_trace_is_named(self):
        for text in ("", "{", "{}", "3", '"x"', "[1"):
            with self.subTest(text):
                done = tacetctl("trace", "--input", "-", input=text)
                self.assertEqual(done.returncode, 1)
                self.assertIn("standard input: ", done.stderr)
        done = tacetctl("trace", "--input", "/nonexistent/trace.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/trace.json: No such file", done.stderr)

    def test_a_drawing_goes_to_a_file_or_to_standard_output(self):
        path = pathlib.Path(self.bus.folder.name, "switches.svg")
        done = self.run_ctl("trace", "--svg", str(path))
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(path.read_text(encoding="utf-8"),
                         self.run_ctl("trace", "--svg", "-").stdout)
        done = self.run_ctl("trace", "--svg", "/nonexistent/x.svg")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be written to /nonexistent/x.svg", done.stderr)
        self.assertEqual(self.run_ctl("trace", "--svg", "-", "--json").returncode, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
