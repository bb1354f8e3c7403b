/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MESSAGE_IDs of what a person would search for: journalctl MESSAGE_ID=...; listed in
 * tacetd(8). An id never changes its meaning.
 */
#ifndef TACET_UTIL_MESSAGE_IDS_H
#define TACET_UTIL_MESSAGE_IDS_H

/* tacetd is ready */
#define TACET_MESSAGE_STARTED "21ba48cda07042cdb3a218bf0377bcc6"
/* tacetd stops */
#define TACET_MESSAGE_STOPPING "7c4f06f59e584415aab89b24fbbc1b0d"
/* A card is managed: its profile was read */
#define TACET_MESSAGE_CARD_MANAGED "5670bdf1d3144ba8a9969d3f3802df26"
/* A card is left alone: it has no UCM profile, or the configuration says so */
#define TACET_MESSAGE_CARD_IGNORED "7c82d577ff4b4b0e81ddbf384b76dad8"
/* A card cannot be managed: its profile is broken; the message has file and line */
#define TACET_MESSAGE_CARD_BROKEN "5a2108340813463da49e3af21a79243b"
/* A managed card went away */
#define TACET_MESSAGE_CARD_GONE "80c7108f4c704b0e8bb176abc34b673d"
/* A switch is done */
#define TACET_MESSAGE_SWITCH_DONE "76f4cc3813f24bb599c4e726e0a96db9"
/* A switch failed; the old route is in force, or the message says what is */
#define TACET_MESSAGE_SWITCH_FAILED "a43d729cdf714a1c8a89c2c07c2210c1"
/* A switch ran out of time: a foreign stream did not stop; process and PCM are named */
#define TACET_MESSAGE_SWITCH_BUSY "5789fe455efe43018f0dd79f1eb6c736"
/* A stream started between the last check and the first write */
#define TACET_MESSAGE_SLIP "7510216c7c4d49e68a6c90e744e7edc8"
/* A UCM worker was killed or crashed */
#define TACET_MESSAGE_WORKER_DIED "c9421710e37a4db39d970af85ba3b708"
/* The route of a card could not be stored; the switch went on */
#define TACET_MESSAGE_JOURNAL_FAILED "0eba80ce5e9b4a04813c253152ec4fbf"
/* A broken state file was set aside */
#define TACET_MESSAGE_JOURNAL_BAD "dbf2ccb998e94159b3d3f4e4404a83ee"
/* The remembered route is in force again */
#define TACET_MESSAGE_RESTORED "2883605fa56f4494bf4cfb421026fef7"
/* The configuration is wrong; the message has file and line */
#define TACET_MESSAGE_CONFIG_BAD "7eb4ae2623984ca8acc380630163dc51"
/* Route controls could not be locked */
#define TACET_MESSAGE_LOCK_FAILED "bde6f6835f0f4e518b676f69ecc72fc8"
/* Another program wrote a route control */
#define TACET_MESSAGE_FOREIGN_WRITE "b844de91d415468483c7779458d08d47"
/* A stream neither moves nor stops */
#define TACET_MESSAGE_STREAM_STUCK "328d7135a0764b6d9da14cb3b6b0d90a"
/* A stream could not go on after a switch */
#define TACET_MESSAGE_STREAM_FAILED "70e7c78f9da84397ad1d551b2c7ef566"
/* A lease was refused */
#define TACET_MESSAGE_LEASE_REFUSED "354d6b0474144a0cb40bf1850380fa36"
/* A jack was plugged or unplugged and its device switched */
#define TACET_MESSAGE_JACK "3de199ee4e384849acebb3d27350b91b"

#endif
