// SPDX-License-Identifier: GPL-2.0
/*
 * Parses and builds TCP options (RFC 9293 section 3.2, RFC 7323, 2018, 7413, 9768).
 *
 * Any option may come on any segment; an unknown one is stepped over by its
 * length (MUST-5, MUST-6) and an illegal length ends the parsing without harm
 * (MUST-7). MSS, window scale, SACK-permitted and fast open count on a SYN only.
 */
#include "proto/opts.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "proto/bytes.h"

#define ATCP_OPTS_EOL		0
#define ATCP_OPTS_NOP		1
#define ATCP_OPTS_MSS		2
#define ATCP_OPTS_WSCALE	3
#define ATCP_OPTS_SACK_PERM	4
#define ATCP_OPTS_SACK		5
#define ATCP_OPTS_TS		8
#define ATCP_OPTS_MD5		19	/* RFC 2385 */
#define ATCP_OPTS_AO		29	/* RFC 5925 */
#define ATCP_OPTS_FASTOPEN	34
#define ATCP_OPTS_ACCECN0	172	/* accurate ECN, the counter of ECT(0) first */
#define ATCP_OPTS_ACCECN1	174	/* that of ECT(1) first */
#define ATCP_OPTS_EXP		254	/* RFC 6994, with a magic number */
#define ATCP_OPTS_EXP_FASTOPEN	0xf989

#define ATCP_OPTS_MSS_LEN	4
#define ATCP_OPTS_WSCALE_LEN	3
#define ATCP_OPTS_PERM_LEN	2
#define ATCP_OPTS_TSOPT_LEN	10
#define ATCP_OPTS_BLOCK_LEN	8
#define ATCP_OPTS_FASTOPEN_LEN	2
#define ATCP_OPTS_EXP_LEN	4
#define ATCP_OPTS_MD5OPT_LEN	18

/* Two options' bytes that stand side by side, and such pairs. */
#define ATCP_OPTS_PAIR(a, b)	((u32)(a) << 8 | (b))
#define ATCP_OPTS_NOPS		ATCP_OPTS_PAIR(ATCP_OPTS_NOP, ATCP_OPTS_NOP)
#define ATCP_OPTS_PERM_PAIR	ATCP_OPTS_PAIR(ATCP_OPTS_SACK_PERM, ATCP_OPTS_PERM_LEN)
#define ATCP_OPTS_TS_PAIR	ATCP_OPTS_PAIR(ATCP_OPTS_TS, ATCP_OPTS_TSOPT_LEN)

#define ATCP_OPTS_MSS_PAIR	ATCP_OPTS_PAIR(ATCP_OPTS_MSS, ATCP_OPTS_MSS_LEN)

/* Three bytes: a window scale, filled up. */
#define ATCP_OPTS_NOP_WSCALE	(ATCP_OPTS_PAIR(ATCP_OPTS_NOP, ATCP_OPTS_WSCALE) << 8 | \
				 ATCP_OPTS_WSCALE_LEN)

/* MSS, SACK permitted and timestamps, window scale: a SYN of Linux. */
#define ATCP_OPTS_USUAL_LEN	20
#define ATCP_OPTS_PERM_TS_WORD	(ATCP_OPTS_PERM_PAIR << 16 | ATCP_OPTS_TS_PAIR)

/* NOP NOP TS: the form that nearly every segment of a connection has. */
#define ATCP_OPTS_TS_WORD	(ATCP_OPTS_NOPS << 16 | ATCP_OPTS_TS_PAIR)

static __always_inline void atcp_opts_take_ts(const u8 *p, struct atcp_opts *o)
{
	o->has_ts = 1;
	o->tsval = atcp_bytes_get32(p);
	o->tsecr = atcp_bytes_get32(p + 4);
}

static void atcp_opts_take_sack(const u8 *p, unsigned int len,
				struct atcp_opts *o)
{
	unsigned int i;

	if (!len || len % ATCP_OPTS_BLOCK_LEN)
		return;

	o->nr_sacks = min_t(unsigned int, len / ATCP_OPTS_BLOCK_LEN,
			    ATCP_OPTS_NR_SACKS);
	for (i = 0; i < o->nr_sacks; i++, p += ATCP_OPTS_BLOCK_LEN) {
		o->sacks[i].start = atcp_bytes_get32(p);
		o->sacks[i].end = atcp_bytes_get32(p + 4);
	}
}

static void atcp_opts_take_fastopen(const u8 *p, unsigned int len,
				    struct atcp_opts *o)
{
	/* RFC 7413 section 4.1.1: 4 to 16 bytes and even, or a request. */
	if (len && (len < 4 || len > ATCP_OPTS_FASTOPEN_MAX || len & 1))
		return;
	o->has_fastopen = 1;
	o->fastopen_len = len;
	memset(o->fastopen, 0, sizeof(o->fastopen));
	memcpy(o->fastopen, p, len);
}

/* Of whatever length: what does not make a field is left out (RFC 9768 section 3.2.3). */
static void atcp_opts_take_accecn(u8 kind, const u8 *p, unsigned int len, struct atcp_opts *o)
{
	unsigned int i;

	o->has_accecn = 1;
	o->accecn_order = kind == ATCP_OPTS_ACCECN1;
	o->accecn_fields = min_t(unsigned int, len / 3, ATCP_OPTS_NR_ACCECN);
	for (i = 0; i < o->accecn_fields; i++, p += 3)
		o->accecn[i] = p[0] << 16 | p[1] << 8 | p[2];
}

static void atcp_opts_take_mss(u16 mss, struct atcp_opts *o)
{
	if (!mss)
		return;
	o->has_mss = 1;
	o->mss = mss;
}

static void atcp_opts_take_wscale(u8 shift, struct atcp_opts *o)
{
	/* RFC 7323 section 2.3: use 14 instead of more. */
	o->has_wscale = 1;
	o->wscale_clamped = shift > ATCP_OPTS_WSCALE_MAX;
	o->wscale = min_t(u8, shift, ATCP_OPTS_WSCALE_MAX);
}

/* Options that only a SYN may carry. @p and @len are of the value alone. */
static void atcp_opts_take_syn(u8 kind, const u8 *p, unsigned int len,
			       struct atcp_opts *o)
{
	switch (kind) {
	case ATCP_OPTS_MSS:
		if (len == 2)
			atcp_opts_take_mss(atcp_bytes_get16(p), o);
		break;
	case ATCP_OPTS_WSCALE:
		if (len == 1)
			atcp_opts_take_wscale(*p, o);
		break;
	case ATCP_OPTS_SACK_PERM:
		if (!len)
			o->sack_ok = 1;
		break;
	case ATCP_OPTS_FASTOPEN:
		atcp_opts_take_fastopen(p, len, o);
		break;
	case ATCP_OPTS_EXP:
		if (len >= 2 && atcp_bytes_get16(p) == ATCP_OPTS_EXP_FASTOPEN) {
			atcp_opts_take_fastopen(p + 2, len - 2, o);
			o->fastopen_exp = 1;
		}
		break;
	}
}

/* All of a SYN's options at once, if they are laid out as Linux does: most SYNs' are. */
static bool atcp_opts_parse_usual(const u8 *p, unsigned int len, struct atcp_opts *o)
{
	if (len != ATCP_OPTS_USUAL_LEN || atcp_bytes_get32(p + 4) != ATCP_OPTS_PERM_TS_WORD ||
	    atcp_bytes_get16(p) != ATCP_OPTS_MSS_PAIR ||
	    atcp_bytes_get32(p + 16) >> 8 != ATCP_OPTS_NOP_WSCALE)
		return false;
	atcp_opts_take_mss(atcp_bytes_get16(p + 2), o);
	o->sack_ok = 1;
	atcp_opts_take_ts(p + 8, o);
	atcp_opts_take_wscale(p[19], o);
	return true;
}

/*
 * Reads a SYN's options as long as they come as nearly every host lays them out: in
 * words of four bytes, filled up with NOPs. Returns how many bytes that were; at the
 * first word that is otherwise the loop goes on.
 */
static unsigned int atcp_opts_parse_words(const u8 *p, unsigned int len, struct atcp_opts *o)
{
	unsigned int at;

	for (at = 0; len - at >= 4; at += 4) {
		u32 word = atcp_bytes_get32(p + at);
		u32 high = word >> 16, low = word & U16_MAX;

		if (high == ATCP_OPTS_MSS_PAIR) {
			atcp_opts_take_mss(low, o);
		} else if (word >> 8 == ATCP_OPTS_NOP_WSCALE) {
			atcp_opts_take_wscale(low, o);
		} else if (high != ATCP_OPTS_NOPS && high != ATCP_OPTS_PERM_PAIR) {
			break;
		} else if (low == ATCP_OPTS_TS_PAIR && len - at >= ATCP_OPTS_TS_LEN) {
			o->sack_ok |= high == ATCP_OPTS_PERM_PAIR;
			atcp_opts_take_ts(p + at + 4, o);
			at += ATCP_OPTS_TS_LEN - 4;
		} else if (word == (ATCP_OPTS_NOPS << 16 | ATCP_OPTS_PERM_PAIR)) {
			o->sack_ok = 1;
		} else {
			break;
		}
	}
	return at;
}

/* One in a segment, of a legal length. */
static void atcp_opts_take_auth(u8 kind, u8 size, struct atcp_opts *o)
{
	bool md5 = kind == ATCP_OPTS_MD5;

	if (o->has_md5 || o->has_ao ||
	    (md5 ? size != ATCP_OPTS_MD5OPT_LEN : size <= ATCP_OPTS_AO_HEAD))
		o->bad_auth = 1;
	else if (md5)
		o->has_md5 = 1;
	else
		o->has_ao = 1;
}

/* Options in any order and form, in words as far as they come so. */
static noinline int atcp_opts_parse_any(const u8 *p, unsigned int len, bool syn,
					struct atcp_opts *o)
{
	if (syn) {
		unsigned int read = atcp_opts_parse_words(p, len, o);

		p += read;
		len -= read;
	}

	while (len) {
		u8 kind = p[0];
		u8 size;

		if (kind == ATCP_OPTS_EOL)
			return 0;
		if (kind == ATCP_OPTS_NOP) {
			p++;
			len--;
			continue;
		}
		if (len < 2 || p[1] < 2 || p[1] > len) {
			o->malformed = 1;
			return -EINVAL;
		}

		size = p[1];
		if (kind == ATCP_OPTS_TS) {
			if (size == ATCP_OPTS_TSOPT_LEN)
				atcp_opts_take_ts(p + 2, o);
		} else if (kind == ATCP_OPTS_SACK) {
			atcp_opts_take_sack(p + 2, size - 2, o);
		} else if (kind == ATCP_OPTS_ACCECN0 || kind == ATCP_OPTS_ACCECN1) {
			atcp_opts_take_accecn(kind, p + 2, size - 2, o);
		} else if (kind == ATCP_OPTS_MD5 || kind == ATCP_OPTS_AO) {
			atcp_opts_take_auth(kind, size, o);
		} else if (syn) {
			atcp_opts_take_syn(kind, p + 2, size - 2, o);
		}
		p += size;
		len -= size;
	}
	return 0;
}

/**
 * atcp_opts_parse() - read a segment's options
 * @p: first byte after the fixed header
 * @len: bytes of options
 * @syn: the segment carries SYN
 * @o: where to put them; all of it is written, but for a cookie that did not come and
 *	SACK blocks beyond their number
 *
 * Return: 0, or -EINVAL when an option had an illegal length (@o->malformed);
 * what stood before it is in @o all the same.
 */
int atcp_opts_parse(const u8 *p, unsigned int len, bool syn,
		    struct atcp_opts *o)
{
	memset(o, 0, offsetof(struct atcp_opts, fastopen));

	if (len == ATCP_OPTS_TS_LEN && atcp_bytes_get32(p) == ATCP_OPTS_TS_WORD) {
		atcp_opts_take_ts(p + 4, o);
		return 0;
	}
	if (syn && atcp_opts_parse_usual(p, len, o))
		return 0;
	return atcp_opts_parse_any(p, len, syn, o);
}

/* How many SACK blocks fit after @used bytes of other options. */
static unsigned int atcp_opts_fit_sacks(const struct atcp_opts_out *o,
					unsigned int used)
{
	unsigned int room;

	if (used + 4 > ATCP_OPTS_MAX)
		return 0;
	room = (ATCP_OPTS_MAX - used - 4) / ATCP_OPTS_BLOCK_LEN;
	return min3((unsigned int)o->nr_sacks, room,
		    (unsigned int)ATCP_OPTS_NR_SACKS);
}

static unsigned int atcp_opts_fastopen_len(const struct atcp_opts_out *o)
{
	return (o->fastopen_exp ? ATCP_OPTS_EXP_LEN : ATCP_OPTS_FASTOPEN_LEN) +
	       o->fastopen_len;
}

/* NOPs before the option that follows that of accurate ECN: its last bytes can have their place. */
static unsigned int atcp_opts_spare(const struct atcp_opts_out *o)
{
	if (o->sack_perm && !o->ts)
		return 2;
	if (o->wscale != ATCP_OPTS_WSCALE_NONE)
		return 1;
	return o->nr_sacks ? 2 : 0;
}

/* Bytes by which that option makes the header longer. */
static unsigned int atcp_opts_accecn_len(const struct atcp_opts_out *o)
{
	unsigned int len = 2 + 3 * o->accecn_fields;

	return len % 4 <= atcp_opts_spare(o) ? rounddown(len, 4) : round_up(len, 4);
}

/**
 * atcp_opts_len() - bytes that atcp_opts_build() will write
 * @o: options
 *
 * Return: a multiple of 4, 0..40.
 */
unsigned int atcp_opts_len(const struct atcp_opts_out *o)
{
	unsigned int len = 0;
	unsigned int nr;

	if (o->mss)
		len += ATCP_OPTS_MSS_LEN;
	if (o->ts)
		len += ATCP_OPTS_TS_LEN;
	else if (o->sack_perm)
		len += 4;
	if (o->wscale != ATCP_OPTS_WSCALE_NONE)
		len += 4;
	if (o->fastopen)
		len += round_up(atcp_opts_fastopen_len(o), 4);
	if (o->md5)
		len += ATCP_OPTS_MD5_LEN;
	len += atcp_opts_ao_len(o->ao_mac);
	if (o->accecn)
		len += atcp_opts_accecn_len(o);
	if (!o->nr_sacks)
		return len;
	nr = atcp_opts_fit_sacks(o, len);
	if (nr)
		len += 4 + nr * ATCP_OPTS_BLOCK_LEN;
	return len;
}

/**
 * atcp_opts_fit_accecn() - find room for the option of accurate ECN
 * @o: all the other options, and the counters
 * @need: fields that it must have; it gets more if there is room
 *
 * One SACK block gives way to it, but not one of the first two. Without room the option is
 * left out, and all blocks are there.
 *
 * Return: whether it goes
 */
bool atcp_opts_fit_accecn(struct atcp_opts_out *o, u8 need)
{
	unsigned int used, blocks, most, cut, len;
	int fields;

	o->accecn = false;
	blocks = o->nr_sacks;
	o->nr_sacks = 0;
	used = atcp_opts_len(o);
	most = blocks && used + 4 <= ATCP_OPTS_MAX ?
	       min(blocks, (ATCP_OPTS_MAX - used - 4) / ATCP_OPTS_BLOCK_LEN) : 0;
	for (cut = 0; cut <= (most > 2); cut++) {
		o->nr_sacks = most - cut;
		len = used + (o->nr_sacks ? 4 + o->nr_sacks * ATCP_OPTS_BLOCK_LEN : 0);
		for (fields = ATCP_OPTS_NR_ACCECN; fields >= need; fields--) {
			o->accecn_fields = fields;
			o->accecn = len + atcp_opts_accecn_len(o) <= ATCP_OPTS_MAX;
			if (o->accecn)
				return true;
		}
	}
	o->nr_sacks = blocks;
	return false;
}

/* The first option of @kind with @least to @most bytes, or NULL. */
static u8 *atcp_opts_find(u8 *p, unsigned int len, u8 kind, u8 least, u8 most)
{
	while (len >= least) {
		bool nop = p[0] == ATCP_OPTS_NOP;
		u8 size = nop ? 1 : p[1];

		if (p[0] == ATCP_OPTS_EOL || size > len || (!nop && size < 2))
			return NULL;
		if (p[0] == kind && size >= least && size <= most)
			return p;
		p += size;
		len -= size;
	}
	return NULL;
}

/**
 * atcp_opts_find_md5() - where a segment's signature is
 * @p: first byte after the fixed header
 * @len: bytes of options
 *
 * Return: its 16 bytes, or NULL: it has none
 */
u8 *atcp_opts_find_md5(u8 *p, unsigned int len)
{
	p = atcp_opts_find(p, len, ATCP_OPTS_MD5, ATCP_OPTS_MD5OPT_LEN, ATCP_OPTS_MD5OPT_LEN);
	return p ? p + 2 : NULL;
}

/**
 * atcp_opts_find_ao() - where a segment's authentication option is
 * @p: first byte after the fixed header
 * @len: bytes of options
 *
 * Return: it: kind, length, KeyID, RNextKeyID, and at least one byte of MAC; or NULL
 */
u8 *atcp_opts_find_ao(u8 *p, unsigned int len)
{
	return atcp_opts_find(p, len, ATCP_OPTS_AO, ATCP_OPTS_AO_HEAD + 1, ATCP_OPTS_MAX);
}

/* SACK-permitted takes the place of the two NOPs before the timestamps. */
static u8 *atcp_opts_put_ts(u8 *p, const struct atcp_opts_out *o)
{
	if (!o->ts)
		return o->sack_perm ?
		       atcp_bytes_put32(p, ATCP_OPTS_NOPS << 16 | ATCP_OPTS_PERM_PAIR) : p;

	p = atcp_bytes_put32(p, o->sack_perm ? ATCP_OPTS_PERM_TS_WORD : ATCP_OPTS_TS_WORD);
	p = atcp_bytes_put32(p, o->tsval);
	return atcp_bytes_put32(p, o->tsecr);
}

static u8 *atcp_opts_put_fastopen(u8 *p, const struct atcp_opts_out *o)
{
	unsigned int len = atcp_opts_fastopen_len(o);
	u8 *end = p + round_up(len, 4);

	*p++ = o->fastopen_exp ? ATCP_OPTS_EXP : ATCP_OPTS_FASTOPEN;
	*p++ = len;
	if (o->fastopen_exp) {
		*p++ = ATCP_OPTS_EXP_FASTOPEN >> 8;
		*p++ = ATCP_OPTS_EXP_FASTOPEN & 0xff;
	}
	memcpy(p, o->fastopen_cookie, o->fastopen_len);
	for (p += o->fastopen_len; p < end; p++)
		*p = ATCP_OPTS_NOP;
	return p;
}

/*
 * The option of accurate ECN begins here. It is written when all the others are: its end may
 * be in the place of the next one's NOPs.
 */
static void atcp_opts_put_accecn(u8 *p, const struct atcp_opts_out *o)
{
	unsigned int len = 2 + 3 * o->accecn_fields, i;
	u8 *end = p + max(len, atcp_opts_accecn_len(o));

	*p++ = ATCP_OPTS_ACCECN1;
	*p++ = len;
	for (i = 0; i < o->accecn_fields; i++) {
		*p++ = o->accecn_val[i] >> 16;
		*p++ = o->accecn_val[i] >> 8 & 0xff;
		*p++ = o->accecn_val[i] & 0xff;
	}
	while (p < end)
		*p++ = ATCP_OPTS_NOP;
}

static noinline u8 *atcp_opts_put_ao(u8 *p, const struct atcp_opts_out *o)
{
	u32 head = ATCP_OPTS_PAIR(ATCP_OPTS_AO, ATCP_OPTS_AO_HEAD + o->ao_mac);
	unsigned int pad = -o->ao_mac & 3;

	p = atcp_bytes_put32(p, head << 16 | o->ao_keyid << 8 | o->ao_rnext);
	memset(p, 0, o->ao_mac);
	memset(p + o->ao_mac, ATCP_OPTS_NOP, pad);
	return p + o->ao_mac + pad;
}

static u8 *atcp_opts_put_sacks(u8 *p, const struct atcp_opts_out *o,
			       unsigned int nr)
{
	unsigned int i;

	p = atcp_bytes_put32(p, ATCP_OPTS_NOPS << 16 |
			     ATCP_OPTS_PAIR(ATCP_OPTS_SACK, 2 + nr * ATCP_OPTS_BLOCK_LEN));
	for (i = 0; i < nr; i++) {
		p = atcp_bytes_put32(p, o->sacks[i].start);
		p = atcp_bytes_put32(p, o->sacks[i].end);
	}
	return p;
}

/* What few segments have comes last: fast open, SACK blocks as far as there is room. */
static noinline u8 *atcp_opts_put_rare(u8 *p, const u8 *start, const struct atcp_opts_out *o)
{
	unsigned int nr;

	if (o->fastopen)
		p = atcp_opts_put_fastopen(p, o);
	nr = atcp_opts_fit_sacks(o, p - start);
	if (nr)
		p = atcp_opts_put_sacks(p, o, nr);
	return p;
}

/**
 * atcp_opts_build() - write a segment's options
 * @p: where to write; room for atcp_opts_len() bytes
 * @o: options
 *
 * The layout is Linux's, every part a multiple of 4 bytes.
 *
 * Return: bytes written, a multiple of 4, at most 40.
 */
unsigned int atcp_opts_build(u8 *p, const struct atcp_opts_out *o)
{
	u8 *start = p, *accecn;

	if (o->ao_mac)
		p = atcp_opts_put_ao(p, o);
	if (o->md5) {
		atcp_bytes_put32(p, ATCP_OPTS_NOPS << 16 |
				 ATCP_OPTS_PAIR(ATCP_OPTS_MD5, ATCP_OPTS_MD5OPT_LEN));
		memset(p + 4, 0, ATCP_OPTS_MD5_LEN - 4);
		p += ATCP_OPTS_MD5_LEN;
	}
	if (o->mss)
		p = atcp_bytes_put32(p, ATCP_OPTS_MSS_PAIR << 16 | o->mss);
	/* With timestamps SACK-permitted is before them, else after it. */
	if (o->ts)
		p = atcp_opts_put_ts(p, o);
	accecn = p;
	if (o->accecn)
		p += atcp_opts_accecn_len(o);
	if (!o->ts)
		p = atcp_opts_put_ts(p, o);
	if (o->wscale != ATCP_OPTS_WSCALE_NONE)
		p = atcp_bytes_put32(p, ATCP_OPTS_NOP_WSCALE << 8 | o->wscale);
	if (o->fastopen || o->nr_sacks)
		p = atcp_opts_put_rare(p, start, o);
	if (o->accecn)
		atcp_opts_put_accecn(accecn, o);
	return p - start;
}
