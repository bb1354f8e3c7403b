# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# Faults and the states of a switch in which they strike; after guest.sh and tacetd.sh. A step
# that does not come about returns 1 and leaves the reason in $why.

# shellcheck disable=SC2034 # $why and $switch are for the tests
PARAMETERS=/sys/module/tacet_phone/parameters
DRIVER=/sys/bus/platform/drivers/tacet-phone
STATE_DISK=/var/lib/tacet
HOLD_WORKER=/run/hold-worker
player=
foreign=
switch=
second=
busy=
why=

# within SECONDS COMMAND...: as wait_for, but tells instead of ending the test.
# shellcheck disable=SC2034
within() {
	seconds=$(($1 * ${TACET_SLOW:-1}))
	until_=$(($(cut -d. -f1 /proc/uptime) + seconds))
	shift
	until "$@"; do
		if [ "$(cut -d. -f1 /proc/uptime)" -ge "$until_" ]; then
			why="waited $seconds s in vain for: $*"
			return 1
		fi
		sleep 0.05
	done
}

parameter() {
	echo "$2" >"$PARAMETERS/$1"
}

daemon_pid() {
	systemctl show -P MainPID tacetd
}

worker_pid() {
	pgrep -f '^tacet-ucm-worker|^/bin/bash .*/held-worker'
}

# Asleep in the kernel where no signal reaches it: at the disk.
daemon_is_stuck() {
	grep -qs '^State:.*D' "/proc/$1/status"
}

process_ended() {
	! kill -0 "$1" 2>/dev/null || grep -qs '^State:.*Z' "/proc/$1/status"
}

# A disk of its own for the state, which can be full, read-only or frozen.
state_disk() {
	truncate -s 4M /tmp/state.img
	mkfs.ext4 -q -m 0 -O ^has_journal /tmp/state.img || fail "no file system for the state"
	mkdir -p $STATE_DISK
	mount -o loop /tmp/state.img $STATE_DISK || fail "cannot mount the state"
	chown tacet:audio $STATE_DISK
	chmod 700 $STATE_DISK
}

# A worker that can be kept from starting.
slow_worker() {
	cat >/usr/local/bin/held-worker <<-END
		#!/bin/sh
		while [ -e $HOLD_WORKER ]; do sleep 0.1; done
		exec -a tacet-ucm-worker /usr/libexec/tacet/tacet-ucm-worker
	END
	sed -i '1s,sh,bash,' /usr/local/bin/held-worker
	chmod 755 /usr/local/bin/held-worker
	mkdir -p /etc/systemd/system/tacetd.service.d
	cat >/etc/systemd/system/tacetd.service.d/faults.conf <<-END
		[Unit]
		StartLimitIntervalSec=0
		[Service]
		ExecStart=
		ExecStart=/usr/sbin/tacetd --worker=/usr/local/bin/held-worker
		WatchdogSec=20s
		TimeoutAbortSec=2s
	END
	systemctl daemon-reload
}

# Devices that fail at each step of their sequences, and one that never ends.
faulty_devices() {
	{
		faulty First "$bad" "$good" "$good2"
		faulty Middle "$good" "$bad" "$good2"
		faulty Last "$good" "$good2" "$bad"
		faulty Command "$good" 'exec "/bin/false"' ""
		faulty Endless "$good" 'exec "/bin/sleep 1000"' ""
	} >>/usr/share/alsa/ucm2/conf.d/tacet-phone/HiFi.conf
}
good='cset "name='"'Bluetooth Mixer Media Switch'"' on"'
bad='cset "name='"'No Such Control'"' on"'
good2='cset "name='"'Headphones Mixer Ringtone Switch'"' on"'

# faulty NAME STEP STEP STEP
faulty() {
	cat <<-END
		SectionDevice."$1" {
			Comment "For the tests of faults"
			EnableSequence [ $2 $3 $4 ]
			DisableSequence [
				cset "name='Bluetooth Mixer Media Switch' off"
				cset "name='Headphones Mixer Ringtone Switch' off"
			]
			Value.PlaybackPCM "hw:\${CardId},0"
		}
	END
}

# --- the sound -----------------------------------------------------------------------------

start_player() {
	[ -z "$player" ] || process_ended "$player" || return 0
	pattern-writer --seconds 36000 --period 4800 --buffer 48000 \
		"tacet:CARD=TacetPhone,DEV=0,METHOD=${1:-direct}" >/tmp/writer 2>&1 &
	player=$!
	within 20 stream_runs 0 && within 20 stream_is_leased
}

stop_player() {
	[ -n "$player" ] || return 0
	kill -CONT "$player" 2>/dev/null
	kill -9 "$player" 2>/dev/null
	wait "$player" 2>/dev/null
	player=
	within 20 pcm_is_closed 0
}

pcm_is_closed() {
	[ ! -e /proc/asound/TacetPhone ] || [ "$(stream_state "$1")" = closed ]
}

start_foreign() {
	aplay -q -D hw:TacetPhone,1 -t raw -f S16_LE -r 48000 -c 2 /dev/zero >/dev/null 2>&1 &
	foreign=$!
	within 20 stream_runs 1
}

stop_foreign() {
	[ -n "$foreign" ] || return 0
	kill -9 "$foreign" 2>/dev/null
	wait "$foreign" 2>/dev/null
	foreign=
}

# --- the states ----------------------------------------------------------------------------

# ask WORDS...: a switch in the background; $switch is its process.
ask() {
	tacetctl switch TacetPhone "$@" >/tmp/switch 2>&1 &
	switch=$!
}

# Where the sound does not go now.
other() {
	case $(card_property Devices) in
	*Headphones*) echo Speaker ;;
	*) echo Headphones ;;
	esac
}

# reach STATE: a switch is in it and stays until it is let go.
# shellcheck disable=SC2034
reach() {
	to=$(other)
	pid=$(daemon_pid)
	case $1 in
	idle) switch= ;;
	planning)
		touch $HOLD_WORKER
		kill -9 "$(worker_pid)"
		within 10 fails route_is_known || return 1
		ask --to "$to"
		within 20 card_state_is planning
		;;
	journal)
		fsfreeze -f $STATE_DISK
		ask --to "$to"
		within 20 daemon_is_stuck "$pid"
		;;
	quiesce)
		start_foreign || return 1
		ask --to "$to"
		within 20 card_state_is quiesce
		;;
	apply)
		parameter slow_ctl_ms 3000
		ask --to "$to"
		within 20 card_state_is apply
		;;
	rollback)
		parameter slow_ctl_ms 2000
		ask --enable Last
		within 30 card_state_is rollback
		;;
	restore)
		reach apply || return 1
		kill -9 "$(worker_pid)"
		within 20 card_state_is restore
		;;
	resume)
		# A trigger takes a second: in the call that lets the stream go on.
		parameter slow_ctl_ms 1000
		ask --to "$to"
		within 20 card_state_is apply || return 1
		parameter be_trigger_us 1000000
		parameter slow_ctl_ms 0
		within 20 sound_goes_to "$to"
		;;
	commit)
		reach apply || return 1
		fsfreeze -f $STATE_DISK
		parameter slow_ctl_ms 0
		within 20 daemon_is_stuck "$pid"
		;;
	esac
}

# Whatever held it holds it no longer.
let_go() {
	rm -f $HOLD_WORKER
	fsfreeze -u $STATE_DISK 2>/dev/null
	parameter slow_ctl_ms 0
	stop_foreign
	[ ! -e $PARAMETERS/be_trigger_us ] || parameter be_trigger_us 0
}

# --- the faults ----------------------------------------------------------------------------

# strike FAULT [frozen]: it happens now, or as soon as the disk is no longer frozen. $busy is
# then a process to wait for, $second one that asks for another switch.
# shellcheck disable=SC2034
strike() {
	pid=$(daemon_pid)
	busy=
	second=
	case $1 in
	none) ;;
	killed) kill -9 "$pid" ;;
	hangs) kill -STOP "$pid" ;;
	card-gone)
		# Waits until everybody has closed it.
		echo tacet-phone.0 >$DRIVER/unbind &
		busy=$!
		;;
	stuck) parameter ptr_stuck 1 ;;
	runs-on) parameter ptr_runs_on 1 ;;
	endless-drain) parameter drain_never_ends 1 ;;
	ucm-fails)
		if [ -z "$switch" ]; then
			for device in First Last Command; do
				tacetctl switch TacetPhone --enable $device >/tmp/second 2>&1 &&
					why="a switch to $device did not fail" && return 1
			done
		fi
		tacetctl switch TacetPhone --enable Middle >/tmp/second 2>&1 &
		second=$!
		;;
	ucm-hangs)
		tacetctl switch TacetPhone --enable Endless >/tmp/second 2>&1 &
		second=$!
		;;
	worker-killed)
		# One that has just died takes a moment to be replaced.
		within 10 worker_pid >/dev/null && kill -9 "$(worker_pid)"
		;;
	disk-full)
		# A frozen one fills up when it thaws.
		dd if=/dev/zero of=$STATE_DISK/fill bs=4k 2>/dev/null &
		busy=$!
		# dd is to fail: no space is left.
		[ "$2" = frozen ] || ! wait $busy
		;;
	disk-read-only)
		(
			tries=0
			until mount -o remount,ro $STATE_DISK || [ $tries = 200 ]; do
				tries=$((tries + 1))
				sleep 0.05
			done
		) 2>/dev/null &
		busy=$!
		[ "$2" = frozen ] || wait $busy
		;;
	bus-restarts) pkill -9 -x dbus-daemon ;;
	polkit-gone) systemctl mask --now --runtime polkit 2>/dev/null ;;
	client-killed) [ -z "$player" ] || kill -9 "$player" ;;
	client-silent) [ -z "$player" ] || kill -STOP "$player" ;;
	clock-steps) date -s '+1 hour' >/dev/null ;;
	# Held back at each page, not killed: that is "killed", and the kernel would shout.
	memory-short) systemctl set-property --runtime tacetd MemoryHigh=512K ;;
	*) why="there is no fault $1" && return 1 ;;
	esac
}

# The fault is over, and nothing but tacetd itself puts right what it did.
heal() {
	[ -z "$busy" ] || within 60 process_ended "$busy" || return 1
	case $1 in
	hangs) within 60 process_ended "$pid" ;;
	card-gone) echo tacet-phone.0 >$DRIVER/bind && within 20 test -c /dev/snd/pcmC0D0p ;;
	stuck) parameter ptr_stuck 0 ;;
	runs-on) parameter ptr_runs_on 0 ;;
	endless-drain) parameter drain_never_ends 0 ;;
	disk-full) rm -f $STATE_DISK/fill ;;
	disk-read-only) mount -o remount,rw $STATE_DISK ;;
	polkit-gone) systemctl unmask --runtime polkit 2>/dev/null ;;
	client-silent) [ -z "$player" ] || kill -CONT "$player" ;;
	clock-steps) date -s '-1 hour' >/dev/null ;;
	memory-short) systemctl set-property --runtime tacetd MemoryHigh=infinity ;;
	esac
}

# --- the judgement -------------------------------------------------------------------------

# sound_goes_to DEVICE: its switch is on, and that of the other one is not.
sound_goes_to() {
	on=off
	[ "$1" = Speaker ] || on=on
	amixer -c TacetPhone cget name='Headphones Mixer Media Switch' | grep -q ": values=$on" &&
		{ [ "$on" = on ] ||
			amixer -c TacetPhone cget name='Speaker Mixer Media Switch' | grep -q ': values=on'; }
}

# What is told is what is.
route_is_true() {
	case $(card_property Devices) in
	'as 1 "Headphones"') sound_goes_to Headphones ;;
	'as 1 "Speaker"') sound_goes_to Speaker ;;
	*) false ;;
	esac
}

stream_plays_or_is_over() {
	process_ended "$player" || stream_runs 0
}

armed_timers() {
	grep -l '^it_value: ([1-9]' "/proc/$1"/fdinfo/* 2>/dev/null | wc -l
}

# Two files for each lease, and there is one.
one_lease_is_stored() {
	[ "$(systemctl show -P NFileDescriptorStore tacetd)" = 2 ]
}

open_files() {
	find "/proc/$1/fd" -mindepth 1 | wc -l
}

routes_are_locked() {
	[ "$(card_property Locked)" = "b true" ]
}

one_worker() {
	[ "$(pgrep -c -f '^tacet-ucm-worker')" = 1 ]
}

# shellcheck disable=SC2034
nothing_leaks() {
	pid=$(daemon_pid)
	within 10 one_worker || return 1
	within 10 one_lease_is_stored || return 1
	[ "$(pgrep -c -P "$pid")" = 1 ] || { why="children: $(pgrep -a -P "$pid")" && return 1; }
	[ -z "$(pgrep -f 'sleep 1000')" ] || { why="a sequence's command still runs" && return 1; }
	within 10 routes_are_locked || return 1
	[ "$(armed_timers "$pid")" -le 1 ] || { why="$(armed_timers "$pid") timers are armed" && return 1; }
	now=$(open_files "$pid")
	[ -n "${files:-}" ] || files=$now
	[ "$now" -le "$files" ] || {
		why="$now open files, $files before: $(find "/proc/$pid/fd" -mindepth 1 -printf '%l\n' | sort | uniq -c | tr '\n' ' ')"
		return 1
	}
}
