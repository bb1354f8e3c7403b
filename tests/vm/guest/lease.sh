# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For the tests of leases in the tiny guest, after guest.sh: the PCM `tacet` from the file
# lease-plugin, and lease-daemon in the place of tacetd. Uses phone-verify and pattern-writer.

# Half a second: what a busy host takes from a guest is not the plugin's fault.
SIZES="--period 2400 --buffer 24000"

lease_setup() {
	load_phone
	amixer -q -c TacetPhone cset name="Speaker Mixer Media Switch" on
	mkdir -p /run/tacet
	cat >/etc/asound.conf <<-END
		pcm_type.tacet.lib "/tacet/bin/lease-plugin"
		pcm.tacet {
			@args [ CARD DEV SUBDEV METHOD ]
			@args.CARD { type string }
			@args.DEV { type integer default 0 }
			@args.SUBDEV { type integer default -1 }
			@args.METHOD { type string default auto }
			type tacet
			card \$CARD
			device \$DEV
			subdevice \$SUBDEV
			method \$METHOD
		}
	END
}

# lease_daemon [OPTION...]: start it; sets $daemon.
lease_daemon() {
	lease-daemon "$@" >/tmp/daemon 2>&1 &
	daemon=$!
	wait_for 10 grep -q ready /tmp/daemon
}

# lease_daemon_ends: stop it, and fail if it had a failure; sets $switches and $slips.
lease_daemon_ends() {
	kill "$daemon"
	wait "$daemon" || fail "lease-daemon: $(cat /tmp/daemon)"
	tail -n 1 /tmp/daemon
	switches=$(sed -n 's/^switches \([0-9]*\) .*/\1/p' /tmp/daemon)
	slips=$(sed -n 's/.* slips \([0-9]*\) .*/\1/p' /tmp/daemon)
}

# no_pause 0|1
no_pause() {
	echo "$1" >/sys/module/tacet_phone/parameters/no_pause
}

# plays_through METHOD PROGRAM...: the player ends well and every frame is heard once, while
# lease-daemon switches. METHOD is lease-daemon's. $least is how many switches have to happen.
plays_through() {
	method=$1
	shift
	echo "--- $method: $*"
	echo 1 >"$PHONE/reset"
	lease_daemon --every 40 --rest 5 --method "$method"
	"$@" >/tmp/player 2>&1 || fail "player: $(cat /tmp/player)"
	lease_daemon_ends
	tr '\n' ' ' </tmp/player
	echo
	[ "$switches" -ge "${least:-5}" ] || fail "only $switches switches"
	grep -q "^opened.* ${kind:-copy} " /tmp/daemon || fail "not leased as ${kind:-copy}"
	"${verify:-all_was_heard}" "$(sed -n 's/^frames //p' /tmp/player)"
	no_back_end_is_dead
}

# all_was_heard FRAMES: the pattern, each frame once and in order, and nothing else.
all_was_heard() {
	phone-verify -f 0 -e Speaker -s -n "$1" >/tmp/verify ||
		fail "not what was played: $(tr '\n' ' ' </tmp/verify)"
}

# heard_and_padded FRAMES: as above, but aplay fills its last period with silence.
heard_and_padded() {
	phone-verify -f 0 -e Speaker -s -n "$1" >/tmp/verify
	grep -q '^lost 0$' /tmp/verify || fail "lost frames: $(tr '\n' ' ' </tmp/verify)"
	heard=$(sed -n 's/^be Speaker: \([0-9]*\) frames.*/\1/p' /tmp/verify)
	[ "$heard" -eq "$1" ] || [ "$heard" -eq $(($1 + 2400)) ] ||
		fail "$heard frames heard of $1: $(tr '\n' ' ' </tmp/verify)"
}

# A back end is triggered a moment after its front end, and an emulated machine may be held up
# just then: a dead one is silent for longer.
no_back_end_is_dead() {
	silent=$(counter be_silent)
	[ "$silent" -lt 2400 ] || fail "a back end was silent for $silent frames"
}
