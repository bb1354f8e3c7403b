# SPDX-License-Identifier: LGPL-2.1-or-later
"""tacetd as a whole, on a private bus, with a folder in the place of the kernel."""

import errno
import os
import subprocess
import time
import unittest

import dbus

from world import Lease, World, Writer, wait_until, TACETD

HOLD = """[hold call]
Card=Phone
Verb=Voice Call
PCM=hw:Phone,2
"""


class Tacetd(unittest.TestCase):
    conf = "[card Phone]\nTimeout=2s\nUcmTimeout=1s\n"

    def setUp(self):
        self.world = World(self.conf)
        self.addCleanup(self.world.stop)

    def up(self):
        """A phone, taken up, that plays through its speaker."""
        self.world.add_card()
        self.world.start()
        self.world.wait_managed()
        report = self.world.switch(verb="HiFi", enable=["Speaker"])
        self.assertEqual(report["result"], "done")

    def on(self):
        return [str(name) for name in self.world.get("Devices")]

    def refused(self, error, **request):
        """Ask for what cannot be; return the message."""
        with self.assertRaises(dbus.DBusException) as caught:
            self.world.switch(**request)
        self.assertEqual(caught.exception.get_dbus_name(), "org.tacet1.Error." + error)
        return caught.exception.get_dbus_message()

    def lease(self, device=0, state="RUNNING", **options):
        """A stream that plays through the PCM tacet."""
        self.world.set_stream(device, "PREPARED")
        lease = Lease(self.world, device, **options)
        self.addCleanup(lease.close)
        self.assertEqual(lease.receive()[0], Lease.GRANT)
        self.world.set_stream(device, state)
        return lease


class Answers(Tacetd):
    def test_a_card_is_taken_up_and_switched(self):
        self.up()
        self.assertEqual(self.on(), ["Speaker"])
        self.assertEqual(self.world.get("Verb"), "HiFi")
        self.assertTrue(self.world.get("Locked"))
        report = self.world.switch(to="Headphones")
        self.assertEqual(report["steps"], ["disable device Speaker", "enable device Headphones"])
        self.assertEqual((report["from"], report["to"]), ("HiFi: Speaker", "HiFi: Headphones"))
        self.assertEqual(report["written"][0]["name"], "Some Switch")
        self.assertEqual(report["journal"], "ok")
        self.assertEqual(self.on(), ["Headphones"])
        self.assertEqual(self.world.commands()[-1],
                         ["apply", "_disdev", "Speaker", "_enadev", "Headphones"])

    def test_what_is_so_already_is_unchanged_and_a_dry_run_writes_nothing(self):
        self.up()
        before = len(self.world.commands())
        self.assertEqual(self.world.switch(enable=["Speaker"])["result"], "unchanged")
        report = self.world.switch(to="Headphones", dry_run=True)
        self.assertEqual(report["result"], "dry-run")
        self.assertEqual(len(report["steps"]), 2)
        self.assertEqual(len(self.world.commands()), before)
        self.assertEqual(self.on(), ["Speaker"])

    def test_the_only_managed_card_needs_no_name(self):
        self.up()
        self.assertEqual(self.world.switch(card="", to="Earpiece")["card"], "Phone")

    def test_requests_that_cannot_be_met_are_told_why(self):
        self.up()
        before = len(self.world.commands())
        self.assertIn("Trumpet", self.refused("NoSuchDevice", to="Trumpet"))
        self.assertIn("Karaoke", self.refused("NoSuchVerb", verb="Karaoke"))
        self.assertIn("Humming", self.refused("NoSuchModifier", enable_modifiers=["Humming"]))
        self.assertIn("Speaker", self.refused("Conflict", enable=["Earpiece"]))
        self.assertIn("repaired", self.refused("NotRepaired", to="Earpiece", quiesce="live"))
        self.assertIn("Nowhere", self.refused("NoSuchCard", card="Nowhere", to="Speaker"))
        self.refused("InvalidRequest", colour="red")
        self.assertEqual(len(self.world.commands()), before)

    def test_objects_and_their_properties_can_be_looked_at(self):
        self.up()
        self.world.set_stream(0, "RUNNING")
        bus = self.world.bus
        xml = bus.get_object("org.tacet1", "/org/tacet1/card/Phone", introspect=False).Introspect(
            dbus_interface="org.freedesktop.DBus.Introspectable")
        self.assertIn("org.tacet1.Card", xml)
        self.assertIn('name="stream/p0_0"', xml)
        stream = bus.get_object("org.tacet1", "/org/tacet1/card/Phone/stream/p0_0",
                                introspect=False)
        got = stream.GetAll("org.tacet1.Stream", dbus_interface="org.freedesktop.DBus.Properties")
        self.assertEqual((got["Pcm"], got["Kind"], got["State"]),
                         ("hw:Phone,0,0", "foreign", "running"))
        self.assertEqual(got["Pid"], os.getpid())
        objects = bus.get_object("org.tacet1", "/org/tacet1", introspect=False).GetManagedObjects(
            dbus_interface="org.freedesktop.DBus.ObjectManager")
        self.assertIn("/org/tacet1/card/Phone", objects)
        status = self.world.manager().Status()
        self.assertEqual(status["cards"][0]["available_devices"],
                         ["Speaker", "Earpiece", "Headphones", "Mic"])
        self.assertEqual(status["streams"][0]["card"], "Phone")

    def test_the_trace_keeps_the_last_reports_also_failed_ones(self):
        self.up()
        self.refused("NoSuchDevice", to="Trumpet")
        self.world.switch(to="Earpiece")
        trace = self.world.trace(2)
        self.assertEqual([str(report["result"]) for report in trace], ["failed", "done"])
        self.assertEqual(trace[0]["error"], "org.tacet1.Error.NoSuchDevice")


class OtherWriters(Tacetd):
    """Programs that write routes by themselves, through the control tacet."""

    def writer(self, card=0):
        writer = Writer(self.world, card)
        self.addCleanup(writer.close)
        return writer

    def in_the_writes(self):
        wait_until(lambda: self.world.get("State") == "apply", "the writes have begun")

    def idle(self):
        wait_until(lambda: self.world.get("State") == "idle", "the rest is over")

    def go(self):
        (self.world.root / "go").touch()

    def test_their_writes_are_made_by_the_worker_within_a_rest(self):
        self.up()
        self.lease()
        self.world.behave("wait")
        writer = self.writer()
        writer.ask(numid=5, value=1)
        self.in_the_writes()
        self.assertEqual(self.world.stream(0), "PAUSED")
        self.go()
        self.assertEqual(writer.answer(), 0)
        self.assertEqual(self.world.commands()[-1], ["write", "5", "1", "0100000000000000"])
        self.idle()
        self.assertEqual(self.world.stream(0), "RUNNING")
        report = self.world.trace(1)[0]
        self.assertEqual(report["result"], "done")
        self.assertEqual(report["written"][0]["name"], "Some Switch")
        self.assertFalse(self.world.get("RouteKnown"))
        # The plan has seen it, also where the route was known.
        self.assertEqual(report["streams"][0]["outcome"], "resumed")
        self.assertIn("1 streams", [line[3] for line in report["timeline"] if line[1] == "plan"][0])
        self.assertTrue(self.world.get("Locked"))

    def test_writes_that_wait_together_share_a_rest(self):
        self.up()
        self.world.behave("wait")
        before = len(self.world.trace(100))
        writers = [self.writer() for _ in range(5)]
        writers[0].ask(numid=1)
        self.in_the_writes()
        for numid, writer in enumerate(writers[1:], 2):
            writer.ask(numid=numid)
        self.world.get("State")  # what was sent before is heard by then
        self.go()
        self.assertEqual([writer.answer() for writer in writers], [0] * 5)
        self.idle()
        self.assertEqual(len(self.world.trace(100)), before + 1)
        self.assertEqual(sorted(command[1] for command in self.world.commands()[-5:]),
                         list("12345"))

    def test_a_write_that_the_kernel_refuses_is_told_and_the_next_is_made(self):
        self.up()
        self.world.behave("refuse")
        writer = self.writer()
        self.assertEqual(writer.write(), errno.EINVAL)
        self.world.behave("ok")
        self.assertEqual(writer.write(), 0)

    def test_a_foreign_stream_that_never_stops_is_ebusy_and_nothing_is_written(self):
        self.up()
        before = self.world.commands()
        self.world.set_stream(0, "RUNNING", hw_ptr=100)
        self.assertEqual(self.writer().write(), errno.EBUSY)
        self.assertEqual(self.world.commands(), before)
        report = self.world.trace(1)[0]
        self.assertEqual(report["streams"][0]["kind"], "foreign")
        self.assertIn(report["result"], ("busy", "failed"))  # failed: its hw_ptr stands here
        self.assertTrue(self.world.get("RouteKnown"))

    def test_a_write_waits_for_the_switch_that_runs(self):
        self.up()
        self.world.behave("wait")
        asking = self.world.begin(to="Headphones")
        self.in_the_writes()
        writer = self.writer()
        writer.ask()
        self.go()
        self.assertEqual(asking.end(), "done")
        self.assertEqual(writer.answer(), 0)
        self.assertEqual([command[0] for command in self.world.commands()[-2:]],
                         ["apply", "write"])

    def test_a_program_that_vanishes_within_its_rest_leaves_no_silence(self):
        self.up()
        self.lease()
        self.world.behave("wait")
        writer = Writer(self.world)
        writer.ask()
        self.in_the_writes()
        writer.close()
        self.go()
        self.idle()
        self.assertEqual(self.world.stream(0), "RUNNING")

    def test_a_program_that_goes_on_writing_cannot_keep_the_rest(self):
        self.up()
        self.lease()
        writer = self.writer()
        begin = time.monotonic()
        while time.monotonic() < begin + 2 and self.world.stream(0) != "closed":
            self.assertEqual(writer.write(), 0)
        # The worker's deadline is 1 s here, and half of it a rest's.
        rests = len(self.world.trace(100))
        self.assertGreater(rests, 2)
        self.idle()
        self.assertEqual(self.world.stream(0), "RUNNING")

    def test_a_worker_that_hangs_in_a_write_is_killed_and_the_old_route_set_from_scratch(self):
        self.up()
        self.lease()
        self.world.behave("hang")
        writer = self.writer()
        writer.ask()
        wait_until(lambda: self.world.commands()[-1][0] == "write", "the worker hangs")
        self.world.behave("ok")
        self.assertEqual(writer.answer(), errno.EIO)
        self.idle()
        self.assertEqual(self.world.commands()[-1], ["restore", "HiFi", "1", "Speaker"])
        self.assertTrue(self.world.get("RouteKnown"))
        self.assertEqual(self.world.stream(0), "RUNNING")

    def test_what_has_no_name_is_not_brought_back_by_a_worker(self):
        self.up()
        writer = self.writer()
        self.assertEqual(writer.write(), 0)
        self.idle()
        self.world.behave("hang")
        writer.ask()
        wait_until(lambda: len(self.world.commands()) > 2, "the worker hangs")
        self.world.behave("ok")
        self.assertEqual(writer.answer(), errno.EIO)
        self.idle()
        self.assertFalse(self.world.get("RouteKnown"))
        self.assertEqual(self.world.commands()[-1][0], "write")
        self.assertEqual(self.world.switch(verb="HiFi", enable=["Speaker"])["result"], "done")
        self.assertTrue(self.world.get("RouteKnown"))

    def test_what_has_no_name_is_not_remembered(self):
        self.up()
        self.assertEqual(self.writer().write(), 0)
        self.idle()
        before = self.world.commands()
        self.world.kill()
        self.world.start()
        self.world.wait_managed()
        self.idle()
        self.assertEqual(self.world.commands(), before)

    def test_killed_within_the_rest_the_old_route_is_set_from_scratch(self):
        self.up()
        self.world.behave("wait")
        writer = self.writer()
        writer.ask()
        self.in_the_writes()
        self.world.kill()
        self.assertIsNone(writer.answer())
        self.world.behave("ok")
        self.world.start()
        self.world.wait_known()
        self.assertEqual(self.on(), ["Speaker"])

    def test_killed_within_a_rest_over_what_has_no_name_the_streams_just_go_on(self):
        self.up()
        self.assertEqual(self.writer().write(), 0)
        self.idle()
        self.world.behave("wait")
        self.writer().ask()
        self.in_the_writes()
        self.world.kill()
        self.world.behave("ok")
        self.world.start()
        self.world.wait_managed()
        self.idle()
        self.assertFalse(self.world.get("RouteKnown"))
        self.assertEqual({command[0] for command in self.world.commands()[1:]}, {"write"})

    def test_sigterm_ends_the_rest_and_cancels_who_waits(self):
        self.up()
        self.world.behave("wait")
        first, second = self.writer(), self.writer()
        first.ask()
        self.in_the_writes()
        self.world.daemon.terminate()
        wait_until(lambda: not self.world.exists() or True, "it is asked to stop")
        self.go()
        self.assertEqual(first.answer(), 0)
        second.ask()
        self.assertIn(second.answer(), (errno.ECANCELED, None))
        self.assertEqual(self.world.daemon.wait(30), 0)
        self.world.daemon = None

    def test_a_card_that_is_not_ours_is_eperm(self):
        self.up()
        self.assertEqual(self.writer(card=3).write(), errno.EPERM)

    def test_the_holds_are_closed_under_it_and_open_again(self):
        self.world.conf(self.conf + HOLD)
        self.up()
        self.world.switch(verb="Voice Call", enable=["Earpiece"])
        self.assertEqual(self.world.stream(2), "RUNNING")
        self.world.behave("wait")
        writer = self.writer()
        writer.ask()
        self.in_the_writes()
        self.assertEqual(self.world.stream(2), "closed")
        self.go()
        self.assertEqual(writer.answer(), 0)
        self.idle()
        self.assertEqual(self.world.stream(2), "RUNNING")


class Streams(Tacetd):
    def test_a_foreign_stream_that_never_stops_is_named_and_nothing_is_written(self):
        self.up()
        before = len(self.world.commands())
        self.world.set_stream(0, "RUNNING", hw_ptr=1)
        asking = self.world.begin(to="Headphones", timeout=300000)
        wait_until(lambda: self.world.get("State") == "quiesce", "it waits")
        self.world.set_stream(0, "RUNNING", hw_ptr=2)
        self.assertEqual(asking.end(), "Busy")
        message = asking.error.get_dbus_message()
        self.assertIn("hw:Phone,0,0", message)
        self.assertIn(str(os.getpid()), message)
        self.assertEqual(len(self.world.commands()), before)
        self.assertEqual(self.world.trace(1)[0]["streams"][0]["outcome"], "busy")

    def test_a_foreign_stream_whose_pointer_stands_is_stuck(self):
        self.up()
        self.world.set_stream(0, "RUNNING", hw_ptr=1)
        self.assertIn("stuck", self.refused("Stuck", to="Headphones", timeout=100000))

    def test_a_switch_goes_on_when_the_foreign_stream_stops(self):
        self.up()
        self.world.set_stream(0, "RUNNING")
        asking = self.world.begin(to="Headphones", timeout=20000000)
        wait_until(lambda: self.world.get("State") == "quiesce", "it waits")
        self.world.set_stream(0, "SETUP")
        self.assertEqual(asking.end(), "done")
        stream = asking.report["streams"][0]
        self.assertEqual((stream["method"], stream["outcome"]), ("wait", "left"))

    def test_a_foreign_stream_that_is_closed_meanwhile_is_gone(self):
        self.up()
        self.world.set_stream(0, "RUNNING")
        asking = self.world.begin(to="Headphones", timeout=20000000)
        wait_until(lambda: self.world.get("State") == "quiesce", "it waits")
        self.world.set_stream(0, "closed")
        self.assertEqual(asking.end(), "done")
        self.assertEqual(asking.report["streams"][0]["outcome"], "gone")

    def test_a_leased_stream_pauses_and_goes_on(self):
        self.up()
        self.lease()
        report = self.world.switch(to="Headphones")
        stream = report["streams"][0]
        self.assertEqual((stream["kind"], stream["method"], stream["outcome"]),
                         ("leased", "pause", "resumed"))
        self.assertGreater(stream["gap"], 0)
        self.assertGreater(report["to_first_write"], 0)
        self.assertEqual(self.world.stream(0), "RUNNING")

    def test_a_leased_stream_loses_its_last_back_end_and_gets_it_back(self):
        self.up()
        self.lease()
        report = self.world.switch(disable=["Speaker"])
        self.assertEqual((report["streams"][0]["method"], report["streams"][0]["outcome"]),
                         ("playout", "parked"))
        self.assertEqual(self.world.stream(0), "PAUSED")
        self.assertEqual(self.world.manager().ListStreams()[0]["state"], "parked")
        report = self.world.switch(enable=["Speaker"])
        self.assertEqual(report["streams"][0]["outcome"], "resumed")
        self.assertEqual(self.world.stream(0), "RUNNING")

    def test_a_parked_stream_goes_on_when_tacetd_stops(self):
        self.up()
        self.lease()
        self.world.switch(disable=["Speaker"])
        self.assertEqual(self.world.stream(0), "PAUSED")
        self.assertEqual(self.world.terminate(), 0)
        self.assertEqual(self.world.stream(0), "RUNNING")

    def test_a_lease_waits_while_a_switch_runs(self):
        self.up()
        self.world.behave("wait")
        asking = self.world.begin(to="Headphones")
        wait_until(lambda: self.world.get("State") == "apply", "it writes")
        self.world.set_stream(1, "PREPARED")
        lease = Lease(self.world, 1)
        self.addCleanup(lease.close)
        lease.sock.settimeout(0.1)
        with self.assertRaises(TimeoutError):
            lease.receive()
        lease.sock.settimeout(30)
        (self.world.root / "go").touch()
        self.assertEqual(asking.end(), "done")
        self.assertEqual(lease.receive()[0], Lease.GRANT)

    def test_a_failed_switch_lets_the_lease_go_on_too(self):
        self.up()
        self.lease()
        self.world.behave("fail")
        self.assertIn("it does not fit", self.refused("UcmFailed", to="Headphones"))
        self.assertEqual(self.world.stream(0), "RUNNING")
        self.assertEqual(self.on(), ["Speaker"])
        self.assertEqual(self.world.commands()[-1], ["rollback"])


class Takeover(Tacetd):
    conf = Tacetd.conf + "[tacetd]\nForeignTakeover=yes\n"

    def test_a_foreign_stream_may_be_paused_where_that_is_configured(self):
        self.up()
        self.world.set_stream(0, "RUNNING")
        report = self.world.switch(to="Headphones")
        stream = report["streams"][0]
        self.assertEqual((stream["kind"], stream["method"], stream["outcome"]),
                         ("foreign", "pause", "resumed"))
        self.assertEqual(self.world.stream(0), "RUNNING")

    def test_one_that_loses_its_last_back_end_is_not_kept_paused(self):
        self.up()
        self.world.set_stream(0, "RUNNING")
        self.assertEqual(self.world.switch(disable=["Speaker"])["result"], "done")
        self.assertEqual(self.world.stream(0), "RUNNING")


class Live(Tacetd):
    def repair(self):
        module = self.world.root / "sys/module/tacet_dpcm"
        (module / "parameters").mkdir(parents=True)
        (module / "initstate").write_text("live\n", encoding="utf-8")
        (module / "parameters/active").write_text("R0 B4\n", encoding="utf-8")

    def test_a_repaired_kernel_switches_under_a_running_stream(self):
        self.up()
        self.assertFalse(self.world.get("Live"))
        self.repair()
        self.assertTrue(self.world.get("Live"))
        self.world.set_stream(0, "RUNNING")
        report = self.world.switch(to="Headphones")
        self.assertEqual((report["streams"][0]["method"], report["streams"][0]["outcome"]),
                         ("live", "left"))
        self.assertEqual(self.world.stream(0), "RUNNING")
        self.assertEqual(report["slipped"], [])

    def test_the_rest_is_kept_on_a_repaired_kernel_where_that_is_the_rule(self):
        self.world.conf(self.conf + "[tacetd]\nRule=always\n")
        self.up()
        self.repair()
        self.assertFalse(self.world.get("Live"))
        self.world.set_stream(0, "RUNNING")
        self.refused("Stuck", to="Headphones", timeout=100000)
        report = self.world.switch(to="Headphones", quiesce="live")
        self.assertEqual(report["result"], "done")


class Signals(Tacetd):
    def test_a_switch_is_told_to_whoever_listens(self):
        log = open(self.world.root / "signals", "w+", encoding="utf-8")
        self.addCleanup(log.close)
        monitor = subprocess.Popen(
            ["dbus-monitor", "--address", self.world.address, "sender='org.tacet1'"],
            stdout=log, stderr=subprocess.DEVNULL)
        self.addCleanup(monitor.wait)
        self.addCleanup(monitor.terminate)

        def told(*words):
            text = (self.world.root / "signals").read_text(encoding="utf-8")
            return all(word in text for word in words)

        wait_until(lambda: told("NameAcquired") or told("NameLost"), "the monitor listens")
        self.world.start()
        self.world.add_card()
        self.world.wait_managed()
        self.world.switch(verb="HiFi", enable=["Speaker"])
        wait_until(lambda: told("member=CardAdded", "member=InterfacesAdded"), "the card is told")
        wait_until(lambda: told("member=Progress", 'string "journal"', "member=Switched",
                                'string "timeline"'), "the switch is told")
        wait_until(lambda: told("member=PropertiesChanged", 'string "Devices"',
                                'string "Switching"'), "the changes are told")
        self.world.remove_card()
        wait_until(lambda: told("member=CardRemoved"), "the end is told")


class Holds(Tacetd):
    conf = Tacetd.conf + HOLD

    def test_a_hold_is_open_while_its_verb_is_on_and_closed_under_each_write(self):
        self.up()
        self.assertEqual(self.world.stream(2), "closed")
        report = self.world.switch(verb="Voice Call", enable=["Earpiece"])
        self.assertEqual(self.world.stream(2), "RUNNING")
        self.assertEqual(report["streams"][0]["outcome"], "reopened")
        report = self.world.switch(to="Speaker")
        self.assertEqual((report["streams"][0]["method"], report["streams"][0]["outcome"]),
                         ("close", "reopened"))
        self.assertEqual(self.world.manager().ListStreams()[0]["kind"], "held")
        self.world.switch(verb="HiFi", enable=["Speaker"])
        self.assertEqual(self.world.stream(2), "closed")

    def test_a_hold_that_cannot_be_opened_is_told_and_tried_again(self):
        self.up()
        self.world.set_stream(2, "PREPARED")
        report = self.world.switch(verb="Voice Call", enable=["Earpiece"])
        self.assertEqual(report["result"], "done")
        held = [s for s in report["streams"] if s["kind"] == "held"][0]
        self.assertEqual(held["outcome"], "failed")
        self.assertIn("open", held["message"])
        self.world.set_stream(2, "closed")
        self.world.switch(to="Speaker")
        self.assertEqual(self.world.stream(2), "RUNNING")


class Workers(Tacetd):
    def test_a_sequence_that_hangs_is_killed_and_the_old_route_set_from_scratch(self):
        self.up()
        self.world.behave("hang")
        asking = self.world.begin(to="Headphones")
        wait_until(lambda: len(self.world.commands()) == 2, "the sequence hangs")
        self.assertEqual(asking.end(), "UcmFailed")
        self.assertIn("within 1.0 s", asking.error.get_dbus_message())
        self.assertEqual(self.world.commands()[-1], ["restore", "HiFi", "1", "Speaker"])
        self.assertEqual(self.on(), ["Speaker"])

    def test_a_worker_that_dies_in_the_writes_is_replaced(self):
        self.up()
        self.world.behave("die")
        self.refused("UcmFailed", to="Headphones")
        self.assertTrue(self.world.get("RouteKnown"))
        self.world.behave("ok")
        self.assertEqual(self.world.switch(to="Headphones")["result"], "done")

    def test_a_card_without_a_profile_is_left_alone(self):
        self.world.behave("none")
        self.world.add_card()
        self.world.start()
        wait_until(lambda: self.world.get("Reason") == "no UCM profile", "it is told")
        self.assertIn("no UCM profile", self.refused("NotManaged", to="Speaker"))

    def test_a_broken_profile_is_named(self):
        self.world.behave("broken")
        self.world.add_card()
        self.world.start()
        wait_until(lambda: "HiFi.conf:7" in self.world.get("Reason"), "it is told")
        self.assertIn("HiFi.conf:7", self.refused("NotManaged", to="Speaker"))

    def test_a_card_that_goes_ends_its_switch_and_may_come_back(self):
        self.up()
        self.world.behave("wait")
        first = self.world.begin(to="Headphones")
        wait_until(lambda: self.world.get("State") == "apply", "it writes")
        second = self.world.begin(to="Earpiece")
        wait_until(lambda: self.world.get("Queued") == 1, "the other waits")
        self.world.remove_card()
        self.assertEqual((first.end(), second.end()), ("CardGone", "CardGone"))
        self.assertFalse(self.world.exists())
        self.world.behave("ok")
        self.world.add_card()
        self.world.wait_managed()
        self.world.wait_known()
        self.assertEqual(self.world.switch(to="Earpiece")["result"], "done")


class Queue(Tacetd):
    conf = "[card Phone]\nUcmTimeout=1min\n"

    def busy(self):
        """A switch that waits until (root/go) exists."""
        self.up()
        self.world.behave("wait")
        asking = self.world.begin(to="Headphones")
        wait_until(lambda: self.world.get("State") == "apply", "it writes")
        return asking

    def go(self):
        (self.world.root / "go").touch()

    def test_different_requests_queue(self):
        first = self.busy()
        second = self.world.begin(enable=["Mic"])
        wait_until(lambda: self.world.get("Queued") == 1, "it queues")
        self.go()
        self.assertEqual((first.end(), second.end()), ("done", "done"))
        self.assertEqual(self.on(), ["Headphones", "Mic"])

    def test_a_later_request_for_the_same_replaces_one_that_waits(self):
        first = self.busy()
        second = self.world.begin(to="Speaker")
        wait_until(lambda: self.world.get("Queued") == 1, "it queues")
        third = self.world.begin(to="Earpiece")
        self.assertEqual(second.end(), "Replaced")
        self.go()
        self.assertEqual((first.end(), third.end()), ("done", "done"))
        self.assertEqual(self.on(), ["Earpiece"])

    def test_a_client_that_goes_takes_its_queued_requests_along(self):
        first = self.busy()
        second = self.world.begin(to="Earpiece")
        wait_until(lambda: self.world.get("Queued") == 1, "it queues")
        second.leave()
        wait_until(lambda: self.world.get("Queued") == 0, "it is dropped")
        self.go()
        self.assertEqual(first.end(), "done")
        self.assertEqual(self.on(), ["Headphones"])

    def test_the_running_switch_of_a_client_that_goes_is_finished(self):
        first = self.busy()
        first.leave()
        wait_until(lambda: first.error, "it is gone")
        self.go()
        wait_until(lambda: self.world.get("State") == "idle", "it ends")
        self.assertEqual(self.on(), ["Headphones"])

    def test_a_request_that_waits_too_long_is_told_so(self):
        first = self.busy()
        self.assertIn("0.05 s", self.refused("TimedOut", to="Earpiece", timeout=50000))
        self.go()
        self.assertEqual(first.end(), "done")

    def test_sigterm_finishes_the_writes_and_cancels_what_waits(self):
        first = self.busy()
        second = self.world.begin(to="Earpiece")
        wait_until(lambda: self.world.get("Queued") == 1, "it queues")
        self.world.daemon.terminate()
        self.assertEqual(second.end(), "Cancelled")
        self.go()
        self.assertEqual(first.end(), "done")
        self.assertEqual(self.world.daemon.wait(30), 0)
        self.world.daemon = None


class Survival(Tacetd):
    def test_the_route_is_back_after_a_restart(self):
        self.up()
        self.world.switch(to="Headphones")
        self.assertEqual(self.world.terminate(), 0)
        self.world.start()
        self.world.wait_managed()
        self.world.wait_known()
        self.assertEqual(self.on(), ["Headphones"])

    def test_a_tacetd_killed_in_the_writes_finishes_after_its_restart(self):
        self.up()
        self.world.behave("wait")
        asking = self.world.begin(to="Headphones")
        wait_until(lambda: self.world.get("State") == "apply", "it writes")
        self.world.kill()
        asking.end()
        self.world.behave("ok")
        self.world.start()
        self.world.wait_managed()
        self.world.wait_known()
        self.assertEqual(self.on(), ["Headphones"])

    def test_what_cannot_be_finished_after_a_kill_is_rolled_back(self):
        self.up()
        self.world.behave("wait")
        asking = self.world.begin(to="Headphones")
        wait_until(lambda: self.world.get("State") == "apply", "it writes")
        state = self.world.root / "state" / "Phone.state"
        self.world.kill()
        asking.end()
        self.assertIn("Headphones", state.read_text(encoding="utf-8"))
        self.world.behave("fail Headphones")
        self.world.start()
        self.world.wait_managed()
        self.world.wait_known()
        self.assertEqual([str(r["result"]) for r in self.world.trace(9)], ["failed", "done"])
        self.assertEqual(self.on(), ["Speaker"])

    def test_a_restore_that_a_foreign_stream_forbids_is_tried_again(self):
        self.up()
        self.world.terminate()
        self.world.set_stream(1, "RUNNING")
        self.world.start()
        self.world.wait_managed()
        wait_until(lambda: self.world.trace(1), "it was tried")
        self.assertIn(self.world.trace(1)[0]["result"], ("busy", "failed"))
        self.assertFalse(self.world.get("RouteKnown"))
        self.world.set_stream(1, "closed")
        self.world.wait_known()
        self.assertEqual(self.on(), ["Speaker"])

    def test_a_broken_state_file_is_set_aside(self):
        self.up()
        self.world.terminate()
        state = self.world.root / "state" / "Phone.state"
        state.write_text("nonsense", encoding="utf-8")
        self.world.start()
        self.world.wait_managed()
        wait_until(lambda: state.with_name("Phone.state.bad").exists(), "it is set aside")
        self.assertFalse(self.world.get("RouteKnown"))
        self.assertEqual(self.world.switch(verb="HiFi", enable=["Mic"])["result"], "done")

    def test_a_state_folder_that_is_full_costs_the_journal_not_the_call(self):
        self.up()
        self.world.terminate()
        folder = self.world.root / "state"
        folder.rename(folder.with_name("elsewhere"))
        folder.write_text("a file in the way", encoding="utf-8")
        self.world.start()
        self.world.wait_managed()
        report = self.world.switch(verb="HiFi", enable=["Mic"])
        self.assertEqual(report["result"], "done")
        self.assertNotEqual(report["journal"], "ok")


class Configured(Tacetd):
    conf = ("[card Phone]\nDefaultVerb=HiFi\nDefaultDevices=Speaker, Mic\nFollowJacks=yes\n")

    def test_the_default_route_and_the_jacks_are_followed(self):
        self.world.add_card()
        self.world.start()
        self.world.wait_managed()
        self.world.wait_known()
        self.assertEqual(self.on(), ["Speaker", "Mic"])
        (self.world.root / "jack").touch()
        wait_until(lambda: self.on() == ["Headphones", "Mic"], "the jack is followed")
        self.assertTrue(self.world.get("Jacks")["Headphone Jack"])
        (self.world.root / "jack").unlink()
        wait_until(lambda: self.on() == ["Speaker", "Mic"], "the jack is followed back")

    def test_a_reload_with_a_mistake_names_it_and_changes_nothing(self):
        self.world.add_card()
        self.world.start()
        self.world.wait_managed()
        self.world.conf("[tacetd]\nRule=perhaps\n")
        with self.assertRaises(dbus.DBusException) as caught:
            self.world.manager().Reload()
        self.assertEqual(caught.exception.get_dbus_name(), "org.tacet1.Error.Configuration")
        self.assertIn("tacetd.conf:2: Rule=perhaps", caught.exception.get_dbus_message())
        self.world.conf(self.conf + "[tacetd]\nRule=always\n")
        self.world.manager().Reload()
        rule = self.world.bus.get_object("org.tacet1", "/org/tacet1", introspect=False).Get(
            "org.tacet1.Manager", "Rule", dbus_interface="org.freedesktop.DBus.Properties")
        self.assertEqual(rule, "always")
        self.world.wait_known()

    def test_check_names_file_and_line(self):
        path = self.world.root / "wrong.conf"
        path.write_text("[card Phone]\nLock=perhaps\n", encoding="utf-8")
        run = subprocess.run([TACETD, "--check", f"--config={path}"], text=True, check=False,
                             stderr=subprocess.PIPE)
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"{path}:2: Lock=perhaps: expected yes or no.", run.stderr)

    def test_a_card_that_is_no_longer_to_be_managed_is_left_alone_and_taken_up_again(self):
        self.world.add_card()
        self.world.start()
        self.world.wait_managed()
        self.world.conf("[card Phone]\nManage=no\n")
        self.world.manager().Reload()
        self.assertFalse(self.world.get("Managed"))
        self.assertIn("Manage=no", self.refused("NotManaged", to="Speaker"))
        self.world.conf(self.conf)
        self.world.manager().Reload()
        self.world.wait_managed()
        self.world.wait_known()

    def test_a_card_that_is_taken_up_again_before_its_old_worker_is_dead_has_one_worker(self):
        self.world.add_card()
        self.world.behave("heavy")
        self.world.start()
        self.world.wait_managed()
        for _ in range(3):
            self.world.conf("[card Phone]\nManage=no\n")
            self.world.manager().Reload()
            self.world.conf(self.conf)
            self.world.manager().Reload()
            self.world.wait_managed()
            self.world.wait_known()
        self.assertEqual(self.world.switch(to="Earpiece")["result"], "done")

    def test_a_card_that_is_to_be_left_alone_in_the_middle_of_a_switch_stays_so(self):
        self.world.add_card()
        self.world.start()
        self.world.wait_managed()
        self.world.wait_known()
        self.world.behave("hang")
        asking = self.world.begin(to="Earpiece")
        wait_until(lambda: self.world.get("State") == "apply", "the sequence hangs")
        self.world.conf("[card Phone]\nManage=no\n")
        self.world.manager().Reload()
        self.assertNotEqual(asking.end(), "done")
        wait_until(lambda: self.world.get("State") == "idle", "the switch is over")
        self.assertFalse(self.world.get("Managed"))
        self.assertIn("Manage=no", self.refused("NotManaged", to="Speaker"))


if __name__ == "__main__":
    unittest.main()
