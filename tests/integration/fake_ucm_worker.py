# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the place of tacet-ucm-worker: a phone's profile, and sequences that only say so.

Writes each command as a line of JSON into FOLDER/commands. FOLDER/behave tells what becomes of
a command: "ok", "fail", "fail DEVICE", "refuse", "hang", "die", or "wait" until the file FOLDER/go
exists; of a start: "none" and "broken" profiles, and "heavy", a process that takes a moment to be
dead when it is killed.
"""

import json
import os
import pathlib
import socket
import sys
import time

FOLDER = pathlib.Path(sys.argv[1])
SOCK = socket.socket(fileno=3)
PROFILE = [
    ("verb", "HiFi", "", ""),
    ("device", "Speaker", "hw:Phone,0", "", "", "200", "0", "", ""),
    ("device", "Earpiece", "hw:Phone,0", "", "", "100", "0", "", ""),
    ("device", "Headphones", "hw:Phone,0", "", "Headphone Jack", "400", "0", "", ""),
    ("device", "Mic", "", "hw:Phone,3", "", "0", "100", "Mic Capture Switch", "Mic"),
    ("conflicts", "device", "Speaker", "Earpiece", "Headphones"),
    ("conflicts", "device", "Earpiece", "Headphones"),
    ("modifier", "Play Ringtone", "hw:Phone,1", ""),
    ("verb", "Voice Call", "", ""),
    ("device", "Earpiece", "hw:Phone,2", "", "", "100", "0", "", ""),
    ("device", "Speaker", "hw:Phone,2", "", "", "200", "0", "", ""),
    ("device", "Headphones", "hw:Phone,2", "", "Headphone Jack", "400", "0", "", ""),
    ("device", "Mic", "", "hw:Phone,2", "", "0", "100", "", ""),
    ("conflicts", "device", "Speaker", "Earpiece", "Headphones"),
    ("conflicts", "device", "Earpiece", "Headphones"),
]


def say(*words):
    try:
        SOCK.send(b"".join(str(word).encode() + b"\0" for word in words))
    except OSError:
        sys.exit(0)


def behaviour():
    try:
        return (FOLDER / "behave").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "ok"


def wait_for(path):
    parent = os.getppid()
    while not path.exists():
        time.sleep(0.005)
        if os.getppid() != parent:
            sys.exit(0)


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def perform(words):
    how = behaviour()
    with open(FOLDER / "commands", "a", encoding="utf-8") as log:
        log.write(json.dumps(words) + "\n")
    begin = now()
    if how == "wait":
        wait_for(FOLDER / "go")
    if how == "die" and words[0] == "apply":
        os._exit(9)
    if how == "hang" and words[0] in ("apply", "write"):
        time.sleep(1000)
    if how == "refuse" and words[0] == "write":
        say("done", -22, 0, "Invalid argument", begin, now())
        return
    say("write", "Some Switch", "off", "on", now())
    how, _, whom = how.partition(" ")
    if how == "fail" and words[0] == "apply" and (not whom or whom in words):
        say("done", -22, 0, "it does not fit", begin, now())
    else:
        say("done", 0, 0, "", begin, now())


def main():
    SOCK.recv(65536)
    how = behaviour()
    if how == "none":
        say("failed", -2, "")
        return
    if how == "broken":
        say("failed", -22, "HiFi.conf:7: nonsense")
        return
    # Not zeros: each page counts, and each is given back at the end.
    ballast = b"heavy" * (50 << 20) if how == "heavy" else b""
    for message in PROFILE:
        say(*message)
    say("locks", 3, 3, "")
    say("ready")
    jack = FOLDER / "jack"
    say("jack", "Headphone Jack", int(jack.exists()))
    plugged = jack.exists()
    SOCK.settimeout(0.02)
    while True:
        try:
            data = SOCK.recv(65536)
        except TimeoutError:
            if jack.exists() != plugged:
                plugged = not plugged
                say("jack", "Headphone Jack", int(plugged))
            continue
        if not data:
            return
        perform(data.decode().split("\0")[:-1])
        assert ballast is not None


main()
