// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for tacet-ucm-worker: behaves as TACET_FAKE says. A message is written with '|'
 * between its strings, messages with ';' between them: what it says at the start, and, after
 * a '!', in answer to each command. "child" starts a process that would outlive it; "exit"
 * ends it; "hang" waits to be killed; "garbage" is no message.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/strv-msg.h"

static void say(char *message)
{
	struct strv_msg m;
	char *save, *s = strtok_r(message, "|", &save);

	strv_msg_begin(&m, s);
	while ((s = strtok_r(NULL, "|", &save)))
		strv_msg_add(&m, strcmp(s, "-") ? s : "");
	strv_msg_send(3, &m, 0);
}

static void child(void)
{
	char text[32];
	FILE *f;
	pid_t pid = fork();

	if (!pid) {
		/* the socket stays open with us */
		for (;;)
			pause();
	}
	f = fopen(getenv("TACET_FAKE_PID"), "w");
	snprintf(text, sizeof(text), "%d", (int)pid);
	fputs(text, f);
	fclose(f);
}

static void perform(const char *script)
{
	char *copy = strdup(script), *save;

	for (char *s = strtok_r(copy, ";", &save); s; s = strtok_r(NULL, ";", &save)) {
		if (!strcmp(s, "child"))
			child();
		else if (!strcmp(s, "exit"))
			_exit(7);
		else if (!strcmp(s, "hang"))
			for (;;)
				pause();
		else if (!strcmp(s, "garbage"))
			send(3, "garbage", 7, 0);
		else
			say(s);
	}
	free(copy);
}

int main(void)
{
	char *script = strdup(getenv("TACET_FAKE"));
	char *answer = strchr(script, '!');
	struct strv_msg m;

	if (answer)
		*answer++ = '\0';
	signal(SIGTERM, SIG_IGN);
	if (strv_msg_recv(3, &m, 0) != 1 || strcmp(strv_msg_next(&m), "start"))
		return 8;
	perform(script);
	while (strv_msg_recv(3, &m, 0) == 1) {
		if (answer)
			perform(answer);
	}
	return 0;
}
