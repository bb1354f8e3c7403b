# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls of ModemManager and of oFono, as python-dbusmock plays them, choose the mode."""

import pathlib
import signal
import unittest

import dbus

from test_callaudio import CONF, EARPIECE, MUSIC, CallAudio
from world import wait_until

HERE = pathlib.Path(__file__).resolve().parent
MOCK = "org.freedesktop.DBus.Mock"


class Following(CallAudio):
    """A phone that follows a service, which has a modem."""

    def up(self):
        self.start_service()
        super().up()

    def remote(self, path, interface=MOCK):
        return dbus.Interface(self.phone.bus.get_object(self.name, path, introspect=False),
                              interface)

    def in_call(self):
        self.phone.wait_route(*EARPIECE)
        wait_until(lambda: self.phone.state()[0] == 1, "the mode is told")

    def at_rest(self):
        self.phone.wait_route(*MUSIC)
        wait_until(lambda: self.phone.state()[0] == 0, "the mode is told")

    def stays(self, mode):
        """Nothing changed, though all that was told before has been dealt with."""
        self.assertEqual(self.phone.state()[0], mode)
        self.phone.mute(True)
        self.phone.mute(False)
        self.assertEqual(self.phone.state()[0], mode)

    def check_an_incoming_call(self):
        call = self.ring("incoming")
        self.stays(0)
        self.change(call, "active")
        self.in_call()
        self.end(call)
        self.at_rest()

    def check_an_outgoing_call(self):
        call = self.ring("dialing")
        self.in_call()
        for state in ("alerting", "active", "held", "active"):
            self.change(call, state)
            self.stays(1)
        self.end(call)
        self.at_rest()

    def check_a_call_that_is_not_answered(self):
        call = self.ring("incoming")
        self.stays(0)
        self.end(call)
        self.stays(0)
        self.assertEqual(self.phone.route(), (MUSIC[0], sorted(MUSIC[1:])))

    def check_two_calls_that_are_swapped(self):
        first = self.ring("dialing")
        self.in_call()
        self.change(first, "active")
        second = self.ring("waiting")
        self.stays(1)
        self.change(first, "held")
        self.change(second, "active")
        self.change(second, "held")
        self.change(first, "active")
        self.stays(1)
        self.end(first)
        self.stays(1)
        self.end(second)
        self.at_rest()

    def check_a_modem_that_goes(self):
        self.ring("dialing")
        self.ring("waiting")
        self.in_call()
        self.remove_modem()
        self.at_rest()

    def check_a_dialer_beside(self):
        """The dialer asks for what the call brings anyway, and leaves before it ends."""
        call = self.ring("dialing")
        self.assertTrue(self.phone.select_mode(1))
        self.in_call()
        self.assertFalse(self.phone.select_mode(0))
        self.stays(1)
        self.phone.speaker(True)
        self.phone.wait_route("Voice Call", "Speaker", "Mic")
        self.end(call)
        self.at_rest()

    def check_a_kill_of_the_service_within_a_call(self):
        call = self.ring("dialing")
        self.in_call()
        self.phone.speaker(True)
        self.phone.kill_service()
        self.phone.serve()
        wait_until(lambda: self.phone.state() == (1, 1, 1), "the call is found")
        self.phone.kill_service()
        self.end(call)
        self.phone.serve()
        self.at_rest()

    def check_a_kill_of_tacetd_while_a_call_begins_and_ends(self):
        self.phone.kill()
        call = self.ring("dialing")
        self.phone.start()
        self.in_call()
        self.phone.kill()
        self.end(call)
        self.phone.start()
        self.at_rest()


class ModemManager(Following):
    settings = "FollowCalls=modemmanager\n"
    name = "org.freedesktop.ModemManager1"
    root = "/org/freedesktop/ModemManager1"
    states = {"dialing": 1, "alerting": 2, "incoming": 3, "active": 4, "held": 5, "waiting": 6}

    def start_service(self):
        self.phone.mock(str(HERE / "modemmanager.py"))
        wait_until(lambda: self.phone.bus.name_has_owner(self.name), "ModemManager is there")
        self.modem = self.remote(self.root).AddModem("0")

    def ring(self, state):
        return self.remote(self.root).AddCall(self.modem, dbus.Int32(self.states[state]))

    def change(self, call, state):
        self.remote(self.root).SetCallState(call, dbus.Int32(self.states[state]))

    def end(self, call):
        self.remote(self.root).SetCallState(call, dbus.Int32(7))
        self.remote(self.root).DeleteCall(call)

    def remove_modem(self):
        self.remote(self.root).RemoveModem(self.modem)

    def test_calls_choose_the_mode(self):
        self.up()
        for check in (self.check_an_incoming_call, self.check_an_outgoing_call,
                      self.check_a_call_that_is_not_answered,
                      self.check_two_calls_that_are_swapped, self.check_a_dialer_beside,
                      self.check_a_modem_that_goes):
            with self.subTest(check.__name__):
                check()

    def test_any_process_may_die_and_the_verb_is_right_again(self):
        self.up()
        self.check_a_kill_of_the_service_within_a_call()
        self.check_a_kill_of_tacetd_while_a_call_begins_and_ends()

    def test_any_two_processes_may_die_within_a_call(self):
        self.up()
        self.ring("dialing")
        self.in_call()
        self.phone.kill()
        self.phone.kill_service()
        self.phone.start()
        self.phone.serve()
        self.in_call()
        # ModemManager took the call along, and nobody is left who knew of it.
        self.phone.end_mock(signal.SIGKILL)
        self.phone.kill_service()
        self.phone.serve()
        self.at_rest()
        self.start_service()
        self.ring("dialing")
        self.in_call()
        self.phone.end_mock(signal.SIGKILL)
        self.phone.kill()
        self.phone.start()
        self.in_call()
        self.start_service()
        self.at_rest()

    def test_the_call_goes_on_while_modemmanager_is_started_again(self):
        self.up()
        self.ring("dialing")
        self.in_call()
        self.phone.end_mock(signal.SIGKILL)
        self.stays(1)
        # The next one knows of no call: then there is none.
        self.start_service()
        self.at_rest()
        # And a service that does not come back takes the call along, in the end.
        self.ring("dialing")
        self.in_call()
        self.phone.end_mock(signal.SIGKILL)
        self.stays(1)
        self.at_rest()


class Ofono(Following):
    settings = "FollowCalls=ofono\n"
    name = "org.ofono"
    call_interface = "org.ofono.VoiceCall"

    def start_service(self):
        self.phone.mock("ofono")
        wait_until(lambda: self.phone.bus.name_has_owner(self.name), "oFono is there")
        self.modem = "/ril_0"

    def ring(self, state):
        path = self.remote(self.modem, "org.ofono.VoiceCallManager").Dial("123", "")
        if state != "dialing":
            # The template knows only calls of our own: it is announced once more as what it is.
            self.change(path, state)
        return path

    def change(self, call, state):
        self.remote(call).UpdateProperties(self.call_interface, {"State": state})
        self.remote(call).EmitSignal(self.call_interface, "PropertyChanged", "sv",
                                     ["State", dbus.String(state, variant_level=1)])

    def end(self, call):
        self.remote(call).EmitSignal(self.call_interface, "PropertyChanged", "sv",
                                     ["State", dbus.String("disconnected", variant_level=1)])
        self.remote(call, self.call_interface).Hangup()

    def remove_modem(self):
        self.remote("/").EmitSignal("org.ofono.Manager", "ModemRemoved", "o", [self.modem])

    def test_calls_choose_the_mode(self):
        self.up()
        for check in (self.check_an_outgoing_call, self.check_two_calls_that_are_swapped,
                      self.check_a_dialer_beside, self.check_a_modem_that_goes):
            with self.subTest(check.__name__):
                check()

    def test_a_call_that_rings_does_not_take_the_route(self):
        self.up()
        call = self.ring("incoming")
        self.at_rest()
        self.change(call, "active")
        self.in_call()
        self.end(call)
        self.at_rest()

    def test_any_process_may_die_and_the_verb_is_right_again(self):
        self.up()
        self.check_a_kill_of_the_service_within_a_call()
        self.check_a_kill_of_tacetd_while_a_call_begins_and_ends()

    def test_a_modem_that_turns_its_voice_off_has_no_calls(self):
        self.up()
        self.ring("dialing")
        self.in_call()
        self.remote(self.modem).EmitSignal(
            "org.ofono.Modem", "PropertyChanged", "sv",
            dbus.Array(["Interfaces", dbus.Array(["org.ofono.SimManager"], signature="s",
                                                 variant_level=1)], signature="v"))
        self.at_rest()


del CallAudio
if __name__ == "__main__":
    unittest.main(verbosity=2)
