# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run one guest: start the emulator, speak with the agent in it, stop it at the deadline."""

import os
import secrets
import select
import shutil
import socket
import subprocess
import time

from . import paths, verdict
from .progress import Failed, child

BOOT_DEADLINE = {"tiny": 90, "full": 240}  # s until the agent's first word; tenfold
OFF_DEADLINE = 30  # s from the verdict to the end of the emulator
LOOK = 0.2  # s between two looks at the console, where a fault there ends the test

CMDLINE = (
    "loglevel=7 panic=-1 oops=panic printk.time=1 rcupdate.rcu_cpu_stall_timeout=60 "
    "watchdog_thresh=30 mitigations=off"
)
FULL_CMDLINE = "systemd.unit=tacet-test.target systemd.getty_auto=no systemd.show_status=no"
MACHINE_CMDLINE = {"amd64": "no_timer_check tsc=reliable reboot=t", "arm64": ""}


def threads(test):
    """Return how many threads of the emulator run the processors: "multi" or "single"."""
    # Instructions can be counted only in one thread.
    if "-icount" in test.qemu:
        return "single"
    return os.environ.get("TACET_TCG_THREADS", test.threads)


def command(arch, memory, image, initrd, cmdline, out, channel_fd, console, threads, extra):
    """Return the emulator's arguments."""
    machine = paths.ARCHES[arch]
    kvm = os.environ.get("TACET_KVM") == "1" and arch == paths.host_arch()
    accel = "kvm" if kvm else f"tcg,thread={threads}"
    return [
        *machine.qemu,
        *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-accel", accel, "-smp", "2", "-m", str(memory)),
        *("-kernel", str(image), "-initrd", str(initrd), "-append", cmdline),
        *console,
        *("-device", "virtio-serial-pci", "-device", "virtio-rng-pci"),
        *("-chardev", f"socket,id=verdict,fd={channel_fd}"),
        *("-device", "virtserialport,chardev=verdict,name=tacet.verdict"),
        *("-fsdev", f"local,id=out,path={out},security_model=none"),
        *("-device", "virtio-9p-pci,fsdev=out,mount_tag=tacet.out"),
        *extra,
    ]


def _text(console_log):
    if not console_log.exists():
        return ""
    return console_log.read_text(errors="replace").replace("\r", "")


def _listen(ours, process, nonce, boot_timeout, test_timeout, seen_enough):
    """Collect the agent's lines until the emulator ends or a deadline passes.

    SEEN_ENOUGH, unless None, tells whether the guest may be ended.
    """
    data, replied, deadline = b"", False, time.monotonic() + boot_timeout
    timed_out = finished = False
    poller = select.poll()
    poller.register(ours, select.POLLIN)
    descriptor = os.pidfd_open(process.pid)
    poller.register(descriptor, select.POLLIN)
    try:
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                timed_out = True
                process.kill()
                break
            ready = dict(poller.poll((min(left, LOOK) if seen_enough else left) * 1000))
            if ours.fileno() in ready:
                piece = ours.recv(65536)
                data += piece
                if not piece:
                    poller.unregister(ours)
                if len(data) > 1 << 20:
                    process.kill()
                    break
            elif descriptor in ready:
                break
            elif seen_enough and seen_enough():
                process.kill()
                break
            lines = data.decode(errors="replace").split("\n")[:-1]
            if lines and not replied:
                replied = True
                deadline = time.monotonic() + test_timeout
                ours.sendall(nonce.encode() + b"\n")
            words = {line.split(" ")[0] for line in lines}
            if not finished and words & {"pass", "skip", "fail"}:
                finished = True
                deadline = time.monotonic() + OFF_DEADLINE
    finally:
        os.close(descriptor)
    text = data.decode(errors="replace")
    # What was not ended by a newline counts as a line too: nothing may follow a verdict.
    lines = text.split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines), timed_out


def run(
    kernel, test, initrd, directory, *, interactive=False, extra=(), slow=1, pattern=None
):
    """Run the guest and return what was Seen; logs go to DIRECTORY, shared files to its out/.

    Where the test expects a fault, the guest is ended as soon as it is on the console. A faulty
    kernel may hang in every way, so nothing else of it is waited for.
    """
    out = directory / "out"
    out.mkdir()
    console_log = directory / "console.log"
    if interactive:
        console = (
            *("-chardev", f"stdio,id=con,mux=on,signal=off,logfile={console_log}"),
            *("-serial", "chardev:con", "-mon", "chardev=con"),
        )
    else:
        console = ("-chardev", f"file,id=con,path={console_log}", "-serial", "chardev:con")
    machine = paths.ARCHES[kernel.arch]
    cmdline = " ".join(
        [f"console={machine.console}", CMDLINE, MACHINE_CMDLINE[kernel.arch]]
        + ([FULL_CMDLINE] if test.guest == "full" else [])
        + [test.cmdline]
    )
    nonce = secrets.token_hex(16)
    ours, theirs = socket.socketpair()
    with ours, theirs, open(directory / "qemu.log", "wb") as log:
        argv = command(
            kernel.arch,
            test.memory,
            kernel.image,
            initrd,
            cmdline,
            out,
            theirs.fileno(),
            console,
            threads(test),
            [*extra, *test.qemu],
        )
        if not shutil.which(argv[0]):
            raise Failed(f"{argv[0]} is not installed")
        with child(
            argv,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=None if interactive else log,
            stderr=log,
            pass_fds=[theirs.fileno()],
        ) as process:
            theirs.close()
            timeout = 10**6 if interactive else test.timeout
            boot_timeout = BOOT_DEADLINE[test.guest] * slow
            seen_enough = None
            if test.expected.kind == "fault" and not interactive:

                def seen_enough():
                    return verdict.faults(_text(console_log), test.expected.regex, pattern)

            lines, timed_out = _listen(
                ours, process, nonce, boot_timeout, timeout, seen_enough
            )
            status = process.wait()
    (directory / "channel.log").write_text("".join(line + "\n" for line in lines))
    console_text = _text(console_log)
    complaint = (directory / "qemu.log").read_text(errors="replace").strip()
    if status != 0 and not console_text and not lines and not timed_out:
        raise Failed(f"{argv[0]} did not start: {complaint}")
    return verdict.Seen(lines, nonce, console_text, timed_out, status)
