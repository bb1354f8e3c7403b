# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.mobian_project.CallAudio as dialers know it, over tacetd on a private bus."""

import os
import pathlib
import re
import subprocess
import tempfile
import threading
import unittest

import dbus
import dbus.bus
import dbus.mainloop.glib
from gi.repository import GLib

from callaudio import CALLAUDIOD, NAME, PATH, UNKNOWN, Phone
from world import DEADLINE, Lease, wait_until

CONF = """[card Phone]
DefaultVerb=HiFi
DefaultDevices=Speaker, Mic
FollowJacks=yes
Timeout=2s
UcmTimeout=1s
"""
HOLD = """[hold voice]
Card=Phone
Verb=Voice Call
PCM=hw:Phone,2
"""
SOURCE = pathlib.Path(__file__).resolve().parents[2]
EARPIECE = ("Voice Call", "Earpiece", "Mic")
MUSIC = ("HiFi", "Mic", "Speaker")


class CallAudio(unittest.TestCase):
    settings = ""

    def setUp(self):
        self.phone = Phone(CONF, self.settings)
        self.addCleanup(self.phone.stop)

    def up(self):
        self.phone.add_card()
        self.phone.start()
        self.phone.wait_managed()
        self.phone.wait_known()
        self.phone.serve()
        wait_until(lambda: self.phone.state()[0] == 0, "the mode is known")


class Dialer(CallAudio):
    def test_a_call_goes_to_the_earpiece_and_back_to_where_the_music_was(self):
        self.up()
        self.assertEqual(self.phone.state(), (0, 1, 1))
        self.assertTrue(self.phone.select_mode(1))
        self.phone.wait_route(*EARPIECE)
        self.assertEqual(self.phone.state(), (1, 0, 1))
        self.assertTrue(self.phone.select_mode(0))
        self.phone.wait_route(*MUSIC)
        self.assertEqual(self.phone.state(), (0, 1, 1))

    def test_the_speaker_is_enabled_and_disabled_within_the_call(self):
        self.up()
        self.assertTrue(self.phone.select_mode(1))
        self.assertTrue(self.phone.speaker(True))
        self.phone.wait_route("Voice Call", "Speaker", "Mic")
        self.assertEqual(self.phone.state(), (1, 1, 1))
        self.assertTrue(self.phone.speaker(False))
        self.phone.wait_route(*EARPIECE)
        self.assertEqual(self.phone.state(), (1, 0, 1))

    def test_without_a_capture_switch_mute_takes_the_microphone_out_of_the_route(self):
        self.up()
        self.phone.select_mode(1)
        self.assertTrue(self.phone.mute(True))
        self.phone.wait_route("Voice Call", "Earpiece")
        self.assertEqual(self.phone.state(), (1, 0, 0))
        self.assertTrue(self.phone.speaker(True))
        self.phone.wait_route("Voice Call", "Speaker")
        self.assertTrue(self.phone.mute(False))
        self.phone.wait_route("Voice Call", "Speaker", "Mic")
        self.assertEqual(self.phone.state(), (1, 1, 1))

    def test_the_call_that_ends_takes_mute_and_speaker_along(self):
        self.up()
        self.phone.select_mode(1)
        self.phone.speaker(True)
        self.phone.mute(True)
        self.assertTrue(self.phone.select_mode(0))
        self.phone.wait_route(*MUSIC)
        self.assertEqual(self.phone.state(), (0, 1, 1))
        self.phone.select_mode(1)
        self.phone.wait_route(*EARPIECE)

    def test_modes_that_do_not_exist_are_invalid_arguments(self):
        self.up()
        for mode in (2, 255, 2**32 - 1):
            with self.assertRaises(dbus.DBusException) as caught:
                self.phone.select_mode(mode)
            self.assertEqual(caught.exception.get_dbus_name(),
                             "org.freedesktop.DBus.Error.InvalidArgs")
        self.assertEqual(self.phone.route(), ("HiFi", ["Mic", "Speaker"]))

    def test_a_change_is_told_and_only_a_change(self):
        self.up()
        loop = dbus.mainloop.glib.DBusGMainLoop()
        bus = dbus.bus.BusConnection(self.phone.address, mainloop=loop)
        self.addCleanup(bus.close)
        told = []
        bus.add_signal_receiver(
            lambda interface, changed, _: told.append({str(k): int(v) for k, v
                                                       in changed.items()}),
            "PropertiesChanged", "org.freedesktop.DBus.Properties", path=PATH)
        # The match is in force when the bus has answered something later.
        bus.get_name_owner(NAME)
        self.assertTrue(self.phone.select_mode(0))
        self.assertTrue(self.phone.select_mode(1))
        self.assertTrue(self.phone.mute(True))

        def seen():
            while GLib.main_context_default().iteration(False):
                pass
            return told and told[-1].get("MicState") == 0
        wait_until(seen, "the changes were told")
        self.assertEqual(told[0], {"AudioMode": 1, "SpeakerState": 0, "MicState": 1})
        self.assertEqual(len(told), 2)

    def test_a_headset_that_is_plugged_takes_the_call_and_gives_it_back(self):
        self.up()
        jack = self.phone.root / "jack"
        self.phone.select_mode(1)
        self.phone.speaker(True)
        jack.touch()
        self.phone.wait_route("Voice Call", "Headphones", "Mic")
        wait_until(lambda: self.phone.state() == (1, 0, 1), "the speaker is off")
        self.assertTrue(self.phone.speaker(True))
        self.phone.wait_route("Voice Call", "Speaker", "Mic")
        self.assertTrue(self.phone.speaker(False))
        self.phone.wait_route("Voice Call", "Headphones", "Mic")
        jack.unlink()
        self.phone.wait_route(*EARPIECE)
        jack.touch()
        self.phone.wait_route("Voice Call", "Headphones", "Mic")
        # The music goes where the headset is now, not where it was before the call.
        self.assertTrue(self.phone.select_mode(0))
        self.phone.wait_route("HiFi", "Headphones", "Mic")

    def test_a_muted_microphone_stays_muted_when_somebody_else_enables_it(self):
        self.up()
        self.phone.select_mode(1)
        self.phone.mute(True)
        self.phone.switch(enable=["Mic"])
        self.phone.wait_route("Voice Call", "Earpiece")
        self.assertEqual(self.phone.state(), (1, 0, 0))

    def test_a_switch_by_somebody_else_is_seen(self):
        self.up()
        self.phone.switch(verb="Voice Call", enable=["Speaker", "Mic"])
        wait_until(lambda: self.phone.state() == (1, 1, 1), "the call is seen")
        self.phone.switch(verb="HiFi", enable=["Earpiece"])
        wait_until(lambda: self.phone.state() == (0, 0, 1), "its end is seen")

    def test_a_dialer_is_not_blocked_and_each_is_answered(self):
        self.up()
        self.phone.behave("wait")
        answers = []

        def ask(call):
            bus = dbus.bus.BusConnection(self.phone.address)
            service = dbus.Interface(bus.get_object(NAME, PATH, introspect=False), NAME)
            answers.append(bool(call(service)))
            bus.close()
        asking = [threading.Thread(target=ask, args=(call,), daemon=True) for call in (
            lambda s: s.SelectMode(dbus.UInt32(1), timeout=DEADLINE),
            lambda s: s.EnableSpeaker(True, timeout=DEADLINE))]
        asking[0].start()
        wait_until(lambda: self.phone.get("State") == "apply", "tacetd works on it")
        asking[1].start()
        # Properties are answered meanwhile.
        self.assertEqual(self.phone.state()[0], 0)
        (self.phone.root / "go").touch()
        for thread in asking:
            thread.join(DEADLINE)
        self.assertEqual(answers, [True, True])
        self.phone.wait_route("Voice Call", "Speaker", "Mic")


    def test_many_dialers_at_once_are_all_answered_and_the_last_word_counts(self):
        self.up()
        answers = []

        def ask(number):
            bus = dbus.bus.BusConnection(self.phone.address)
            service = dbus.Interface(bus.get_object(NAME, PATH, introspect=False), NAME)
            for turn in range(6):
                on = (number + turn) % 2
                answers.append(service.SelectMode(dbus.UInt32(on), timeout=DEADLINE))
                answers.append(service.EnableSpeaker(bool(on), timeout=DEADLINE))
                answers.append(service.MuteMic(bool(on), timeout=DEADLINE))
            bus.close()
        asking = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(16)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join(2 * DEADLINE)
        self.assertEqual(len(answers), 16 * 6 * 3)
        self.assertTrue(self.phone.select_mode(1))
        self.assertTrue(self.phone.speaker(True))
        self.assertTrue(self.phone.mute(False))
        self.phone.wait_route("Voice Call", "Speaker", "Mic")
        self.assertTrue(self.phone.select_mode(0))
        wait_until(lambda: self.phone.route()[0] == "HiFi" and self.phone.state()[0] == 0,
                   "the music is back")


class Trouble(CallAudio):
    def test_what_is_busy_is_false_now_and_done_later(self):
        self.up()
        self.phone.set_stream(0, "RUNNING", hw_ptr=100)
        self.assertFalse(self.phone.select_mode(1))
        self.assertEqual(self.phone.state(), (0, 1, 1))
        self.phone.set_stream(0, "closed")
        self.phone.wait_route(*EARPIECE)
        wait_until(lambda: self.phone.state() == (1, 0, 1), "the mode is told")

    def test_what_cannot_be_is_false_and_given_up(self):
        self.phone.settings("Speaker=Trumpet\n")
        self.up()
        self.assertTrue(self.phone.select_mode(1))
        self.assertFalse(self.phone.speaker(True))
        self.phone.wait_route(*EARPIECE)
        self.assertIn("no device that is a speaker", self.phone.log_text())

    def test_a_sequence_that_fails_is_false_and_tried_again(self):
        self.up()
        self.phone.behave("fail Earpiece")
        self.assertFalse(self.phone.select_mode(1))
        self.phone.wait_route(*MUSIC)
        self.phone.behave("ok")
        self.phone.wait_route(*EARPIECE)

    def test_a_call_whose_voice_cannot_be_opened_is_false_and_gets_it_later(self):
        self.phone.conf(CONF + HOLD)
        self.up()
        self.phone.set_stream(2, "PREPARED")
        self.assertFalse(self.phone.select_mode(1))
        self.assertEqual(self.phone.state(), (1, 0, 1))
        self.assertIn("Not done yet: hw:Phone,2", self.phone.log_text())
        self.phone.set_stream(2, "closed")
        wait_until(lambda: self.phone.stream(2) == "RUNNING", "the voice is held")
        self.assertTrue(self.phone.select_mode(0))
        self.assertEqual(self.phone.stream(2), "closed")

    def test_without_tacetd_everything_is_false_and_unknown(self):
        self.phone.serve()
        self.assertEqual(self.phone.state(), (UNKNOWN, UNKNOWN, UNKNOWN))
        self.assertFalse(self.phone.select_mode(1))
        self.assertFalse(self.phone.speaker(True))
        self.assertFalse(self.phone.mute(True))
        self.assertIn("tacetd does not run and cannot be started", self.phone.log_text())

    def test_a_call_survives_a_kill_of_tacetd(self):
        self.up()
        self.phone.select_mode(1)
        self.phone.speaker(True)
        self.phone.kill()
        wait_until(lambda: self.phone.state() == (UNKNOWN, UNKNOWN, UNKNOWN), "it is seen")
        self.phone.start()
        self.phone.wait_route("Voice Call", "Speaker", "Mic")
        wait_until(lambda: self.phone.state() == (1, 1, 1), "the state is back")
        self.assertTrue(self.phone.select_mode(0))
        self.phone.wait_route(*MUSIC)

    def test_what_was_asked_for_when_tacetd_died_is_done_by_the_next(self):
        self.up()
        self.phone.behave("wait")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.ask_alone()), daemon=True)
        thread.start()
        wait_until(lambda: self.phone.get("State") == "apply", "tacetd works on it")
        self.phone.kill()
        thread.join(DEADLINE)
        self.assertEqual(answers, [False])
        self.phone.behave("ok")
        self.phone.start()
        self.phone.wait_route(*EARPIECE)

    def ask_alone(self):
        bus = dbus.bus.BusConnection(self.phone.address)
        service = dbus.Interface(bus.get_object(NAME, PATH, introspect=False), NAME)
        answer = bool(service.SelectMode(dbus.UInt32(1), timeout=DEADLINE))
        bus.close()
        return answer

    def test_the_service_killed_within_a_call_finds_its_state_again(self):
        self.up()
        self.phone.select_mode(1)
        self.phone.speaker(True)
        self.phone.mute(True)
        self.phone.kill_service()
        self.phone.serve()
        wait_until(lambda: self.phone.state() == (1, 1, 0), "the state is found")
        self.assertTrue(self.phone.mute(False))
        self.phone.wait_route("Voice Call", "Speaker", "Mic")
        self.assertTrue(self.phone.select_mode(0))
        self.phone.wait_route(*MUSIC)

    def test_a_card_that_goes_and_comes_is_served_again(self):
        self.up()
        self.phone.remove_card()
        wait_until(lambda: self.phone.state()[0] == UNKNOWN, "it is seen")
        self.phone.add_card()
        wait_until(lambda: self.phone.state()[0] == 0, "it is seen again")
        self.assertTrue(self.phone.select_mode(1))
        self.phone.wait_route(*EARPIECE)

    def test_a_second_service_says_who_has_the_name(self):
        self.up()
        second = subprocess.run([CALLAUDIOD, f"--config={self.phone.root}/callaudiod.conf"],
                                env=self.phone.env(), stderr=subprocess.PIPE, text=True,
                                timeout=DEADLINE, check=False)
        self.assertEqual(second.returncode, 4)
        self.assertIn(f"(pid {self.phone.service.pid})", second.stderr)
        self.assertTrue(self.phone.select_mode(1))


class Program(unittest.TestCase):
    def run_it(self, *args):
        return subprocess.run([CALLAUDIOD, *args], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.PIPE, timeout=DEADLINE, check=False)

    def test_help_and_version_are_printed_and_wrong_usage_is_2(self):
        self.assertIn("--check", self.run_it("--help").stdout)
        self.assertRegex(self.run_it("--version").stdout, r"^tacet-callaudiod \d")
        self.assertEqual(self.run_it("--nonsense").returncode, 2)
        self.assertEqual(self.run_it("extra").returncode, 2)

    def test_help_page_and_completions_have_the_same_options(self):
        options = set(re.findall(r"--([a-z]+)", self.run_it("--help").stdout))
        self.assertEqual(len(options), 4)
        page = (SOURCE / "man/tacet-callaudiod.1").read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"Fl h , -([a-z]+)|^\.It Fl -([a-z]+)", page, re.M)),
                         {("help", ""), ("", "check"), ("", "config"), ("", "version")})
        for name, pattern in (("tacet-callaudiod.bash", r"--([a-z]+)"),
                              ("_tacet-callaudiod", r"--([a-z]+)"),
                              ("tacet-callaudiod.fish", r"-l ([a-z]+)")):
            text = (SOURCE / "completion" / name).read_text(encoding="utf-8")
            self.assertEqual(set(re.findall(pattern, text)), options, name)

    def test_the_page_has_every_key_and_its_default(self):
        page = (SOURCE / "man/tacet-callaudiod.conf.5").read_text(encoding="utf-8")
        conf = (SOURCE / "systemd/callaudiod.conf").read_text(encoding="utf-8")
        keys = re.findall(r"^#([A-Za-z]+)=(.*)$", conf, re.M)
        self.assertEqual([key for key, _ in keys], re.findall(r"^\.It Cm ([A-Za-z]+)=", page, re.M))
        flat = " ".join(page.split())
        for key, value in keys:
            if "," in value:
                self.assertIn(value, flat, key)
        # The file with all of its comments taken away is read, too.
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as whole:
            whole.write("".join(f"{line.lstrip('#')}\n" for line in conf.splitlines()
                                if line.startswith(("[", "#")) and "SPDX" not in line and
                                "default" not in line))
            whole.flush()
            self.assertEqual(self.run_it("--check", f"--config={whole.name}").returncode, 0)

    def test_without_a_bus_it_says_so(self):
        done = subprocess.run([CALLAUDIOD], stderr=subprocess.PIPE, text=True,
                              timeout=DEADLINE, check=False,
                              env=dict(os.environ, DBUS_SESSION_BUS_ADDRESS="unix:path=/none"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("Cannot connect to the session bus", done.stderr)


if __name__ == "__main__":
    dbus.mainloop.glib.DBusGMainLoop()
    unittest.main(verbosity=2)
