/* SPDX-License-Identifier: GPL-2.0 */
/* Cases that note what a socket call did, run on two stacks and compared. */
#ifndef SELFTESTS_SOCKAPI_H
#define SELFTESTS_SOCKAPI_H

#include "stack.h"

#include <stddef.h>

/**
 * struct api - one run of one case
 * @stack: the TCP under test
 * @family: AF_INET or AF_INET6
 * @text: what the case noted so far
 * @len: length of @text
 */
struct api {
	enum stack stack;
	int family;
	char text[8192];
	size_t len;
};

/**
 * struct api_case - something a program can see of a socket
 * @name: what it is about; NULL ends a table
 * @run: notes outcomes that must not depend on ports, times or the stack
 */
struct api_case {
	const char *name;
	void (*run)(struct api *api);
};

/**
 * struct api_pair - a listener and the two ends of a connection to it
 * @listener: still open, blocking
 * @client: the end that connected
 * @server: the end that was accepted
 * @addr: the listener's address
 */
struct api_pair {
	int listener;
	int client;
	int server;
	union addr addr;
};

extern const struct api_case api_bind_cases[], api_listen_cases[],
	api_connect_cases[], api_poll_cases[], api_epoll_cases[],
	api_io_cases[], api_copy_cases[], api_close_cases[],
	api_opts_cases[], api_info_cases[], api_addr_cases[],
	api_timeout_cases[], api_signal_cases[];

void note(struct api *api, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
long note_call(struct api *api, const char *what, long ret);
void note_poll(struct api *api, const char *what, int fd, int want);
void note_events(struct api *api, const char *what, unsigned int events);
void note_addr(struct api *api, const char *what, int fd,
	       int (*get)(int fd, struct sockaddr *sa, socklen_t *len));
void note_option(struct api *api, const char *what, int fd, int level, int name);
int api_socket(struct api *api, int flags);
int api_listener(struct api *api, union addr *addr, int backlog);
int api_connect(struct api *api, const union addr *addr);
void api_pair(struct api *api, struct api_pair *pair);
void api_wait_in(int fd, int bytes);
void api_nonblock(int fd);
int api_get(int fd, int level, int name);
int api_set(int fd, int level, int name, int value);
void api_tick(void);

#endif
