# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# For the tests of tacet_media: ". /tacet/lib/media.sh" after guest.sh.

MEDIA=/sys/module/tacet_media
MEDIA_PATCH=/sys/kernel/livepatch/tacet_media
MEDIA_DEBUG=/sys/kernel/debug/tacet-media

media_active() {
	grep -q . "$MEDIA/parameters/active" 2>/dev/null
}

# load_media: load the repair and wait until it is in force.
load_media() {
	load_module tacet_media
	wait_for 60 media_active
}

media_removed() {
	rmmod tacet_media 2>/dev/null
	[ ! -e "$MEDIA" ]
}

media_disable() {
	[ ! -e "$MEDIA_PATCH/enabled" ] || echo 0 >"$MEDIA_PATCH/enabled" ||
		fail "cannot disable the patch"
}

# unload_media: give the functions back and remove the module.
unload_media() {
	media_disable
	wait_for 60 media_removed
}

# media_counter NAME: print one of the repair's counters.
media_counter() {
	sed -n "s/^$1 //p" "$MEDIA_DEBUG/counters"
}

# media_line PATTERN: is there a device whose line fits?
media_line() {
	grep -q -e "$1" "$MEDIA_DEBUG/devices"
}

# expect_line PATTERN
expect_line() {
	media_line "$1" || {
		cat "$MEDIA_DEBUG/devices"
		fail "no device is: $1"
	}
}

# expect_no_devices: the allocator has none.
no_media_devices() {
	[ -z "$(cat "$MEDIA_DEBUG/devices")" ]
}

# Set USB to the name of a USB device that has a media device.
find_usb_media() {
	for found in /sys/bus/media/devices/media*; do
		path=$(readlink -f "$found/..")
		if [ -e "$path/idVendor" ]; then
			USB=$(basename "$path")
			export USB
			return 0
		fi
	done
	return 1
}

# usb_media: print its device's path.
usb_media() {
	for found in /sys/bus/usb/devices/"$USB"/media*; do
		echo "/dev/$(basename "$found")"
	done
}

# usb_audio: the emulator's USB loudspeaker, with a media device; sets USB to its name.
usb_audio() {
	# A string since 7.x, and a number before; both take this.
	modprobe snd-usb-audio quirk_flags=0x2
	[ -e /sys/module/snd_usb_audio/parameters/quirk_flags ] ||
		skip "snd-usb-audio knows no quirk_flags"
	modprobe xhci_pci
	wait_for 30 find_usb_media
}

# Pull the loudspeaker, and plug it in again, as far as drivers can tell.
usb_unbind() {
	echo "$USB" >/sys/bus/usb/drivers/usb/unbind
}

usb_bind() {
	echo "$USB" >/sys/bus/usb/drivers/usb/bind
}

# vivid: the virtual camera, whose media device is part of its own memory.
vivid() {
	modprobe vivid n_devs=1 || fail "no vivid"
	wait_for 30 test -e /dev/media0
}

vivid_bind() {
	echo vivid.0 >/sys/bus/platform/drivers/vivid/bind
}

# For programs that run a command at the worst of times; wants USB exported.
# shellcheck disable=SC2016,SC2034
UNBIND_USB='echo "$USB" >/sys/bus/usb/drivers/usb/unbind'
# shellcheck disable=SC2034
UNBIND_VIVID="echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind"
