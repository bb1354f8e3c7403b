# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For the tests of tacet-callaudiod in the full guest, after tacetd.sh: the session of a person,
# and what the phone's back ends hear. Uses pattern-writer.

# start_session: a person with a session bus, as on a phone.
start_session() {
	useradd -m -u 1000 -G audio person || fail "no user"
	loginctl enable-linger person || fail "no session"
	wait_for 60 test -S /run/user/1000/bus
}

# in_session COMMAND...
in_session() {
	runuser -u person -- env XDG_RUNTIME_DIR=/run/user/1000 \
		DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus "$@"
}

# dial OPTION...: callaudiocli, Debian's client; it says nothing of what came of it.
dial() {
	in_session timeout 60 callaudiocli "$@" || fail "callaudiocli $*"
}

# dialer_sees MODE SPEAKER MIC: what libcallaudio makes of the properties.
dialer_sees() {
	in_session callaudiocli --status >/tmp/dialer
	grep -q "mode: CALL_AUDIO_MODE_$1\$" /tmp/dialer &&
		grep -q "enabled: CALL_AUDIO_SPEAKER_$2\$" /tmp/dialer &&
		grep -q "muted: CALL_AUDIO_MIC_$3\$" /tmp/dialer
}

# expect_dialer MODE SPEAKER MIC
expect_dialer() {
	wait_for 30 dialer_sees "$@"
}

# ask METHOD TYPE VALUE ANSWER: by hand.
ask() {
	answer=$(in_session busctl --user call org.mobian_project.CallAudio \
		/org/mobian_project/CallAudio org.mobian_project.CallAudio "$1" "$2" "$3" 2>&1)
	echo "$1 $3: $answer"
	case $answer in
	*"$4"*) ;;
	*) fail "$1 $3 is '$answer', not '$4'" ;;
	esac
}

# frames BE: what it got so far
frames() {
	sed -n 's/^frames //p' "$PHONE/be/$1/state"
}

# hears_more BE FRAMES: it has got this many more than when hears() began
hears_more() {
	[ "$(frames "$1")" -gt $((before + $2)) ]
}

# hears BE: it goes on getting frames, and no other output does
hears() {
	others=
	for be in Earpiece Speaker Headphones Bluetooth; do
		[ "$be" = "$1" ] || others="$others $be=$(frames "$be")"
	done
	before=$(frames "$1")
	wait_for 30 hears_more "$1" 9600
	for other in $others; do
		[ "$(frames "${other%=*}")" -eq "${other#*=}" ] ||
			fail "${other%=*} hears what $1 should"
	done
	echo "heard: $1"
}

# modem_hears, modem_is_deaf: the last quarter of a second of the microphone, as the other end has it
modem_hears() {
	dd if="$PHONE/be/Modem Up/pcm" bs=64k 2>/dev/null | tail -c 16000 | tr -d '\000' | grep . >/dev/null
}

modem_is_deaf() {
	! modem_hears
}

# voice_is running|closed: both directions
voice_is() {
	for direction in p c; do
		grep -qiE "^(state: )?$1" "/proc/asound/TacetPhone/pcm2$direction/sub0/status" ||
			return 1
	done
}

# call_conf: the phone's tacetd.conf: it follows jacks and holds the voice of a call
call_conf() {
	mkdir -p /etc/tacet/tacetd.conf.d
	cat >/etc/tacet/tacetd.conf.d/50-call.conf <<-'END'
		[card TacetPhone]
		DefaultVerb=HiFi
		DefaultDevices=Speaker, Mic
		FollowJacks=yes

		[hold voice-down]
		Card=TacetPhone
		Verb=Voice Call
		PCM=hw:TacetPhone,2
		Direction=playback

		[hold voice-up]
		Card=TacetPhone
		Verb=Voice Call
		PCM=hw:TacetPhone,2
		Direction=capture
		Rate=16000
	END
}
