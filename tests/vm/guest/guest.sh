# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For the tests: ". /tacet/lib/guest.sh". Everything here waits for events with a deadline.

set -u
# shellcheck disable=SC2034 # for the tests
OUT=/tacet/out
PHONE=/sys/kernel/debug/tacet-phone/TacetPhone
export PATH="/tacet/bin:$PATH"

# fail TEXT...: end the test.
fail() {
	echo "$*"
	exit 1
}

# skip TEXT...: end the test, which cannot be run here.
skip() {
	echo "$*"
	exit 77
}

# unshown TEXT...: end the test; the unrepaired kernel did not show its fault. Luck rules there, so
# the harness tries again a few times before it calls that a failure.
unshown() {
	echo "$*"
	exit 76
}

# wait_for SECONDS COMMAND...: until COMMAND succeeds; fails the test at the deadline, which is
# later on a kernel with checkers.
wait_for() {
	seconds=$(($1 * ${TACET_SLOW:-1}))
	deadline=$(($(cut -d. -f1 /proc/uptime) + seconds))
	shift
	until "$@"; do
		[ "$(cut -d. -f1 /proc/uptime)" -lt "$deadline" ] ||
			fail "waited $seconds s in vain for: $*"
		sleep 0.05
	done
}

# fails COMMAND...: succeed when COMMAND does not.
fails() {
	! "$@"
}

# load_module NAME [PARAMETER=VALUE...]: one of ours, with what it needs.
load_module() {
	[ -e "/tacet/module/$1.ko" ] || skip "no module $1 for this kernel"
	modprobe "$@" || fail "cannot load $1"
}

# load_phone [PARAMETER=VALUE...]: the virtual phone, with its card ready.
load_phone() {
	load_module tacet_phone "$@"
	wait_for 10 test -d "/proc/asound/TacetPhone"
	wait_for 10 test -c "/dev/snd/pcmC0D0p"
}

# counter NAME: print one of the phone's counters.
counter() {
	sed -n "s/^$1 //p" "$PHONE/counters"
}

# expect_counter NAME VALUE: fail unless the phone counted VALUE.
expect_counter() {
	value=$(counter "$1")
	[ "$value" = "$2" ] || fail "$1 is ${value:-absent}, not $2"
}

# install_ucm: the virtual phone's UCM profile, where the guest does not have it installed.
install_ucm() {
	[ ! -d /usr/share/alsa/ucm2/conf.d/tacet-phone ] || return 0
	mkdir -p /usr/share/alsa/ucm2/conf.d
	ln -sfn /tacet/ucm/TacetPhone /usr/share/alsa/ucm2/conf.d/tacet-phone
}

reset_counters() {
	echo 1 >"$PHONE/reset"
}

# stream_state DEVICE [p|c] [SUBDEVICE]: print the PCM's state, e.g. RUNNING; "closed" too.
stream_state() {
	file=/proc/asound/TacetPhone/pcm$1${2:-p}/sub${3:-0}/status
	sed -n -e 's/^state: //p' -e '/^closed/p' "$file"
}

# stream_runs DEVICE [p|c] [SUBDEVICE]
stream_runs() {
	[ "$(stream_state "$@")" = RUNNING ]
}

# stream_is_closed DEVICE [p|c] [SUBDEVICE]
stream_is_closed() {
	[ "$(stream_state "$@")" = closed ]
}

# widen_the_walk: let the kernel's own debug messages, on the console, keep a trigger's walk over
# the links and the unlinking at their places for longer. The race is the same without.
widen_the_walk() {
	for function in dpcm_be_dai_trigger dpcm_be_disconnect; do
		echo "module snd_soc_core func $function +p" >/proc/dynamic_debug/control ||
			fail "no dynamic debug"
	done
	dmesg -n 8
}

# alsaucm_storm DEVICE DEVICE DEVICE ROUNDS: switch round the devices in one alsaucm process.
alsaucm_storm() {
	{
		echo "open TacetPhone"
		echo "set _verb HiFi"
		echo "set _enadev $3"
		awk -v a="$1" -v b="$2" -v c="$3" -v n="$4" 'BEGIN {
			for (i = 0; i < n; i++) {
				print "set _disdev " c "\nset _enadev " a
				print "set _disdev " a "\nset _enadev " b
				print "set _disdev " b "\nset _enadev " c
			}
		}'
	} >/tmp/alsaucm.batch
	alsaucm -b /tmp/alsaucm.batch
}
