// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 The Tacet developers
/*
 * Talks to media devices at the worst of times.
 *
 *   media-ops held IOCTL DEVICE COMMAND: begin the ioctl, hold its argument's copy from user
 *	space while the shell COMMAND runs, then let it go on. Prints the ioctl's outcome.
 *   media-ops keep DEVICE COMMAND: run COMMAND while a file of the device is open, then ask it for
 *	its info. Prints the outcome.
 *   media-ops request DEVICE COMMAND: run COMMAND while a request of the device is open, then
 *	queue, reinit and close it. Prints the outcomes.
 *   media-ops storm SECONDS PATTERN: four threads open, ask, and close all devices that PATTERN
 *	(/dev/media*) names, until the time is over or SIGTERM comes. Prints how many ioctls went well and not.
 *   media-ops cost SECONDS THREADS IOCTL DEVICE: prints ioctls per second.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/media.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4

static void die(const char *what)
{
	fprintf(stderr, "media-ops: %s: %s\n", what, strerror(errno));
	exit(2);
}

static unsigned long number_of(const char *name)
{
	if (!strcmp(name, "topology"))
		return MEDIA_IOC_G_TOPOLOGY;
	if (!strcmp(name, "entities"))
		return MEDIA_IOC_ENUM_ENTITIES;
	if (!strcmp(name, "links"))
		return MEDIA_IOC_ENUM_LINKS;
	if (!strcmp(name, "setup"))
		return MEDIA_IOC_SETUP_LINK;
	if (!strcmp(name, "info"))
		return MEDIA_IOC_DEVICE_INFO;
	errno = EINVAL;
	die(name);
	return 0;
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static const char *outcome(int ret)
{
	return ret < 0 ? strerrorname_np(errno) : "done";
}

static void run(const char *command)
{
	int status = system(command);

	if (status) {
		fprintf(stderr, "media-ops: '%s' failed (%d)\n", command, status);
		exit(2);
	}
}

struct held {
	int fd;
	unsigned long ioctl;
	void *arg;
	int ret, error;
};

static void *held_thread(void *data)
{
	struct held *h = data;

	h->ret = ioctl(h->fd, h->ioctl, h->arg);
	h->error = errno;
	return NULL;
}

static int do_held(const char *name, const char *device, const char *command)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffdio_api api = { .api = UFFD_API };
	struct held h = { .fd = open_device(device), .ioctl = number_of(name) };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_copy copy = { 0 };
	struct uffd_msg message;
	pthread_t thread;
	void *zero;

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		die("userfaultfd");
	h.arg = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	zero = calloc(1, page);
	if (h.arg == MAP_FAILED || !zero)
		die("memory");
	area.range.start = (uintptr_t)h.arg;
	area.range.len = page;
	if (ioctl(uffd, UFFDIO_REGISTER, &area))
		die("UFFDIO_REGISTER");
	if (pthread_create(&thread, NULL, held_thread, &h))
		die("thread");
	if (read(uffd, &message, sizeof(message)) != sizeof(message))
		die("userfaultfd read");
	if (message.event != UFFD_EVENT_PAGEFAULT)
		die("no fault");
	run(command);
	copy.dst = (uintptr_t)h.arg;
	copy.src = (uintptr_t)zero;
	copy.len = page;
	if (ioctl(uffd, UFFDIO_COPY, &copy))
		die("UFFDIO_COPY");
	pthread_join(thread, NULL);
	errno = h.error;
	printf("held %s: %s\n", name, outcome(h.ret));
	close(h.fd);
	free(zero);
	return 0;
}

static int do_keep(const char *device, const char *command)
{
	struct media_device_info info;
	int fd = open_device(device);

	if (ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info))
		die("info");
	run(command);
	printf("kept: %s\n", outcome(ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info)));
	close(fd);
	return 0;
}

static int do_request(const char *device, const char *command)
{
	int fd = open_device(device), request;

	if (ioctl(fd, MEDIA_IOC_REQUEST_ALLOC, &request))
		die("request");
	close(fd);
	run(command);
	printf("queue: %s\n", outcome(ioctl(request, MEDIA_REQUEST_IOC_QUEUE)));
	printf("reinit: %s\n", outcome(ioctl(request, MEDIA_REQUEST_IOC_REINIT)));
	close(request);
	return 0;
}

static struct {
	const char *pattern, *device;
	unsigned long ioctl;
	double until;
	_Atomic unsigned long done, refused, opened, requests;
} storm;

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void count(int ret)
{
	if (ret)
		storm.refused++;
	else
		storm.done++;
}

/* Every kind of ioctl, with room for what it tells. */
static void ask_all(int fd, unsigned int *seed)
{
	struct media_v2_entity entities[32];
	struct media_v2_pad pads[64];
	struct media_v2_link links[64];
	struct media_v2_topology topology = {
		.num_entities = 32,
		.ptr_entities = (uintptr_t)entities,
		.num_pads = 64,
		.ptr_pads = (uintptr_t)pads,
		.num_links = 64,
		.ptr_links = (uintptr_t)links,
	};
	struct media_entity_desc entity = { .id = MEDIA_ENT_ID_FLAG_NEXT };
	struct media_device_info info;
	struct media_pad_desc pad_descs[16];
	struct media_link_desc link_descs[64], link;
	struct media_links_enum enumerate = { .pads = pad_descs, .links = link_descs };
	int request;

	count(ioctl(fd, MEDIA_IOC_DEVICE_INFO, &info));
	count(ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &topology));
	if (!ioctl(fd, MEDIA_IOC_ENUM_ENTITIES, &entity) && entity.pads <= 16 &&
	    entity.links <= 64) {
		enumerate.entity = entity.id;
		count(ioctl(fd, MEDIA_IOC_ENUM_LINKS, &enumerate));
		if (entity.links) {
			link = link_descs[0];
			count(ioctl(fd, MEDIA_IOC_SETUP_LINK, &link));
		}
	}
	if (rand_r(seed) % 4 == 0 && !ioctl(fd, MEDIA_IOC_REQUEST_ALLOC, &request)) {
		storm.requests++;
		if (rand_r(seed) % 2)
			count(ioctl(request, MEDIA_REQUEST_IOC_QUEUE));
		count(ioctl(request, MEDIA_REQUEST_IOC_REINIT));
		if (rand_r(seed) % 2)
			usleep((useconds_t)(rand_r(seed) % 20) * 1000);
		close(request);
	}
}

static void *storm_thread(void *data)
{
	unsigned int seed = (unsigned int)(uintptr_t)data;
	int kept = -1;

	while (!stopped && now() < storm.until) {
		glob_t found = { 0 };

		if (glob(storm.pattern, 0, NULL, &found)) {
			usleep(1000);
			continue;
		}
		for (size_t i = 0; i < found.gl_pathc; i++) {
			int fd = open(found.gl_pathv[i], O_RDWR | O_CLOEXEC);

			if (fd < 0)
				continue;
			storm.opened++;
			for (int n = rand_r(&seed) % 30; n >= 0; n--)
				ask_all(fd, &seed);
			/* Some files outlive their device. */
			if (rand_r(&seed) % 3) {
				close(fd);
				continue;
			}
			if (kept >= 0) {
				ask_all(kept, &seed);
				close(kept);
			}
			kept = fd;
		}
		globfree(&found);
	}
	if (kept >= 0)
		close(kept);
	return NULL;
}

static void *cost_thread(void *data)
{
	struct media_v2_topology topology = { 0 };
	struct media_device_info info;
	int fd = open_device(storm.device);
	unsigned long n = 0;

	(void)data;
	while (now() < storm.until) {
		for (int i = 0; i < 64; i++, n++)
			if (ioctl(fd, storm.ioctl,
				  storm.ioctl == MEDIA_IOC_DEVICE_INFO
					  ? (void *)&info
					  : (void *)&topology))
				die("ioctl");
	}
	close(fd);
	storm.done += n;
	return NULL;
}

static void run_threads(int n, void *(*body)(void *))
{
	pthread_t threads[16];

	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, body, (void *)(uintptr_t)(i + 1)))
			die("thread");
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "held"))
		return do_held(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(argv[1], "keep"))
		return do_keep(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "request"))
		return do_request(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "storm")) {
		storm.pattern = argv[3];
		storm.until = now() + atof(argv[2]);
		signal(SIGTERM, stop);
		run_threads(THREADS, storm_thread);
		printf("opened %lu, done %lu, refused %lu, requests %lu\n", storm.opened,
		       storm.done, storm.refused, storm.requests);
		return storm.done ? 0 : 1;
	}
	if (argc == 6 && !strcmp(argv[1], "cost") && atoi(argv[3]) >= 1 &&
	    atoi(argv[3]) <= 16) {
		storm.device = argv[5];
		storm.ioctl = number_of(argv[4]);
		storm.until = now() + atof(argv[2]);
		run_threads(atoi(argv[3]), cost_thread);
		printf("%.0f\n", (double)storm.done / atof(argv[2]));
		return 0;
	}
	fprintf(stderr, "media-ops: see its source for how to use it\n");
	return 2;
}
