#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""monitor against a mock of tacetd that comes and goes."""

import json
import os
import selectors
import signal
import subprocess
import time
import unittest

from harness import DEADLINE, TACETCTL, Bus


class Monitor(unittest.TestCase):
    def setUp(self):
        self.bus = Bus()
        self.addCleanup(self.bus.stop)

    def start(self, *args):
        monitor = subprocess.Popen([TACETCTL, "monitor", *args], env=self.bus.env(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(monitor.stderr.close)
        self.addCleanup(monitor.stdout.close)
        self.addCleanup(monitor.wait)
        self.addCleanup(monitor.kill)
        self.rest = b""
        return monitor

    def expect(self, monitor, text):
        """The next line with this text, or a failure at the deadline."""
        end = time.monotonic() + DEADLINE
        fd = monitor.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(fd, selectors.EVENT_READ)
            while True:
                line, newline, rest = self.rest.partition(b"\n")
                if newline:
                    self.rest = rest
                    if text in line.decode():
                        return line.decode()
                    continue
                self.assertTrue(selector.select(end - time.monotonic()),
                                f"no line with {text!r}")
                more = os.read(fd, 65536)
                self.assertTrue(more, f"the monitor ended before {text!r}")
                self.rest += more

    def test_events_are_lines_for_people(self):
        self.bus.start_mock()
        monitor = self.start()
        self.expect(monitor, "tacetd is there")
        for command, text in (("progress", "TacetPhone  7  apply  enable Headphones"),
                              ("added", "New  card added"), ("removed", "New  card removed"),
                              ("jack", "Jacks:  Headphone Jack unplugged"),
                              ("switched", "HiFi: Headphones Mic, done"),
                              ("failed", "aplay (901) still plays")):
            self.bus.command(command)
            line = self.expect(monitor, text)
            self.assertNotIn("\x1b", line)

    def test_events_are_json_one_a_line(self):
        self.bus.start_mock()
        monitor = self.start("--json")
        self.assertEqual(json.loads(self.expect(monitor, "Started"))["signal"], "Started")
        self.bus.command("progress")
        event = json.loads(self.expect(monitor, "Progress"))
        self.assertEqual((event["card"], event["id"], event["state"], event["detail"]),
                         ("TacetPhone", 7, "apply", "enable Headphones"))
        self.assertGreater(event["time"], 1_500_000_000_000_000)
        self.bus.command("switched")
        event = json.loads(self.expect(monitor, "Switched"))
        self.assertEqual(event["report"]["devices"], ["Headphones", "Mic"])
        self.bus.command("jack")
        event = json.loads(self.expect(monitor, "PropertiesChanged"))
        self.assertEqual(event["changed"]["Jacks"], {"Headphone Jack": False})
        self.bus.command("added")
        event = json.loads(self.expect(monitor, "CardAdded"))
        self.assertEqual((event["card"], event["path"]), ("New", "/org/tacet1/card/New"))

    def test_the_monitor_outlives_tacetd(self):
        monitor = self.start()
        self.expect(monitor, "tacetd is not running; waiting for it")
        for _ in range(2):
            self.bus.start_mock()
            self.expect(monitor, "tacetd is there")
            self.bus.command("switched")
            self.expect(monitor, "done")
            self.bus.stop_mock()
            self.expect(monitor, "tacetd is not running; waiting for it")
        self.assertIsNone(monitor.poll())

    def test_only_the_wanted_card_is_shown(self):
        self.bus.start_mock()
        monitor = self.start("New")
        self.expect(monitor, "tacetd is there")
        for command in ("progress", "switched", "jack", "added"):
            self.bus.command(command)
        line = self.expect(monitor, "")
        self.assertIn("New  card added", line)

    def test_a_closed_pipe_ends_the_monitor(self):
        self.bus.start_mock()
        monitor = self.start()
        self.expect(monitor, "tacetd is there")
        monitor.stdout.close()
        self.bus.command("switched")
        self.assertIn(monitor.wait(DEADLINE), (1, -signal.SIGPIPE))

    def test_a_lost_bus_ends_the_monitor_with_a_sentence(self):
        self.bus.start_mock()
        monitor = self.start()
        self.expect(monitor, "tacetd is there")
        self.bus.daemon.kill()
        self.assertEqual(monitor.wait(DEADLINE), 1)
        self.assertIn(b"connection to the system bus is lost", monitor.stderr.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
