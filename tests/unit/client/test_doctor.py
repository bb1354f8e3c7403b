#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""doctor on made-up systems: a folder stands for /."""

import json
import pathlib
import tempfile
import unittest

from harness import Bus, environment, tacetctl

NO_BUS = "unix:path=/nonexistent/bus"
DEBIAN_5_10 = ("5.10.0-32-amd64", "#1 SMP Debian 5.10.223-1 (2024-08-10)")
DEBIAN_6_1 = ("6.1.0-50-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1 (2026-02-01)")


class Doctor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tacetctl-doctor-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "proc").mkdir()

    def put(self, path, text=""):
        path = self.root / path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def kernel(self, release, build):
        self.put("/proc/sys/kernel/osrelease", release + "\n")
        self.put("/proc/sys/kernel/version", build + "\n")

    def phone(self):
        """A DPCM card with everything that the kernel can show."""
        self.put("/proc/asound/cards",
                 " 0 [TacetPhone     ]: tacet-phone - Tacet Phone\n"
                 "                      Tacet Phone\n")
        self.put("/proc/asound/pcm", "00-00: Media (*) :  : playback 1\n"
                                     "00-03: Record (*) :  : capture 1\n")
        self.put("/proc/asound/timers", "G0: system timer : 4000.000us (10000000 ticks)\n"
                                        "P0-0-0: PCM playback 0-0-0 : SLAVE\n")
        self.put("/proc/asound/card0/pcm0p/sub0/status", "closed\n")
        self.put("/dev/snd/timer")
        self.put("/dev/snd/controlC0")

    def module(self, name, active):
        self.put(f"/sys/module/{name}/initstate", "live\n")
        self.put(f"/sys/module/{name}/parameters/active", active + "\n")

    def program(self, pid, comm):
        self.put(f"/proc/{pid}/comm", comm + "\n")

    def doctor(self, address=NO_BUS):
        """Exit status and findings by id; several of one id are a list."""
        env = environment(DBUS_SYSTEM_BUS_ADDRESS=address)
        done = tacetctl("doctor", "--json", "--root", str(self.root), env=env)
        self.assertEqual(done.stderr, "")
        report = json.loads(done.stdout)
        text = tacetctl("doctor", "--root", str(self.root), env=env)
        self.assertEqual(text.returncode, done.returncode)
        for finding in report["findings"]:
            self.assertIn(finding["severity"], ("ok", "note", "warn", "bad"))
            self.assertTrue(finding["summary"].endswith("."), finding)
            self.assertIn(" ".join(finding["summary"].split()),
                          " ".join(text.stdout.split()))
            if finding["severity"] in ("warn", "bad"):
                self.assertTrue(finding["why"], finding)
                self.assertTrue(finding["todo"], finding)
        self.assertEqual(done.returncode, 1 if report["worst"] == "bad" else 0)
        return report

    @staticmethod
    def finding(report, name, text=""):
        found = [f for f in report["findings"] if f["id"] == name and text in f["summary"]]
        assert len(found) == 1, (name, text, report)
        return found[0]

    def test_an_old_kernel_with_a_dpcm_card_and_no_daemon_is_bad(self):
        self.kernel(*DEBIAN_5_10)
        self.phone()
        report = self.doctor()
        self.assertEqual(report["worst"], "bad")
        finding = self.finding(report, "kernel-dpcm")
        self.assertEqual(finding["severity"], "bad")
        self.assertEqual([f["id"] for f in finding["faults"]], ["R0", "B6", "B8"])
        self.assertTrue(all(f["certain"] and not f["repaired"] for f in finding["faults"]))
        self.assertEqual(self.finding(report, "card", "TacetPhone")["severity"], "warn")
        self.assertEqual(self.finding(report, "pcm-timer")["severity"], "ok")
        self.assertEqual(self.finding(report, "verbose-procfs")["severity"], "ok")

    def test_without_a_dpcm_card_the_faults_are_only_noted(self):
        self.kernel(*DEBIAN_6_1)
        self.put("/proc/asound/cards", " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n")
        self.put("/proc/asound/pcm", "00-00: ALC : ALC : playback 1 : capture 1\n")
        report = self.doctor()
        self.assertEqual(self.finding(report, "kernel-dpcm")["severity"], "note")
        self.assertEqual(self.finding(report, "card", "PCH")["severity"], "ok")

    def test_a_repaired_kernel_is_in_order(self):
        self.kernel(*DEBIAN_6_1)
        self.phone()
        self.module("tacet_dpcm", "R0 B1 B2 B3 B4 B5 B7 B8 B9")
        self.module("tacet_media", "M1 M2 M3 M4 M5 M6")
        report = self.doctor()
        self.assertEqual(self.finding(report, "kernel-dpcm")["severity"], "ok")
        self.assertEqual(self.finding(report, "kernel-media")["severity"], "ok")
        self.assertEqual(self.finding(report, "module", "tacet_dpcm")["severity"], "ok")
        self.assertNotEqual(report["worst"], "bad")

    def test_a_repair_that_leaves_something_open_says_what(self):
        self.kernel(*DEBIAN_6_1)
        self.phone()
        self.module("tacet_dpcm", "R0 B1 B2 B4")
        finding = self.finding(self.doctor(), "kernel-dpcm")
        self.assertEqual(finding["severity"], "bad")
        self.assertEqual([f["id"] for f in finding["faults"] if not f["repaired"]],
                         ["B3", "B5", "B7", "B8", "B9"])

    def test_what_tacet_media_leaves_open_is_noted(self):
        self.kernel(*DEBIAN_6_1)
        self.put("/sys/bus/media/devices/media0/model", "Camera\n")
        finding = self.finding(self.doctor(), "kernel-media")
        self.assertEqual(finding["severity"], "warn")
        self.module("tacet_media", "M1 M2 M3 M4 M6")
        finding = self.finding(self.doctor(), "kernel-media")
        self.assertEqual(finding["severity"], "note")
        self.assertEqual([f["id"] for f in finding["faults"] if not f["repaired"]], ["M5"])

    def test_a_kernel_without_compressed_offload_lacks_its_faults(self):
        self.kernel(*DEBIAN_6_1)
        self.phone()
        self.module("tacet_dpcm", "B2 B3 B4 B5 B8 B9")
        self.assertEqual(self.finding(self.doctor(), "kernel-dpcm")["severity"], "bad")
        self.put("/sys/module/snd_soc_core/initstate", "live\n")
        self.assertEqual(self.finding(self.doctor(), "kernel-dpcm")["severity"], "ok")
        self.put("/sys/module/snd_compress/initstate", "live\n")
        self.assertEqual(self.finding(self.doctor(), "kernel-dpcm")["severity"], "bad")
        self.put("/boot/config-6.1.0-50-amd64", "# CONFIG_SND_SOC_COMPRESS is not set\n")
        self.assertEqual(self.finding(self.doctor(), "kernel-dpcm")["severity"], "ok")
        self.put("/boot/config-6.1.0-50-amd64", "CONFIG_SND_SOC_COMPRESS=y\n")
        self.assertEqual(self.finding(self.doctor(), "kernel-dpcm")["severity"], "bad")

    def test_a_module_that_is_loaded_but_repairs_nothing_is_bad(self):
        self.kernel(*DEBIAN_6_1)
        self.module("tacet_dpcm", "")
        finding = self.finding(self.doctor(), "module", "tacet_dpcm")
        self.assertEqual(finding["severity"], "bad")

    def test_a_module_that_could_be_loaded_is_recommended(self):
        self.kernel(*DEBIAN_6_1)
        self.phone()
        self.assertNotIn("modprobe", self.finding(self.doctor(), "kernel-dpcm")["todo"])
        self.put("/lib/modules/6.1.0-50-amd64/extra/tacet_dpcm.ko.xz")
        self.assertIn("modprobe", self.finding(self.doctor(), "kernel-dpcm")["todo"])

    def test_switched_off_ftrace_under_a_loaded_module_is_bad(self):
        self.kernel(*DEBIAN_6_1)
        self.module("tacet_dpcm", "R0 B1 B2 B3 B4 B5 B7 B8 B9")
        self.put("/proc/sys/kernel/ftrace_enabled", "0\n")
        self.assertEqual(self.finding(self.doctor(), "ftrace")["severity"], "bad")
        self.put("/proc/sys/kernel/ftrace_enabled", "1\n")
        self.assertNotIn("ftrace", [f["id"] for f in self.doctor()["findings"]])

    def test_a_kernel_that_nobody_knows_is_told(self):
        self.kernel("9.0.1", "#1 SMP")
        report = self.doctor()
        self.assertEqual(self.finding(report, "kernel-version")["severity"], "note")
        self.kernel("unreadable", "#1 SMP")
        report = self.doctor()
        self.assertEqual(self.finding(report, "kernel-version")["severity"], "warn")

    def test_a_hidden_patch_level_makes_a_fault_uncertain(self):
        self.kernel("5.15.0-125-generic", "#135-Ubuntu SMP Fri Sep 27")
        faults = self.finding(self.doctor(), "kernel-dpcm")["faults"]
        self.assertEqual({f["id"]: f["certain"] for f in faults if f["id"] in ("R0", "B1")},
                         {"R0": False, "B1": False})
        self.put("/proc/version_signature", "Ubuntu 5.15.0-125.135-generic 5.15.167\n")
        faults = self.finding(self.doctor(), "kernel-dpcm")["faults"]
        self.assertNotIn("R0", [f["id"] for f in faults])

    def test_without_pcm_timers_the_reason_is_told(self):
        self.kernel(*DEBIAN_6_1)
        self.phone()
        self.put("/proc/asound/timers", "G0: system timer : 4000.000us (10000000 ticks)\n")
        finding = self.finding(self.doctor(), "pcm-timer")
        self.assertEqual(finding["severity"], "warn")
        self.assertIn("CONFIG_SND_PCM_TIMER", finding["why"])
        (self.root / "dev/snd/timer").unlink()
        (self.root / "proc/asound/card0/pcm0p/sub0/status").unlink()
        report = self.doctor()
        finding = self.finding(report, "pcm-timer")
        self.assertEqual(finding["severity"], "bad")
        self.assertIn("/dev/snd/timer", finding["why"])
        self.assertIn("CONFIG_SND_VERBOSE_PROCFS",
                      self.finding(report, "verbose-procfs")["why"])

    def test_programs_that_write_routes_are_named(self):
        self.kernel(*DEBIAN_6_1)
        self.phone()
        self.assertEqual(self.finding(self.doctor(), "program")["severity"], "ok")
        self.program(812, "wireplumber")
        self.program(813, "q6voiced")
        self.program(814, "bash")
        report = self.doctor()
        self.assertEqual(self.finding(report, "program", "wireplumber (812)")["severity"],
                         "warn")
        self.assertIn("[hold]", self.finding(report, "program", "q6voiced (813)")["todo"])
        self.assertEqual(len([f for f in report["findings"] if f["id"] == "program"]), 2)

    def test_a_missing_alsa_part_is_told(self):
        self.kernel(*DEBIAN_6_1)
        self.assertEqual(self.finding(self.doctor(), "alsa-plugin")["severity"], "warn")
        self.put("/usr/lib/x86_64-linux-gnu/alsa-lib/libasound_module_pcm_tacet.so")
        self.assertIn("no configuration names it",
                      self.finding(self.doctor(), "alsa-plugin")["why"])
        self.put("/usr/share/alsa/alsa.conf.d/60-tacet.conf")
        self.assertEqual(self.finding(self.doctor(), "alsa-plugin")["severity"], "ok")

    def test_a_running_daemon_guards_its_cards(self):
        bus = Bus()
        self.addCleanup(bus.stop)
        self.kernel(*DEBIAN_6_1)
        self.phone()
        self.put("/proc/asound/cards", " 0 [TacetPhone     ]: tacet-phone - Tacet Phone\n"
                                       " 1 [Loopback       ]: Loopback - Loopback\n")
        self.put("/proc/asound/pcm", "00-00: Media (*) :  : playback 1\n"
                                     "01-00: Other (*) :  : playback 1\n")
        report = self.doctor(bus.address)
        self.assertEqual(self.finding(report, "daemon")["severity"], "bad")
        self.assertIn("meson install", self.finding(report, "daemon")["todo"])
        self.put("/usr/lib/systemd/system/tacetd.service")
        self.assertIn("systemctl enable --now",
                      self.finding(self.doctor(bus.address), "daemon")["todo"])
        bus.start_mock()
        report = self.doctor(bus.address)
        self.assertEqual(self.finding(report, "daemon")["summary"], "tacetd 0.1.0 runs.")
        self.assertEqual(self.finding(report, "kernel-dpcm")["severity"], "note")
        self.assertEqual(self.finding(report, "card", "TacetPhone")["severity"], "ok")
        finding = self.finding(report, "card", "Loopback")
        self.assertEqual(finding["severity"], "warn")
        self.assertEqual(finding["why"], "It has no UCM profile.")
        self.assertEqual(self.finding(report, "lease-socket")["severity"], "warn")
        self.put("/run/tacet/lease")
        self.assertNotIn("lease-socket",
                         [f["id"] for f in self.doctor(bus.address)["findings"]])

    def test_what_an_installation_forgot_is_told(self):
        self.kernel(*DEBIAN_6_1)
        ids = [f["id"] for f in self.doctor()["findings"]]
        self.assertNotIn("user", ids)
        self.put("/usr/lib/systemd/system/tacetd.service")
        report = self.doctor()
        self.assertIn("systemd-sysusers", self.finding(report, "user")["todo"])
        self.assertIn("reload dbus", self.finding(report, "bus-policy")["todo"])
        self.put("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\ntacet:x:990:990::/:/bin/false\n")
        self.put("/usr/share/dbus-1/system.d/org.tacet1.conf")
        ids = [f["id"] for f in self.doctor()["findings"]]
        self.assertNotIn("user", ids)
        self.assertNotIn("bus-policy", ids)

    def test_it_runs_on_the_machine_that_it_is_on(self):
        done = tacetctl("doctor", "--json")
        self.assertIn(done.returncode, (0, 1))
        self.assertTrue(json.loads(done.stdout)["kernel"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
