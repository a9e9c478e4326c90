// SPDX-License-Identifier: GPL-2.0
/*
 * TCP fast open's arithmetic (RFC 7413).
 *
 * A cookie is SipHash of the client's and the server's address under the
 * server's key, byte for byte as the kernel's TCP makes it: hosts that share a
 * key accept each other's cookies, whichever of the two stacks they run.
 */
#include "proto/fastopen.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "proto/bytes.h"

static void atcp_fastopen_key_load(siphash_key_t *key, const u8 *bytes)
{
	key->key[0] = atcp_bytes_get_le64(bytes);
	key->key[1] = atcp_bytes_get_le64(bytes + 8);
}

/**
 * atcp_fastopen_keys_same() - are these the same keys?
 * @a: some
 * @b: others
 *
 * Return: whether they are, backup keys as well
 */
bool atcp_fastopen_keys_same(const struct atcp_fastopen_keys *a,
			     const struct atcp_fastopen_keys *b)
{
	return a->num == b->num && !memcmp(a->key, b->key, a->num * sizeof(a->key[0]));
}

/**
 * atcp_fastopen_keys_load() - keys from the bytes of TCP_FASTOPEN_KEY
 * @keys: filled
 * @bytes: primary key, then the backup
 * @len: %ATCP_FASTOPEN_KEY_LEN or %ATCP_FASTOPEN_KEYS_LEN
 */
void atcp_fastopen_keys_load(struct atcp_fastopen_keys *keys, const u8 *bytes,
			     unsigned int len)
{
	memset(keys, 0, sizeof(*keys));
	for (; keys->num < len / ATCP_FASTOPEN_KEY_LEN; keys->num++)
		atcp_fastopen_key_load(&keys->key[keys->num],
				       bytes + keys->num * ATCP_FASTOPEN_KEY_LEN);
}

/**
 * atcp_fastopen_keys_store() - the bytes of keys
 * @keys: keys
 * @bytes: room for %ATCP_FASTOPEN_KEYS_LEN
 *
 * Return: bytes written
 */
unsigned int atcp_fastopen_keys_store(const struct atcp_fastopen_keys *keys,
				      u8 *bytes)
{
	u32 i;

	for (i = 0; i < keys->num; i++, bytes += ATCP_FASTOPEN_KEY_LEN) {
		atcp_bytes_put_le64(bytes, keys->key[i].key[0]);
		atcp_bytes_put_le64(bytes + 8, keys->key[i].key[1]);
	}
	return keys->num * ATCP_FASTOPEN_KEY_LEN;
}

/* One key as four numbers in hexadecimal; the characters read, or 0. */
static int atcp_fastopen_key_parse(u8 *bytes, const char *text)
{
	u32 word[4];
	int i, n = 0;

	if (sscanf(text, "%8x-%8x-%8x-%8x%n", &word[0], &word[1], &word[2],
		   &word[3], &n) != 4)
		return 0;
	for (i = 0; i < 4; i++)
		atcp_bytes_put_le32(bytes + 4 * i, word[i]);
	return n;
}

/**
 * atcp_fastopen_keys_parse() - keys from the text of Linux's fastopen_key
 * @keys: filled when the text is good
 * @text: "xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx", perhaps "," and another; blanks
 *	at the end do no harm
 *
 * Return: 0 or -EINVAL
 */
int atcp_fastopen_keys_parse(struct atcp_fastopen_keys *keys, const char *text)
{
	u8 bytes[ATCP_FASTOPEN_KEYS_LEN];
	unsigned int len = 0;
	int n;

	do {
		n = atcp_fastopen_key_parse(bytes + len, text);
		if (!n)
			return -EINVAL;
		text += n;
		len += ATCP_FASTOPEN_KEY_LEN;
	} while (*text++ == ',' && len < sizeof(bytes));

	for (text--; *text; text++)
		if (*text != ' ' && *text != '\n')
			return -EINVAL;
	atcp_fastopen_keys_load(keys, bytes, len);
	return 0;
}

/**
 * atcp_fastopen_keys_print() - keys as text
 * @keys: keys
 * @text: room for %ATCP_FASTOPEN_TEXT_LEN
 *
 * Return: characters written, without the final 0
 */
int atcp_fastopen_keys_print(const struct atcp_fastopen_keys *keys, char *text)
{
	u8 bytes[ATCP_FASTOPEN_KEYS_LEN];
	const u8 *p = bytes;
	int off = 0;
	u32 i;

	atcp_fastopen_keys_store(keys, bytes);
	for (i = 0; i < keys->num; i++, p += ATCP_FASTOPEN_KEY_LEN)
		off += scnprintf(text + off, ATCP_FASTOPEN_TEXT_LEN - off,
				 "%s%08x-%08x-%08x-%08x", i ? "," : "",
				 atcp_bytes_get_le32(p), atcp_bytes_get_le32(p + 4),
				 atcp_bytes_get_le32(p + 8), atcp_bytes_get_le32(p + 12));
	return off;
}

static void atcp_fastopen_finish(struct atcp_fastopen_cookie *c, u64 hash)
{
	c->len = ATCP_FASTOPEN_COOKIE_LEN;
	atcp_bytes_put_le64(c->val, hash);
}

/**
 * atcp_fastopen_make4() - the cookie of a pair of IPv4 addresses
 * @saddr: client
 * @daddr: server
 * @key: secret
 * @c: length and value are set
 */
void atcp_fastopen_make4(__be32 saddr, __be32 daddr, const siphash_key_t *key,
			 struct atcp_fastopen_cookie *c)
{
	const struct {
		__be32 saddr;
		__be32 daddr;
	} __aligned(SIPHASH_ALIGNMENT) msg = { saddr, daddr };

	atcp_fastopen_finish(c, siphash(&msg, sizeof(msg), key));
}

/**
 * atcp_fastopen_make6() - the cookie of a pair of IPv6 addresses
 * @saddr: client
 * @daddr: server
 * @key: secret
 * @c: length and value are set
 */
void atcp_fastopen_make6(const struct in6_addr *saddr,
			 const struct in6_addr *daddr,
			 const siphash_key_t *key,
			 struct atcp_fastopen_cookie *c)
{
	const struct {
		struct in6_addr saddr;
		struct in6_addr daddr;
	} __aligned(SIPHASH_ALIGNMENT) msg = { *saddr, *daddr };

	atcp_fastopen_finish(c, siphash(&msg, sizeof(msg), key));
}

/**
 * atcp_fastopen_same() - is it the same cookie?
 * @a: one
 * @b: another
 *
 * In a time that does not tell how much of it was right.
 */
bool atcp_fastopen_same(const struct atcp_fastopen_cookie *a,
			const struct atcp_fastopen_cookie *b)
{
	u8 diff = 0;
	int i;

	if (a->len != b->len || a->len <= 0)
		return false;
	for (i = 0; i < a->len; i++)
		diff |= a->val[i] ^ b->val[i];
	return !diff;
}

/**
 * atcp_fastopen_hold_end() - lets go of the entries whose time is over
 * @h: the ring
 * @now: the time, s; never goes back
 *
 * Return: how many
 */
u32 atcp_fastopen_hold_end(struct atcp_fastopen_hold *h, u32 now)
{
	u32 steps = min_t(u32, now - h->now, ATCP_FASTOPEN_HOLD_SLOTS);
	u32 ended = 0;

	for (; steps; steps--) {
		u16 *slot = &h->slot[(now - steps + 1) % ATCP_FASTOPEN_HOLD_SLOTS];

		ended += *slot;
		*slot = 0;
	}
	h->now = now;
	h->total -= ended;
	return ended;
}

/**
 * atcp_fastopen_hold_add() - one more entry is held
 * @h: the ring, brought up to date by atcp_fastopen_hold_end() at the same @now
 * @now: the time, s
 *
 * A second that is full takes no more: 65535 in one second are beyond any limit.
 */
void atcp_fastopen_hold_add(struct atcp_fastopen_hold *h, u32 now)
{
	/* The second that has begun does not count. */
	u16 *slot = &h->slot[(now + ATCP_FASTOPEN_HOLD_SEC + 1) % ATCP_FASTOPEN_HOLD_SLOTS];

	if (*slot == U16_MAX)
		return;
	(*slot)++;
	h->total++;
}

/**
 * atcp_fastopen_blackhole_sec() - how long a destination is spared fast open, s
 * @base: net.atcp.fastopen_blackhole_timeout_sec
 * @times: times in a row that it failed, from 1
 *
 * It doubles each time, up to 64 times the first.
 */
u64 atcp_fastopen_blackhole_sec(u32 base, unsigned int times)
{
	return times ? (u64)base << min(times - 1, 6u) : 0;
}
