# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For the tests of tacet_dpcm: ". /tacet/lib/dpcm.sh" after guest.sh.

DPCM=/sys/module/tacet_dpcm
DPCM_PATCH=/sys/kernel/livepatch/tacet_dpcm

dpcm_active() {
	grep -q . "$DPCM/parameters/active" 2>/dev/null
}

# load_dpcm: load the repair and wait until it is in force.
load_dpcm() {
	load_module tacet_dpcm
	wait_for 60 dpcm_active
}

dpcm_removed() {
	rmmod tacet_dpcm 2>/dev/null
	[ ! -e "$DPCM" ]
}

# unload_dpcm: give the functions back and remove the module.
unload_dpcm() {
	if [ -e "$DPCM_PATCH/enabled" ]; then
		echo 0 >"$DPCM_PATCH/enabled" || fail "cannot disable the patch"
	fi
	wait_for 60 dpcm_removed
}

# dpcm_counter NAME: print one of the repair's counters for the phone.
dpcm_counter() {
	sed -n "s/^$1 //p" "/sys/kernel/debug/tacet-dpcm/TacetPhone/counters"
}

# expect_be_counters_zero: no back end was told nonsense, or was silent under a stream.
expect_be_counters_zero() {
	for name in be_double_start be_stray_stop be_hw_free_triggered be_close_triggered \
		be_silent runtime_after_free runtime_null; do
		expect_counter $name 0
	done
}

# expect_back_ends_live BE...: nothing is left over, every one starts again for one stream alone,
# and is closed after it.
expect_back_ends_live() {
	for be in "$@"; do
		for other in "$@"; do
			amixer -q -c TacetPhone cset name="$other Mixer Media Switch" off
		done
		reset_counters
		dpcm-ops "route $be Media 1" "open 0" "start 0" "sleep 100" "zero be_silent" \
			"drop 0" "close 0" || fail "$be is dead"
		expect_be_counters_zero
		grep -q closed "$PHONE/be/$be/state" || fail "$be stays $(cat "$PHONE/be/$be/state")"
	done
}
