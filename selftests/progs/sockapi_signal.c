// SPDX-License-Identifier: GPL-2.0
/* SIGIO: which band and code a socket's events carry. */
#include "sockapi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Asks for a queued signal with each event of @fd. */
static void want_signals(int fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETSIG, SIGRTMIN);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK);
}

static const char *code_name(int code)
{
	switch (code) {
	case POLL_IN:
		return "IN";
	case POLL_OUT:
		return "OUT";
	case POLL_MSG:
		return "MSG";
	case POLL_ERR:
		return "ERR";
	case POLL_PRI:
		return "PRI";
	case POLL_HUP:
		return "HUP";
	}
	return "other";
}

/* Notes whether @code comes within 5 s; others before it are passed over. */
static void note_signal(struct api *api, const char *what, int fd, int code)
{
	struct timespec limit = { .tv_sec = 5 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	do {
		if (sigtimedwait(&set, &info, &limit) < 0) {
			note(api, "%s=none ", what);
			return;
		}
	} while (info.si_code != code);
	note(api, "%s=%s fd=%d ", what, code_name(code), info.si_fd == fd);
}

/* Forgets what came so far. */
static void flush_signals(void)
{
	struct timespec now = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
}

static void signal_life(struct api *api)
{
	struct api_pair p;

	api_pair(api, &p);
	want_signals(p.server);
	send(p.client, "x", 1, 0);
	note_signal(api, "data", p.server, POLL_IN);
	shutdown(p.client, SHUT_WR);
	note_signal(api, "fin", p.server, POLL_IN);
	api_pair(api, &p);
	want_signals(p.server);
	shutdown(p.server, SHUT_WR);
	shutdown(p.client, SHUT_WR);
	note_signal(api, "both", p.server, POLL_HUP);
}

static void signal_listener(struct api *api)
{
	union addr addr;
	int listener = api_listener(api, &addr, 4);

	want_signals(listener);
	api_connect(api, &addr);
	note_signal(api, "accept", listener, POLL_IN);
}

static void signal_connect(struct api *api)
{
	union addr addr;
	int fd = api_socket(api, 0);

	api_listener(api, &addr, 4);
	want_signals(fd);
	note_call(api, "connect", connect(fd, &addr.sa, addr_len(&addr)));
	note_signal(api, "done", fd, POLL_OUT);
}

static void signal_space(struct api *api)
{
	static char block[65536];
	struct api_pair p;
	long sent = 0;
	ssize_t n;

	api_pair(api, &p);
	want_signals(p.client);
	while ((n = send(p.client, block, sizeof(block), 0)) > 0 || poll(
		&(struct pollfd){ .fd = p.client, .events = POLLOUT }, 1, 300) > 0)
		sent += n > 0 ? n : 0;
	flush_signals();
	while (sent > 0 && (n = recv(p.server, block, sizeof(block), 0)) > 0)
		sent -= n;
	note_signal(api, "room", p.client, POLL_OUT);
}

static void signal_reset(struct api *api)
{
	struct linger abort = { .l_onoff = 1, .l_linger = 0 };
	struct api_pair p;

	api_pair(api, &p);
	want_signals(p.server);
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	close(p.client);
	note_signal(api, "reset", p.server, POLL_ERR);
}

static void signal_plain(struct api *api)
{
	struct timespec limit = { .tv_sec = 5 };
	struct api_pair p;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	api_pair(api, &p);
	fcntl(p.server, F_SETOWN, getpid());
	fcntl(p.server, F_SETFL, O_ASYNC);
	send(p.client, "x", 1, 0);
	note(api, "sigio=%d ", sigtimedwait(&set, NULL, &limit) == SIGIO);
}

const struct api_case api_signal_cases[] = {
	{ "data, FIN, both ends shut", signal_life },
	{ "a connection to accept", signal_listener },
	{ "connected", signal_connect },
	{ "room to send", signal_space },
	{ "reset", signal_reset },
	{ "plain SIGIO", signal_plain },
	{ NULL, NULL },
};
