# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus, the mock on it, and tacetctl: what the client's tests have in common."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = pathlib.Path(os.environ.get("TACET_SOURCE", HERE.parents[2]))
TACETCTL = os.environ.get("TACETCTL", "tacetctl")
DEADLINE = 30  # seconds for what takes milliseconds on an idle machine

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


def environment(**more):
    env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC", TERM="xterm", **more)
    env.pop("NO_COLOR", None)
    return env


def tacetctl(*args, env=None, **options):
    """Run it to its end; the result has .returncode, .stdout and .stderr."""
    return subprocess.run([TACETCTL, *args], env=env or environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=DEADLINE, check=False, **options)


class Bus:
    """A bus daemon of our own, and the mock when asked for."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tacetctl-test-")
        config = pathlib.Path(self.folder.name, "bus.conf")
        config.write_text(BUS_CONFIG.format(folder=self.folder.name), encoding="utf-8")
        self.daemon = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--print-address=1", f"--config-file={config}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.daemon.stdout.readline().strip()
        assert self.address, "dbus-daemon did not start"
        self.mock = None

    def env(self, **more):
        return environment(DBUS_SYSTEM_BUS_ADDRESS=self.address, **more)

    def start_mock(self):
        # The client may be built with a sanitizer that must not enter Python.
        self.mock = subprocess.Popen(
            [sys.executable, str(HERE / "mock_tacetd.py")], env=self.env(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.mock.stdout.readline().startswith("ready"), "the mock did not start"

    def command(self, line):
        self.mock.stdin.write(line + "\n")
        self.mock.stdin.flush()

    def stop_mock(self):
        if self.mock:
            self.mock.stdin.close()
            self.mock.wait(DEADLINE)
            self.mock.stdout.close()
            self.mock = None

    def stop(self):
        self.stop_mock()
        self.daemon.terminate()
        self.daemon.wait(DEADLINE)
        self.daemon.stdout.close()
        self.folder.cleanup()


class WithMock(unittest.TestCase):
    """A bus and a mock that the tests of a class share; each finds the mock as new."""

    @classmethod
    def setUpClass(cls):
        cls.bus = Bus()
        cls.addClassCleanup(cls.bus.stop)

    def setUp(self):
        if self.bus.mock and self.bus.mock.poll() is None:
            self.mock("Reset")
        else:
            self.bus.stop_mock()
            self.bus.start_mock()

    def run_ctl(self, *args, **more):
        return tacetctl(*args, env=self.bus.env(**more))

    def mock(self, method):
        """What a method of the mock's own interface says."""
        answer = subprocess.run(
            ["busctl", f"--address={self.bus.address}", "--json=short", "call", "org.tacet1",
             "/org/tacet1", "org.tacet1.Mock", method], text=True, capture_output=True,
            check=True, timeout=DEADLINE)
        return json.loads(answer.stdout)["data"][0]

    def last_request(self):
        """The request as it reached the mock."""
        return json.loads(self.mock("LastRequest"))
