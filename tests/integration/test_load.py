# SPDX-License-Identifier: LGPL-2.1-or-later
"""tacetd with more of everything than it will ever see.

LOAD_SWITCHES (300) says how many switches are done in a row; 100000 take some minutes.
LOAD_LEASES (256) says how many streams rest at once, up to 1020.
"""

import os
import resource
import socket
import struct
import sys
import time
import unittest

import dbus
import dbus.bus
import dbus.lowlevel

from tacetd_case import Tacetd
from world import DEADLINE, Lease, wait_until

SWITCHES = int(os.environ.get("LOAD_SWITCHES", "300"))


def files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory(pid):
    """Private memory in kB."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))


def sanitized(pid):
    """Does the process keep what it freed for a while, to tell its use?"""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        return any("asan" in line or "tsan" in line for line in maps)


class Client:
    """A connection to the bus on which nothing is waited for."""

    def __init__(self, world):
        self.bus = dbus.bus.BusConnection(world.address)
        self.replies = []

    def ask(self, request):
        message = dbus.lowlevel.MethodCallMessage("org.tacet1", "/org/tacet1",
                                                  "org.tacet1.Manager", "Switch")
        message.append("Phone", request, signature="sa{sv}")
        return self.bus.send_message_with_reply(message, self.replies.append, DEADLINE)


class Load(Tacetd):
    conf = "[card Phone]\nTimeout=25s\nUcmTimeout=20s\n"

    def settled(self):
        """What a switch leaves behind for the bus has been said."""
        wait_until(lambda: self.world.get("State") == "idle" and not self.world.get("Queued"),
                   "the card is idle")

    def test_a_thousand_requests_of_a_hundred_clients_are_answered_once_each(self):
        self.up()
        pid = self.world.daemon.pid
        self.world.switch(to="Headphones")
        before = files(pid)
        clients = [Client(self.world) for _ in range(100)]
        asked = [client.ask(self.world.request(to=("Speaker", "Earpiece", "Headphones")[i % 3]))
                 for i in range(10) for client in clients]
        for pending in asked:
            pending.block()
        results, refused = {}, {}
        for reply in (reply for client in clients for reply in client.replies):
            if isinstance(reply, dbus.lowlevel.ErrorMessage):
                refused[reply.get_error_name()] = refused.get(reply.get_error_name(), 0) + 1
            else:
                result = str(reply.get_args_list()[0]["result"])
                results[result] = results.get(result, 0) + 1
        print(f"1000 requests: {results} {refused}")
        self.assertEqual(sum(results.values()) + sum(refused.values()), 1000)
        self.assertLessEqual(set(results), {"done", "unchanged"})
        self.assertLessEqual(set(refused), {"org.tacet1.Error.Replaced",
                                            "org.tacet1.Error.QueueFull"})
        self.settled()
        for client in clients:
            client.bus.close()
        self.assertEqual(self.world.switch(to="Speaker")["result"] in ("done", "unchanged"), True)
        self.assertEqual(files(pid), before)

    def test_a_client_that_never_reads_harms_nobody(self):
        self.up()
        pid = self.world.daemon.pid
        deaf = Client(self.world)
        # What comes back stays in the socket and then with the bus.
        end = socket.socket(fileno=os.dup(deaf.bus.get_unix_fd()))
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        before = memory(pid)
        asked = []
        for i in range(2000):
            asked.append(deaf.ask(self.world.request(to=("Speaker", "Earpiece")[i % 2],
                                                     dry_run=True)))
            if i % 100 == 99:
                report = self.world.switch(to=("Headphones", "Speaker")[i // 100 % 2])
                self.assertEqual(report["result"], "done")
        self.settled()
        grown = memory(pid) - before
        end.close()
        deaf.bus.close()
        if not sanitized(pid):
            self.assertLess(grown, 4096, "a client that does not read makes tacetd grow")

    def test_as_many_leases_as_a_user_may_have_rest_and_go_on(self):
        self.world.add_card(devices=68)
        self.world.start()
        self.world.wait_managed()
        self.assertEqual(self.world.switch(verb="HiFi", enable=["Speaker"])["result"], "done")
        before = files(self.world.daemon.pid)
        # Devices that the profile does not name: no route can take their back end.
        leases = [self.lease(device) for device in range(4, 68)]
        report = self.world.switch(to="Headphones")
        self.assertEqual(report["result"], "done")
        self.assertEqual(len(report["streams"]), 64)
        self.assertEqual({str(stream["outcome"]) for stream in report["streams"]}, {"resumed"})
        self.assertEqual({self.world.stream(device) for device in range(4, 68)}, {"RUNNING"})
        # One more is one too many, and is told so.
        more = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        more.settimeout(DEADLINE)
        more.connect(str(self.world.root / "lease"))
        self.assertEqual(struct.unpack("=16I", more.recv(64))[2], Lease.DENY)
        more.close()
        for device, lease in enumerate(leases, 4):
            lease.sock.close()
            self.world.set_stream(device, "closed")
        # Its own files are open for as long as it watches; none of a lease's is.
        wait_until(lambda: self.world.switch(to="Speaker")["result"] and not
                   [name for name in self.open_files() if "memfd:pcm" in name],
                   "the leases are gone")
        self.assertLessEqual(files(self.world.daemon.pid), before)

    def switch_times(self, leases):
        """Milliseconds of twenty switches under as many leases, sorted."""
        self.world.add_card(devices=4 + leases)
        self.world.start()
        self.world.wait_managed()
        self.assertEqual(self.world.switch(verb="HiFi", enable=["Speaker"])["result"], "done")
        held = [self.lease(device) for device in range(4, 4 + leases)]
        times = []
        for i in range(20):
            begun = time.monotonic()
            report = self.world.switch(to=("Headphones", "Speaker")[i % 2])
            times.append(1000 * (time.monotonic() - begun))
            self.assertEqual(report["result"], "done")
            self.assertEqual({str(stream["outcome"]) for stream in report["streams"]},
                             {"resumed"})
            self.assertEqual(len(report["streams"]), leases)
        del held
        return sorted(times)

    def test_more_leases_may_be_allowed_rest_and_go_on(self):
        files_now, files_most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(files_most, 8192), files_most))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (files_now, files_most))
        self.world.conf(self.conf + "[tacetd]\nMaxLeases=1024\nMaxLeasesPerUser=1024\n")
        times = self.switch_times(int(os.environ.get("LOAD_LEASES", "256")))
        print(f"{len(times)} switches: median {times[len(times) // 2]:.1f} ms, "
              f"longest {times[-1]:.1f} ms", file=sys.stderr)

    def open_files(self):
        folder = f"/proc/{self.world.daemon.pid}/fd"
        names = []
        for name in os.listdir(folder):
            try:
                names.append(os.readlink(f"{folder}/{name}"))
            except FileNotFoundError:
                pass
        return names

    def test_thirty_two_cards_switch_each_on_its_own(self):
        for index in range(32):
            self.world.add_card(index, f"Phone{index}", devices=1)
        self.world.start()
        for index in range(32):
            self.world.wait_managed(f"Phone{index}")
        asked = [self.world.begin(f"Phone{index}", verb="HiFi", enable=["Speaker"])
                 for index in range(32)]
        self.assertEqual([one.end() for one in asked], ["done"] * 32)
        self.assertEqual({str(self.world.get("Verb", f"Phone{index}")) for index in range(32)},
                         {"HiFi"})

    def test_many_switches_leave_memory_and_files_as_they_were(self):
        self.up()
        pid = self.world.daemon.pid
        self.lease(0)
        # The trace fills, and what is reused is there.
        for i in range(100):
            self.world.switch(to=("Headphones", "Speaker")[i % 2])
        before_memory, before_files = memory(pid), files(pid)
        for i in range(SWITCHES):
            report = self.world.switch(to=("Headphones", "Speaker")[i % 2])
            self.assertEqual(report["result"], "done")
        after = memory(pid)
        print(f"{SWITCHES} switches: {before_memory} -> {after} kB private, "
              f"{before_files} -> {files(pid)} files")
        self.assertEqual(files(pid), before_files)
        if not sanitized(pid):
            self.assertLess(after - before_memory, 256, "each switch leaves something behind")


# Imported with its tests; they are run elsewhere.
del Tacetd

if __name__ == "__main__":
    unittest.main()
