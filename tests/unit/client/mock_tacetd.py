#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.tacet1 without a daemon: answers what its caller asks for.

The device that a switch is asked `to` chooses the outcome: "error:NAME" or "error:NAME:report"
(a failure that leaves a report), "progress", "slip", "vanish" (the daemon dies meanwhile);
anything else is done. Commands for events of its own come on standard input, one a line.
"""

import json
import os
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import reports  # pylint: disable=wrong-import-position

NAME, ROOT, CARD = "org.tacet1", "/org/tacet1", "TacetPhone"
MANAGER, CARD_INTERFACE = "org.tacet1.Manager", "org.tacet1.Card"

SIGNATURES = {"id": "t", "requested": "t", "duration": "t", "at": "t", "quiesce": "t",
              "gap": "t", "rest": "t", "to_first_write": "t", "pid": "u", "index": "u",
              "queued": "u", "switching": "t", "rate": "u", "channels": "u"}


def variant(key, value):
    """A value with the type that the interface gives it."""
    if key == "timeline":
        return dbus.Array([dbus.Struct((dbus.UInt64(t), kind, pcm, text))
                           for t, kind, pcm, text in value], signature="(tsss)")
    if isinstance(value, bool):
        return dbus.Boolean(value)
    if isinstance(value, int):
        return (dbus.UInt32 if SIGNATURES[key] == "u" else dbus.UInt64)(value)
    if isinstance(value, dict):
        return dbus.Dictionary({k: dbus.Boolean(v) for k, v in value.items()},
                               signature="sb")
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return dbus.Array([dictionary(v) for v in value], signature="a{sv}")
    if isinstance(value, list):
        empty = "a{sv}" if key in ("streams", "written", "cards") else "s"
        return dbus.Array(value, signature="s" if value else empty)
    return dbus.String(value)


def dictionary(d):
    return dbus.Dictionary({k: variant(k, v) for k, v in d.items()}, signature="sv")


class Failure(dbus.DBusException):
    def __init__(self, name, message):
        super().__init__(message)
        self._dbus_error_name = name


class Card(dbus.service.Object):
    @dbus.service.signal(CARD_INTERFACE, signature="tss")
    def Progress(self, number, state, detail):
        pass

    @dbus.service.signal(CARD_INTERFACE, signature="a{sv}")
    def Switched(self, report):
        pass

    @dbus.service.signal("org.freedesktop.DBus.Properties", signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass


class Manager(dbus.service.Object):
    def __init__(self, bus, card, loop):
        super().__init__(bus, ROOT)
        self.card, self.loop = card, loop
        self.Reset()

    def status(self):
        return {
            "version": "0.1.0", "kernel": "6.1.0-50-amd64", "repaired": False,
            "rule": "auto",
            "cards": [
                {"id": CARD, "index": 0, "driver": "tacet-phone", "name": "Tacet Phone",
                 "managed": True, "reason": "", "verb": "HiFi",
                 "devices": ["Speaker", "Mic"], "modifiers": [],
                 "verbs": ["HiFi", "Voice Call"],
                 "available_devices": ["Speaker", "Earpiece", "Headphones", "Mic"],
                 "available_modifiers": ["Play Ringtone"],
                 "jacks": {"Headphone Jack": True, "Headset Mic Jack": False},
                 "state": "idle", "switching": 0, "queued": 0, "route_known": True,
                 "locked": True, "live": False},
                {"id": "Loopback", "index": 1, "driver": "Loopback", "name": "Loopback",
                 "managed": False, "reason": "It has no UCM profile.", "verb": "",
                 "devices": [], "modifiers": [], "verbs": [], "available_devices": [],
                 "available_modifiers": [], "jacks": {}, "state": "idle", "switching": 0,
                 "queued": 0, "route_known": False, "locked": False, "live": False}],
            "streams": [
                {"card": CARD, "pcm": f"hw:{CARD},0,0",
                 "direction": "playback", "kind": "leased", "pid": 812,
                 "process": "evil\x1b[31mname", "state": "running", "rate": 48000,
                 "channels": 2}]}

    @dbus.service.method(MANAGER, in_signature="", out_signature="a{sv}")
    def Status(self):
        return dictionary(self.status())

    @dbus.service.method(MANAGER, in_signature="u", out_signature="aa{sv}")
    def Trace(self, most):
        return dbus.Array([dictionary(r) for r in self.trace[-most:]], signature="a{sv}")

    @dbus.service.method("org.tacet1.Mock", in_signature="", out_signature="b")
    def Reset(self):
        self.trace = [reports.done(), reports.drained(), reports.busy()]
        self.request = {}
        return True

    @dbus.service.method("org.tacet1.Mock", in_signature="", out_signature="s")
    def LastRequest(self):
        return json.dumps(self.request)

    @dbus.service.method(MANAGER, in_signature="sa{sv}", out_signature="a{sv}")
    def Switch(self, card, request):
        self.request = {"card": str(card)}
        for key, value in request.items():
            if isinstance(value, dbus.Array):
                value = [str(v) for v in value]
            elif isinstance(value, dbus.String):
                value = str(value)
            elif isinstance(value, dbus.Boolean):
                value = bool(value)
            else:
                value = int(value)
            self.request[str(key)] = value
        to = self.request.get("to", "")
        if to.startswith("error:"):
            name, _, report = to[len("error:"):].partition(":")
            message = f"The mock was asked for {name}."
            if report:
                made = reports.busy(40, message=message)
                made["error"] = f"org.tacet1.Error.{name}"
                self.trace.append(made)
            raise Failure(name if "." in name else f"org.tacet1.Error.{name}", message)
        if to == "vanish":
            os._exit(1)
        if to == "progress":
            self.card.Progress(dbus.UInt64(7), "quiesce", "pause hw:TacetPhone,0,0 (mpv)")
        report = reports.dry_run() if self.request.get("dry_run") else reports.done()
        if to == "slip":
            report["slipped"] = ["hw:TacetPhone,1,0"]
        return dictionary(report)

    @dbus.service.signal(MANAGER, signature="so")
    def CardAdded(self, card, path):
        pass

    @dbus.service.signal(MANAGER, signature="so")
    def CardRemoved(self, card, path):
        pass

    def command(self, line):
        """One event, on demand of the test."""
        if line == "progress":
            self.card.Progress(dbus.UInt64(7), "apply", "enable Headphones")
        elif line == "switched":
            self.card.Switched(dictionary(reports.done()))
        elif line == "failed":
            self.card.Switched(dictionary(reports.busy()))
        elif line == "added":
            self.CardAdded("New", dbus.ObjectPath(f"{ROOT}/card/New"))
        elif line == "removed":
            self.CardRemoved("New", dbus.ObjectPath(f"{ROOT}/card/New"))
        elif line == "jack":
            self.card.PropertiesChanged(
                CARD_INTERFACE, {"Jacks": variant("", {"Headphone Jack": False}),
                                 "State": dbus.String("idle")}, [])
        else:
            self.loop.quit()


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    loop = GLib.MainLoop()
    bus = dbus.bus.BusConnection(os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
    manager = Manager(bus, Card(bus, f"{ROOT}/card/{CARD}"), loop)
    name = dbus.service.BusName(NAME, bus, do_not_queue=True)

    def on_input(fd, _condition):
        # Not readline(): what it buffers would not wake the loop again.
        lines = os.read(fd, 65536).decode().splitlines()
        for line in lines:
            manager.command(line)
        if not lines:
            loop.quit()
        return bool(lines)

    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, on_input)
    print("ready", name.get_name(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
