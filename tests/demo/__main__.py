# SPDX-License-Identifier: LGPL-2.1-or-later
"""Show a phone whose routes change while music plays: without Tacet, and with it."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import wave

from . import call

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "demo"
RUN = ROOT / "tests" / "vm" / "run"
RATE = 48000

# Which test shows a kernel without Tacet.
WITHOUT = {
    "5.10": "storm-through-alsaucm-panics-stock-5.10",
    "6.1": "storm-through-alsaucm-writes-under-running-streams",
    "6.12": "storm-through-alsaucm-writes-under-running-streams",
    "7.2": "storm-through-alsaucm-writes-under-running-streams",
}
WITH = "storm-through-tacetd"
TUNE = "demo-plays-a-tune"


def say(text):
    print(f"[{time.monotonic() - BEGIN:5.0f} s] {text}", flush=True)


def vm(kernel, test, *more):
    """Run one VM test; its result as the harness tells it."""
    listing = OUT / f"{kernel}-{test}.json"
    listing.unlink(missing_ok=True)
    code = subprocess.run([str(RUN), "--kernel", kernel, "--json", str(listing), *more, test],
                          cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
    if not listing.exists():
        sys.exit(f"demo: the harness ended with {code} and left no result; see above")
    return json.loads(listing.read_text(encoding="utf-8"))["results"][0]


def pairs(path):
    """The "name value" lines of a file as numbers."""
    found = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if len(words) == 2 and words[1].isdigit():
                found[words[0]] = int(words[1])
    return found


def without_tacet(kernel):
    say(f"Linux {kernel} without Tacet: alsaucm switches the routes of a playing phone")
    result = vm(kernel, WITHOUT[kernel])
    out = pathlib.Path(result["log"]) / "out"
    if result["status"] != "pass":
        return result, "did not run: " + result["why"], "-"
    if "panics" in WITHOUT[kernel]:
        return result, "kernel panic in dpcm_be_dai_trigger", "all"
    seen = pairs(out / "counters")
    return (result, f"{seen['route_writes_running']} routes written under a running stream",
            str(seen["fe_unheard_frames"]))


def with_tacet(kernel, switches):
    say(f"Linux {kernel} with tacetd: {switches} switches under music, a recorder and a held stream")
    result = vm(kernel, WITH, "--env", f"STORM_SWITCHES={switches}")
    out = pathlib.Path(result["log"]) / "out"
    storm, heard, seen = pairs(out / "storm"), pairs(out / "heard"), pairs(out / "counters")
    if result["status"] != "pass":
        return result, "failed: " + result["why"], "-", "-"
    shutil.copy(out / "trace.svg", OUT / f"storm-{kernel}.svg")
    return (result,
            f"{storm['done']} switches, {seen['route_writes']} routes written, "
            f"{seen['route_writes_running']} under a running stream",
            f"{heard['lost']} of {heard['frames']}",
            f"{storm['gap_median_us'] / 1000:.1f} ms")


def keep_sound(out):
    """Turn what each back end heard into a WAV file; the names of the files."""
    files = []
    for raw in sorted(out.glob("*.s16")):
        path = OUT / f"{raw.stem}.wav"
        with wave.open(str(path), "wb") as stream:
            stream.setnchannels(2)
            stream.setsampwidth(2)
            stream.setframerate(RATE)
            stream.writeframes(raw.read_bytes())
        files.append(path)
    return files


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="./demo.sh", description=__doc__)
    parser.add_argument("--kernel", choices=sorted(WITHOUT), action="append",
                        help="a stock Debian kernel; 5.10 and 6.1 unless told otherwise")
    parser.add_argument("--switches", type=int, default=1000, help="with tacetd, per kernel")
    options = parser.parse_args()
    os.makedirs(OUT, exist_ok=True)

    rows = [("kernel", "without Tacet", "frames lost", "with Tacet", "frames lost", "gap")]
    good = True
    for kernel in options.kernel or ["5.10", "6.1"]:
        bad, story, lost = without_tacet(kernel)
        result, told, kept, gap = with_tacet(kernel, options.switches)
        good = good and bad["status"] == result["status"] == "pass"
        rows.append((kernel, story, lost, told, kept, gap))

    say("A tune moves from the speaker to the earpiece, to headphones and back")
    result = vm("6.1", TUNE)
    good = good and result["status"] == "pass"
    out = pathlib.Path(result["log"]) / "out"
    sounds = keep_sound(out)
    if (out / "timeline.svg").exists():
        shutil.copy(out / "timeline.svg", OUT / "timeline.svg")

    called, heard, more = call.show(vm, say, OUT)
    good = good and called
    sounds += [path for path in more if path.suffix == ".wav"]

    summary = f"{table(rows)}\n\nWho heard the call:\n\n{table(heard)}"
    (OUT / "table.txt").write_text(summary + "\n", encoding="utf-8")
    print(f"\n{summary}\n")
    print("The gap is the median over all switches, in an emulated machine that is many times")
    print("slower than a phone.\n")
    for path in [OUT / "table.txt", *sorted(OUT.glob("*.svg")), *sounds]:
        print(f"  {path.relative_to(ROOT)}")
    print()
    return 0 if good else 1


if __name__ == "__main__":
    BEGIN = time.monotonic()
    sys.exit(main())
