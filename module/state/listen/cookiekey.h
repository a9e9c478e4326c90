/* SPDX-License-Identifier: GPL-2.0 */
/* The secrets of SYN cookies: the host's own, which rotate, or a cluster's. */
#ifndef _ATCP_COOKIEKEY_H
#define _ATCP_COOKIEKEY_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "proto/cookie.h"

struct atcp_cookie_set;

#define ATCP_COOKIEKEY_MAX	4	/* keys of a cluster at a time */
#define ATCP_COOKIEKEY_TEXT	256	/* longest text that sets them */
#define ATCP_COOKIEKEY_EXPECT	86400	/* longest that others' cookies are expected at a time, s */

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
 * @set: what was set last, under RCU; NULL: nothing ever was
 * @sent: when a cookie was sent last, s (ktime_get_seconds), plus one; 0: never
 * @expect: until when another host says that it sends them, the same; 0: nobody does,
 *	-1: for ever
 * @renewed: told when the host's own keys were replaced by new ones, or NULL; softirq
 */
struct atcp_cookiekeys {
	spinlock_t			lock;	/* writers */
	struct atcp_cookiekey_slot	own[2];
	struct atcp_cookie_set __rcu	*set;
	u32				sent;
	int				expect;
	void				(*renewed)(struct atcp_cookiekeys *ck);
};

/**
 * struct atcp_cookiekey_time - the time, for who makes or checks
 * @mono: seconds of the monotonic clock: a host's own keys go by it
 * @real: seconds since 1970: a cluster's do
 */
struct atcp_cookiekey_time {
	u64	mono;
	u64	real;
};

void atcp_cookiekey_init(struct atcp_cookiekeys *ck);
void atcp_cookiekey_exit(struct atcp_cookiekeys *ck);

/* The ISN to answer a SYN with; softirq, under RCU. */
u32 atcp_cookiekey_make(struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			const struct atcp_cookie_opts *opts);

/*
 * Does a third ACK answer a cookie of ours, or of the cluster's? 0 or -EINVAL. @shared:
 * it is one of a cluster's key.
 */
int atcp_cookiekey_check(const struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			 u32 cookie, struct atcp_cookie_opts *out, bool *shared);

/* Are the secrets a cluster's? Then a cookie may be another host's. */
bool atcp_cookiekey_shared(const struct atcp_cookiekeys *ck);

/* Was a cookie sent that may still be answered? */
bool atcp_cookiekey_sent(const struct atcp_cookiekeys *ck);

/*
 * Another host says that it sends cookies, for @sec seconds from now (-1: for ever, 0: no
 * more); and for how long it still does.
 */
void atcp_cookiekey_expect(struct atcp_cookiekeys *ck, int sec);
int atcp_cookiekey_expects(const struct atcp_cookiekeys *ck);

/*
 * Sets a cluster's keys, all at once: "EPOCH:HEX32", several of them with commas or
 * blanks between, or "none". 0, -EINVAL (nothing changed) or -ENOMEM; @changed: they are
 * others than before. Process context.
 */
int atcp_cookiekey_set(struct atcp_cookiekeys *ck, const char *text, bool *changed);

/* Would it take that? 0, -EINVAL or -ENOMEM. Process context. */
int atcp_cookiekey_valid(const char *text);

/* The same at another time than now, for tests. Under RCU, but for the last. */
u32 atcp_cookiekey_make_at(struct atcp_cookiekeys *ck, const struct atcp_cookiekey_time *now,
			   const struct atcp_cookie_in *in, const struct atcp_cookie_opts *opts);
int atcp_cookiekey_check_at(const struct atcp_cookiekeys *ck,
			    const struct atcp_cookiekey_time *now,
			    const struct atcp_cookie_in *in, u32 cookie,
			    struct atcp_cookie_opts *out, bool *shared);
int atcp_cookiekey_set_at(struct atcp_cookiekeys *ck, const struct atcp_cookiekey_time *now,
			  const char *text, bool *changed);

#endif /* _ATCP_COOKIEKEY_H */
