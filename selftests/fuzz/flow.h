/* SPDX-License-Identifier: GPL-2.0 */
/* The connections of a seed as their peer sees them, and what must hold of them. */
#ifndef FUZZ_FLOW_H
#define FUZZ_FLOW_H

#include "story.h"
#include "wire.h"

#define FLOWS		48
#define FLOW_STARTS	12
#define FLOW_IRS	6

/**
 * struct flow - one connection
 * @used: the place is taken
 * @checked: only the main thread has its socket, and every byte of it is looked at
 * @e: between whom
 * @sport: the peer's port
 * @dport: the stack's
 * @snd_nxt: next number that the peer sends in order
 * @snd_una: what the stack acknowledged
 * @iss: number of the peer's last SYN
 * @rcv_nxt: next number that the peer expects
 * @rcv_max: end of the highest that came
 * @irs: number of the stack's last SYN
 * @heard: the stack has sent a SYN
 * @fin: the peer has sent its FIN in order
 * @ended: the stack has sent its FIN
 * @reset: the stack has sent a RST
 * @wscale: shift of the stack's window
 * @win: the stack's window, bytes
 * @ts: timestamps are in use
 * @tsval: the peer's clock
 * @ts_recent: the stack's
 * @cookie: fast open cookie that the stack gave
 * @cookie_len: its length
 * @starts: where the peer's text may begin, one a SYN
 * @nstarts: number of @starts; more than fit: nothing is known
 * @irss: numbers of the stack's SYNs
 * @nirss: how many were seen
 * @fd: the socket, -1: nobody has one
 * @mask: @starts that fit what was read so far
 * @got: bytes read
 * @sent: bytes written
 * @story: what was done with it
 */
struct flow {
	bool used;
	bool checked;
	struct ends e;
	uint16_t sport;
	uint16_t dport;
	uint32_t snd_nxt;
	uint32_t snd_una;
	uint32_t iss;
	uint32_t rcv_nxt;
	uint32_t rcv_max;
	uint32_t irs;
	bool heard;
	bool fin;
	bool ended;
	bool reset;
	uint8_t wscale;
	uint32_t win;
	bool ts;
	uint32_t tsval;
	uint32_t ts_recent;
	uint8_t cookie[16];
	uint8_t cookie_len;
	uint32_t starts[FLOW_STARTS];
	unsigned int nstarts;
	uint32_t irss[FLOW_IRS];
	unsigned int nirss;
	int fd;
	uint32_t mask;
	uint64_t got;
	uint64_t sent;
	struct story story;
};

extern struct flow flows[FLOWS];

struct flow *flow_new(struct rnd *r, bool v6, uint16_t dport);
struct flow *flow_any(struct rnd *r);
struct flow *flow_find(struct ends e, uint16_t sport, uint16_t dport);
void flow_drop(struct flow *f);
void flow_send(struct rnd *r, struct flow *f, struct seg *s, int how);
void flow_step(struct rnd *r, struct flow *f, uint8_t flags, uint32_t len);
void flow_rst(struct rnd *r, struct flow *f);
void flow_drain(struct rnd *r, int timeout_ms);
void flow_answer_rst(bool on);
bool flow_wait(struct rnd *r, struct flow *f, uint8_t flags, int timeout_ms);
void flow_text(const struct flow *f, uint32_t seq, uint8_t *buf, size_t len);
size_t flow_options(struct rnd *r, const struct flow *f, uint8_t *opts, bool syn);

void flow_adopt(struct flow *f, int fd);
void flow_read(struct rnd *r, struct flow *f);
void flow_write(struct rnd *r, struct flow *f, size_t len);

#endif
