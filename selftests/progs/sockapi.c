// SPDX-License-Identifier: GPL-2.0
/*
 * Runs every case of a theme on the kernel's TCP and on the stack under test
 * and compares what the cases noted: errno, return values, poll bits.
 *
 * sockapi [-s STACK] [-v] THEME...     prints KTAP
 */
#include "sockapi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CASE_SECONDS	60

static const struct {
	const char *name;
	const struct api_case *cases;
} themes[] = {
	{ "bind", api_bind_cases },
	{ "listen", api_listen_cases },
	{ "connect", api_connect_cases },
	{ "poll", api_poll_cases },
	{ "epoll", api_epoll_cases },
	{ "io", api_io_cases },
	{ "copy", api_copy_cases },
	{ "close", api_close_cases },
	{ "opts", api_opts_cases },
	{ "info", api_info_cases },
	{ "addr", api_addr_cases },
	{ "timeout", api_timeout_cases },
	{ "signal", api_signal_cases },
};

static unsigned int done, failed;
static bool verbose;

/* Adds to what the case saw. */
void note(struct api *api, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(api->text + api->len, sizeof(api->text) - api->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		api->len += n;
	if (api->len >= sizeof(api->text))
		api->len = sizeof(api->text) - 1;
}

/* Notes a system call's result, by errno's name when it failed. */
long note_call(struct api *api, const char *what, long ret)
{
	if (ret < 0)
		note(api, "%s=%s ", what, strerrorname_np(errno));
	else
		note(api, "%s=%ld ", what, ret);
	return ret;
}

void note_events(struct api *api, const char *what, unsigned int events)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} bits[] = {
		{ POLLIN, "IN" }, { POLLPRI, "PRI" }, { POLLOUT, "OUT" },
		{ POLLERR, "ERR" }, { POLLHUP, "HUP" }, { POLLNVAL, "NVAL" },
		{ POLLRDHUP, "RDHUP" }, { POLLRDNORM, "RDNORM" },
		{ POLLWRNORM, "WRNORM" }, { POLLRDBAND, "RDBAND" },
	};
	unsigned int i;

	note(api, "%s=[", what);
	for (i = 0; i < sizeof(bits) / sizeof(*bits); i++)
		if (events & bits[i].bit)
			note(api, " %s", bits[i].name);
	note(api, " ] ");
}

/* Waits until all of @want are up (0: looks once), then notes every bit. */
void note_poll(struct api *api, const char *what, int fd, int want)
{
	struct pollfd pfd = {
		.fd = fd,
		.events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM |
			  POLLWRNORM | POLLRDBAND,
	};
	int i;

	for (i = 0; i < 2000; i++) {
		if (poll(&pfd, 1, 0) < 0)
			break;
		if ((pfd.revents & want) == want)
			break;
		usleep(5000);
	}
	note_events(api, what, pfd.revents);
}

/* Notes an address without its port, but whether there is a port. */
void note_addr(struct api *api, const char *what, int fd,
	       int (*get)(int fd, struct sockaddr *sa, socklen_t *len))
{
	union addr addr = { 0 };
	socklen_t len = sizeof(addr);

	if (note_call(api, what, get(fd, &addr.sa, &len)) < 0)
		return;
	note(api, "(len %u family %d %s port %s) ", len, addr.sa.sa_family,
	     addr_text(&addr), addr_port(&addr) ? "set" : "0");
}

int api_get(int fd, int level, int name)
{
	int value = -12345;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, name, &value, &len))
		return -errno;
	return value;
}

int api_set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

void note_option(struct api *api, const char *what, int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, name, &value, &len) < 0)
		note_call(api, what, -1);
	else
		note(api, "%s=%d/%u ", what, value, len);
}

int api_socket(struct api *api, int flags)
{
	int fd = stack_socket(api->stack, api->family, flags);

	if (fd < 0)
		die("socket");
	return fd;
}

/* A listener on loopback; @addr tells where. */
int api_listener(struct api *api, union addr *addr, int backlog)
{
	int fd = api_socket(api, 0);
	socklen_t len = sizeof(*addr);

	addr_loopback(addr, api->family, 0);
	if (bind(fd, &addr->sa, addr_len(addr)) || listen(fd, backlog) ||
	    getsockname(fd, &addr->sa, &len))
		die("listener");
	return fd;
}

int api_connect(struct api *api, const union addr *addr)
{
	int fd = api_socket(api, 0);

	if (connect(fd, &addr->sa, addr_len(addr)))
		die("connect");
	return fd;
}

void api_pair(struct api *api, struct api_pair *pair)
{
	pair->listener = api_listener(api, &pair->addr, 8);
	pair->client = api_connect(api, &pair->addr);
	pair->server = accept(pair->listener, NULL, NULL);
	if (pair->server < 0)
		die("accept");
}

/* Waits until @bytes can be read, or 10 s. */
void api_wait_in(int fd, int bytes)
{
	int have = 0, i;

	for (i = 0; i < 2000 && have < bytes; i++) {
		if (ioctl(fd, FIONREAD, &have))
			die("FIONREAD");
		if (have < bytes)
			usleep(5000);
	}
}

void api_nonblock(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Long enough for a blocking call of another thread to have begun. */
void api_tick(void)
{
	usleep(200 * 1000);
}

/* In a process of its own: descriptors, signals and rights stay apart. */
static void run_case(const struct api_case *c, enum stack stack, int family,
		     char *text, size_t size)
{
	struct api *api = calloc(1, sizeof(*api));
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (!api || pipe(fds))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		alarm(CASE_SECONDS);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		api->stack = stack;
		api->family = family;
		dup2(fds[1], STDERR_FILENO);
		c->run(api);
		if (write(fds[1], api->text, api->len) < 0)
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], text + len, size - 1 - len)) > 0)
		len += n;
	text[len] = 0;
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (status)
		snprintf(text + len, size - len, "(ended by status %#x)", status);
	free(api);
}

static void compare_case(const char *theme, const struct api_case *c,
			 enum stack stack, int family)
{
	static char want[8192], got[8192];
	bool same;

	run_case(c, STACK_TCP, family, want, sizeof(want));
	run_case(c, stack, family, got, sizeof(got));
	same = !strcmp(want, got) && !strstr(want, "ended by");
	printf("%sok %u %s v%d: %s\n", same ? "" : "not ", ++done, theme,
	       family == AF_INET6 ? 6 : 4, c->name);
	if (!same)
		printf("# tcp:  %s\n", want);
	if (!same || verbose)
		printf("# %s: %s\n", stack_name(stack), got);
	failed += !same;
}

static void run_theme(const char *name, enum stack stack)
{
	const struct api_case *c;
	unsigned int i;

	for (i = 0; i < sizeof(themes) / sizeof(*themes); i++) {
		if (strcmp(themes[i].name, name))
			continue;
		for (c = themes[i].cases; c->name; c++) {
			compare_case(name, c, stack, AF_INET);
			compare_case(name, c, stack, AF_INET6);
		}
		return;
	}
	errno = EINVAL;
	die("no theme %s", name);
}

int main(int argc, char **argv)
{
	enum stack stack = STACK_TCP;
	int opt;

	while ((opt = getopt(argc, argv, "s:v")) != -1) {
		if (opt == 's')
			stack = stack_parse(optarg);
		else if (opt == 'v')
			verbose = true;
		else
			return 2;
	}
	printf("TAP version 13\n");
	for (; optind < argc; optind++)
		run_theme(argv[optind], stack);
	printf("1..%u\n", done);
	return failed ? 1 : 0;
}
