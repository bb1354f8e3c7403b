# SPDX-License-Identifier: LGPL-2.1-or-later
"""Workers that fail, requests that queue, kills, and a configuration that changes."""

import subprocess
import threading
import unittest

import dbus

from tacetd_case import Tacetd
from world import TACETD, wait_until


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

    def test_a_card_that_is_gone_before_udev_tells_is_what_a_failed_switch_names(self):
        self.up()
        self.world.behave("fail")
        self.refused("UcmFailed", to="Headphones")
        (self.world.root / "unplugged").touch()
        self.assertIn("went away", self.refused("CardGone", to="Headphones"))

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

    def restore_forbidden(self):
        """A restart whose first try to restore met a foreign stream that runs."""
        self.up()
        self.world.terminate()
        self.world.set_stream(1, "RUNNING")
        self.world.start()
        self.world.wait_managed()
        wait_until(lambda: self.world.trace(1), "it was tried")

    def test_a_restore_that_a_foreign_stream_forbids_is_tried_again(self):
        self.restore_forbidden()
        self.assertIn(self.world.trace(1)[0]["result"], ("busy", "failed"))
        self.assertFalse(self.world.get("RouteKnown"))
        self.world.set_stream(1, "closed")
        self.world.wait_known()
        self.assertEqual(self.on(), ["Speaker"])

    def test_a_client_that_asks_all_the_time_does_not_put_the_restore_off(self):
        self.restore_forbidden()
        enough = threading.Event()

        def hammer(device):
            while not enough.is_set():
                self.world.begin(to=device, timeout=200000).end()

        hammers = [threading.Thread(target=hammer, args=(device,), daemon=True)
                   for device in ("Headphones", "Earpiece")]
        first = max(int(report["id"]) for report in self.world.trace(9))
        for one in hammers:
            one.start()
        try:
            wait_until(lambda: any(int(report["id"]) > first and "Speaker" in str(report["to"])
                                   for report in self.world.trace(9)), "it is tried again")
        finally:
            enough.set()
            for one in hammers:
                one.join()
        self.world.set_stream(1, "closed")
        self.world.wait_known()

    def test_a_restore_that_comes_behind_a_route_that_was_set_leaves_it(self):
        self.restore_forbidden()
        asking = self.world.begin(to="Headphones", timeout=6000000)
        wait_until(lambda: self.world.get("Queued") == 1, "the restore waits behind it")
        self.world.set_stream(1, "closed")
        self.assertEqual(asking.end(), "done")
        wait_until(lambda: self.world.get("Queued") == 0 and self.world.get("State") == "idle",
                   "the restore is done with")
        self.assertEqual(self.on(), ["Headphones"])

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
