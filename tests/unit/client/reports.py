# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reports as tacetd makes them, for the mock and for drawing."""


def stream(pcm, method, outcome, quiesce, gap, kind="leased", pid=812, process="mpv",
           direction="playback", message=""):
    return {"pcm": pcm, "direction": direction, "kind": kind, "pid": pid, "process": process,
            "method": method, "outcome": outcome, "quiesce": quiesce, "gap": gap,
            "message": message}


def done(number=7, card="TacetPhone"):
    """Three streams at rest, four controls written."""
    music, voice, idle = f"hw:{card},0,0", f"hw:{card},2,0", f"hw:{card},1,0"
    controls = ["Speaker Mixer Media Switch", "Headphones Mixer Media Switch",
                "Speaker Mixer Ringtone Switch", "Headphones Mixer Ringtone Switch"]
    return {
        "id": number, "card": card, "result": "done", "error": "", "message": "",
        "requested": 1_790_000_000_000_000 + number, "duration": 6400,
        "from": "HiFi: Speaker Mic", "to": "HiFi: Headphones Mic",
        "verb": "HiFi", "devices": ["Headphones", "Mic"], "modifiers": [],
        "steps": ["disable Speaker", "enable Headphones"],
        "written": [{"name": name, "before": "on" if i % 2 == 0 else "off",
                     "after": "off" if i % 2 == 0 else "on", "at": 3300 + 150 * i}
                    for i, name in enumerate(controls)],
        "streams": [stream(music, "pause", "resumed", 240, 2900),
                    stream(voice, "close", "reopened", 900, 3600, "held", 300, "tacetd"),
                    stream(idle, "none", "left", 0, 0, "foreign", 901, "aplay")],
        "to_first_write": 500, "rest": 1900, "gap": 3600, "slipped": [], "journal": "ok",
        "timeline": [
            [0, "request", "", "to Headphones"], [300, "plan", "", "2 steps"],
            [1750, "journal", "", "stored"], [1800, "quiesce", music, "pause"],
            [1900, "quiesce", voice, "close"], [2040, "stopped", music, "paused"],
            [2800, "stopped", voice, "closed"], [2900, "check", "", "2 streams rest"],
            [3300, "write", "", controls[0]], [3450, "write", "", controls[1]],
            [3600, "write", "", controls[2]], [3750, "write", "", controls[3]],
            [3900, "applied", "", "done"], [4400, "resume", music, ""],
            [4500, "resume", voice, ""], [4700, "resumed", music, ""],
            [5900, "resumed", voice, ""], [6300, "journal", "", "the route is stored"],
            [6400, "report", "", "done"]]}


def drained(number=8, card="TacetPhone"):
    """A long drain before a short rest: the drawing needs its magnified part."""
    report = done(number, card)
    music = f"hw:{card},0,0"
    report.update({
        "duration": 245_000, "rest": 2200, "gap": 3200, "to_first_write": 300,
        "streams": [stream(music, "drain", "resumed", 231_000, 3200)],
        "written": [{"name": "Speaker Mixer Media Switch", "before": "on", "after": "off",
                     "at": 242_300}],
        "timeline": [
            [0, "request", "", ""], [300, "plan", "", ""], [500, "journal", "", ""],
            [1000, "quiesce", music, "drain"], [242_000, "stopped", music, "drained"],
            [242_100, "check", "", ""], [242_300, "write", "", "Speaker Mixer Media Switch"],
            [243_000, "applied", "", ""], [243_500, "resume", music, ""],
            [244_200, "resumed", music, ""], [245_000, "report", "", "done"]]})
    return report


def busy(number=9, card="TacetPhone", message=None):
    """A foreign stream that went on until the deadline; nothing was written."""
    report = done(number, card)
    pcm = f"hw:{card},0,0"
    report.update({
        "result": "busy", "error": "org.tacet1.Error.Busy",
        "message": message or f"aplay (901) still plays {pcm} after 5 s.",
        "duration": 5_000_800, "to": "HiFi: Speaker Mic", "devices": ["Speaker", "Mic"],
        "written": [], "rest": 0, "gap": 0, "to_first_write": 0,
        "streams": [stream(pcm, "wait", "busy", 5_000_000, 0, "foreign", 901, "aplay")],
        "timeline": [[0, "request", "", ""], [300, "plan", "", ""], [500, "journal", "", ""],
                     [800, "quiesce", pcm, "wait"], [5_000_800, "report", "", "busy"]]})
    return report


def dry_run(number=10, card="TacetPhone"):
    report = done(number, card)
    report.update({"result": "dry-run", "written": [], "streams": [], "rest": 0, "gap": 0,
                   "to_first_write": 0, "timeline": [[0, "request", "", ""]]})
    return report
