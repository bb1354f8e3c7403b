# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For the tests: ". /tacet/lib/guest.sh". Everything here waits for events with a deadline.

set -u
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

# wait_for SECONDS COMMAND...: until COMMAND succeeds; fails the test at the deadline.
wait_for() {
	deadline=$(($(cut -d. -f1 /proc/uptime) + $1))
	seconds=$1
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
