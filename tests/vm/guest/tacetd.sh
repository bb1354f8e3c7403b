# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For the tests of the whole daemon in the full guest, after guest.sh.

CARD_PATH=/org/tacet1/card/TacetPhone

# What the last look at a failure wants to see.
keep_traces() {
	mkdir -p "$OUT/tmp"
	cp /tmp/said /tmp/switch /tmp/writer "$OUT/tmp" 2>/dev/null
	tacetctl trace --json >"$OUT/trace.json" 2>/dev/null
	tacetctl status >"$OUT/status.txt" 2>&1
	cat /proc/asound/TacetPhone/pcm*/sub*/status "$PHONE/counters" >"$OUT/phone.txt" 2>/dev/null
}
trap keep_traces EXIT

# start_tacetd: as systemd starts it, with the card taken up.
start_tacetd() {
	# A guest may stand still for seconds where many share a host; the tests of time-outs
	# set their own.
	mkdir -p /etc/tacet/tacetd.conf.d
	printf '[card TacetPhone]\nTimeout=1min\nUcmTimeout=1min\nResumeTimeout=1min\n' \
		>/etc/tacet/tacetd.conf.d/00-patient.conf
	systemctl start tacetd || {
		journalctl -u tacetd --no-pager
		fail "tacetd does not start"
	}
	wait_for 30 card_is_managed
}

# card_property NAME: print it as busctl does, type and value.
card_property() {
	busctl get-property org.tacet1 "$CARD_PATH" org.tacet1.Card "$1" 2>/dev/null
}

card_is_managed() {
	[ "$(card_property Managed)" = "b true" ]
}

route_is_known() {
	[ "$(card_property RouteKnown)" = "b true" ]
}

card_is_idle() {
	[ "$(card_property State)" = 's "idle"' ]
}

# mixer_shows CONTROL VALUE
mixer_shows() {
	amixer -c TacetPhone cget name="$1" | grep -q ": values=$2"
}

# mixer_is CONTROL on|off
mixer_is() {
	mixer_shows "$1" "$2" || fail "$1 is not $2"
}

# expect_exit STATUS COMMAND...: run it; its output goes to /tmp/said.
expect_exit() {
	expected=$1
	shift
	"$@" >/tmp/said 2>&1
	status=$?
	cat /tmp/said
	[ "$status" = "$expected" ] || fail "exit $status, not $expected: $*"
}

# said TEXT: the last expect_exit printed it.
said() {
	grep -qF -- "$1" /tmp/said || fail "did not say '$1'"
}

# play [OPTION...]: aplay of silence on hw:TacetPhone,0 in the background; sets $player.
play() {
	aplay -q -D hw:TacetPhone,0 -t raw -f S16_LE -r 48000 -c 2 "$@" /dev/zero &
	player=$!
	wait_for 10 stream_runs 0
}

# card_state_is STATE
card_state_is() {
	[ "$(card_property State)" = "s \"$1\"" ]
}

# stream_is_leased: some stream of the card is.
stream_is_leased() {
	busctl call org.tacet1 "$CARD_PATH" org.tacet1.Card ListStreams | grep -q '"leased"'
}

# reason_is_told: the card is not managed, and tells why.
reason_is_told() {
	[ "$(card_property Managed)" = "b false" ] && card_property Reason | grep -q HiFi.conf
}

journal_has() {
	journalctl -u tacetd --no-pager | grep -qF -- "$1"
}
