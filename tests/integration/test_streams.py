# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of streams when tacetd switches: leased, foreign and held ones."""

import os
import unittest

from tacetd_case import HOLD, Tacetd
from world import Lease, wait_until


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


if __name__ == "__main__":
    unittest.main()
