/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Do operations on the phone's PCMs and routes one after the other, each given as one argument.
 *
 *   open D (which prepares), prepare D, start D, pause D, release D, resume D, drop D, drain D, close D
 *	 D is the playback device; a compress device is driven by its own ioctls
 *   route BE FE 0|1	write the switch "BE Mixer FE Switch"
 *   sleep MS		let the streams run
 *   until FILE LINE	wait until the file has that line
 *   begin OP, await	do OP in the background; wait for it, it may not fail
 *   reset		zero the phone's counters
 *   zero NAME, some NAME	 the phone's counter has to be 0, not 0
 *   fails ERRNO OP	OP has to fail so, e.g. "fails EBUSY open 4"
 *   try OP		OP may fail
 *   starve OP / UNDO	OP over and over with another of its allocations failing in the kernel,
 *	 until all have and it succeeds; UNDO after one that succeeds before, and after a route
 *   mark TEXT		print TEXT
 *   write FILE TEXT	into a file of sysfs or debugfs
 *
 * Every PCM runs freely over a buffer of silence. Ends with 1 at the first surprise.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <alsa/asoundlib.h>
/* alsa-lib has its own words for what this header would bring along. */
#define __SOUND_ASOUND_H
#include <sound/compress_offload.h>
#include <sound/compress_params.h>

#define DEVICES 64
#define PHONE	"/sys/kernel/debug/tacet-phone/TacetPhone/"

static snd_pcm_t *pcms[DEVICES];
static int hunger = -1; /* the kernel's file that says which allocation of ours fails */
static bool starving;
static int starved; /* it has happened, or a negative errno */
static int comprs[DEVICES];

static int os_call(int r)
{
	return r < 0 ? -errno : r;
}

/* The Nth allocation from now on fails. */
static int hunger_begin(int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", n);

	starving = true;
	return os_call((int)pwrite(hunger, text, (size_t)length, 0));
}

/* Return: 1 if an allocation has failed. */
static int hunger_end(void)
{
	char text[16] = "";
	int r;

	if (starving) {
		starving = false;
		r = os_call((int)pread(hunger, text, sizeof(text) - 1, 0));
		starved = r < 0 ? r : atoi(text) == 0;
		r = os_call((int)pwrite(hunger, "0", 1, 0));
		starved = r < 0 ? r : starved;
	}
	return starved;
}

static int open_compress(int device)
{
	struct snd_compr_params params = {
		.buffer = { .fragment_size = 4096, .fragments = 8 },
		.codec = { .id = SND_AUDIOCODEC_PCM,
			   .ch_in = 2,
			   .ch_out = 2,
			   .sample_rate = 48000,
			   .format = 2 },
	};
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), "/dev/snd/comprC0D%d", device);
	fd = open(path, O_WRONLY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = os_call(ioctl(fd, SNDRV_COMPRESS_SET_PARAMS, &params));
	if (r < 0)
		close(fd);
	else
		comprs[device] = fd;
	return r;
}

static int open_pcm(int device)
{
	snd_pcm_sw_params_t *sw;
	snd_pcm_uframes_t boundary;
	char name[64];
	snd_pcm_t *pcm;
	int r;

	snprintf(name, sizeof(name), "/dev/snd/comprC0D%d", device);
	if (access(name, F_OK) == 0)
		return open_compress(device);
	snprintf(name, sizeof(name), "hw:TacetPhone,%d", device);
	r = snd_pcm_open(&pcm, name, SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
	if (r < 0)
		return r;
	/* Its buffer is vmalloc's, which shouts in the log when it has no memory. */
	hunger_end();
	r = snd_pcm_set_params(pcm, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED,
			       2, 48000, 0, 100000);
	snd_pcm_sw_params_alloca(&sw);
	if (r >= 0)
		r = snd_pcm_sw_params_current(pcm, sw);
	if (r >= 0) {
		snd_pcm_sw_params_get_boundary(sw, &boundary);
		snd_pcm_sw_params_set_start_threshold(pcm, sw, boundary);
		snd_pcm_sw_params_set_stop_threshold(pcm, sw, boundary);
		r = snd_pcm_sw_params(pcm, sw);
	}
	if (r < 0)
		snd_pcm_close(pcm);
	else
		pcms[device] = pcm;
	return r;
}

static int fill(int device)
{
	static const short silence[2 * 4800];
	ssize_t done = 1;

	if (pcms[device]) {
		if (snd_pcm_state(pcms[device]) != SND_PCM_STATE_PREPARED &&
		    snd_pcm_prepare(pcms[device]) < 0)
			return -EIO;
		return (int)snd_pcm_writei(pcms[device], silence, 4800) < 0 ? -EIO : 0;
	}
	while (done > 0)
		done = write(comprs[device], silence, 4096);
	return 0;
}

static int compress_op(const char *op, int device)
{
	int fd = comprs[device];

	if (strcmp(op, "prepare") == 0)
		return 0;
	if (strcmp(op, "start") == 0)
		return fill(device) ?: os_call(ioctl(fd, SNDRV_COMPRESS_START));
	if (strcmp(op, "pause") == 0)
		return os_call(ioctl(fd, SNDRV_COMPRESS_PAUSE));
	if (strcmp(op, "release") == 0)
		return os_call(ioctl(fd, SNDRV_COMPRESS_RESUME));
	if (strcmp(op, "drop") == 0)
		return os_call(ioctl(fd, SNDRV_COMPRESS_STOP));
	if (strcmp(op, "close") == 0) {
		comprs[device] = 0;
		return os_call(close(fd));
	}
	return -EINVAL;
}

static int stream_op(const char *op, int device)
{
	snd_pcm_t *pcm = pcms[device];

	if (strcmp(op, "open") == 0)
		return open_pcm(device);
	if (comprs[device])
		return compress_op(op, device);
	if (!pcm)
		return -ENODEV;
	if (strcmp(op, "prepare") == 0)
		return snd_pcm_prepare(pcm);
	if (strcmp(op, "start") == 0)
		return fill(device) ?: snd_pcm_start(pcm);
	if (strcmp(op, "pause") == 0)
		return snd_pcm_pause(pcm, 1);
	if (strcmp(op, "release") == 0)
		return snd_pcm_pause(pcm, 0);
	if (strcmp(op, "resume") == 0)
		return snd_pcm_resume(pcm);
	if (strcmp(op, "drop") == 0)
		return snd_pcm_drop(pcm);
	if (strcmp(op, "drain") == 0)
		return snd_pcm_drain(pcm);
	if (strcmp(op, "close") == 0) {
		pcms[device] = NULL;
		return snd_pcm_close(pcm);
	}
	return -EINVAL;
}

static int route(const char *be, const char *fe, int on)
{
	snd_ctl_elem_value_t *value;
	snd_ctl_t *ctl;
	char name[64];
	int r;

	r = snd_ctl_open(&ctl, "hw:TacetPhone", 0);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s Mixer %s Switch", be, fe);
	snd_ctl_elem_value_alloca(&value);
	snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_value_set_name(value, name);
	snd_ctl_elem_value_set_boolean(value, 0, on);
	r = snd_ctl_elem_write(ctl, value);
	snd_ctl_close(ctl);
	return r;
}

static long long counter(const char *name)
{
	FILE *file = fopen(PHONE "counters", "r");
	long long value, found = -1;
	char key[64];

	while (file && fscanf(file, "%63s %lld", key, &value) == 2)
		if (strcmp(key, name) == 0)
			found = value;
	if (file)
		fclose(file);
	return found;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), r;

	if (fd < 0)
		return -errno;
	r = os_call((int)write(fd, text, strlen(text)));
	close(fd);
	return r;
}

/* Looks every millisecond, for 20 s at most. */
static int wait_until(const char *path, const char *text)
{
	char seen[128];
	bool found;
	FILE *file;

	for (int i = 0; i < 20000; i++) {
		file = fopen(path, "r");
		if (!file)
			return -errno;
		found = false;
		while (!found && fgets(seen, sizeof(seen), file)) {
			seen[strcspn(seen, "\n")] = '\0';
			found = strcmp(seen, text) == 0;
		}
		fclose(file);
		if (found)
			return 0;
		usleep(1000);
	}
	return -ETIME;
}

static int do_op(const char *line)
{
	char a[128] = "", b[64] = "", op[16] = "";
	int n, on;

	if (sscanf(line, "%15s", op) != 1)
		return -EINVAL;
	if (strcmp(op, "route") == 0)
		return sscanf(line, "route %63s %63s %d", a, b, &on) == 3
			       ? route(a, b, on)
			       : -EINVAL;
	if (strcmp(op, "sleep") == 0 && sscanf(line, "sleep %d", &n) == 1)
		return usleep((useconds_t)n * 1000);
	if (strcmp(op, "mark") == 0)
		return printf("%s\n", line + 5) > 0 ? fflush(stdout) : -EIO;
	if (strcmp(op, "reset") == 0)
		return write_file(PHONE "reset", "1");
	if (strcmp(op, "write") == 0)
		return sscanf(line, "write %127s %63s", a, b) == 2 ? write_file(a, b)
								   : -EINVAL;
	if (strcmp(op, "until") == 0)
		return sscanf(line, "until %127s %n", a, &n) == 1
			       ? wait_until(a, line + n)
			       : -EINVAL;
	if (strcmp(op, "zero") == 0 || strcmp(op, "some") == 0) {
		long long value = counter(line + 5);

		printf("%s is %lld\n", line + 5, value);
		return value < 0 ? -ENOENT : (value == 0) == (*op == 'z') ? 0 : -ERANGE;
	}
	if (sscanf(line, "%*s %d", &n) != 1 || n < 0 || n >= DEVICES)
		return -EINVAL;
	return stream_op(op, n);
}

static int starve(const char *line)
{
	char op[128];
	const char *undo = strstr(line, " / ");
	int r = 0, again = 1;

	if (!undo || (size_t)(undo - line) >= sizeof(op))
		return -EINVAL;
	snprintf(op, sizeof(op), "%.*s", (int)(undo - line), line);
	hunger = open("/proc/thread-self/fail-nth", O_RDWR);
	if (hunger < 0)
		return -errno;
	for (int n = 1; again > 0 && r >= 0; n++) {
		again = hunger_begin(n);
		if (again < 0)
			break;
		r = do_op(op);
		again = hunger_end();
		if (again <= 0)
			printf("%s: %d allocations\n", op, n - 1);
		else if (r >= 0 || strncmp(op, "route", 5) == 0)
			r = do_op(undo + 3);
		else
			r = 0;
	}
	close(hunger);
	hunger = -1;
	return again < 0 ? again : r;
}

static int errno_of(const char *name)
{
	static const struct {
		const char *name;
		int error;
	} known[] = { { "EBUSY", EBUSY },
		      { "EINVAL", EINVAL },
		      { "EIO", EIO },
		      { "EUSERS", EUSERS },
		      { "EBADFD", EBADFD } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].error;
	return 0;
}

static pthread_t background;

static void *do_in_background(void *line)
{
	return (void *)(long)do_op(line);
}

static int await_background(void)
{
	void *result;

	return -pthread_join(background, &result) ?: (int)(long)result;
}

int main(int argc, char *argv[])
{
	char error[16];
	int skip, r;

	for (int i = 1; i < argc; i++) {
		const char *line = argv[i];

		if (sscanf(line, "fails %15s %n", error, &skip) == 1) {
			r = do_op(line + skip);
			r = r == -errno_of(error) ? 0 : r < 0 ? r : -EPROTO;
		} else if (strncmp(line, "starve ", 7) == 0) {
			r = starve(line + 7);
		} else if (strncmp(line, "begin ", 6) == 0) {
			r = -pthread_create(&background, NULL, do_in_background,
					    (void *)(line + 6));
		} else if (strcmp(line, "await") == 0) {
			r = await_background();
		} else if (strncmp(line, "try ", 4) == 0) {
			r = do_op(line + 4);
			if (r < 0)
				printf("%s: %s\n", line, snd_strerror(r));
			r = 0;
		} else {
			r = do_op(line);
		}
		if (r < 0) {
			printf("%s: %s\n", line, snd_strerror(r));
			return 1;
		}
	}
	return 0;
}
