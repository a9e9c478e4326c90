/* SPDX-License-Identifier: GPL-2.0 */
/* TCP fast open's arithmetic (RFC 7413): cookies, keys as text, holding times. */
#ifndef _ATCP_PROTO_FASTOPEN_H
#define _ATCP_PROTO_FASTOPEN_H

#include <linux/in6.h>
#include <linux/siphash.h>
#include <linux/types.h>

#include "proto/opts.h"

#define ATCP_FASTOPEN_COOKIE_LEN	8	/* bytes of the cookies that we give */
#define ATCP_FASTOPEN_KEY_LEN		16	/* bytes of a key */
#define ATCP_FASTOPEN_NR_KEYS		2	/* primary and backup */
#define ATCP_FASTOPEN_KEYS_LEN		(ATCP_FASTOPEN_KEY_LEN * ATCP_FASTOPEN_NR_KEYS)
#define ATCP_FASTOPEN_TEXT_LEN		74	/* two keys as text, and the final 0 */

/* How long an entry counts on after a RST, s (RFC 7413 section 5.1, Linux). */
#define ATCP_FASTOPEN_HOLD_SEC		60
#define ATCP_FASTOPEN_HOLD_SLOTS	64	/* more than HOLD_SEC, a power of 2 */

/**
 * struct atcp_fastopen_cookie - a fast open option
 * @len: bytes of @val; 0 asks for a cookie, -1: no option
 * @exp: in the experimental form, kind 254 with 0xf989
 * @val: the cookie
 */
struct atcp_fastopen_cookie {
	s8 len;
	bool exp;
	u8 val[ATCP_OPTS_FASTOPEN_MAX];
};

/**
 * struct atcp_fastopen_keys - what cookies are made by
 * @num: keys in use, 0..2
 * @key: the first makes cookies; both are good to check them
 */
struct atcp_fastopen_keys {
	u32 num;
	siphash_key_t key[ATCP_FASTOPEN_NR_KEYS];
};

/**
 * struct atcp_fastopen_hold - how many entries still count after their RST
 * @now: the second that @slot was last looked at
 * @total: sum of @slot
 * @slot: entries by the second they end in, modulo the number of slots
 *
 * All entries are held equally long, so a ring of seconds has room for any
 * number of them.
 */
struct atcp_fastopen_hold {
	u32 now;
	u32 total;
	u16 slot[ATCP_FASTOPEN_HOLD_SLOTS];
};

bool atcp_fastopen_keys_same(const struct atcp_fastopen_keys *a,
			     const struct atcp_fastopen_keys *b);
void atcp_fastopen_keys_load(struct atcp_fastopen_keys *keys, const u8 *bytes,
			     unsigned int len);
unsigned int atcp_fastopen_keys_store(const struct atcp_fastopen_keys *keys,
				      u8 *bytes);
int atcp_fastopen_keys_parse(struct atcp_fastopen_keys *keys, const char *text);
int atcp_fastopen_keys_print(const struct atcp_fastopen_keys *keys, char *text);

void atcp_fastopen_make4(__be32 saddr, __be32 daddr, const siphash_key_t *key,
			 struct atcp_fastopen_cookie *c);
void atcp_fastopen_make6(const struct in6_addr *saddr,
			 const struct in6_addr *daddr,
			 const siphash_key_t *key,
			 struct atcp_fastopen_cookie *c);
bool atcp_fastopen_same(const struct atcp_fastopen_cookie *a,
			const struct atcp_fastopen_cookie *b);

void atcp_fastopen_hold_add(struct atcp_fastopen_hold *h, u32 now);
u32 atcp_fastopen_hold_end(struct atcp_fastopen_hold *h, u32 now);

u64 atcp_fastopen_blackhole_sec(u32 base, unsigned int times);

#endif /* _ATCP_PROTO_FASTOPEN_H */
