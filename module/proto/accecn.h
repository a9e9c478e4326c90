/* SPDX-License-Identifier: GPL-2.0 */
/* Accurate ECN (RFC 9768): counters of marks in both directions, and how they are told. */
#ifndef _ATCP_PROTO_ACCECN_H
#define _ATCP_PROTO_ACCECN_H

#include <linux/types.h>

struct atcp_opts;

#define ATCP_ACCECN_ACE_INIT	5	/* section 3.2.1 */
#define ATCP_ACCECN_ACE_MASK	7

/* Byte counters, in the order of the option's fields as we send them (order 1). */
#define ATCP_ACCECN_E1		0	/* ECT(1) */
#define ATCP_ACCECN_CE		1
#define ATCP_ACCECN_E0		2	/* ECT(0) */
#define ATCP_ACCECN_FIELDS	3

/* atcp_accecn.fail, numbers of Linux's tcpi_accecn_fail_mode */
#define ATCP_ACCECN_ACE_FAIL_SEND	1	/* a SYN-ACK without ACE went, or such a SYN came */
#define ATCP_ACCECN_ACE_FAIL_RECV	2	/* what comes back of the ACE field is not ours */
#define ATCP_ACCECN_OPT_FAIL_SEND	4	/* our ACKs with the option are lost, it seems */
#define ATCP_ACCECN_OPT_FAIL_RECV	8	/* the peer's option is changed, or came too late */

/* atcp_accecn.opt_seen, numbers of Linux's tcpi_accecn_opt_seen */
#define ATCP_ACCECN_OPT_NONE	0
#define ATCP_ACCECN_OPT_EMPTY	1	/* without fields */
#define ATCP_ACCECN_OPT_COUNTER	2
#define ATCP_ACCECN_OPT_BAD	3	/* a counter that never is 0 was */

/**
 * enum atcp_accecn_option - the knob net.atcp.ecn_option
 * @ATCP_ACCECN_OPTION_NEVER: not sent
 * @ATCP_ACCECN_OPTION_LEAST: when counters have changed, and so many times a round trip
 * @ATCP_ACCECN_OPTION_FULL: with whatever has room for it
 * @ATCP_ACCECN_OPTION_PERSIST: even where it seems to be what ACKs are lost for
 */
enum atcp_accecn_option {
	ATCP_ACCECN_OPTION_NEVER,
	ATCP_ACCECN_OPTION_LEAST,
	ATCP_ACCECN_OPTION_FULL,
	ATCP_ACCECN_OPTION_PERSIST,
};

/**
 * struct atcp_accecn - accurate ECN of a connection
 * @received_ce: marked packets that came (r.cep, from 0)
 * @received: bytes of payload that came, by ATCP_ACCECN_*
 * @delivered: the same of what we sent, as far as the peer's option told
 * @opt_us: when we sent the option last, us
 * @dsack_seq: of the D-SACK that went with it
 * @ewma: segments that an ACK acknowledges on average, times 32
 * @fail: ATCP_ACCECN_*_FAIL_*
 * @opt_seen: ATCP_ACCECN_OPT_* of the peer's option
 * @need: fields that the next option needs: up to the last that changed
 * @demand: so many options are to go with the next ACKs
 * @alone: 1 + the one counter that rose last, 0: unknown
 * @last_ip: ECN bits of the last packet that came
 * @pending: marked packets that no ACK has told of, up to 15
 * @syn_ip: ECN bits of the last SYN or SYN-ACK that came
 * @reflect: the next pure ACK answers such a one: it tells of these, and not of @received_ce
 * @third: the ACK of our SYN-ACK is still to be looked at
 * @handshake: the segment that is looked at has completed the handshake: its ACE is no counter
 * @fresh: no counter of the peer's was seen yet (of a client)
 * @sent_dsack: the last ACK had both the option and a D-SACK
 */
struct atcp_accecn {
	u32 received_ce;
	u32 received[ATCP_ACCECN_FIELDS];
	u32 delivered[ATCP_ACCECN_FIELDS];
	u64 opt_us;
	u32 dsack_seq;
	u16 ewma;
	u8 fail;
	u8 opt_seen;
	u8 need;
	u8 demand;
	u8 alone;
	u8 last_ip;
	u8 pending;
	u8 syn_ip;
	u8 reflect:1,
	   third:1,
	   handshake:1,
	   fresh:1,
	   sent_dsack:1;
};

/**
 * struct atcp_accecn_ack - an ACK that brought something new
 * @opts: its options
 * @segs: segments that it says have arrived
 * @bytes: the same in bytes
 * @mss: bytes of a full segment
 * @sent: bytes sent so far
 * @delivered_ce: segments that arrived marked, as far as is known
 * @ace: its ACE field
 * @handshake: it completes the handshake: its ACE is no counter
 * @exact: @segs and @bytes can be trusted: there is SACK, or nothing is amiss
 */
struct atcp_accecn_ack {
	const struct atcp_opts *opts;
	u32 segs;
	u32 bytes;
	u32 mss;
	u64 sent;
	u32 delivered_ce;
	u8 ace;
	bool handshake;
	bool exact;
};

u8 atcp_accecn_ace(u8 flags, bool ae);
u16 atcp_accecn_flags(u8 ace);
bool atcp_accecn_asked(u8 ace);
u8 atcp_accecn_reflect(u8 ip);
u8 atcp_accecn_reflected(u8 ace);
bool atcp_accecn_mangled(u8 sent, u8 got);
u8 atcp_accecn_synack(u8 ace);
u8 atcp_accecn_third_ack(u8 ace, bool bare, u8 sent, bool check, bool *ce);
u8 atcp_accecn_opt_check(const struct atcp_opts *o);
void atcp_accecn_opt_saw(struct atcp_accecn *a, const struct atcp_opts *o);
bool atcp_accecn_received(struct atcp_accecn *a, u8 ip, u32 segs, u32 len);
u8 atcp_accecn_count(const struct atcp_accecn *a);
u32 atcp_accecn_rcv_ack(struct atcp_accecn *a, const struct atcp_accecn_ack *k);
bool atcp_accecn_opt_due(const struct atcp_accecn *a, int option, u32 beacon, u64 now_us,
			 u32 srtt_us);

#endif /* _ATCP_PROTO_ACCECN_H */
