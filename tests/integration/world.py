# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus, a folder that is the kernel, and tacetd between them."""

import array
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import dbus
import dbus.bus

HERE = pathlib.Path(__file__).resolve().parent
TACETD = os.environ.get("TACETD", "tacetd-test")
DEADLINE = int(os.environ.get("TACET_DEADLINE", "30"))  # seconds for what takes milliseconds on an idle machine

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


def wait_until(condition, what):
    """Wait until CONDITION() is true and return it."""
    end = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {DEADLINE} s in vain until {what}")
        time.sleep(0.005)


class Lease:
    """An application that plays through the PCM tacet: a fake PCM and a connection."""

    GRANT, DENY, REST, HELD, GO = 2, 3, 6, 7, 8

    def __init__(self, world, device=0, pauses=True, kind=1):
        self.world = world
        self.device = device
        self.file = os.memfd_create("pcm")
        os.write(self.file, f"pcm 0 {device} 0 p, pauses {int(pauses)}".encode())
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(str(world.root / "lease"))
        self.send(1, kind=kind, fd=self.file)

    def send(self, what, kind=0, serial=0, fd=None):
        message = struct.pack("=16I", 0x54434C53, 1, what, kind, serial, *[0] * 11)
        ancillary = []
        if fd is not None:
            fds = array.array("i", [fd])
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)]
        self.sock.sendmsg([message], ancillary)

    def receive(self):
        """Return type and serial of the next message."""
        data = self.sock.recv(64)
        if not data:
            return None, 0
        words = struct.unpack("=16I", data)
        return words[2], words[4]

    def close(self):
        self.sock.close()
        os.close(self.file)


class Writer:
    """A program that writes a route through the control tacet."""

    def __init__(self, world, card=0):
        self.file = os.memfd_create("control")
        os.write(self.file, f"control {card}".encode())
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(str(world.root / "control"))
        self.fresh = True

    def ask(self, numid=5, value=1):
        message = struct.pack("=8I128q", 0x54434F53, 1, 1, 0, numid, 1, 1, 0, value, *[0] * 127)
        fds = array.array("i", [self.file])
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if self.fresh else []
        self.fresh = False
        self.sock.sendmsg([message], ancillary)

    def answer(self):
        """Return the errno of the last write, or None when tacetd hung up."""
        data = self.sock.recv(2048)
        return struct.unpack("=8I", data[:32])[3] if data else None

    def write(self, numid=5, value=1):
        self.ask(numid, value)
        return self.answer()

    def close(self):
        self.sock.close()
        os.close(self.file)


class Asking(threading.Thread):
    """A client whose request is under way."""

    def __init__(self, world, card, request):
        super().__init__(daemon=True)
        self.bus = dbus.bus.BusConnection(world.address)
        self.card = card
        self.request = request
        self.report = self.error = None
        self.start()

    def run(self):
        manager = self.bus.get_object("org.tacet1", "/org/tacet1", introspect=False)
        try:
            self.report = manager.Switch(self.card, self.request, timeout=DEADLINE,
                                         dbus_interface="org.tacet1.Manager")
        except dbus.DBusException as error:
            self.error = error

    def leave(self):
        """Fall off the bus in the middle of the call."""
        end = socket.socket(fileno=os.dup(self.bus.get_unix_fd()))
        end.shutdown(socket.SHUT_RDWR)
        end.close()

    def end(self):
        """Return the result, or the short name of the error."""
        self.join(DEADLINE)
        assert not self.is_alive(), "no answer"
        self.bus.close()
        if self.error is not None:
            return self.error.get_dbus_name().removeprefix("org.tacet1.Error.")
        return str(self.report["result"])


class World:
    """Everything that tacetd can see."""

    def __init__(self, conf=""):
        self.folder = tempfile.TemporaryDirectory(prefix="tacetd-test-")
        self.root = pathlib.Path(self.folder.name)
        for name in ("cards", "proc", "proc/asound", "state", "tacetd.conf.d"):
            (self.root / name).mkdir()
        self.conf(conf)
        worker = self.root / "worker"
        worker.write_text(f'#!/bin/sh\nunset LD_PRELOAD\nexec {sys.executable} -B '
                          f'{HERE}/fake_ucm_worker.py {self.root}\n', encoding="utf-8")
        worker.chmod(0o755)
        bus_conf = self.root / "bus.conf"
        bus_conf.write_text(BUS_CONFIG.format(folder=self.root), encoding="utf-8")
        self.bus_daemon = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--print-address=1", f"--config-file={bus_conf}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.bus_daemon.stdout.readline().strip()
        assert self.address, "dbus-daemon did not start"
        self.daemon = None
        self.listener = None
        self.log = open(self.root / "log", "w+", encoding="utf-8")
        self.bus = dbus.bus.BusConnection(self.address)

    def conf(self, text):
        (self.root / "tacetd.conf").write_text(text, encoding="utf-8")

    def behave(self, how):
        new = self.root / "behave.new"
        new.write_text(how, encoding="utf-8")
        new.rename(self.root / "behave")

    def add_card(self, index=0, name="Phone", devices=4):
        for device in range(devices):
            for direction in "pc":
                sub = self.root / f"proc/asound/card{index}/pcm{device}{direction}/sub0"
                sub.mkdir(parents=True, exist_ok=True)
                (sub / "status").write_text("closed\n", encoding="utf-8")
                (sub / "hw_params").write_text("closed\n", encoding="utf-8")
        new = self.root / "new-card"
        new.write_text(f"{name} fake-driver\n", encoding="utf-8")
        new.rename(self.root / "cards" / str(index))

    def remove_card(self, index=0):
        shutil.rmtree(self.root / f"proc/asound/card{index}")
        (self.root / "cards" / str(index)).unlink()

    def status_file(self, device, direction="p"):
        return self.root / f"proc/asound/card0/pcm{device}{direction}/sub0/status"

    def set_stream(self, device, state, pid=None, hw_ptr=0, direction="p"):
        """Open, move or close a stream; its owner is this test unless told otherwise."""
        text = "closed\n"
        if state != "closed":
            text = f"state: {state}\nowner_pid   : {pid or os.getpid()}\nhw_ptr      : {hw_ptr}\n"
        path = self.status_file(device, direction)
        new = path.with_name("new")
        new.write_text(text, encoding="utf-8")
        new.rename(path)

    def stream(self, device, direction="p"):
        line = self.status_file(device, direction).read_text(encoding="utf-8").split("\n")[0]
        return line.removeprefix("state: ")

    def commands(self):
        """What the workers were told so far."""
        try:
            lines = (self.root / "commands").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def start(self, notify=False):
        """Start tacetd and wait until it is on the bus."""
        env = dict(os.environ, TACET_TEST_ROOT=str(self.root), TACET_LOG_LEVEL="debug")
        env.pop("NOTIFY_SOCKET", None)
        listeners = []
        for name in ("lease", "control"):
            (self.root / name).unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            listener.bind(str(self.root / name))
            listener.listen(16)
            listeners.append(listener)
        argv = [TACETD, f"--bus-address={self.address}", f"--state-dir={self.root}/state",
                f"--config={self.root}/tacetd.conf", f"--worker={self.root}/worker",
                f"--root={self.root}"]
        # The sockets from 3 on, as systemd hands them over; LISTEN_PID is set by the shell that
        # execs. They are first moved out of each other's way.
        script = ('exec 103<&$1 104<&$2; exec 3<&103 4<&104 103<&- 104<&-; shift 2; '
                  'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=lease:control exec "$@"')
        numbers = [listener.fileno() for listener in listeners]
        self.daemon = subprocess.Popen(
            ["bash", "-c", script, "sh", *map(str, numbers), *argv], env=env,
            pass_fds=numbers, stderr=self.log)
        for listener in listeners:
            listener.close()
        wait_until(lambda: self.bus.name_has_owner("org.tacet1") or
                   self.daemon.poll() is not None, "tacetd is on the bus")
        if self.daemon.poll() is not None:
            raise AssertionError("tacetd ended: " + self.log_text())

    def log_text(self):
        return (self.root / "log").read_text(encoding="utf-8")

    def kill(self):
        """Kill tacetd as a crash would; its workers go with their sockets."""
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(DEADLINE)
        self.daemon = None
        wait_until(lambda: not self.bus.name_has_owner("org.tacet1"), "it left the bus")

    def terminate(self):
        self.daemon.terminate()
        code = self.daemon.wait(DEADLINE)
        self.daemon = None
        return code

    def stop(self):
        code = self.terminate() if self.daemon else 0
        self.bus.close()
        self.bus_daemon.terminate()
        self.bus_daemon.wait(DEADLINE)
        self.bus_daemon.stdout.close()
        self.log.close()
        text = self.log_text()
        self.folder.cleanup()
        if code or "ERROR: " in text or "runtime error" in text:
            raise AssertionError(f"tacetd ended with {code}:\n{text[-6000:]}")

    def manager(self):
        return dbus.Interface(self.bus.get_object("org.tacet1", "/org/tacet1", introspect=False),
                              "org.tacet1.Manager")

    def trace(self, count):
        return self.manager().Trace(dbus.UInt32(count))

    def card(self, name="Phone"):
        return self.bus.get_object("org.tacet1", f"/org/tacet1/card/{name}", introspect=False)

    def get(self, name, card="Phone"):
        return self.card(card).Get("org.tacet1.Card", name,
                                   dbus_interface="org.freedesktop.DBus.Properties")

    def switch(self, card="Phone", **request):
        """Ask and wait for the report."""
        return self.manager().Switch(card, self.request(**request), timeout=DEADLINE)

    def begin(self, card="Phone", **request):
        """Ask on a connection of its own, and go on."""
        return Asking(self, card, self.request(**request))

    @staticmethod
    def request(**request):
        out = dbus.Dictionary(signature="sv")
        for key, value in request.items():
            if isinstance(value, list):
                value = dbus.Array(value, signature="s")
            elif key == "timeout":
                value = dbus.UInt64(value)
            out[key] = value
        return out

    def wait_managed(self, card="Phone"):
        wait_until(lambda: self.exists(card) and self.get("Managed", card), "the card is managed")

    def wait_known(self):
        wait_until(lambda: self.get("RouteKnown"), "the route is known")

    def exists(self, card="Phone"):
        return card in [str(name) for name, _ in self.manager().ListCards()]
