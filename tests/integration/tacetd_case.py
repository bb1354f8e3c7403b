# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the whole daemon begin with."""

import unittest

import dbus

from world import Lease, World

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
