# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For what runs PipeWire and WirePlumber in a person's session, after tacetd.sh and callaudio.sh.
# Uses pattern-writer.

# A sound server tries each PCM with the verb alone, and DPCM refuses one that no back end is
# routed to. So phones' profiles bring a route with the verb (the q6 ones do); here the earpiece
# and the microphone, which an output's device gives up and gives back.
base_route() {
	awk '
	/^SectionVerb/ { section = "verb" }
	/^SectionDevice/ { section = $0; gsub(/.*\."|".*/, "", section) }
	/EnableSequence \[/ { sequence = "enable" }
	/DisableSequence \[/ { sequence = "disable" }
	function route(value) {
		print "\t\tcset \"name=\047Earpiece Mixer Media Switch\047 " value "\""
		print "\t\tcset \"name=\047Earpiece Mixer Ringtone Switch\047 " value "\""
	}
	function output() { return section ~ /^(Speaker|Headphones|Bluetooth)$/ }
	/^\t\]/ && sequence == "enable" && section == "verb" {
		route("on")
		print "\t\tcset \"name=\047Record Source\047 Mic\""
	}
	/^\t\]/ && sequence == "disable" && output() { route("on") }
	/^\t\]/ { sequence = "" }
	section == "Earpiece" && sequence == "disable" && /cset/ { next }
	section == "Mic" && sequence == "disable" && /cset/ { next }
	{ print }
	/EnableSequence \[/ && output() { route("off") }
	' "$1" >/tmp/profile && cat /tmp/profile >"$1"
}

# make_music: /tmp/music.wav, and a profile that sound servers can use.
make_music() {
	base_route "$(readlink -f /usr/share/alsa/ucm2/conf.d/tacet-phone)/HiFi.conf"
	cat >/etc/asound.conf <<-END
		pcm.keep {
			type file
			slave.pcm { type null }
			file /tmp/music.wav
			format wav
		}
	END
	pattern-writer --seconds 8.192 keep >/tmp/music || fail "$(cat /tmp/music)"
	chmod 644 /tmp/music.wav
}

sink_is_there() {
	in_session pactl list short sinks 2>/dev/null >/tmp/sinks
	grep -q "HiFi" /tmp/sinks
}

# routed_to DEVICE: and nowhere else
routed_to() {
	for output in Earpiece Speaker Bluetooth; do
		value=off
		[ "$output" != "$1" ] || value=on
		mixer_shows "$output Mixer Media Switch" "$value" || return 1
	done
}

# port NAME: ask for it, and wait until the music is led there.
port() {
	sink=$(in_session pactl list short sinks | awk '/HiFi.*_0__sink/ { print $2; exit }')
	in_session pactl set-sink-port "$sink" "$(port_name "$1")" || fail "no port $1"
	wait_for 30 routed_to "$1"
}

port_name() {
	in_session pactl list sinks | grep -o "\[Out\] $1" | head -n 1
}

# play_music: over and over, in the session.
play_music() {
	in_session sh -c 'while pw-play --volume 1 /tmp/music.wav; do :; done' >"$OUT/pw-play" 2>&1 &
	wait_for 60 stream_runs 0
}

# told: for a trap, what one wants to look at afterwards.
told() {
	keep_traces
	cat "$PHONE/counters" >"$OUT/counters"
	in_session journalctl --user --no-pager >"$OUT/session"
	in_session pactl list cards >"$OUT/cards" 2>&1
	in_session pactl list sinks >"$OUT/sinks" 2>&1
	in_session timeout 10 pw-dump >"$OUT/pw-dump" 2>&1
}
