# SPDX-License-Identifier: LGPL-2.1-or-later
"""The demo's call: who heard what, scene by scene."""

import pathlib
import shutil
import wave

TEST = "demo-takes-a-call"
RATES = {"Modem Up": 16000}


def scenes(path):
    """The table of a run: a row of seconds for each scene."""
    lines = [line.split("|") for line in path.read_text(encoding="utf-8").splitlines()]
    names = lines[0][1].split()
    rows = [("scene", *(f"{name} (s)" for name in names))]
    for scene, before, after in lines[1:]:
        heard = [int(b) - int(a) for a, b in zip(before.split(), after.split())]
        rows.append((scene, *(f"{n / 48000:.1f}" if n else "-" for n in heard)))
    return rows


def keep(out, target):
    """Copy the timeline, and turn what each back end heard into WAV files; their paths."""
    files = [target / "call.svg"]
    shutil.copy(out / "timeline.svg", files[0])
    for raw in sorted(out.glob("*.s16")):
        path = target / f"call-{raw.stem.replace(' ', '-')}.wav"
        with wave.open(str(path), "wb") as stream:
            stream.setnchannels(2)
            stream.setsampwidth(2)
            stream.setframerate(RATES.get(raw.stem, 48000))
            stream.writeframes(raw.read_bytes())
        files.append(path)
    return files


def show(vm, say, target):
    """Run the call. Return whether it went well, the table's rows and the files."""
    say("A call while music plays: earpiece, speaker, a headset in and out, hung up")
    result = vm("6.1", TEST)
    if result["status"] != "pass":
        return False, [("the call failed: " + result["why"],)], []
    out = pathlib.Path(result["log"]) / "out"
    return True, scenes(out / "scenes"), keep(out, target)
