// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine of RFC 9293 section 3.10, with RFC 5961 and RFC 7323 in it.
 *
 * Nothing here acts: functions say what the next state is, or what an arriving
 * segment calls for, and the callers do it.
 *
 * Where the RFCs leave room it does as Linux does:
 *  - segments between the RCV.NXT of the last window advertised and the present
 *    RCV.NXT still have their ACK used, so that reordered pure ACKs do not cause
 *    ACKs in return;
 *  - a segment without text at the very right edge of the window is acceptable: a
 *    peer that filled the window sends its pure ACKs from there;
 *  - a FIN that needs no buffer space is taken even from a zero window;
 *  - text that reaches beyond the window is taken whole by an empty queue, and refused
 *    whole while the program has not read what came before (Linux from 6.17 on).
 */
#include "proto/fsm.h"

#include <linux/kernel.h>
#include <net/tcp_states.h>

#include "proto/seg.h"
#include "proto/seq.h"

/* What close() does (RFC 9293 section 3.10.4), as Linux's table. */
static const struct atcp_fsm_close atcp_fsm_close_table[] = {
	[0]			= { TCP_CLOSE,		false },
	[TCP_ESTABLISHED]	= { TCP_FIN_WAIT1,	true },
	[TCP_SYN_SENT]		= { TCP_CLOSE,		false },
	[TCP_SYN_RECV]		= { TCP_FIN_WAIT1,	true },
	[TCP_FIN_WAIT1]		= { TCP_FIN_WAIT1,	false },
	[TCP_FIN_WAIT2]		= { TCP_FIN_WAIT2,	false },
	[TCP_TIME_WAIT]		= { TCP_CLOSE,		false },
	[TCP_CLOSE]		= { TCP_CLOSE,		false },
	[TCP_CLOSE_WAIT]	= { TCP_LAST_ACK,	true },
	[TCP_LAST_ACK]		= { TCP_LAST_ACK,	false },
	[TCP_LISTEN]		= { TCP_CLOSE,		false },
	[TCP_CLOSING]		= { TCP_CLOSING,	false },
	[TCP_NEW_SYN_RECV]	= { TCP_CLOSE,		false },
};

static const char * const atcp_fsm_names[] = {
	[TCP_ESTABLISHED]	= "ESTABLISHED",
	[TCP_SYN_SENT]		= "SYN_SENT",
	[TCP_SYN_RECV]		= "SYN_RECV",
	[TCP_FIN_WAIT1]		= "FIN_WAIT1",
	[TCP_FIN_WAIT2]		= "FIN_WAIT2",
	[TCP_TIME_WAIT]		= "TIME_WAIT",
	[TCP_CLOSE]		= "CLOSE",
	[TCP_CLOSE_WAIT]	= "CLOSE_WAIT",
	[TCP_LAST_ACK]		= "LAST_ACK",
	[TCP_LISTEN]		= "LISTEN",
	[TCP_CLOSING]		= "CLOSING",
	[TCP_NEW_SYN_RECV]	= "NEW_SYN_RECV",
};

/**
 * atcp_fsm_on_close() - what close() or shutdown(SHUT_WR) does
 * @state: present state
 */
struct atcp_fsm_close atcp_fsm_on_close(u8 state)
{
	if (state >= ARRAY_SIZE(atcp_fsm_close_table))
		state = 0;
	return atcp_fsm_close_table[state];
}

/**
 * atcp_fsm_on_fin() - the state after the peer's FIN, all before it received
 * @state: present state; from FIN-WAIT-1 our own FIN is not acknowledged yet
 *
 * RFC 9293 section 3.10.7.4, eighth step. Other states stay.
 */
u8 atcp_fsm_on_fin(u8 state)
{
	switch (state) {
	case TCP_SYN_RECV:
	case TCP_NEW_SYN_RECV:
	case TCP_ESTABLISHED:
		return TCP_CLOSE_WAIT;
	case TCP_FIN_WAIT1:
		return TCP_CLOSING;
	case TCP_FIN_WAIT2:
		return TCP_TIME_WAIT;
	default:
		return state;
	}
}

/**
 * atcp_fsm_on_fin_acked() - the state after the peer acknowledged our FIN
 * @state: present state
 *
 * RFC 9293 section 3.10.7.4, fifth step. Other states stay.
 */
u8 atcp_fsm_on_fin_acked(u8 state)
{
	switch (state) {
	case TCP_FIN_WAIT1:
		return TCP_FIN_WAIT2;
	case TCP_CLOSING:
		return TCP_TIME_WAIT;
	case TCP_LAST_ACK:
		return TCP_CLOSE;
	default:
		return state;
	}
}

/**
 * atcp_fsm_may_send() - whether new data may be queued and sent
 * @state: present state
 */
bool atcp_fsm_may_send(u8 state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
}

/**
 * atcp_fsm_may_recv() - whether the peer may still send data
 * @state: present state
 */
bool atcp_fsm_may_recv(u8 state)
{
	return state == TCP_ESTABLISHED || state == TCP_FIN_WAIT1 ||
	       state == TCP_FIN_WAIT2;
}

/**
 * atcp_fsm_name() - a state's name, "UNKNOWN" for none
 * @state: state
 */
const char *atcp_fsm_name(u8 state)
{
	if (state >= ARRAY_SIZE(atcp_fsm_names) || !atcp_fsm_names[state])
		return "UNKNOWN";
	return atcp_fsm_names[state];
}

/* RFC 9293 section 3.10.7.1 */
static u32 atcp_fsm_in_closed(const struct atcp_seg *s)
{
	if (s->flags & ATCP_F_RST)
		return ATCP_V_DROP;
	return ATCP_V_RST | ATCP_V_DROP;
}

/* RFC 9293 section 3.10.7.2; a SYN with FIN opens nothing. */
static u32 atcp_fsm_in_listen(const struct atcp_seg *s)
{
	if (s->flags & ATCP_F_RST)
		return ATCP_V_DROP;
	if (s->flags & ATCP_F_ACK)
		return ATCP_V_RST | ATCP_V_DROP;
	if (s->flags & ATCP_F_SYN && !(s->flags & ATCP_F_FIN))
		return ATCP_V_NEW_SYN;
	return ATCP_V_DROP;
}

/* The text and FIN of a segment that comes with the end of the handshake. */
static u32 atcp_fsm_text(const struct atcp_seg *s)
{
	return (s->len ? ATCP_V_DATA : 0) |
	       (s->flags & ATCP_F_FIN ? ATCP_V_FIN : 0);
}

/* RFC 9293 section 3.10.7.3 */
static u32 atcp_fsm_in_syn_sent(const struct atcp_fsm_ctx *c,
				const struct atcp_seg *s)
{
	bool has_ack = s->flags & ATCP_F_ACK;

	if (has_ack && (!atcp_seq_after(s->ack, c->snd_una) ||
			atcp_seq_after(s->ack, c->snd_nxt) || c->paws_bad)) {
		if (s->flags & ATCP_F_RST)
			return ATCP_V_DROP;
		return ATCP_V_RST | ATCP_V_DROP;
	}
	if (s->flags & ATCP_F_RST)
		return has_ack ? ATCP_V_ABORT : ATCP_V_DROP;
	if (!(s->flags & ATCP_F_SYN) || c->paws_bad)
		return ATCP_V_DROP;
	if (!has_ack)
		return ATCP_V_SIMOPEN;
	return ATCP_V_ESTABLISH | ATCP_V_PROCESS_ACK | atcp_fsm_text(s);
}

static u32 atcp_fsm_right_edge(const struct atcp_fsm_ctx *c)
{
	/* Never left of RCV.NXT, whatever the peer sent beyond the window. */
	return atcp_seq_max(c->rcv_wup + c->rcv_wnd, c->rcv_nxt);
}

static bool atcp_fsm_seq_ok(const struct atcp_fsm_ctx *c,
			    const struct atcp_seg *s)
{
	u32 right = atcp_fsm_right_edge(c);

	if (atcp_seq_before(s->end_seq, c->rcv_wup))
		return false;
	/* Text has no place at the edge, but in a zero window it is a probe. */
	if (s->len && right != c->rcv_nxt)
		return atcp_seq_before(s->seq, right) &&
		       !(c->unread && atcp_seq_after(s->seq + s->len, right));
	return !atcp_seq_after(s->seq, right);
}

/*
 * Second step: a RST, by RFC 5961 section 3.2; PAWS does not apply to it. What a
 * peer sends after lost text has the number that follows all it sent: SACK told
 * the two ends alone where that is.
 */
static u32 atcp_fsm_on_rst(const struct atcp_fsm_ctx *c,
			   const struct atcp_seg *s)
{
	if (s->seq == c->rcv_nxt || s->seq == c->rcv_nxt + c->held)
		return ATCP_V_ABORT;
	/* Some peers reset with the number before their FIN's. */
	if (s->seq == c->rcv_nxt - 1 &&
	    (c->state == TCP_CLOSE_WAIT || c->state == TCP_LAST_ACK ||
	     c->state == TCP_CLOSING))
		return ATCP_V_ABORT;
	/* The right edge is outside, other than for ACKs. */
	return !atcp_seq_before(s->seq, c->rcv_nxt) &&
	       atcp_seq_before(s->seq, atcp_fsm_right_edge(c)) ?
	       ATCP_V_CHALLENGE | ATCP_V_DROP : ATCP_V_DROP;
}

/*
 * Seventh and eighth step: is there anything new in the text or the FIN?
 * The caller found the sequence number acceptable.
 */
static u32 atcp_fsm_new_text(const struct atcp_fsm_ctx *c,
			     const struct atcp_seg *s)
{
	u32 right = atcp_fsm_right_edge(c);
	bool fin = s->flags & ATCP_F_FIN;
	u32 v = 0;

	if (s->seq == s->end_seq)
		return 0;
	/* Nothing but old text: a retransmission or a keepalive probe. */
	if (!atcp_seq_after(s->end_seq, c->rcv_nxt))
		return ATCP_V_ACK;
	/* The peer's FIN came before: what follows it is not of the stream. */
	if (c->state == TCP_CLOSE_WAIT || c->state == TCP_CLOSING ||
	    c->state == TCP_LAST_ACK)
		return 0;

	if (s->len && atcp_seq_before(atcp_seq_max(s->seq, c->rcv_nxt), right) &&
	    atcp_seq_after(s->end_seq - fin, c->rcv_nxt))
		v |= ATCP_V_DATA;
	if (fin && !atcp_seq_after(s->end_seq - 1, right))
		v |= ATCP_V_FIN;
	/* A probe of a zero window: nothing can be taken, answer it. */
	return v ?: ATCP_V_ACK;
}

/* Fourth and fifth step in SYN-RECEIVED; the sequence number is acceptable. */
static u32 atcp_fsm_in_syn_recv(const struct atcp_fsm_ctx *c,
				const struct atcp_seg *s)
{
	/*
	 * RFC 5961 section 4.2 here too: by RFC 793 a passive open went back to LISTEN,
	 * which a forged SYN could have.
	 */
	if (s->flags & ATCP_F_SYN && s->seq != c->irs)
		return ATCP_V_CHALLENGE | ATCP_V_DROP;
	if (s->flags & ATCP_F_SYN) {
		if (!(s->flags & ATCP_F_ACK))
			return ATCP_V_SYNACK | ATCP_V_DROP;
		/* The SYN-ACK of a simultaneous open ends it. */
		if (c->passive || s->ack != c->snd_nxt)
			return ATCP_V_CHALLENGE | ATCP_V_DROP;
	}
	if (!(s->flags & ATCP_F_ACK))
		return ATCP_V_DROP;
	if (!atcp_seq_after(s->ack, c->snd_una) ||
	    atcp_seq_after(s->ack, c->snd_nxt))
		return ATCP_V_RST | ATCP_V_DROP;
	/*
	 * An ACK below RCV.NXT establishes, and does not deserve an answer: the
	 * SYN of a SYN-ACK is old by nature.
	 */
	return ATCP_V_ESTABLISH | ATCP_V_PROCESS_ACK |
	       (atcp_fsm_new_text(c, s) & (ATCP_V_DATA | ATCP_V_FIN));
}

/*
 * TIME-WAIT. A SYN above RCV.NXT may open a new connection (RFC 9293 section
 * 3.10.7.4; by a newer timestamp, RFC 6191, is for the caller to see). An empty
 * ACK that is in order has nothing to tell: answering it would make an ACK loop.
 */
static u32 atcp_fsm_in_time_wait(const struct atcp_fsm_ctx *c,
				 const struct atcp_seg *s)
{
	if (s->flags & ATCP_F_SYN) {
		if (!(s->flags & ATCP_F_ACK) && !c->paws_bad &&
		    atcp_seq_after(s->seq, c->rcv_nxt))
			return ATCP_V_NEW_SYN;
		return ATCP_V_ACK | ATCP_V_DROP;
	}
	if (c->paws_bad || !atcp_fsm_seq_ok(c, s))
		return ATCP_V_ACK | ATCP_V_DROP;
	if (!(s->flags & ATCP_F_ACK))
		return ATCP_V_DROP;
	if (s->flags & ATCP_F_FIN && s->end_seq == c->rcv_nxt &&
	    !atcp_seq_after(s->ack, c->snd_nxt))
		return ATCP_V_ACK | ATCP_V_FIN;
	if (s->seq == s->end_seq && !atcp_seq_after(s->ack, c->snd_nxt))
		return ATCP_V_DROP;
	return ATCP_V_ACK | ATCP_V_DROP;
}

/* Fifth step in the synchronized states, with RFC 5961 section 5.2. */
static u32 atcp_fsm_on_ack(const struct atcp_fsm_ctx *c,
			   const struct atcp_seg *s)
{
	if (atcp_seq_after(s->ack, c->snd_nxt) ||
	    atcp_seq_before(s->ack, c->snd_una - c->max_wnd))
		return ATCP_V_CHALLENGE | ATCP_V_DROP;
	if (atcp_seq_before(s->ack, c->snd_una))
		return ATCP_V_OLD_ACK;
	return ATCP_V_PROCESS_ACK;
}

/* The states from SYN-RECEIVED on: RFC 9293 section 3.10.7.4. */
static u32 atcp_fsm_in_other(const struct atcp_fsm_ctx *c,
			     const struct atcp_seg *s)
{
	bool half_open = c->state == TCP_SYN_RECV ||
			 c->state == TCP_NEW_SYN_RECV;
	u32 v;

	if (s->flags & ATCP_F_RST)
		return atcp_fsm_on_rst(c, s);
	if (c->state == TCP_TIME_WAIT)
		return atcp_fsm_in_time_wait(c, s);
	/* RFC 5961 section 4.2: wherever the SYN lies. */
	if (s->flags & ATCP_F_SYN && !half_open)
		return ATCP_V_CHALLENGE | ATCP_V_DROP;
	if (c->paws_bad || !atcp_fsm_seq_ok(c, s))
		return ATCP_V_ACK | ATCP_V_DROP;
	if (half_open)
		return atcp_fsm_in_syn_recv(c, s);
	if (!(s->flags & ATCP_F_ACK))
		return ATCP_V_DROP;

	v = atcp_fsm_on_ack(c, s);
	if (v & ATCP_V_DROP)
		return v;
	return v | atcp_fsm_new_text(c, s);
}

/**
 * atcp_fsm_verdict() - what an arriving segment calls for
 * @c: the connection
 * @s: the segment, its checksum and addresses found good
 *
 * Return: ATCP_V_* bits, never 0.
 */
u32 atcp_fsm_verdict(const struct atcp_fsm_ctx *c, const struct atcp_seg *s)
{
	switch (c->state) {
	case TCP_LISTEN:
		return atcp_fsm_in_listen(s);
	case TCP_SYN_SENT:
		return atcp_fsm_in_syn_sent(c, s);
	case TCP_SYN_RECV:
	case TCP_NEW_SYN_RECV:
	case TCP_ESTABLISHED:
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSE_WAIT:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
	case TCP_TIME_WAIT:
		return atcp_fsm_in_other(c, s);
	default:
		return atcp_fsm_in_closed(s);
	}
}
