# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# Music, short recordings and a held stream, while the routes of the phone change as fast as they can.

# Started by start_music and friends, stopped by stop_all.
MUSIC=
NOTES=
JUDGE=

# again: how many frames may be heard twice (see phone-verify's -r). Only since 5.17 streams are halted.
again() {
	case $(uname -r) in
	5.10.*) echo 0 ;;
	*) echo 4800 ;;
	esac
}

# start_music PCM [OPTION...]: a counted pattern; every frame is accounted for at the end.
start_music() {
	music_pcm=$1
	shift
	mkfifo /tmp/judge
	phone-verify -F -s -r "$(again)" <"/tmp/judge" >"$OUT/heard" &
	JUDGE=$!
	exec 9>/tmp/judge
	pattern-writer --seconds 3600 --period 4800 --buffer 48000 "$@" \
		"$music_pcm" >"$OUT/music" 2>&1 9>&- &
	MUSIC=$!
	wait_for 20 stream_runs 0
}

# start_notes PCM: a foreign recorder of short clips beside the music, over and over. Takes
# clip-recorder.
start_notes() {
	clip-recorder "$1" >"$OUT/notes" 2>&1 9>&- &
	NOTES=$!
}

# stop_notes: no clip may have failed, and there must have been one.
stop_notes() {
	kill -TERM "$NOTES"
	wait "$NOTES" || fail "a foreign recording failed: $(tail -n 3 "$OUT/notes")"
	cat "$OUT/notes"
	grep -q '^clips [1-9]' "$OUT/notes" || fail "no foreign recording was made"
}

# stop_music: play out, then let the judge count.
stop_music() {
	kill -TERM "$MUSIC"
	wait "$MUSIC"
	code=$?
	cat "$OUT/music"
	[ "$code" -eq 0 ] || fail "the music stopped with an error"
	exec 9>&-
	wait "$JUDGE"
	verdict=$?
	cat "$OUT/heard"
	cat "$PHONE/counters" >"$OUT/counters"
	cat "$OUT/counters"
	return $verdict
}
