# SPDX-License-Identifier: LGPL-2.1-or-later
"""A template of python-dbusmock: ModemManager as far as calls go.

A modem's Voice interface names its calls; each call is an object with a state of its own.
"""

import dbus
import dbusmock

BUS_NAME = "org.freedesktop.ModemManager1"
MAIN_OBJ = "/org/freedesktop/ModemManager1"
MAIN_IFACE = "org.freedesktop.ModemManager1"
SYSTEM_BUS = True
IS_OBJECT_MANAGER = True
VOICE = MAIN_IFACE + ".Modem.Voice"
CALL = MAIN_IFACE + ".Call"


def load(mock, _parameters):
    mock.next_call = 0


def voice_calls(modem):
    return [path for path, obj in dbusmock.mockobject.objects.items()
            if getattr(obj, "modem", None) == modem]


@dbus.service.method(dbusmock.MOCK_IFACE, in_signature="s", out_signature="o")
def AddModem(self, name):
    path = f"{MAIN_OBJ}/Modem/{name}"
    self.AddObject(path, VOICE, {"Calls": dbus.Array([], signature="o"),
                                 "EmergencyOnly": False}, [])
    dbusmock.mockobject.objects[path].object_manager_emit_added(path)
    return path


@dbus.service.method(dbusmock.MOCK_IFACE, in_signature="oi", out_signature="o")
def AddCall(self, modem, state):
    """A call that comes up in a state (an MMCallState)."""
    path = f"{MAIN_OBJ}/Call/{self.next_call}"
    self.next_call += 1
    self.AddObject(path, CALL, {"State": dbus.Int32(state), "Direction": dbus.Int32(1),
                                "Number": "123"}, [])
    dbusmock.mockobject.objects[path].modem = modem
    announce(modem)
    dbusmock.mockobject.objects[modem].EmitSignal(VOICE, "CallAdded", "o", [path])
    return path


def announce(modem):
    calls = dbus.Array(voice_calls(modem), signature="o")
    dbusmock.mockobject.objects[modem].UpdateProperties(VOICE, {"Calls": calls})


@dbus.service.method(dbusmock.MOCK_IFACE, in_signature="oi", out_signature="")
def SetCallState(_self, path, state):
    call = dbusmock.mockobject.objects[path]
    before = call.props[CALL]["State"]
    call.props[CALL]["State"] = dbus.Int32(state)
    call.EmitSignal(CALL, "StateChanged", "iiu", [before, state, dbus.UInt32(0)])


@dbus.service.method(dbusmock.MOCK_IFACE, in_signature="o", out_signature="")
def DeleteCall(self, path):
    modem = dbusmock.mockobject.objects[path].modem
    self.RemoveObject(path)
    announce(modem)
    dbusmock.mockobject.objects[modem].EmitSignal(VOICE, "CallDeleted", "o", [path])


@dbus.service.method(dbusmock.MOCK_IFACE, in_signature="o", out_signature="")
def RemoveModem(self, modem):
    """It fell off its bus: with all its calls, of which nobody says more."""
    for path in voice_calls(modem):
        del dbusmock.mockobject.objects[path].modem
    dbusmock.mockobject.objects[modem].object_manager_emit_removed(modem)
    self.RemoveObject(modem)
