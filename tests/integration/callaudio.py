# SPDX-License-Identifier: LGPL-2.1-or-later
"""tacet-callaudiod beside tacetd on a private bus, which is the session's and the system's."""

import os
import pathlib
import signal
import subprocess
import sys

import dbus
import dbus.bus

from world import DEADLINE, World, wait_until

CALLAUDIOD = os.environ.get("CALLAUDIOD", "tacet-callaudiod")
NAME, PATH = "org.mobian_project.CallAudio", "/org/mobian_project/CallAudio"
HERE = pathlib.Path(__file__).resolve().parent
UNKNOWN = 255


class Phone(World):
    """The world of tacetd, with a dialer's service in it."""

    def __init__(self, conf="", settings=""):
        super().__init__(conf)
        self.settings(settings)
        self.service = None
        self.modems = None

    def env(self):
        return dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.address,
                    DBUS_SESSION_BUS_ADDRESS=self.address, TACET_LOG_LEVEL="debug")

    def settings(self, text):
        (self.root / "callaudiod.conf").write_text("[callaudiod]\n" + text, encoding="utf-8")

    def serve(self):
        """Start tacet-callaudiod and wait until it has its name."""
        self.service = subprocess.Popen(
            [CALLAUDIOD, f"--config={self.root}/callaudiod.conf"], env=self.env(),
            stderr=self.log)
        wait_until(lambda: self.bus.name_has_owner(NAME) or self.service.poll() is not None,
                   "the service has its name")
        if self.service.poll() is not None:
            raise AssertionError("tacet-callaudiod ended: " + self.log_text())

    def kill_service(self):
        self.service.send_signal(signal.SIGKILL)
        self.service.wait(DEADLINE)
        self.service = None
        wait_until(lambda: not self.bus.name_has_owner(NAME), "the service left the bus")

    def end_service(self):
        self.service.terminate()
        code = self.service.wait(DEADLINE)
        self.service = None
        return code

    def call_audio(self):
        return dbus.Interface(self.bus.get_object(NAME, PATH, introspect=False), NAME)

    def select_mode(self, mode):
        return bool(self.call_audio().SelectMode(dbus.UInt32(mode), timeout=DEADLINE))

    def speaker(self, on):
        return bool(self.call_audio().EnableSpeaker(on, timeout=DEADLINE))

    def mute(self, on):
        return bool(self.call_audio().MuteMic(on, timeout=DEADLINE))

    def state(self):
        """Mode, speaker and microphone, as numbers."""
        properties = self.bus.get_object(NAME, PATH, introspect=False)
        return tuple(int(properties.Get(NAME, name,
                                        dbus_interface="org.freedesktop.DBus.Properties"))
                     for name in ("AudioMode", "SpeakerState", "MicState"))

    def route(self):
        """The verb and its devices, as tacetd tells."""
        return str(self.get("Verb")), sorted(str(name) for name in self.get("Devices"))

    def wait_route(self, verb, *devices):
        try:
            wait_until(lambda: self.exists() and self.route() == (verb, sorted(devices)),
                       f"the route is {verb}: {devices}")
        except AssertionError as failure:
            is_now = self.route() if self.exists() else "unknown"
            raise AssertionError(f"{failure}; it is {is_now}\n{self.log_text()}") from None

    def mock(self, template, *more):
        """A service of python-dbusmock on the bus."""
        self.modems = subprocess.Popen(
            [sys.executable, "-B", "-m", "dbusmock", "--template", template, *more],
            env=self.env(), stdout=subprocess.DEVNULL)

    def end_mock(self, how=signal.SIGTERM):
        if self.modems:
            self.modems.send_signal(how)
            self.modems.wait(DEADLINE)
            self.modems = None

    def stop(self):
        self.end_mock()
        code = self.end_service() if self.service else 0
        super().stop()
        if code:
            raise AssertionError(f"tacet-callaudiod ended with {code}")
