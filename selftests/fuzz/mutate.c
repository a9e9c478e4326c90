// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that follow a connection and are not as they should be: numbers at the
 * edges of what is sent, received and offered, flags that do not belong together,
 * options of any length, text of any length. One in some is quite in order.
 */
#include "mutate.h"

#include <string.h>

#include "fuzz.h"

/* A sequence number at an edge of what the stack expects. */
static uint32_t edge_seq(struct rnd *r, const struct flow *f)
{
	switch (rnd_below(r, 13)) {
	case 0:
		return f->snd_nxt - 1;
	case 1:
		return f->snd_nxt + 1;
	case 2:
		return f->snd_una;
	case 3:
		return f->snd_una - 1;
	case 4:
		return f->snd_nxt + f->win - 1 + rnd_below(r, 3);
	case 5:
		return f->snd_una + f->win;
	case 6:
		return f->iss + rnd_below(r, 2);
	case 7:
		return f->snd_nxt + 0x80000000 - 1 + rnd_below(r, 3);
	case 8:
		return f->snd_nxt + rnd_below(r, f->win / 2 + 1);
	case 9:
		return f->snd_nxt - rnd_below(r, 3000);
	case 10:
		return f->snd_nxt + rnd_below(r, 9000);
	case 11:
		return rnd_odd(r);
	default:
		return f->snd_nxt;
	}
}

/* An acknowledgment number at an edge of what the stack has sent. */
static uint32_t edge_ack(struct rnd *r, const struct flow *f)
{
	switch (rnd_below(r, 11)) {
	case 0:
		return f->rcv_nxt - 1;
	case 1:
		return f->rcv_nxt + 1;
	case 2:
		return f->irs + rnd_below(r, 3);
	case 3:
		return f->irs - 1;
	case 4:
		return f->rcv_nxt - rnd_below(r, 70000);
	case 5:
		return f->rcv_nxt + rnd_below(r, 70000);
	case 6:
		return f->rcv_nxt + 0x80000000 - 1 + rnd_below(r, 3);
	case 7:
		return rnd_odd(r);
	case 8:
		return 0;
	default:
		return f->rcv_nxt;
	}
}

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

/* SACK blocks: in the hole that there is, overlapping, reversed, wrapping, beyond what was sent. */
static size_t option_sack(struct rnd *r, const struct flow *f, uint8_t *o, size_t room)
{
	unsigned int n = rnd_range(r, 1, 4), i;
	uint32_t left, right;

	if (2 + n * 8 > room)
		n = (room - 2) / 8;
	o[0] = 5;
	o[1] = 2 + n * 8;
	for (i = 0; i < n; i++) {
		left = f->rcv_nxt - rnd_below(r, rnd_pct(r, 80) ? 20000 : 200000);
		if (rnd_pct(r, 50))
			left = f->rcv_nxt + rnd_below(r, f->rcv_max - f->rcv_nxt + 1);
		right = left + rnd_below(r, rnd_pct(r, 80) ? 5000 : 100000);
		if (rnd_pct(r, 30))
			right = f->rcv_max;
		if (rnd_pct(r, 10))
			left = edge_ack(r, f);
		if (rnd_pct(r, 10))
			right = edge_ack(r, f);
		if (rnd_pct(r, 5))
			right = left;
		put32(o + 2 + i * 8, left);
		put32(o + 6 + i * 8, right);
	}
	return o[1];
}

static size_t option_ts(struct rnd *r, const struct flow *f, uint8_t *o)
{
	uint32_t val = f->tsval, echo = f->ts_recent;

	o[0] = 8;
	o[1] = 10;
	if (rnd_pct(r, 40))
		val = rnd_pct(r, 50) ? val + rnd_odd(r) : val - 1 - rnd_below(r, 3);
	if (rnd_pct(r, 40))
		echo = rnd_pct(r, 50) ? echo + rnd_odd(r) : echo + 1;
	put32(o + 2, val);
	put32(o + 6, rnd_pct(r, 5) ? 0 : echo);
	return 10;
}

static size_t option_fastopen(struct rnd *r, const struct flow *f, uint8_t *o, size_t room)
{
	size_t len = rnd_pct(r, 50) ? f->cookie_len : rnd_below(r, 18), head = 2;

	if (len + 4 > room)
		len = room - 4;
	o[0] = 34;
	if (rnd_pct(r, 15)) {
		/* The experimental kind with its magic (RFC 6994). */
		memcpy(o, (uint8_t[]){ 254, 0, 0xf9, 0x89 }, 4);
		head = 4;
	}
	rnd_fill(r, o + head, len);
	if (len == f->cookie_len && rnd_pct(r, 70))
		memcpy(o + head, f->cookie, len);
	o[1] = head + len;
	return o[1];
}

/* One option of any kind into @room bytes; returns its length. */
static size_t option_any(struct rnd *r, const struct flow *f, uint8_t *o, size_t room)
{
	static const uint8_t kinds[] = { 19, 29, 28, 30, 27, 172, 174, 253, 254, 9, 14, 69, 255 };
	uint16_t mss;
	size_t len;

	if (room < 12)
		return 0;
	switch (rnd_below(r, 9)) {
	case 0:
		mss = rnd_odd(r);
		memcpy(o, (uint8_t[]){ 2, 4, mss >> 8, mss }, 4);
		return 4;
	case 1:
		memcpy(o, (uint8_t[]){ 3, 3, rnd_odd(r) }, 3);
		return 3;
	case 2:
		memcpy(o, (uint8_t[]){ 4, 2 }, 2);
		return 2;
	case 3:
	case 4:
		return option_sack(r, f, o, room);
	case 5:
		return option_ts(r, f, o);
	case 6:
		return option_fastopen(r, f, o, room);
	case 7:
		o[0] = rnd_below(r, 2);
		return 1;
	default:
		len = rnd_range(r, 2, room);
		rnd_fill(r, o, len);
		o[0] = rnd_pct(r, 50) ? rnd_pick(r, kinds) : rnd_below(r, 256);
		o[1] = len;
		return len;
	}
}

static void mutate_options(struct rnd *r, const struct flow *f, struct seg *s)
{
	size_t n = rnd_pct(r, 60) ? s->optlen : 0, len;

	if (n > 40)
		n = 40;
	while (rnd_pct(r, 60)) {
		len = option_any(r, f, s->opts + n, 40 - n);
		if (!len)
			break;
		/* A length that is not true. */
		if (len > 1 && rnd_pct(r, 10))
			s->opts[n + 1] = rnd_pct(r, 50) ? rnd_below(r, 3) : rnd_below(r, 256);
		n += len;
	}
	s->optlen = n;
	if (n && rnd_pct(r, 5))
		rnd_fill(r, s->opts + rnd_below(r, n), 1);
}

static uint8_t mutate_flags(struct rnd *r)
{
	static const uint8_t likely[] = {
		TH_SYN, TH_SYN | TH_ACK, TH_RST, TH_RST | TH_ACK, TH_FIN, TH_FIN | TH_ACK, TH_ACK,
		TH_ACK | TH_PSH, TH_SYN | TH_FIN, TH_SYN | TH_RST, 0, TH_ACK | TH_URG,
		TH_SYN | TH_ECE | TH_CWR, TH_ACK | TH_ECE, TH_ACK | TH_CWR | TH_PSH,
		TH_FIN | TH_ACK | TH_URG | TH_PSH, TH_SYN | TH_ACK | TH_ECE, TH_SYN | TH_URG,
	};

	return rnd_pct(r, 80) ? rnd_pick(r, likely) : rnd_below(r, 256);
}

static uint32_t mutate_length(struct rnd *r)
{
	switch (rnd_below(r, 12)) {
	case 0:
	case 1:
	case 2:
	case 3:
		return 0;
	case 4:
		return 1;
	case 5:
		return rnd_below(r, 20000);
	case 6:
		return rnd_pct(r, 10) ? rnd_below(r, 59000) : 1460;
	default:
		return rnd_below(r, 1440);
	}
}

static int mutate_how(struct rnd *r)
{
	int how = WIRE_PLAIN;

	if (rnd_pct(r, 6))
		how |= WIRE_OPTIONS;
	if (rnd_pct(r, 6))
		how |= WIRE_FRAGS;
	if (rnd_pct(r, 3))
		how |= WIRE_ODD;
	if (!how && rnd_pct(r, 30))
		how = WIRE_OFFLOAD;
	return how;
}

/* Sends one segment of @f of whatever shape. */
void mutate_segment(struct rnd *r, struct flow *f)
{
	static uint8_t text[WIRE_MAX];
	struct seg s = {
		.flags = TH_ACK | (rnd_pct(r, 50) ? TH_PSH : 0), .seq = f->snd_nxt,
		.ack = f->rcv_nxt, .win = rnd_pct(r, 70) ? 65535 : rnd_odd(r), .data = text,
	};

	f->tsval += rnd_below(r, 3);
	s.len = mutate_length(r);
	if (rnd_pct(r, 40))
		s.flags = mutate_flags(r);
	if (rnd_pct(r, 50))
		s.seq = edge_seq(r, f);
	if (rnd_pct(r, 40))
		s.ack = edge_ack(r, f);
	/* One that fits ends it: not so often. */
	if (s.flags & TH_RST && s.seq == f->snd_nxt && rnd_pct(r, 70))
		s.seq += 1 + rnd_below(r, 3000);
	/* Urgent data leaves the stream: only where nobody looks at it. */
	if (f->checked)
		s.flags &= ~TH_URG;
	else if (s.flags & TH_URG || rnd_pct(r, 3))
		s.urg = rnd_pct(r, 50) ? rnd_below(r, s.len + 2) : rnd_odd(r);
	if (rnd_pct(r, 3))
		s.ack = rnd64(r);
	s.optlen = flow_options(r, f, s.opts, s.flags & TH_SYN);
	if (rnd_pct(r, 35))
		mutate_options(r, f, &s);
	/* So is what is taken from the header, or given to it. */
	if (!f->checked && rnd_pct(r, 3))
		s.doff = rnd_below(r, 16);
	s.badsum = rnd_pct(r, 2);
	flow_text(f, s.seq + !!(s.flags & TH_SYN), text, s.len);
	flow_send(r, f, &s, mutate_how(r));
}

static size_t icmp_quote4(struct rnd *r, const struct flow *f, uint8_t *buf)
{
	size_t n = wire_header(f->e, buf, 6, 20, true), extra = 0;

	if (rnd_pct(r, 10)) {
		extra = 4 * rnd_range(r, 1, 10);
		memset(buf + n, 1, extra);
		buf[0] = 0x45 + extra / 4;
	}
	return n + extra;
}

static size_t icmp_quote6(struct rnd *r, const struct flow *f, uint8_t *buf)
{
	size_t n = wire_header(f->e, buf, 6, 20, true);

	if (rnd_pct(r, 15)) {
		/* A header between the two. */
		buf[6] = rnd_pick(r, ((uint8_t[]){ 0, 43, 44, 60 }));
		memset(buf + n, 0, 8);
		buf[n] = 6;
		if (buf[6] == 44)
			buf[n + 3] = rnd_pct(r, 50) ? 0 : rnd_below(r, 256);
		else
			buf[n + 2] = 1;
		n += 8;
	}
	return n;
}

/* The error's own header of 8 bytes. */
static void icmp_head(struct rnd *r, bool v6, uint8_t *buf)
{
	static const uint32_t mtus[] = {
		0, 1, 68, 69, 296, 552, 576, 1279, 1280, 1281, 1400, 1500,
	};
	static const uint8_t types4[] = { 3, 3, 3, 4, 5, 11, 12 };
	static const uint8_t types6[] = { 1, 1, 2, 2, 3, 4, 137 };
	uint32_t mtu = rnd_pct(r, 90) ? rnd_pick(r, mtus) : rnd_odd(r);

	memset(buf, 0, 8);
	buf[0] = v6 ? rnd_pick(r, types6) : rnd_pick(r, types4);
	buf[1] = rnd_below(r, v6 ? 8 : 16);
	if (rnd_pct(r, 50) && buf[0] == 3 && !v6)
		buf[1] = 4;
	if (rnd_pct(r, 3))
		buf[0] = rnd64(r);
	if (v6 && buf[0] == 2)
		put32(buf + 4, mtu);
	else if (!v6 && buf[1] == 4)
		put32(buf + 4, mtu & 0xffff);
	else if (rnd_pct(r, 20))
		put32(buf + 4, rnd_odd(r));
}

/* An ICMP error about a segment that the stack sent, or may have sent. */
void mutate_icmp(struct rnd *r, struct flow *f)
{
	uint8_t buf[256] = { 0 };
	size_t n = 8, total;
	uint32_t seq, sum;

	icmp_head(r, f->e.v6, buf);
	n += f->e.v6 ? icmp_quote6(r, f, buf + n) : icmp_quote4(r, f, buf + n);
	seq = rnd_pct(r, 70) ? f->rcv_nxt - rnd_below(r, 3000) : edge_ack(r, f);
	if (rnd_pct(r, 20))
		seq = f->irs;
	buf[n] = f->dport >> 8;
	buf[n + 1] = f->dport;
	buf[n + 2] = f->sport >> 8;
	buf[n + 3] = f->sport;
	put32(buf + n + 4, seq);
	put32(buf + n + 8, f->snd_nxt);
	buf[n + 12] = 0x50;
	buf[n + 13] = TH_ACK;
	total = n + 20;
	if (rnd_pct(r, 10))
		total = rnd_pct(r, 50) ? n + 8 : rnd_below(r, total + 1);
	if (total < 8)
		total = 8;
	sum = f->e.v6 ? wire_pseudo(f->e, 58, total, false) : 0;
	sum = wire_fold(wire_sum(sum, buf, total)) ^ (rnd_pct(r, 2) ? 0x1111 : 0);
	buf[2] = sum >> 8;
	buf[3] = sum;
	figures.icmps++;
	wire_payload(r, f->e, f->e.v6 ? 58 : 1, buf, total,
		     rnd_pct(r, 10) ? WIRE_OPTIONS : rnd_pct(r, 5) ? WIRE_FRAGS : WIRE_PLAIN);
}
