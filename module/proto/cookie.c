// SPDX-License-Identifier: GPL-2.0
/*
 * Stateless SYN cookies that keep the SYN's options in the ISN.
 *
 *   31  30 29 28   27   26   25 24   23 22 21                          1 0
 *  +------+--------+----+-------+---------+-----------------------------+
 *  | ...  field: 11 bits, under a pad     |  MAC: 21 bits               |
 *  +--------------------------------------+-----------------------------+
 *   field, before the pad:
 *	bits 10-9	epoch modulo 4
 *	bits 8-6	step of the family's MSS table
 *	bits 5-2	window scale, 15 for none
 *	bit 1		SACK permitted
 *	bit 0		ECN asked for
 *
 *   hash = SipHash(key; both addresses, both ports, the peer's ISN, epoch)
 *   cookie = (field ^ pad) << 21 | mac
 *	pad = bits 0-10 of hash
 *	mac = (bits 11-31 of hash + (bits 32-63 of hash * field mod 2^32) / 2^11) mod 2^21
 *
 * One hash does for both. It makes all 32 bits as good as random to whoever lacks
 * the key, as an ISN must be (RFC 6528), and it covers the whole epoch, not only
 * its two bits: a cookie is good for one age only, and a check tries each age that
 * would do. The two bits of the field must then be right as well.
 *
 * The MAC of the field under the rest of the hash is multiply and shift (Dietzfelbinger
 * 1996), whose values for two fields are independent but for a carry: who has one
 * cookie hits another one for other options of the same SYN with 2^-20. Who has asked
 * with the same ISN in the same epoch for two of them can work out the others, which
 * are his for the asking too; of other SYNs and epochs that tells nothing.
 *
 * What it costs: every option combination has one valid cookie an epoch, so a
 * blind ACK hits with (1 + max_age) * 2^9 / 2^32: 2^-22 for max_age 1. Linux
 * accepts 4 MSS steps in 2 ticks, 8 / 2^32 = 2^-29, and loses window scale, SACK
 * and ECN unless timestamps carry them. No bit of the 32 can be spared for less. So
 * no cookie is taken at all but while some are out (listen/syncookie.c), by mode:
 *
 *	syncookies  cookie_key		nobody has sent any	while some are out
 *	off	    any			0			0
 *	auto	    none		0			2^-22
 *	auto	    set, one key	0			2^-21.4
 *	auto	    set, three tried	0			2^-19.8
 *	always	    none		0			2^-22
 *	always	    set			as while some are out	2^-21.4 to 2^-19.8
 *
 * Some are out for 128 s after one was sent: by this listener or its group (auto), by any
 * of the namespace (always), or by another host of a cluster, which has to be said
 * (cookie_expect), since nothing tells it; with "always" and shared keys it goes without
 * saying. For 128 s after a change of keys those before are good too, which doubles the
 * odds at most. 4.2 million forged ACKs buy one connection then, which is still 4.2
 * million times what a SYN flood pays without cookies.
 *
 * What the fields are, and the odds beside Linux's, stand in Documentation/queues.rst.
 *
 * Not for an ISN that must exceed an earlier connection's (TIME-WAIT reuse):
 * a cookie is not monotonic.
 */
#include "proto/cookie.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/socket.h>

#include "proto/opts.h"

#define ATCP_COOKIE_MAC_BITS	21
#define ATCP_COOKIE_MAC_MASK	((1u << ATCP_COOKIE_MAC_BITS) - 1)
#define ATCP_COOKIE_FIELD_BITS	(32 - ATCP_COOKIE_MAC_BITS)
#define ATCP_COOKIE_EPOCH_MASK	3u
#define ATCP_COOKIE_EPOCH_SHIFT	9
#define ATCP_COOKIE_WS_NONE	15u

/*
 * Steps, ascending. A cookie never says more than the peer announced, but for
 * an MSS below the first step, which is Linux's own least (TCP_MIN_MSS).
 * The rest is what paths have: the defaults, tunnels, PPPoE, Ethernet, jumbo.
 */
static const u16 atcp_cookie_mss4[ATCP_COOKIE_NR_MSS] = {
	88, 536, 1200, 1360, 1400, 1440, 1460, 8960
};

static const u16 atcp_cookie_mss6[ATCP_COOKIE_NR_MSS] = {
	88, 536, 1220, 1340, 1380, 1420, 1440, 8940
};

static const u16 *atcp_cookie_table(u16 family)
{
	return family == AF_INET ? atcp_cookie_mss4 : atcp_cookie_mss6;
}

static u32 atcp_cookie_step(u16 family, u16 mss)
{
	const u16 *table = atcp_cookie_table(family);
	u32 i;

	/* No MSS option: the default of RFC 9293 (MUST-15). */
	if (!mss)
		mss = family == AF_INET ? 536 : 1220;
	for (i = ATCP_COOKIE_NR_MSS - 1; i; i--)
		if (mss >= table[i])
			break;
	return i;
}

/**
 * atcp_cookie_mss() - the MSS that a cookie would keep
 * @family: AF_INET or AF_INET6
 * @mss: the peer's MSS in bytes, 0 for none announced
 */
u16 atcp_cookie_mss(u16 family, u16 mss)
{
	return atcp_cookie_table(family)[atcp_cookie_step(family, mss)];
}

static u32 atcp_cookie_pack(const struct atcp_cookie_in *in,
			    const struct atcp_cookie_opts *o, u32 epoch)
{
	u32 ws = ATCP_COOKIE_WS_NONE;

	if (o->wscale != ATCP_OPTS_WSCALE_NONE)
		ws = min_t(u32, o->wscale, ATCP_OPTS_WSCALE_MAX);

	return (epoch & ATCP_COOKIE_EPOCH_MASK) << ATCP_COOKIE_EPOCH_SHIFT |
	       atcp_cookie_step(in->family, o->mss) << 6 |
	       ws << 2 | o->sack << 1 | o->ecn;
}

static void atcp_cookie_unpack(const struct atcp_cookie_in *in, u32 field,
			       struct atcp_cookie_opts *o)
{
	u32 ws = field >> 2 & 15;

	o->mss = atcp_cookie_table(in->family)[field >> 6 & 7];
	o->wscale = ws == ATCP_COOKIE_WS_NONE ? ATCP_OPTS_WSCALE_NONE : ws;
	o->sack = field >> 1 & 1;
	o->ecn = field & 1;
}

/* Out of line: what it lays out on the stack is not for IPv4 to pay. */
static noinline u64 atcp_cookie_hash6(const struct atcp_cookie_in *in, u32 ports, u32 epoch,
				      const struct atcp_cookie_keys *keys)
{
	const struct {
		struct in6_addr saddr;
		struct in6_addr daddr;
		u32 ports;
		u32 seq;
		u64 epoch;
	} __aligned(SIPHASH_ALIGNMENT) msg = {
		.saddr = in->saddr,
		.daddr = in->daddr,
		.ports = ports,
		.seq = in->seq,
		.epoch = epoch,
	};

	return siphash(&msg, sizeof(msg), &keys->key);
}

static u64 atcp_cookie_hash(const struct atcp_cookie_in *in, u32 epoch,
			    const struct atcp_cookie_keys *keys)
{
	u32 ports = (__force u32)in->sport << 16 | (__force u32)in->dport;

	if (in->family != AF_INET)
		return atcp_cookie_hash6(in, ports, epoch, keys);
	return siphash_3u64((u64)(__force u32)in->saddr.s6_addr32[3] << 32 |
			    (__force u32)in->daddr.s6_addr32[3],
			    (u64)ports << 32 | in->seq, epoch, &keys->key);
}

static u32 atcp_cookie_pad(u64 hash)
{
	return hash & (U32_MAX >> ATCP_COOKIE_MAC_BITS);
}

static u32 atcp_cookie_mac(u64 hash, u32 field)
{
	u32 scaled = (u32)(hash >> 32) * field >> (32 - ATCP_COOKIE_MAC_BITS);

	return (((u32)hash >> ATCP_COOKIE_FIELD_BITS) + scaled) & ATCP_COOKIE_MAC_MASK;
}

/**
 * atcp_cookie_make() - the ISN to answer a SYN with
 * @in: the SYN
 * @opts: its options, as far as they were agreed to
 * @keys: secrets
 * @epoch: the time now, in epochs
 */
u32 atcp_cookie_make(const struct atcp_cookie_in *in,
		     const struct atcp_cookie_opts *opts,
		     const struct atcp_cookie_keys *keys, u32 epoch)
{
	u64 hash = atcp_cookie_hash(in, epoch, keys);
	u32 field = atcp_cookie_pack(in, opts, epoch);

	return (field ^ atcp_cookie_pad(hash)) << ATCP_COOKIE_MAC_BITS |
	       atcp_cookie_mac(hash, field);
}

/* Is @cookie one of this epoch? Then also what is in it. */
static bool atcp_cookie_is_of(const struct atcp_cookie_in *in, u32 cookie,
			      const struct atcp_cookie_keys *keys, u32 epoch, u32 *field)
{
	u64 hash = atcp_cookie_hash(in, epoch, keys);

	*field = cookie >> ATCP_COOKIE_MAC_BITS ^ atcp_cookie_pad(hash);
	return *field >> ATCP_COOKIE_EPOCH_SHIFT == (epoch & ATCP_COOKIE_EPOCH_MASK) &&
	       atcp_cookie_mac(hash, *field) == (cookie & ATCP_COOKIE_MAC_MASK);
}

/**
 * atcp_cookie_check() - whether a third ACK answers a cookie of ours
 * @in: the SYN as the ACK implies it
 * @cookie: SEG.ACK - 1
 * @keys: secrets
 * @epoch_now: the time now, in epochs
 * @max_age: epochs that a cookie may be old, 0..ATCP_COOKIE_MAX_AGE
 * @out: the SYN's options, written only on success
 *
 * Return: 0, or -EINVAL when it is no cookie of ours or too old.
 */
int atcp_cookie_check(const struct atcp_cookie_in *in, u32 cookie,
		      const struct atcp_cookie_keys *keys, u32 epoch_now,
		      unsigned int max_age, struct atcp_cookie_opts *out)
{
	unsigned int age;
	u32 field;

	for (age = 0; age <= max_age; age++) {
		if (atcp_cookie_is_of(in, cookie, keys, epoch_now - age, &field)) {
			atcp_cookie_unpack(in, field, out);
			return 0;
		}
	}
	return -EINVAL;
}
