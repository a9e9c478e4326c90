// SPDX-License-Identifier: GPL-2.0
/*
 * Parses and builds TCP options (RFC 9293 section 3.2, RFC 7323, 2018, 7413).
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
#define ATCP_OPTS_FASTOPEN	34
#define ATCP_OPTS_EXP		254	/* RFC 6994, with a magic number */
#define ATCP_OPTS_EXP_FASTOPEN	0xf989

#define ATCP_OPTS_MSS_LEN	4
#define ATCP_OPTS_WSCALE_LEN	3
#define ATCP_OPTS_PERM_LEN	2
#define ATCP_OPTS_TSOPT_LEN	10
#define ATCP_OPTS_BLOCK_LEN	8
#define ATCP_OPTS_FASTOPEN_LEN	2
#define ATCP_OPTS_EXP_LEN	4

/* NOP NOP TS: the form that nearly every segment of a connection has. */
#define ATCP_OPTS_TS_WORD	(ATCP_OPTS_NOP << 24 | ATCP_OPTS_NOP << 16 | \
				 ATCP_OPTS_TS << 8 | ATCP_OPTS_TSOPT_LEN)

static void atcp_opts_take_ts(const u8 *p, struct atcp_opts *o)
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
	memcpy(o->fastopen, p, len);
}

/* Options that only a SYN may carry. @p and @len are of the value alone. */
static void atcp_opts_take_syn(u8 kind, const u8 *p, unsigned int len,
			       struct atcp_opts *o)
{
	switch (kind) {
	case ATCP_OPTS_MSS:
		if (len == 2 && atcp_bytes_get16(p)) {
			o->has_mss = 1;
			o->mss = atcp_bytes_get16(p);
		}
		break;
	case ATCP_OPTS_WSCALE:
		if (len == 1) {
			/* RFC 7323 section 2.3: use 14 instead of more. */
			o->has_wscale = 1;
			o->wscale_clamped = *p > ATCP_OPTS_WSCALE_MAX;
			o->wscale = min_t(u8, *p, ATCP_OPTS_WSCALE_MAX);
		}
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

/**
 * atcp_opts_parse() - read a segment's options
 * @p: first byte after the fixed header
 * @len: bytes of options
 * @syn: the segment carries SYN
 * @o: where to put them; all of it is written
 *
 * Return: 0, or -EINVAL when an option had an illegal length (@o->malformed);
 * what stood before it is in @o all the same.
 */
int atcp_opts_parse(const u8 *p, unsigned int len, bool syn,
		    struct atcp_opts *o)
{
	memset(o, 0, sizeof(*o));

	if (len == ATCP_OPTS_TS_LEN && atcp_bytes_get32(p) == ATCP_OPTS_TS_WORD) {
		atcp_opts_take_ts(p + 4, o);
		return 0;
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
		} else if (syn) {
			atcp_opts_take_syn(kind, p + 2, size - 2, o);
		}
		p += size;
		len -= size;
	}
	return 0;
}

/* How many SACK blocks fit after @used bytes of other options. */
static unsigned int atcp_opts_fit_sacks(const struct atcp_opts_out *o,
					unsigned int used)
{
	unsigned int room = (ATCP_OPTS_MAX - used - 4) / ATCP_OPTS_BLOCK_LEN;

	return min3((unsigned int)o->nr_sacks, room,
		    (unsigned int)ATCP_OPTS_NR_SACKS);
}

static unsigned int atcp_opts_fastopen_len(const struct atcp_opts_out *o)
{
	return (o->fastopen_exp ? ATCP_OPTS_EXP_LEN : ATCP_OPTS_FASTOPEN_LEN) +
	       o->fastopen_len;
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
	nr = atcp_opts_fit_sacks(o, len);
	if (nr)
		len += 4 + nr * ATCP_OPTS_BLOCK_LEN;
	return len;
}

static u8 *atcp_opts_put_head(u8 *p, u8 first, u8 second, u8 kind, u8 size)
{
	p[0] = first;
	p[1] = second;
	p[2] = kind;
	p[3] = size;
	return p + 4;
}

/* SACK-permitted takes the place of the two NOPs before the timestamps. */
static u8 *atcp_opts_put_ts(u8 *p, const struct atcp_opts_out *o)
{
	if (!o->ts && o->sack_perm)
		return atcp_opts_put_head(p, ATCP_OPTS_NOP, ATCP_OPTS_NOP,
					  ATCP_OPTS_SACK_PERM,
					  ATCP_OPTS_PERM_LEN);
	if (!o->ts)
		return p;

	if (o->sack_perm)
		p = atcp_opts_put_head(p, ATCP_OPTS_SACK_PERM,
				       ATCP_OPTS_PERM_LEN, ATCP_OPTS_TS,
				       ATCP_OPTS_TSOPT_LEN);
	else
		p = atcp_opts_put_head(p, ATCP_OPTS_NOP, ATCP_OPTS_NOP,
				       ATCP_OPTS_TS, ATCP_OPTS_TSOPT_LEN);
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

static u8 *atcp_opts_put_sacks(u8 *p, const struct atcp_opts_out *o,
			       unsigned int nr)
{
	unsigned int i;

	p = atcp_opts_put_head(p, ATCP_OPTS_NOP, ATCP_OPTS_NOP, ATCP_OPTS_SACK,
			       2 + nr * ATCP_OPTS_BLOCK_LEN);
	for (i = 0; i < nr; i++) {
		p = atcp_bytes_put32(p, o->sacks[i].start);
		p = atcp_bytes_put32(p, o->sacks[i].end);
	}
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
	u8 *start = p;
	unsigned int nr;

	if (o->mss)
		p = atcp_opts_put_head(p, ATCP_OPTS_MSS, ATCP_OPTS_MSS_LEN,
				       o->mss >> 8, o->mss & 0xff);
	p = atcp_opts_put_ts(p, o);
	if (o->wscale != ATCP_OPTS_WSCALE_NONE)
		p = atcp_opts_put_head(p, ATCP_OPTS_NOP, ATCP_OPTS_WSCALE,
				       ATCP_OPTS_WSCALE_LEN, o->wscale);
	if (o->fastopen)
		p = atcp_opts_put_fastopen(p, o);
	nr = atcp_opts_fit_sacks(o, p - start);
	if (nr)
		p = atcp_opts_put_sacks(p, o, nr);
	return p - start;
}
