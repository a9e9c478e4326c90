// SPDX-License-Identifier: GPL-2.0
/*
 * Accurate ECN (RFC 9768): how many packets and bytes arrived marked, told by the receiver
 * on every segment, so that a sender learns of each mark and not once a round trip.
 *
 *	ACE	the bits AE, CWR and ECE: in a handshake the ECN bits that the last SYN came
 *		with, and after it the marked packets that came, modulo 8, beginning with 5
 *	option	bytes of payload that came as ECT(1), CE and ECT(0), modulo 2^24
 *
 * Three bits wrap within an ACK of eight segments. The option, which counts bytes, tells by
 * how much; without it the worst is taken that fits (appendix A.2), but where ACKs are for
 * many segments as a rule: there one that seems to say that most of them were marked says
 * that few were.
 *
 * What a middlebox may do to these bits is looked for on both ways (section 3.2.2.3 and 4,
 * 3.2.3.2): they are overwritten if a SYN's ECN bits come back as others, if ACE comes back
 * as 0 from the handshake, or if a counter of the option does that never is 0.
 */
#include "proto/accecn.h"

#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "proto/ecn.h"
#include "proto/opts.h"
#include "proto/seg.h"

#define ATCP_ACCECN_BYTES_BITS	24
#define ATCP_ACCECN_BYTES_MASK	((1u << ATCP_ACCECN_BYTES_BITS) - 1)

/* An option is due when a counter has passed a multiple of this (section 3.2.3.3). */
#define ATCP_ACCECN_SPAN_SHIFT	22

/* An option that comes first after so many bytes may have wrapped before. */
#define ATCP_ACCECN_TOO_LATE	((1u << (ATCP_ACCECN_BYTES_BITS - 1)) - 1)

/* &atcp_accecn.ewma: fraction bits, weight of the past, and from where ACKs are for many. */
#define ATCP_ACCECN_EWMA_SHIFT	5
#define ATCP_ACCECN_EWMA_WEIGHT	6
#define ATCP_ACCECN_EWMA_MANY	(4 << ATCP_ACCECN_EWMA_SHIFT)

/* The counter that a packet with such ECN bits is counted by; that of Not-ECT is none. */
static const u8 atcp_accecn_counter[] = {
	[ATCP_ECN_IP_ECT_1] = ATCP_ACCECN_E1,
	[ATCP_ECN_IP_ECT_0] = ATCP_ACCECN_E0,
	[ATCP_ECN_IP_CE]    = ATCP_ACCECN_CE,
};

/* What a counter begins with on the wire: not 0 where overwriting is to be seen. */
static const u8 atcp_accecn_first[ATCP_ACCECN_FIELDS] = {
	[ATCP_ACCECN_E1] = 1,
	[ATCP_ACCECN_E0] = 1,
};

/**
 * atcp_accecn_ace() - the ACE field of a header
 * @flags: ATCP_F_* of its 14th byte
 * @ae: the bit before them, which RFC 3540 had called NS
 */
u8 atcp_accecn_ace(u8 flags, bool ae)
{
	return (ae ? 4 : 0) | (flags & ATCP_F_CWR ? 2 : 0) | (flags & ATCP_F_ECE ? 1 : 0);
}

/**
 * atcp_accecn_flags() - the bits of an ACE field
 * @ace: the field
 *
 * Return: %ATCP_F_AE, %ATCP_F_CWR and %ATCP_F_ECE
 */
u16 atcp_accecn_flags(u8 ace)
{
	return (ace & 4 ? ATCP_F_AE : 0) | (ace & 2 ? ATCP_F_CWR : 0) | (ace & 1 ? ATCP_F_ECE : 0);
}

/**
 * atcp_accecn_asked() - does a SYN ask for accurate ECN?
 * @ace: its ACE field
 *
 * Section 3.1.2: all do that neither ask for nothing nor for that of RFC 3168, so that
 * there can be others one day.
 */
bool atcp_accecn_asked(u8 ace)
{
	return ace && ace != 3;
}

/**
 * atcp_accecn_reflect() - the ACE field that answers a SYN or SYN-ACK (tables 2 and 3)
 * @ip: the ECN bits that it came with
 */
u8 atcp_accecn_reflect(u8 ip)
{
	static const u8 ace[] = {
		[ATCP_ECN_IP_NOT_ECT] = 2,
		[ATCP_ECN_IP_ECT_1] = 3,
		[ATCP_ECN_IP_ECT_0] = 4,
		[ATCP_ECN_IP_CE] = 6,
	};

	return ace[ip & ATCP_ECN_IP_MASK];
}

/**
 * atcp_accecn_reflected() - the ECN bits that our SYN or SYN-ACK came with
 * @ace: the ACE field of the answer, one that atcp_accecn_reflect() can give
 */
u8 atcp_accecn_reflected(u8 ace)
{
	switch (ace) {
	case 3:
		return ATCP_ECN_IP_ECT_1;
	case 4:
		return ATCP_ECN_IP_ECT_0;
	case 6:
		return ATCP_ECN_IP_CE;
	default:
		return ATCP_ECN_IP_NOT_ECT;
	}
}

/**
 * atcp_accecn_mangled() - can ECN bits have become others on an honest path?
 * @sent: those that a packet left with
 * @got: those that it came with
 *
 * Section 3.2.2.3: a router may mark what is ECT, and may turn one ECT into the other.
 */
bool atcp_accecn_mangled(u8 sent, u8 got)
{
	if (sent == got)
		return false;
	return sent == ATCP_ECN_IP_NOT_ECT || got == ATCP_ECN_IP_NOT_ECT ||
	       sent == ATCP_ECN_IP_CE;
}

/**
 * atcp_accecn_synack() - what a SYN-ACK agrees to that answers a SYN with AE, CWR and ECE
 * @ace: its ACE field
 *
 * Return: %ATCP_ECN_ACC, %ATCP_ECN_OK for ECN by RFC 3168, or 0 for none (table 2). 7 is what
 * a host answers that sends reserved bits back.
 */
u8 atcp_accecn_synack(u8 ace)
{
	switch (ace) {
	case 0:
	case 7:
		return 0;
	case 1:
		return ATCP_ECN_OK;
	default:
		return ATCP_ECN_ACC;
	}
}

/**
 * atcp_accecn_third_ack() - what the answer to our SYN-ACK says of it (table 4)
 * @ace: its ACE field
 * @bare: it is a pure ACK without SACK, whose ACE is about the SYN-ACK; else it is a counter,
 *	which cannot be 0 so early
 * @sent: ECN bits that the SYN-ACK left with
 * @check: look whether they were overwritten
 * @ce: set: it came marked
 *
 * Return: ATCP_ACCECN_*_FAIL_*
 */
u8 atcp_accecn_third_ack(u8 ace, bool bare, u8 sent, bool check, bool *ce)
{
	*ce = false;
	if (!ace)
		return ATCP_ACCECN_ACE_FAIL_RECV | ATCP_ACCECN_OPT_FAIL_RECV;
	if (!bare || ace == 1 || ace == 5 || ace == 7)
		return 0;
	if (check && atcp_accecn_mangled(sent, atcp_accecn_reflected(ace)))
		return ATCP_ACCECN_ACE_FAIL_RECV;
	*ce = atcp_accecn_reflected(ace) == ATCP_ECN_IP_CE;
	return 0;
}

/* The counter in a field of an option that came. */
static u8 atcp_accecn_field(const struct atcp_opts *o, u8 i)
{
	return o->accecn_order ? i : ATCP_ACCECN_FIELDS - 1 - i;
}

/**
 * atcp_accecn_opt_check() - is an option as its sender made it?
 * @o: options with one
 *
 * Section 3.2.3.2.3: the counters of ECT(0) and ECT(1) do not begin with 0.
 *
 * Return: ATCP_ACCECN_OPT_*
 */
u8 atcp_accecn_opt_check(const struct atcp_opts *o)
{
	u8 i;

	if (!o->accecn_fields)
		return ATCP_ACCECN_OPT_EMPTY;
	for (i = 0; i < o->accecn_fields; i++)
		if (atcp_accecn_first[atcp_accecn_field(o, i)] && !o->accecn[i])
			return ATCP_ACCECN_OPT_BAD;
	return ATCP_ACCECN_OPT_COUNTER;
}

/**
 * atcp_accecn_opt_saw() - the first options are looked at: they may have been overwritten
 * @a: accurate ECN of the connection
 * @o: options, perhaps with one
 */
void atcp_accecn_opt_saw(struct atcp_accecn *a, const struct atcp_opts *o)
{
	if (!o->has_accecn || a->opt_seen >= ATCP_ACCECN_OPT_COUNTER)
		return;
	a->opt_seen = atcp_accecn_opt_check(o);
	if (a->opt_seen == ATCP_ACCECN_OPT_BAD)
		a->fail |= ATCP_ACCECN_OPT_FAIL_RECV;
}

/**
 * atcp_accecn_received() - packets came
 * @a: accurate ECN of the connection
 * @ip: their ECN bits
 * @segs: how many
 * @len: bytes of payload in them
 *
 * Return: the bits are others than before: an ACK tells of that at once, so that the sender
 * can say which bytes had which (section 3.2.2.5.1)
 */
bool atcp_accecn_received(struct atcp_accecn *a, u8 ip, u32 segs, u32 len)
{
	bool edge = ip != a->last_ip, ce = ip == ATCP_ECN_IP_CE;

	if (ce) {
		a->received_ce += segs;
		a->pending = min(a->pending + segs, 15u);
	}
	if (ip != ATCP_ECN_IP_NOT_ECT && len) {
		u8 i = atcp_accecn_counter[ip];
		u32 was = a->received[i];

		a->received[i] += len;
		a->need = max_t(u8, a->need, i + 1);
		if ((a->received[i] ^ was) >> ATCP_ACCECN_SPAN_SHIFT)
			a->demand = max_t(u8, a->demand, 1);
	}
	/* Two, so that the second one's bytes are of one kind for certain. */
	if (edge || ce)
		a->demand = 2;
	a->last_ip = ip;
	return edge;
}

/**
 * atcp_accecn_count() - the ACE field of a segment that is sent after the handshake
 * @a: accurate ECN of the connection
 */
u8 atcp_accecn_count(const struct atcp_accecn *a)
{
	return (a->received_ce + ATCP_ACCECN_ACE_INIT) & ATCP_ACCECN_ACE_MASK;
}

/* A field of the option: by how much has its counter risen, of which 24 bits are told? */
static s32 atcp_accecn_update(struct atcp_accecn *a, u8 i, u32 field)
{
	u32 told = field - atcp_accecn_first[i];
	s32 delta = sign_extend32((told - a->delivered[i]) & ATCP_ACCECN_BYTES_MASK,
				  ATCP_ACCECN_BYTES_BITS - 1);

	a->delivered[i] += delta;
	return delta;
}

/* No option came: it may be known all the same which counter has risen. */
static bool atcp_accecn_without(struct atcp_accecn *a, const struct atcp_accecn_ack *k)
{
	if (!a->opt_seen) {
		if (k->sent >= ATCP_ACCECN_TOO_LATE) {
			a->opt_seen = ATCP_ACCECN_OPT_BAD;
			a->fail |= ATCP_ACCECN_OPT_FAIL_RECV;
		}
		return false;
	}
	if (!a->alone)
		return false;
	a->delivered[a->alone - 1] += k->bytes;
	return true;
}

/*
 * The option brings the counters of bytes up to date; true: what they have risen by is
 * certain. A receiver leaves out fields that have not changed, and whole options: if one
 * counter alone has risen, it is the one that goes on rising.
 */
static bool atcp_accecn_rcv_option(struct atcp_accecn *a, const struct atcp_accecn_ack *k)
{
	bool unclear = false, sure = a->alone, first = true;
	u8 before = a->alone, i;

	if (a->fail & ATCP_ACCECN_OPT_FAIL_RECV)
		return false;
	if (!k->opts->has_accecn)
		return atcp_accecn_without(a, k);

	atcp_accecn_opt_saw(a, k->opts);
	for (i = 0; i < k->opts->accecn_fields; i++) {
		u8 counter = atcp_accecn_field(k->opts, i);
		s32 delta = atcp_accecn_update(a, counter, k->opts->accecn[i]);

		/* Less than before: an older option, or what was guessed was too much. */
		if (delta < 0)
			unclear = true;
		if (!delta || counter + 1 == before)
			continue;
		if (first)
			a->alone = counter + 1;
		else
			unclear = true;
		first = false;
	}
	if (unclear)
		a->alone = 0;
	return sure && !unclear;
}

static void atcp_accecn_average(struct atcp_accecn *a, u32 segs)
{
	u32 now = segs << ATCP_ACCECN_EWMA_SHIFT, ewma = a->ewma;

	if (!segs)
		return;
	if (ewma)
		now = ((ewma << ATCP_ACCECN_EWMA_WEIGHT) - ewma + now) >> ATCP_ACCECN_EWMA_WEIGHT;
	a->ewma = min_t(u32, now, U16_MAX);
}

/*
 * The counter may have wrapped: @least is what it says, @most is as many whole turns more as
 * the ACK has room for. @ce: bytes that the option says were marked.
 */
static u32 atcp_accecn_wraps(const struct atcp_accecn_ack *k, u32 least, u32 most, u32 ce)
{
	u64 likely;

	if (!ce)
		return least;
	/* More than one turn has room: as many of the segments as of the bytes (A.2.2). */
	if (k->segs >= 2 * (ATCP_ACCECN_ACE_MASK + 1) && k->exact) {
		if (k->bytes <= ce)
			return most;
		likely = div64_u64((u64)ce * k->segs + k->bytes - 1, k->bytes);
		return min_t(u64, most, least + (likely & ~(u64)ATCP_ACCECN_ACE_MASK));
	}
	if (ce > (u64)least * k->mss)
		return most;
	return ce < (u64)most * k->mss / 2 ? least : most;
}

/**
 * atcp_accecn_rcv_ack() - an ACK that brought something new
 * @a: accurate ECN of the connection
 * @k: the ACK
 *
 * Return: segments that arrived marked, as far as it is told, and was not known before
 */
u32 atcp_accecn_rcv_ack(struct atcp_accecn *a, const struct atcp_accecn_ack *k)
{
	u32 ce = a->delivered[ATCP_ACCECN_CE], least, most;
	bool sure = atcp_accecn_rcv_option(a, k), fresh = a->fresh;

	atcp_accecn_average(a, k->segs);
	if (k->handshake)
		return 0;
	a->fresh = 0;
	/* Section 3.2.2.4: it begins with 5, and so many marks at once are not to be believed. */
	if (fresh && !k->ace)
		a->fail |= ATCP_ACCECN_ACE_FAIL_RECV;
	if (a->fail & ATCP_ACCECN_ACE_FAIL_RECV)
		return 0;

	least = (k->ace - ATCP_ACCECN_ACE_INIT - k->delivered_ce) & ATCP_ACCECN_ACE_MASK;
	if (k->segs <= ATCP_ACCECN_ACE_MASK)
		return least;
	most = k->segs - ((k->segs - least) & ATCP_ACCECN_ACE_MASK);
	if (sure)
		return atcp_accecn_wraps(k, least, most, a->delivered[ATCP_ACCECN_CE] - ce);
	return a->ewma > ATCP_ACCECN_EWMA_MANY ? least : most;
}

/**
 * atcp_accecn_opt_due() - is the option to go with the next segment that has room?
 * @a: accurate ECN of the connection
 * @option: enum atcp_accecn_option
 * @beacon: times a round trip, at the least; 0: only when something has changed
 * @now_us: the time now
 * @srtt_us: round trip
 *
 * Section 3.2.3.2.1: not to a peer that has shown none of its own.
 */
bool atcp_accecn_opt_due(const struct atcp_accecn *a, int option, u32 beacon, u64 now_us,
			 u32 srtt_us)
{
	if (option == ATCP_ACCECN_OPTION_NEVER || !a->opt_seen)
		return false;
	if ((a->fail & ATCP_ACCECN_OPT_FAIL_SEND) && option < ATCP_ACCECN_OPTION_PERSIST)
		return false;
	return option >= ATCP_ACCECN_OPTION_FULL || a->demand ||
	       (beacon && (now_us - a->opt_us) * beacon >= srtt_us);
}
