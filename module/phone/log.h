/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What a back end of the virtual phone heard: the records of be/<Name>/log
 *
 * Copyright (C) 2026 The Tacet developers
 *
 * Shared with user space. The file is a sequence of records in the order in which
 * they were heard; every record is this header and then @frames frames as they lay in the
 * front end's buffer (interleaved, native byte order), padded with zeros to @size.
 */
#ifndef TACET_PHONE_LOG_H
#define TACET_PHONE_LOG_H

#include <linux/types.h>

#define TACET_PHONE_LOG_MAGIC 0x314c5054 /* "TPL1" */

/* Records were lost before this one: @lost says how many. */
#define TACET_PHONE_LOG_OVERFLOW 0x0001
/* The frames come from a capture FE (a hostless call's microphone, on Modem Up). */
#define TACET_PHONE_LOG_CAPTURE 0x0002
/* The frames did not come from user space: the DSP made them (hostless FE). */
#define TACET_PHONE_LOG_HOSTLESS 0x0004

/**
 * struct tacet_phone_chunk - header of one record
 * @magic:	  TACET_PHONE_LOG_MAGIC
 * @header:	  bytes of this header; the samples begin there
 * @flags:	  TACET_PHONE_LOG_*
 * @size:	  bytes of the whole record, a multiple of 8
 * @seq:	  counts the records of this BE, lost ones included
 * @fe:		  PCM device number of the FE
 * @be:		  number of the BE (its line in the file "backends")
 * @generation:	  how often that FE's stream was prepared since the module was loaded
 *		  (compress: set up or stopped); generations are different streams
 * @fe_frame:	  number of the first frame, counted from 0 where the generation began:
 *		  hw_ptr before it is wrapped at the boundary; PAUSE does not change it
 * @frames:	  frames in this record
 * @channels:	  channels of a frame
 * @sample_bytes: 2 (S16) or 4 (S32)
 * @rate:	  of the FE, in Hz
 * @lost:	  records lost right before this one
 * @time_ns:	  CLOCK_MONOTONIC at which the first frame left the FE
 * @be_frame:	  the same instant in frames of the BE's rate on the card's time axis,
 *		  which begins with the first sound after load or reset
 */
struct tacet_phone_chunk {
	__u32 magic;
	__u16 header;
	__u16 flags;
	__u32 size;
	__u32 seq;
	__u16 fe;
	__u16 be;
	__u32 generation;
	__u64 fe_frame;
	__u32 frames;
	__u16 channels;
	__u16 sample_bytes;
	__u32 rate;
	__u32 lost;
	__u64 time_ns;
	__u64 be_frame;
};

/* No record is longer than this. */
#define TACET_PHONE_LOG_RECORD_MAX 8192

/*
 * The pattern that capture brings, for frame N (@fe_frame) of source S: the number of a
 * capture BE as in the enumerated controls, from 1. S16: left = low 16 bits of N, right =
 * S in the upper 4 bits, bits 16 to 27 of N below. Mono has the left sample only. S32
 * carries the same value in its upper 16 bits. Without a source the frames are 0 in all
 * channels.
 */
#define TACET_PHONE_PATTERN_LEFT(n)	((__u16)(n))
#define TACET_PHONE_PATTERN_RIGHT(s, n) ((__u16)((s) << 12 | (((n) >> 16) & 0xfff)))

#endif
