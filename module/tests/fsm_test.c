// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of proto/fsm.c: the whole matrix of eleven states and the segments
 * that can arrive in them, each against the answer of RFC 9293 section 3.10.7
 * as RFC 5961 and RFC 7323 change it, at sequence numbers that wrap and that
 * do not; then properties that hold for any connection and any segment.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <net/tcp_states.h>

#include "proto/fsm.h"
#include "proto/seg.h"
#include "proto/seq.h"
#include "tests/rand.h"

#define WND		5000u
#define MAX_WND		60000u
#define FLIGHT		1000u

#define FIN_		ATCP_F_FIN
#define SYN_		ATCP_F_SYN
#define RST_		ATCP_F_RST
#define ACK_		ATCP_F_ACK

/* Answers, short enough for a table. */
#define DRP		ATCP_V_DROP
#define ACK		(ATCP_V_ACK | ATCP_V_DROP)
#define CHL		(ATCP_V_CHALLENGE | ATCP_V_DROP)
#define RST		(ATCP_V_RST | ATCP_V_DROP)
#define SNA		(ATCP_V_SYNACK | ATCP_V_DROP)
#define ABT		ATCP_V_ABORT
#define NEW		ATCP_V_NEW_SYN
#define SIM		ATCP_V_SIMOPEN
#define PA		ATCP_V_PROCESS_ACK
#define PD		(PA | ATCP_V_DATA)
#define PF		(PA | ATCP_V_FIN)
#define PDF		(PD | ATCP_V_FIN)
#define PK		(PA | ATCP_V_ACK)
#define OLD		ATCP_V_OLD_ACK
#define OLDD		(OLD | ATCP_V_DATA)
#define EST		(ATCP_V_ESTABLISH | PA)
#define ED		(EST | ATCP_V_DATA)
#define EF		(EST | ATCP_V_FIN)
#define EDF		(ED | ATCP_V_FIN)
#define AF		(ATCP_V_ACK | ATCP_V_FIN)

static const u8 atcp_fsm_states[] = {
	TCP_CLOSE, TCP_LISTEN, TCP_SYN_SENT, TCP_SYN_RECV, TCP_ESTABLISHED,
	TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_CLOSE_WAIT, TCP_CLOSING,
	TCP_LAST_ACK, TCP_TIME_WAIT,
};

/**
 * struct atcp_fsm_row - a segment and what it meets in each state
 * @name: for the report
 * @flags: control bits
 * @seq: SEG.SEQ relative to RCV.NXT
 * @ack: SEG.ACK relative to SND.UNA
 * @acks_all: SEG.ACK is SND.NXT + @ack instead
 * @len: bytes of text
 * @paws_bad: its timestamp is too old
 * @want: verdicts in the order of atcp_fsm_states
 */
struct atcp_fsm_row {
	const char *name;
	u8 flags;
	bool acks_all;
	bool paws_bad;
	s32 seq;
	s32 ack;
	u32 len;
	u32 want[ARRAY_SIZE(atcp_fsm_states)];
};

/*
 * SYN-RECEIVED here was reached from LISTEN. The window is WND bytes, all of
 * them free; FLIGHT bytes are in flight, or in SYN-SENT and SYN-RECEIVED the SYN.
 */
static const struct atcp_fsm_row atcp_fsm_rows[] = {
	/*				    CLO  LIS  SS   SR   EST  FW1  FW2  CW   CLG  LA   TW */
	{ "SYN in window", SYN_, 0, 0, 100, 0, 0,
	  { RST, NEW, SIM, CHL, CHL, CHL, CHL, CHL, CHL, CHL, NEW } },
	{ "SYN at RCV.NXT", SYN_, 0, 0, 0, 0, 0,
	  { RST, NEW, SIM, CHL, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN at the edge", SYN_, 0, 0, WND, 0, 0,
	  { RST, NEW, SIM, CHL, CHL, CHL, CHL, CHL, CHL, CHL, NEW } },
	{ "SYN again", SYN_, 0, 0, -1, 0, 0,
	  { RST, NEW, SIM, SNA, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN again with text", SYN_, 0, 0, -1, 0, 100,
	  { RST, NEW, SIM, SNA, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN, old", SYN_, 0, 0, -100000, 0, 0,
	  { RST, NEW, SIM, ACK, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN, future", SYN_, 0, 0, WND + 1, 0, 0,
	  { RST, NEW, SIM, ACK, CHL, CHL, CHL, CHL, CHL, CHL, NEW } },
	{ "SYN, bad timestamp", SYN_, 0, 1, 100, 0, 0,
	  { RST, NEW, DRP, ACK, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN FIN", SYN_ | FIN_, 0, 0, 100, 0, 0,
	  { RST, DRP, SIM, CHL, CHL, CHL, CHL, CHL, CHL, CHL, NEW } },
	{ "SYN RST", SYN_ | RST_, 0, 0, 0, 0, 0,
	  { DRP, DRP, DRP, ABT, ABT, ABT, ABT, ABT, ABT, ABT, ABT } },
	{ "SYN-ACK in window", SYN_ | ACK_, 1, 0, 100, 0, 0,
	  { RST, RST, EST, CHL, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN-ACK again", SYN_ | ACK_, 1, 0, -1, 0, 0,
	  { RST, RST, EST, CHL, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN-ACK with text", SYN_ | ACK_, 1, 0, 100, 0, 10,
	  { RST, RST, ED,  CHL, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN-ACK with text and FIN", SYN_ | ACK_ | FIN_, 1, 0, 100, 0, 10,
	  { RST, RST, EDF, CHL, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN-ACK of nothing sent", SYN_ | ACK_, 1, 0, -1, 1, 0,
	  { RST, RST, RST, CHL, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN-ACK of an old SYN", SYN_ | ACK_, 0, 0, -1, 0, 0,
	  { RST, RST, RST, CHL, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "SYN-ACK, bad timestamp", SYN_ | ACK_, 1, 1, -1, 0, 0,
	  { RST, RST, RST, ACK, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },

	{ "ACK of all", ACK_, 1, 0, 0, 0, 0,
	  { RST, RST, DRP, EST, PA,  PA,  PA,  PA,  PA,  PA,  DRP } },
	{ "ACK of nothing new", ACK_, 0, 0, 0, 0, 0,
	  { RST, RST, RST, RST, PA,  PA,  PA,  PA,  PA,  PA,  DRP } },
	{ "ACK, old", ACK_, 0, 0, 0, -1, 0,
	  { RST, RST, RST, RST, OLD, OLD, OLD, OLD, OLD, OLD, DRP } },
	{ "ACK, oldest believed", ACK_, 0, 0, 0, -(s32)MAX_WND, 0,
	  { RST, RST, RST, RST, OLD, OLD, OLD, OLD, OLD, OLD, DRP } },
	{ "ACK, too old", ACK_, 0, 0, 0, -(s32)MAX_WND - 1, 0,
	  { RST, RST, RST, RST, CHL, CHL, CHL, CHL, CHL, CHL, DRP } },
	{ "ACK of what is unsent", ACK_, 1, 0, 0, 1, 0,
	  { RST, RST, RST, RST, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "ACK ahead in window", ACK_, 1, 0, 100, 0, 0,
	  { RST, RST, DRP, EST, PA,  PA,  PA,  PA,  PA,  PA,  DRP } },
	{ "ACK at the edge", ACK_, 1, 0, WND, 0, 0,
	  { RST, RST, DRP, EST, PA,  PA,  PA,  PA,  PA,  PA,  DRP } },
	{ "ACK beyond the edge", ACK_, 1, 0, WND + 1, 0, 0,
	  { RST, RST, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "ACK, bad timestamp", ACK_, 1, 1, 0, 0, 0,
	  { RST, RST, RST, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },

	{ "FIN", FIN_ | ACK_, 1, 0, 0, 0, 0,
	  { RST, RST, DRP, EF,  PF,  PF,  PF,  PA,  PA,  PA,  ACK } },
	{ "FIN with text", FIN_ | ACK_, 1, 0, 0, 0, 10,
	  { RST, RST, DRP, EDF, PDF, PDF, PDF, PA,  PA,  PA,  ACK } },
	{ "FIN ahead", FIN_ | ACK_, 1, 0, 100, 0, 0,
	  { RST, RST, DRP, EF,  PF,  PF,  PF,  PA,  PA,  PA,  ACK } },
	{ "FIN just beyond the text that fits", FIN_ | ACK_, 1, 0, 0, 0, WND,
	  { RST, RST, DRP, EDF, PDF, PDF, PDF, PA,  PA,  PA,  ACK } },
	{ "FIN after text that does not fit", FIN_ | ACK_, 1, 0, 0, 0, WND + 1,
	  { RST, RST, DRP, ED,  PD,  PD,  PD,  PA,  PA,  PA,  ACK } },
	{ "FIN again", FIN_ | ACK_, 1, 0, -1, 0, 0,
	  { RST, RST, DRP, EST, PK,  PK,  PK,  PK,  PK,  PK,  AF } },
	{ "FIN again with its text", FIN_ | ACK_, 1, 0, -11, 0, 10,
	  { RST, RST, DRP, EST, PK,  PK,  PK,  PK,  PK,  PK,  AF } },
	{ "FIN again with ACK of what is unsent", FIN_ | ACK_, 1, 0, -1, 1, 0,
	  { RST, RST, RST, RST, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "FIN, old", FIN_ | ACK_, 1, 0, -100000, 0, 0,
	  { RST, RST, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "FIN, future", FIN_ | ACK_, 1, 0, WND + 1, 0, 0,
	  { RST, RST, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "FIN without ACK", FIN_, 0, 0, 0, 0, 0,
	  { RST, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP } },

	{ "RST", RST_, 0, 0, 0, 0, 0,
	  { DRP, DRP, DRP, ABT, ABT, ABT, ABT, ABT, ABT, ABT, ABT } },
	{ "RST-ACK", RST_ | ACK_, 1, 0, 0, 0, 0,
	  { DRP, DRP, ABT, ABT, ABT, ABT, ABT, ABT, ABT, ABT, ABT } },
	{ "RST-ACK of nothing sent", RST_ | ACK_, 1, 0, 0, 1, 0,
	  { DRP, DRP, DRP, ABT, ABT, ABT, ABT, ABT, ABT, ABT, ABT } },
	{ "RST in window", RST_, 0, 0, 100, 0, 0,
	  { DRP, DRP, DRP, CHL, CHL, CHL, CHL, CHL, CHL, CHL, CHL } },
	{ "RST-ACK in window", RST_ | ACK_, 1, 0, 100, 0, 0,
	  { DRP, DRP, ABT, CHL, CHL, CHL, CHL, CHL, CHL, CHL, CHL } },
	{ "RST at the last number of the window", RST_, 0, 0, WND - 1, 0, 0,
	  { DRP, DRP, DRP, CHL, CHL, CHL, CHL, CHL, CHL, CHL, CHL } },
	{ "RST at the edge", RST_, 0, 0, WND, 0, 0,
	  { DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP } },
	{ "RST, old", RST_, 0, 0, -100000, 0, 0,
	  { DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP } },
	{ "RST, future", RST_, 0, 0, WND + 1, 0, 0,
	  { DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP } },
	{ "RST of before the FIN", RST_, 0, 0, -1, 0, 0,
	  { DRP, DRP, DRP, DRP, DRP, DRP, DRP, ABT, ABT, ABT, DRP } },
	{ "RST, bad timestamp", RST_, 0, 1, 0, 0, 0,
	  { DRP, DRP, DRP, ABT, ABT, ABT, ABT, ABT, ABT, ABT, ABT } },

	{ "text", ACK_, 1, 0, 0, 0, 100,
	  { RST, RST, DRP, ED,  PD,  PD,  PD,  PA,  PA,  PA,  ACK } },
	{ "text ahead", ACK_, 1, 0, 500, 0, 100,
	  { RST, RST, DRP, ED,  PD,  PD,  PD,  PA,  PA,  PA,  ACK } },
	{ "text half old", ACK_, 1, 0, -50, 0, 100,
	  { RST, RST, DRP, ED,  PD,  PD,  PD,  PA,  PA,  PA,  ACK } },
	{ "text half beyond the edge", ACK_, 1, 0, WND - 50, 0, 100,
	  { RST, RST, DRP, ED,  PD,  PD,  PD,  PA,  PA,  PA,  ACK } },
	{ "text just received", ACK_, 1, 0, -100, 0, 100,
	  { RST, RST, DRP, EST, PK,  PK,  PK,  PK,  PK,  PK,  ACK } },
	{ "text, old", ACK_, 1, 0, -100000, 0, 100,
	  { RST, RST, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "text at the edge", ACK_, 1, 0, WND, 0, 100,
	  { RST, RST, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "text, future", ACK_, 1, 0, 100000, 0, 100,
	  { RST, RST, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "text with old ACK", ACK_, 0, 0, 0, -1, 100,
	  { RST, RST, RST, RST, OLDD, OLDD, OLDD, OLD, OLD, OLD, ACK } },
	{ "text with ACK of what is unsent", ACK_, 1, 0, 0, 1, 100,
	  { RST, RST, RST, RST, CHL, CHL, CHL, CHL, CHL, CHL, ACK } },
	{ "text without ACK", 0, 0, 0, 0, 0, 100,
	  { RST, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP } },
	{ "text, bad timestamp", ACK_, 1, 1, 0, 0, 100,
	  { RST, RST, RST, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },

	{ "no flags", 0, 0, 0, 0, 0, 0,
	  { RST, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP, DRP } },
	{ "no flags, old", 0, 0, 0, -100000, 0, 0,
	  { RST, DRP, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "keepalive, empty", ACK_, 1, 0, -1, 0, 0,
	  { RST, RST, DRP, ACK, ACK, ACK, ACK, ACK, ACK, ACK, ACK } },
	{ "keepalive with a byte", ACK_, 1, 0, -1, 0, 1,
	  { RST, RST, DRP, EST, PK,  PK,  PK,  PK,  PK,  PK,  ACK } },
};

static struct atcp_fsm_ctx atcp_fsm_ctx_of(u8 state, u32 rcv, u32 snd)
{
	bool syn = state == TCP_SYN_SENT || state == TCP_SYN_RECV;

	return (struct atcp_fsm_ctx) {
		.state = state,
		.rcv_nxt = rcv,
		.rcv_wup = rcv,
		.rcv_wnd = WND,
		.iss = syn ? snd : snd - 1,
		.irs = rcv - 1,
		.snd_una = snd,
		.snd_nxt = snd + (syn ? 1 : FLIGHT),
		.max_wnd = MAX_WND,
		.passive = true,
	};
}

static struct atcp_seg atcp_fsm_seg_of(u8 flags, u32 seq, u32 ack, u32 len)
{
	return (struct atcp_seg) {
		.flags = flags,
		.seq = seq,
		.ack = ack,
		.len = len,
		.end_seq = seq + len + !!(flags & SYN_) + !!(flags & FIN_),
	};
}

static void atcp_fsm_check_row(struct kunit *test, const struct atcp_fsm_row *r, u32 rcv, u32 snd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_fsm_states); i++) {
		struct atcp_fsm_ctx c = atcp_fsm_ctx_of(atcp_fsm_states[i], rcv, snd);
		u32 ack = r->ack + (r->acks_all ? c.snd_nxt : c.snd_una);
		struct atcp_seg s = atcp_fsm_seg_of(r->flags, rcv + r->seq, ack, r->len);
		u32 got;

		c.paws_bad = r->paws_bad;
		got = atcp_fsm_verdict(&c, &s);
		KUNIT_EXPECT_EQ_MSG(test, got, r->want[i],
				    "%s in %s, rcv %u snd %u", r->name,
				    atcp_fsm_name(c.state), rcv, snd);
	}
}

static void atcp_fsm_verdict__matrix(struct kunit *test)
{
	static const u32 bases[] = {
		0, 1, 3000, 0x7ffffff0, 0x80000000, 0xffffff00, 0xffffffff
	};
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(atcp_fsm_rows); i++)
		for (j = 0; j < ARRAY_SIZE(bases); j++)
			for (k = 0; k < ARRAY_SIZE(bases); k++)
				atcp_fsm_check_row(test, &atcp_fsm_rows[i], bases[j], bases[k]);
}

static u32 atcp_fsm_ask(struct atcp_fsm_ctx *c, u8 flags, s32 seq, s32 ack, u32 len)
{
	struct atcp_seg s = atcp_fsm_seg_of(flags, c->rcv_nxt + seq, c->snd_nxt + ack, len);

	return atcp_fsm_verdict(c, &s);
}

/* SYN-RECEIVED of a simultaneous open: RFC 9293 section 3.5, figure 7. */
static void atcp_fsm_verdict__simultaneous_open(struct kunit *test)
{
	struct atcp_fsm_ctx c = atcp_fsm_ctx_of(TCP_SYN_RECV, 7, 9);

	c.passive = false;
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_ | ACK_, -1, 0, 0), EST);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_ | ACK_, -1, 0, 10), ED);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_ | ACK_, -1, -1, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_, -1, 0, 0), SNA);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_, 100, 0, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, 0), EST);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 1, 0), RST);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 0, 0, 0), ABT);
}

/* SYN-RECEIVED of a fast open whose SYN brought text: RCV.NXT is far from the SYN. */
static void atcp_fsm_verdict__fast_open(struct kunit *test)
{
	struct atcp_fsm_ctx c = atcp_fsm_ctx_of(TCP_SYN_RECV, 700, 9);

	c.irs = c.rcv_nxt - 101;
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_, -1, 0, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_, 0, 0, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_, 1000, 0, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_ | ACK_, 1000, 0, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_ | FIN_, 1000, 0, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_, -101, 0, 0), ACK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, SYN_, -101, 0, 100), SNA);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, 0), EST);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 0, 0, 0), ABT);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 1000, 0, 0), CHL);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, WND, 0, 0), DRP);
}

/* A zero window takes ACKs, RSTs and a bare FIN; text in it is a probe. */
static void atcp_fsm_verdict__zero_window(struct kunit *test)
{
	struct atcp_fsm_ctx c = atcp_fsm_ctx_of(TCP_ESTABLISHED, 7, 9);

	c.rcv_wnd = 0;
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, 0), PA);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, 1), PK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, 100), PK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, -50, 0, 100), PK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, -1, 0, 0), ACK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 1, 0, 0), ACK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 1, 0, 1), ACK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_ | FIN_, 0, 0, 0), PF);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_ | FIN_, 0, 0, 1), PK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 0, 0, 0), ABT);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 1, 0, 0), DRP);
}

/* Between the last window advertised and RCV.NXT, ACKs count without an answer. */
static void atcp_fsm_verdict__since_last_update(struct kunit *test)
{
	struct atcp_fsm_ctx c = atcp_fsm_ctx_of(TCP_ESTABLISHED, 3, 9);

	c.rcv_wup = c.rcv_nxt - 200;
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, -200, 0, 0), PA);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, -201, 0, 0), ACK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, -100, 0, 100), PK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, -100, 0, 0), DRP);
	/* The edge is where it was advertised, not WND after RCV.NXT. */
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, WND - 200, 0, 0), PA);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, WND - 199, 0, 0), ACK);
}

static void atcp_fsm_verdict__new_syn_recv_is_syn_recv(struct kunit *test)
{
	struct atcp_fsm_ctx c = atcp_fsm_ctx_of(TCP_SYN_RECV, 3, 9);
	u64 seed = 5;
	unsigned int i;

	for (i = 0; i < 10000; i++) {
		u8 flags = atcp_rand_below(&seed, 64);
		s32 seq = (s32)atcp_rand_below(&seed, 20) - 10;
		s32 ack = (s32)atcp_rand_below(&seed, 6) - 3;
		u32 want;

		c.state = TCP_SYN_RECV;
		want = atcp_fsm_ask(&c, flags, seq, ack, i & 3);
		c.state = TCP_NEW_SYN_RECV;
		KUNIT_ASSERT_EQ(test, atcp_fsm_ask(&c, flags, seq, ack, i & 3),
				want);
	}
}

/* What must be true of any verdict; names the rule that is broken. */
static const char *atcp_fsm_broken_rule(const struct atcp_fsm_ctx *c, const struct atcp_seg *s,
					u32 v)
{
	u32 replies = v & (ATCP_V_ACK | ATCP_V_CHALLENGE | ATCP_V_RST | ATCP_V_SYNACK);
	u32 right = atcp_seq_max(c->rcv_wup + c->rcv_wnd, c->rcv_nxt);

	if (!v)
		return "empty";
	if (v & ATCP_V_DROP && (v & ~(ATCP_V_DROP | replies)))
		return "dropped yet used";
	/* RFC 5961 section 3.2 and 4.2. */
	if (v & ATCP_V_ABORT && !(s->flags & ATCP_F_RST))
		return "ended without a RST";
	if (replies & (replies - 1))
		return "two replies";
	if (v & ATCP_V_ABORT && v != ATCP_V_ABORT)
		return "aborted yet used";
	if (s->flags & ATCP_F_RST && v & (ATCP_V_RST | ATCP_V_ACK))
		return "RST answered";
	if (v & ATCP_V_PROCESS_ACK &&
	    (!(s->flags & ATCP_F_ACK) || !atcp_seq_between(s->ack, c->snd_una, c->snd_nxt)))
		return "ACK out of range used";
	if (c->state == TCP_SYN_SENT || c->state == TCP_LISTEN)
		return NULL;
	if (v & ATCP_V_DATA &&
	    (!s->len || !atcp_seq_after(s->end_seq, c->rcv_nxt) || !atcp_seq_before(s->seq, right)))
		return "text out of window used";
	if (v & ATCP_V_FIN && c->state != TCP_TIME_WAIT &&
	    !atcp_seq_between(s->end_seq - 1, c->rcv_nxt, right))
		return "FIN out of window used";
	return NULL;
}

static void atcp_fsm_verdict__random(struct kunit *test)
{
	u64 seed = 42;
	unsigned int i;

	for (i = 0; i < 1000000; i++) {
		u8 state = atcp_fsm_states[i % ARRAY_SIZE(atcp_fsm_states)];
		struct atcp_fsm_ctx c = atcp_fsm_ctx_of(state, atcp_rand_next(&seed),
							atcp_rand_next(&seed));
		struct atcp_seg s;
		const char *broken;
		u32 v, shift;

		c.rcv_wnd = atcp_rand_below(&seed, 12);
		c.rcv_wup -= atcp_rand_below(&seed, 4);
		c.max_wnd = atcp_rand_below(&seed, 8);
		c.passive = atcp_rand_below(&seed, 2);
		c.paws_bad = !atcp_rand_below(&seed, 8);
		c.unread = atcp_rand_below(&seed, 2);
		s = atcp_fsm_seg_of(atcp_rand_below(&seed, 64),
				    c.rcv_nxt - 12 + atcp_rand_below(&seed, 24),
				    c.snd_una - 12 + atcp_rand_below(&seed, 24),
				    atcp_rand_below(&seed, 8));
		v = atcp_fsm_verdict(&c, &s);
		broken = atcp_fsm_broken_rule(&c, &s, v);
		if (broken)
			KUNIT_FAIL(test, "%s: round %u %s flags %x v %x",
				   broken, i, atcp_fsm_name(state), s.flags, v);

		/* The same a random distance further on. */
		shift = atcp_rand_next(&seed);
		c.rcv_nxt += shift;
		c.rcv_wup += shift;
		c.irs += shift;
		s.seq += shift;
		s.end_seq += shift;
		shift = atcp_rand_next(&seed);
		c.snd_una += shift;
		c.snd_nxt += shift;
		c.iss += shift;
		s.ack += shift;
		if (atcp_fsm_verdict(&c, &s) != v)
			KUNIT_FAIL(test, "not shift invariant: round %u", i);
	}
}

/* What SACK reported to the peer alone is as good as RCV.NXT. */
static void atcp_fsm_verdict__rst_after_held(struct kunit *test)
{
	struct atcp_fsm_ctx c = atcp_fsm_ctx_of(TCP_ESTABLISHED, -50, 1000);
	struct atcp_seg s = atcp_fsm_seg_of(RST_, c.rcv_nxt + 100, 0, 0);

	KUNIT_EXPECT_EQ(test, atcp_fsm_verdict(&c, &s), CHL);
	c.held = 100;
	KUNIT_EXPECT_EQ(test, atcp_fsm_verdict(&c, &s), ABT);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 0, 0, 0), ABT);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 99, 0, 0), CHL);
}

/* What reaches beyond the window is all or nothing; old text, FINs and probes are as ever. */
static void atcp_fsm_verdict__beyond_while_unread(struct kunit *test)
{
	struct atcp_fsm_ctx c = atcp_fsm_ctx_of(TCP_ESTABLISHED, -50, 1000);

	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, WND + 1), PD);
	c.unread = true;
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, WND), PD);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, WND + 1), ACK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 1, 0, WND), ACK);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_ | FIN_, 0, 0, WND), PDF);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, WND, 0, 0), PA);
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, RST_, 0, 0, WND + 1), ABT);
	/* The probe of a zero window has an ACK that counts. */
	c.rcv_wnd = 0;
	KUNIT_EXPECT_EQ(test, atcp_fsm_ask(&c, ACK_, 0, 0, 1), PK);
}

static void atcp_fsm_on_close__table(struct kunit *test)
{
	static const struct {
		u8 from, to;
		bool fin;
	} t[] = {
		{ 0, TCP_CLOSE, false },
		{ TCP_ESTABLISHED, TCP_FIN_WAIT1, true },
		{ TCP_SYN_SENT, TCP_CLOSE, false },
		{ TCP_SYN_RECV, TCP_FIN_WAIT1, true },
		{ TCP_FIN_WAIT1, TCP_FIN_WAIT1, false },
		{ TCP_FIN_WAIT2, TCP_FIN_WAIT2, false },
		{ TCP_TIME_WAIT, TCP_CLOSE, false },
		{ TCP_CLOSE, TCP_CLOSE, false },
		{ TCP_CLOSE_WAIT, TCP_LAST_ACK, true },
		{ TCP_LAST_ACK, TCP_LAST_ACK, false },
		{ TCP_LISTEN, TCP_CLOSE, false },
		{ TCP_CLOSING, TCP_CLOSING, false },
		{ TCP_NEW_SYN_RECV, TCP_CLOSE, false },
		{ 200, TCP_CLOSE, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct atcp_fsm_close got = atcp_fsm_on_close(t[i].from);

		KUNIT_EXPECT_EQ(test, got.state, t[i].to);
		KUNIT_EXPECT_EQ(test, got.fin, t[i].fin);
	}
}

static void atcp_fsm_on_fin__all_states(struct kunit *test)
{
	unsigned int s;

	for (s = 0; s < 20; s++) {
		u8 fin = s, acked = s;

		if (s == TCP_ESTABLISHED || s == TCP_SYN_RECV ||
		    s == TCP_NEW_SYN_RECV)
			fin = TCP_CLOSE_WAIT;
		if (s == TCP_FIN_WAIT1) {
			fin = TCP_CLOSING;
			acked = TCP_FIN_WAIT2;
		}
		if (s == TCP_FIN_WAIT2)
			fin = TCP_TIME_WAIT;
		if (s == TCP_CLOSING)
			acked = TCP_TIME_WAIT;
		if (s == TCP_LAST_ACK)
			acked = TCP_CLOSE;
		KUNIT_EXPECT_EQ(test, atcp_fsm_on_fin(s), fin);
		KUNIT_EXPECT_EQ(test, atcp_fsm_on_fin_acked(s), acked);
	}
}

/* Both orders of the two FINs, and both at once, end the same way. */
static void atcp_fsm_on_fin__paths(struct kunit *test)
{
	u8 s = atcp_fsm_on_close(TCP_ESTABLISHED).state;

	KUNIT_EXPECT_EQ(test, atcp_fsm_on_fin(atcp_fsm_on_fin_acked(s)),
			TCP_TIME_WAIT);
	KUNIT_EXPECT_EQ(test, atcp_fsm_on_fin_acked(atcp_fsm_on_fin(s)),
			TCP_TIME_WAIT);
	s = atcp_fsm_on_close(atcp_fsm_on_fin(TCP_ESTABLISHED)).state;
	KUNIT_EXPECT_EQ(test, atcp_fsm_on_fin_acked(s), TCP_CLOSE);
}

static void atcp_fsm_may__send_and_recv(struct kunit *test)
{
	unsigned int s;

	for (s = 0; s < 20; s++) {
		KUNIT_EXPECT_EQ(test, atcp_fsm_may_send(s),
				s == TCP_ESTABLISHED || s == TCP_CLOSE_WAIT);
		KUNIT_EXPECT_EQ(test, atcp_fsm_may_recv(s),
				s == TCP_ESTABLISHED || s == TCP_FIN_WAIT1 ||
				s == TCP_FIN_WAIT2);
	}
}

static void atcp_fsm_name__all(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, atcp_fsm_name(TCP_ESTABLISHED), "ESTABLISHED");
	KUNIT_EXPECT_STREQ(test, atcp_fsm_name(TCP_CLOSE), "CLOSE");
	KUNIT_EXPECT_STREQ(test, atcp_fsm_name(TCP_TIME_WAIT), "TIME_WAIT");
	KUNIT_EXPECT_STREQ(test, atcp_fsm_name(0), "UNKNOWN");
	KUNIT_EXPECT_STREQ(test, atcp_fsm_name(255), "UNKNOWN");
}

static struct kunit_case atcp_fsm_cases[] = {
	KUNIT_CASE(atcp_fsm_verdict__matrix),
	KUNIT_CASE(atcp_fsm_verdict__simultaneous_open),
	KUNIT_CASE(atcp_fsm_verdict__fast_open),
	KUNIT_CASE(atcp_fsm_verdict__zero_window),
	KUNIT_CASE(atcp_fsm_verdict__since_last_update),
	KUNIT_CASE(atcp_fsm_verdict__new_syn_recv_is_syn_recv),
	KUNIT_CASE(atcp_fsm_verdict__random),
	KUNIT_CASE(atcp_fsm_verdict__rst_after_held),
	KUNIT_CASE(atcp_fsm_verdict__beyond_while_unread),
	KUNIT_CASE(atcp_fsm_on_close__table),
	KUNIT_CASE(atcp_fsm_on_fin__all_states),
	KUNIT_CASE(atcp_fsm_on_fin__paths),
	KUNIT_CASE(atcp_fsm_may__send_and_recv),
	KUNIT_CASE(atcp_fsm_name__all),
	{}
};

static struct kunit_suite atcp_fsm_suite = {
	.name = "atcp_fsm",
	.test_cases = atcp_fsm_cases,
};

kunit_test_suite(atcp_fsm_suite);
