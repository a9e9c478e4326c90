// SPDX-License-Identifier: GPL-2.0
/*
 * The connections of a seed as their peer sees them.
 *
 * Each byte of the peer's text follows from its sequence number, and each byte
 * that a program writes from its place in the stream. So whatever is sent, twice,
 * overlapping or out of the window: what a program reads, and what comes from the
 * stack, can be told right or wrong. A stream begins after a SYN; all that were
 * sent are remembered, and those that do not fit what was read are struck out.
 */
#include "flow.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drive.h"
#include "fuzz.h"

struct flow flows[FLOWS];
static bool answer_rst;

static uint8_t peer_byte(const struct flow *f, uint32_t seq)
{
	uint32_t x = (seq ^ f->sport << 16) * 2654435761u;

	return x >> 24;
}

static uint8_t own_byte(const struct flow *f, uint64_t place)
{
	uint32_t x = ((uint32_t)place + f->sport * 77777u) * 2246822519u;

	return x >> 24;
}

void flow_text(const struct flow *f, uint32_t seq, uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = peer_byte(f, seq + i);
}

struct flow *flow_find(struct ends e, uint16_t sport, uint16_t dport)
{
	int i;

	for (i = 0; i < FLOWS; i++) {
		struct flow *f = &flows[i];

		if (f->used && f->sport == sport && f->dport == dport && f->e.v6 == e.v6 &&
		    f->e.peer == e.peer)
			return f;
	}
	return NULL;
}

/* Any that is there, or NULL. */
struct flow *flow_any(struct rnd *r)
{
	unsigned int from = rnd_below(r, FLOWS), i;

	for (i = 0; i < FLOWS; i++)
		if (flows[(from + i) % FLOWS].used)
			return &flows[(from + i) % FLOWS];
	return NULL;
}

/* A tuple that no other has; the oldest place is taken if there is no free one. */
struct flow *flow_new(struct rnd *r, bool v6, uint16_t dport)
{
	static unsigned int next, port;
	struct flow *f = NULL;
	int i;

	for (i = 0; i < FLOWS && !f; i++)
		if (!flows[i].used)
			f = &flows[i];
	if (!f) {
		f = &flows[next++ % FLOWS];
		if (!rnd_pct(r, 20))
			flow_rst(r, f);
		flow_drop(f);
	}
	memset(f, 0, sizeof(*f));
	f->used = true;
	f->fd = -1;
	f->dport = dport;
	f->e = (struct ends){ v6, rnd_below(r, WIRE_PEERS) };
	if (!port)
		port = rnd64(r);
	f->sport = 1024 + port++ % 19000;
	f->checked = rnd_pct(r, 50);
	/* Often near the wrap. */
	f->snd_nxt = rnd_pct(r, 40) ? 0u - rnd_below(r, 20000) : rnd64(r);
	f->snd_una = f->snd_nxt;
	f->iss = f->snd_nxt;
	f->ts = rnd_pct(r, 50);
	f->tsval = rnd_pct(r, 30) ? 0u - rnd_below(r, 50) : rnd64(r);
	f->win = 65535;
	figures.flows++;
	return f;
}

/* It is forgotten; its socket is closed. */
void flow_drop(struct flow *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	f->used = false;
}

static void add_start(struct flow *f, uint32_t start)
{
	unsigned int i;

	for (i = 0; i < f->nstarts && i < FLOW_STARTS; i++)
		if (f->starts[i] == start)
			return;
	if (f->nstarts < FLOW_STARTS)
		f->starts[f->nstarts] = start;
	f->nstarts++;
}

/* Options as a connection that is in order has them. */
size_t flow_options(struct rnd *r, const struct flow *f, uint8_t *opts, bool syn)
{
	size_t n = 0;

	if (syn) {
		uint16_t mss = rnd_pct(r, 80) ? 1440 : rnd_odd(r);

		memcpy(opts, (uint8_t[]){ 2, 4, mss >> 8, mss, 1, 3, 3, rnd_below(r, 15) }, 8);
		memcpy(opts + 8, (uint8_t[]){ 1, 1, 4, 2 }, 4);
		n = rnd_pct(r, 80) ? 12 : 4 * rnd_below(r, 3);
	}
	if (f->ts) {
		uint32_t v = f->tsval, e = f->ts_recent;

		memcpy(opts + n, (uint8_t[]){ 1, 1, 8, 10 }, 4);
		memcpy(opts + n + 4, (uint8_t[]){ v >> 24, v >> 16, v >> 8, v }, 4);
		memcpy(opts + n + 8, (uint8_t[]){ e >> 24, e >> 16, e >> 8, e }, 4);
		n += 12;
	}
	return n;
}

/* Sends any segment of a flow; what a SYN may begin is kept in mind. */
void flow_send(struct rnd *r, struct flow *f, struct seg *s, int how)
{
	s->sport = f->sport;
	s->dport = f->dport;
	if (s->flags & TH_SYN)
		add_start(f, s->seq + 1);
	wire_tcp(r, f->e, s, how);
}

/* The next segment in order: the numbers go on. */
void flow_step(struct rnd *r, struct flow *f, uint8_t flags, uint32_t len)
{
	static uint8_t text[WIRE_MAX];
	struct seg s = {
		.flags = flags, .seq = f->snd_nxt, .win = 65535, .data = text, .len = len,
	};
	bool syn = flags & TH_SYN;

	if (syn)
		f->iss = f->snd_nxt;
	if (flags & TH_ACK)
		s.ack = f->rcv_nxt;
	f->tsval++;
	s.optlen = flow_options(r, f, s.opts, syn);
	flow_text(f, f->snd_nxt + syn, text, len);
	flow_send(r, f, &s, WIRE_PLAIN);
	f->snd_nxt += len + syn + !!(flags & TH_FIN);
	f->fin |= !!(flags & TH_FIN);
}

/* A RST that ends it wherever it is, as far as its numbers are known. */
void flow_rst(struct rnd *r, struct flow *f)
{
	struct seg s = { .flags = TH_RST | TH_ACK, .seq = f->snd_una, .ack = f->rcv_nxt };

	flow_send(r, f, &s, WIRE_PLAIN);
	s.seq = f->snd_nxt;
	flow_send(r, f, &s, WIRE_PLAIN);
}

static void note_options(struct flow *f, const struct seg *s)
{
	size_t i = 0, len;

	while (i < s->optlen) {
		const uint8_t *o = s->opts + i;

		if (!o[0])
			return;
		if (o[0] == 1) {
			i++;
			continue;
		}
		len = i + 1 < s->optlen ? o[1] : 0;
		if (len < 2 || i + len > s->optlen)
			fail("option %u of length %zu from the stack", o[0], len);
		if (o[0] == 8 && len == 10)
			f->ts_recent = (uint32_t)o[2] << 24 | o[3] << 16 | o[4] << 8 | o[5];
		if (o[0] == 3 && s->flags & TH_SYN)
			f->wscale = o[2] & 15;
		if (o[0] == 34 && len > 2 && len <= 18) {
			memcpy(f->cookie, o + 2, len - 2);
			f->cookie_len = len - 2;
		}
		i += len;
	}
}

/* What is known of it, for who has to find out why. */
static void wrong_text(const struct flow *f, const struct seg *s, uint32_t seq)
{
	unsigned int i, j, n = f->nirss < FLOW_IRS ? f->nirss : FLOW_IRS;
	unsigned int k;
	uint8_t want[32];
	uint32_t off;

	story_tell(&f->story);
	for (i = 0; i < n; i++) {
		off = seq - f->irss[i] - 1;
		for (j = 0; j < s->len && s->data[j] == own_byte(f, off + j); j++)
			;
		printf("# after the SYN %u: place %u, %u bytes right\n", f->irss[i], off, j);
		off += j;
		for (k = 0; k < sizeof(want); k++)
			want[k] = own_byte(f, off + k);
		story_bytes("written", want, sizeof(want));
		story_bytes("came", s->data + j, s->len - j);
	}
	fail("port %u to %u: %u bytes at %u, %u after the SYN, are not what was written",
	     f->dport, f->sport, s->len, seq, seq - f->irs - 1);
}

/* Whether the stack's text is what was written, after one of its SYNs. */
static void check_text(const struct flow *f, const struct seg *s)
{
	unsigned int i, j, n = f->nirss < FLOW_IRS ? f->nirss : FLOW_IRS;
	uint32_t seq = s->seq + !!(s->flags & TH_SYN), off;
	bool known = false;

	if (!f->checked || !s->len || f->nirss > FLOW_IRS)
		return;
	for (i = 0; i < n; i++) {
		off = seq - f->irss[i] - 1;
		for (j = 0; j < s->len && s->data[j] == own_byte(f, off + j); j++)
			;
		if (j == s->len) {
			figures.carried += s->len;
			return;
		}
		known |= off < f->sent;
	}
	/* The SYN-ACK of a fast open may have met a fault: its number is not known. */
	if (plan.faults && !known && f->dport == DRIVE_PORT + DRIVE_FASTOPEN)
		return;
	wrong_text(f, s, seq);
}

static void note_syn(struct flow *f, const struct seg *s)
{
	unsigned int i;

	for (i = 0; i < f->nirss && i < FLOW_IRS; i++)
		if (f->irss[i] == s->seq)
			return;
	if (f->nirss < FLOW_IRS)
		f->irss[f->nirss] = s->seq;
	f->nirss++;
	f->irs = s->seq;
	f->rcv_nxt = s->seq + 1;
	f->rcv_max = f->rcv_nxt;
	f->heard = true;
	f->ended = false;
	f->reset = false;
}

static void note(struct rnd *r, struct flow *f, const struct seg *s)
{
	uint32_t seq = s->seq;
	bool lost = s->len && rnd_pct(r, 5);

	/* A socket that others have may lose its address meanwhile: connect(2) to AF_UNSPEC. */
	if (s->badsum && f->checked)
		fail("port %u to %u: a wrong checksum, flags %#x", f->dport, f->sport, s->flags);
	note_options(f, s);
	story_segment(&f->story, "the stack sent", seq, s->len, s->flags);
	if (s->flags & TH_RST) {
		f->reset = true;
		return;
	}
	if (s->flags & TH_SYN) {
		note_syn(f, s);
		seq++;
	}
	if (s->flags & TH_ACK) {
		if ((int32_t)(s->ack - f->snd_una) > 0)
			f->snd_una = s->ack;
		if ((int32_t)(s->ack - f->snd_nxt) > 0)
			f->snd_nxt = s->ack;
	}
	f->win = (uint32_t)s->win << (s->flags & TH_SYN ? 0 : f->wscale);
	check_text(f, s);
	if ((int32_t)(seq + s->len - f->rcv_max) > 0)
		f->rcv_max = seq + s->len;
	/* Some is lost, and what follows leaves a hole for SACKs to tell of. */
	if (seq == f->rcv_nxt && !lost) {
		f->rcv_nxt += s->len;
		if (s->flags & TH_FIN) {
			f->rcv_nxt++;
			f->ended = true;
		}
	}
}

/* From now on every segment of the stack is answered by a RST that it must take, or not. */
void flow_answer_rst(bool on)
{
	answer_rst = on;
}

/* A segment of a connection that nobody knows: a program called out, or it is long forgotten. */
static void stranger(struct rnd *r, struct ends e, const struct seg *in)
{
	struct seg s = { .sport = in->dport, .dport = in->sport };
	struct flow *f;

	if (in->flags & TH_RST)
		return;
	if ((in->flags & (TH_SYN | TH_ACK)) == TH_SYN && !answer_rst && rnd_pct(r, 70)) {
		f = flow_new(r, e.v6, in->sport);
		f->e = e;
		f->sport = in->dport;
		f->checked = false;
		note(r, f, in);
		return;
	}
	s.flags = TH_RST | TH_ACK;
	s.seq = in->flags & TH_ACK ? in->ack : 0;
	s.ack = in->seq + in->len + !!(in->flags & TH_SYN) + !!(in->flags & TH_FIN);
	wire_tcp(r, e, &s, WIRE_PLAIN);
}

/* Takes what the stack sent; waits up to @timeout_ms for the first. */
void flow_drain(struct rnd *r, int timeout_ms)
{
	unsigned int most = 2000;
	struct flow *f;
	struct ends e;
	struct seg s;

	while (most-- && wire_receive(&e, &s, timeout_ms)) {
		timeout_ms = 0;
		f = flow_find(e, s.dport, s.sport);
		if (f)
			note(r, f, &s);
		if (!f || answer_rst)
			stranger(r, e, &s);
	}
}

/* Waits for a SYN, FIN or RST of the stack, as @flags say, on this flow. */
bool flow_wait(struct rnd *r, struct flow *f, uint8_t flags, int timeout_ms)
{
	long end = now_ms() + timeout_ms;

	while (1) {
		flow_drain(r, 0);
		if ((flags & TH_SYN && f->heard) || (flags & TH_FIN && f->ended) ||
		    (flags & TH_RST && f->reset))
			return true;
		if (now_ms() >= end)
			return false;
		flow_drain(r, 5);
	}
}

/* @fd is the socket of this connection now. */
void flow_adopt(struct flow *f, int fd)
{
	if (f->fd >= 0)
		close(f->fd);
	story_call(&f->story, "a socket of its own", f->sent, f->got, 0, fd);
	f->fd = fd;
	f->mask = ~0u;
	f->got = 0;
	f->sent = 0;
}

static void wrong_read(const struct flow *f, const uint8_t *buf, size_t len, unsigned int n)
{
	unsigned int i, k;
	uint8_t want[32];
	size_t j;

	story_tell(&f->story);
	for (i = 0; i < n; i++) {
		if (!(f->mask & 1u << i))
			continue;
		for (j = 0; j < len && buf[j] == peer_byte(f, f->starts[i] + f->got + j); j++)
			;
		printf("# text from %u: %zu bytes right\n", f->starts[i], j);
		for (k = 0; k < sizeof(want); k++)
			want[k] = peer_byte(f, f->starts[i] + f->got + j + k);
		story_bytes("sent", want, sizeof(want));
		story_bytes("read", buf + j, len - j);
	}
	fail("port %u from %u: of %zu bytes read after %llu some are wrong", f->dport, f->sport,
	     len, (unsigned long long)f->got);
}

static void check_read(struct flow *f, const uint8_t *buf, size_t len)
{
	unsigned int n = f->nstarts < FLOW_STARTS ? f->nstarts : FLOW_STARTS, i;
	uint32_t mask = 0;
	size_t j;

	for (i = 0; i < n; i++) {
		if (!(f->mask & 1u << i))
			continue;
		for (j = 0; j < len; j++)
			if (buf[j] != peer_byte(f, f->starts[i] + f->got + j))
				break;
		if (j == len)
			mask |= 1u << i;
	}
	/* The kernel's TCP takes cookies with an ISN that is off by up to 3. */
	if (!mask && !plan.protocol && !f->got)
		f->checked = false;
	/* With more SYNs than are kept, or none, the stream is somebody else's. */
	else if (!mask && n && f->nstarts <= FLOW_STARTS)
		wrong_read(f, buf, len, n);
	f->mask = mask;
	f->got += len;
	figures.read += len;
}

/* Reads what is there. */
void flow_read(struct rnd *r, struct flow *f)
{
	static uint8_t buf[1 << 17];
	size_t want = rnd_pct(r, 70) ? sizeof(buf) : rnd_range(r, 1, 3000);
	ssize_t got;

	if (f->fd < 0)
		return;
	got = recv(f->fd, buf, want, MSG_DONTWAIT);
	story_call(&f->story, "read", f->got, want, MSG_DONTWAIT, got);
	figures.calls++;
	if (got > 0 && f->checked)
		check_read(f, buf, got);
}

/* Writes up to @len bytes. */
void flow_write(struct rnd *r, struct flow *f, size_t len)
{
	static uint8_t buf[1 << 17];
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
	ssize_t put;
	size_t i;

	if (f->fd < 0)
		return;
	if (len > sizeof(buf))
		len = sizeof(buf);
	for (i = 0; i < len; i++)
		buf[i] = own_byte(f, f->sent + i);
	if (rnd_pct(r, 15))
		flags |= MSG_MORE;
	if (rnd_pct(r, 5))
		flags |= MSG_EOR;
	put = send(f->fd, buf, len, flags);
	story_call(&f->story, "write", f->sent, len, flags, put);
	figures.calls++;
	if (put > 0)
		f->sent += put;
}
