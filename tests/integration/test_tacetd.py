# SPDX-License-Identifier: LGPL-2.1-or-later
"""tacetd as a whole, on a private bus, with a folder in the place of the kernel."""

import errno
import os
import subprocess
import time
import unittest

from tacetd_case import HOLD, Tacetd
from world import Writer, wait_until


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


class Live(Tacetd):
    def repair(self):
        module = self.world.root / "sys/module/tacet_dpcm"
        (module / "parameters").mkdir(parents=True)
        (module / "initstate").write_text("live\n", encoding="utf-8")
        (module / "parameters/active").write_text("R0 B4\n", encoding="utf-8")
        held = self.world.root / "proc/asound/tacet_dpcm"
        held.parent.mkdir(parents=True, exist_ok=True)
        held.write_text("R0 B4\n", encoding="utf-8")

    def test_the_rest_is_kept_where_the_repair_cannot_be_held(self):
        self.up()
        self.repair()
        (self.world.root / "proc/asound/tacet_dpcm").unlink()
        self.world.set_stream(0, "RUNNING")
        self.refused("Stuck", to="Headphones", timeout=100000)
        self.refused("NotRepaired", to="Headphones", quiesce="live")

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


if __name__ == "__main__":
    unittest.main()
