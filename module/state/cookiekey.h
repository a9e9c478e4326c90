/* SPDX-License-Identifier: GPL-2.0 */
/* The secrets of SYN cookies: the host's own, which rotate, or a cluster's. */
#ifndef _ATCP_COOKIEKEY_H
#define _ATCP_COOKIEKEY_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "proto/cookie.h"

struct atcp_cookie_cluster;

#define ATCP_COOKIEKEY_MAX	4	/* keys of a cluster at a time */
#define ATCP_COOKIEKEY_TEXT	256	/* longest text that sets them */

/**
 * struct atcp_cookiekey_slot - keys of one period
 * @period: which; 0: none, or being changed
 * @keys: good only while @period is the one that was asked for
 */
struct atcp_cookiekey_slot {
	u32			period;
	struct atcp_cookie_keys	keys;
};

/**
 * struct atcp_cookiekeys - a namespace's secrets of SYN cookies
 * @lock: for writers of all
 * @own: the host's keys, of this period and the one before
 * @cluster: what is shared with other hosts, under RCU; NULL: nothing
 */
struct atcp_cookiekeys {
	spinlock_t				lock;	/* writers */
	struct atcp_cookiekey_slot		own[2];
	struct atcp_cookie_cluster __rcu	*cluster;
};

void atcp_cookiekey_init(struct atcp_cookiekeys *ck);
void atcp_cookiekey_exit(struct atcp_cookiekeys *ck);

/* The ISN to answer a SYN with; softirq, under RCU. */
u32 atcp_cookiekey_make(struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			const struct atcp_cookie_opts *opts);

/* Does a third ACK answer a cookie of ours, or of the cluster's? 0 or -EINVAL. */
int atcp_cookiekey_check(const struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			 u32 cookie, struct atcp_cookie_opts *out);

/* Are the secrets a cluster's? Then a cookie may be another host's. */
bool atcp_cookiekey_shared(const struct atcp_cookiekeys *ck);

/*
 * Sets a cluster's keys, all at once: "EPOCH:HEX32", several of them with commas or
 * blanks between, or "none". 0, -EINVAL (nothing changed) or -ENOMEM. Process context.
 */
int atcp_cookiekey_set(struct atcp_cookiekeys *ck, const char *text);

#endif /* _ATCP_COOKIEKEY_H */
