/* SPDX-License-Identifier: GPL-2.0 */
/* Lines of the kernel log: how many a namespace may cause. */
#ifndef _ATCP_STATE_LOG_H
#define _ATCP_STATE_LOG_H

#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/types.h>

struct atcp_net;

/**
 * enum atcp_log_kind - what a line is about
 * @ATCP_LOG_REFUSED: a value that the administrator wrote was refused
 * @ATCP_LOG_SOCKET: one that a program set was; that needs no privilege
 * @ATCP_LOG_EVENT: what came from the network, or ran out
 * @ATCP_LOG_NR: how many there are
 */
enum atcp_log_kind {
	ATCP_LOG_REFUSED,
	ATCP_LOG_SOCKET,
	ATCP_LOG_EVENT,
	ATCP_LOG_NR
};

/**
 * struct atcp_log - a namespace's lines
 * @limit: by kind
 */
struct atcp_log {
	struct ratelimit_state	limit[ATCP_LOG_NR];
};

/* @users: the namespace belongs to another user namespace than the first. */
void atcp_log_init(struct atcp_log *log, bool users);

/* May @an cause one more line? Any context. */
bool atcp_log_allowed(struct atcp_net *an, enum atcp_log_kind kind);

/* The namespace's number, as in /proc/PID/ns/net. */
unsigned int atcp_log_netns(const struct atcp_net *an);

/*
 * A line on behalf of @an, which it names, if there may be one. What comes from outside of
 * the kernel is printed by %*pE, or by what can print nothing but what it should: no line is
 * to be forged, and no terminal turned by it.
 */
#define atcp_log_info(an, kind, fmt, ...)					\
do {									\
	struct atcp_net *__an = (an);					\
									\
	if (atcp_log_allowed(__an, ATCP_LOG_##kind))			\
		pr_info("netns %u: " fmt, atcp_log_netns(__an), ##__VA_ARGS__); \
} while (0)

/* So much of a text from outside is printed at most, bytes. */
#define ATCP_LOG_TEXT	32

#endif /* _ATCP_STATE_LOG_H */
