/* SPDX-License-Identifier: GPL-2.0 */
/* The seccomp filter that hands socket(2) for TCP to a supervisor. */
#ifndef ATCP_FILTER_H
#define ATCP_FILTER_H

#include <stdbool.h>
#include <sys/types.h>

struct seccomp_data;

/**
 * enum atcp_filter_call - what a notification of the filter's is about
 * @ATCP_FILTER_SOCKET: socket(2) for TCP
 * @ATCP_FILTER_SOCKETCALL: i386's socketcall(2), whose arguments are in memory
 * @ATCP_FILTER_URING: io_uring_setup(2)
 * @ATCP_FILTER_LISTENER: seccomp(2) that asks for a listener of its own
 */
enum atcp_filter_call {
	ATCP_FILTER_SOCKET,
	ATCP_FILTER_SOCKETCALL,
	ATCP_FILTER_URING,
	ATCP_FILTER_LISTENER,
};

enum atcp_filter_call atcp_filter_call(const struct seccomp_data *data);
int atcp_filter_socket_nr(const struct seccomp_data *data);
bool atcp_filter_compat(const struct seccomp_data *data);
bool atcp_filter_is_tcp(int domain, int type, int protocol);
int atcp_filter_load(void);

#endif /* ATCP_FILTER_H */
