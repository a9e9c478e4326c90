/* SPDX-License-Identifier: GPL-2.0 */
/* TCP options: parsing and building (RFC 9293 section 3.2, 7323, 2018, 7413, 9768). */
#ifndef _ATCP_PROTO_OPTS_H
#define _ATCP_PROTO_OPTS_H

#include <linux/types.h>

#define ATCP_OPTS_MAX		40	/* bytes of options in a header */
#define ATCP_OPTS_NR_SACKS	4	/* blocks that fit without timestamps */
#define ATCP_OPTS_WSCALE_MAX	14	/* RFC 7323 section 2.3 */
#define ATCP_OPTS_WSCALE_NONE	0xff	/* no window scale option */
#define ATCP_OPTS_TS_LEN	12	/* bytes of an aligned timestamps option */
#define ATCP_OPTS_MD5_LEN	20	/* bytes of an aligned signature option */
#define ATCP_OPTS_AO_HEAD	4	/* bytes of TCP-AO's option before the MAC */
#define ATCP_OPTS_AO_MAX	20	/* bytes of the longest that fits in a SYN */
#define ATCP_OPTS_FASTOPEN_MAX	16	/* bytes of a fast open cookie */
#define ATCP_OPTS_NR_ACCECN	3	/* counters of accurate ECN */
#define ATCP_OPTS_ACCECN_LEN	12	/* bytes of an aligned option with all of them */

/**
 * struct atcp_sack_block - a range of sequence space
 * @start: first sequence number of the range
 * @end: sequence number after the last
 */
struct atcp_sack_block {
	u32 start;
	u32 end;
};

/**
 * struct atcp_opts - what the options of a segment said
 * @tsval: timestamp value, valid when @has_ts
 * @tsecr: timestamp echo reply, valid when @has_ts
 * @mss: maximum segment size in bytes, valid when @has_mss
 * @wscale: shift count, 0..14, valid when @has_wscale
 * @nr_sacks: number of valid entries in @sacks
 * @has_mss: an MSS option (SYN only, never 0)
 * @has_wscale: a window scale option (SYN only)
 * @sack_ok: SACK-permitted (SYN only)
 * @has_ts: a timestamps option
 * @has_fastopen: a fast open option (SYN only)
 * @malformed: an option had an illegal length: parsing stopped there, what
 *	stood before it is kept
 * @wscale_clamped: the peer asked for a shift above 14
 * @fastopen_exp: the fast open option had the experimental form
 * @has_accecn: an option of accurate ECN
 * @accecn_order: its kind says that ECT(1) is first, else ECT(0)
 * @has_md5: a signature (RFC 2385)
 * @has_ao: an authentication option (RFC 5925)
 * @bad_auth: one of these two had an illegal length, or there was more than one of them
 * @accecn_fields: counters in @accecn
 * @fastopen_len: bytes in @fastopen; 0 asks for a cookie
 * @fastopen: fast open cookie and zeros, valid when @has_fastopen
 * @accecn: counters of accurate ECN, 24 bits each, in the order received
 * @sacks: SACK blocks in the order received, host byte order, not validated;
 *	the first @nr_sacks are valid
 */
struct atcp_opts {
	u32 tsval;
	u32 tsecr;
	u16 mss;
	u8 wscale;
	u8 nr_sacks;
	u8 has_mss:1,
	   has_wscale:1,
	   sack_ok:1,
	   has_ts:1,
	   has_fastopen:1,
	   malformed:1,
	   wscale_clamped:1,
	   fastopen_exp:1;
	u8 has_accecn:1,
	   accecn_order:1,
	   has_md5:1,
	   has_ao:1,
	   bad_auth:1;
	u8 accecn_fields;
	u8 fastopen_len;
	u8 fastopen[ATCP_OPTS_FASTOPEN_MAX];
	u32 accecn[ATCP_OPTS_NR_ACCECN];
	struct atcp_sack_block sacks[ATCP_OPTS_NR_SACKS];
};

/**
 * struct atcp_opts_out - the options of a segment to be sent
 * @tsval: timestamp value
 * @tsecr: timestamp echo reply
 * @mss: maximum segment size in bytes, 0 for no MSS option
 * @wscale: shift count, %ATCP_OPTS_WSCALE_NONE for no window scale option
 * @nr_sacks: number of blocks in @sacks to send; those that do not fit beside
 *	the other options are left out from the end
 * @sack_perm: send SACK-permitted
 * @ts: send timestamps
 * @fastopen: send a fast open option
 * @fastopen_exp: in its experimental form
 * @fastopen_len: bytes of @fastopen_cookie, even, 0..16
 * @md5: send a signature, of zeros, to be written when the segment is whole
 * @ao_mac: send an authentication option with so many bytes of MAC, of zeros, likewise; 0: none
 * @ao_keyid: its KeyID
 * @ao_rnext: its RNextKeyID
 * @accecn: send the option of accurate ECN, in the order ECT(1), CE, ECT(0)
 * @accecn_fields: with so many counters
 * @accecn_val: the counters
 * @fastopen_cookie: the cookie
 * @sacks: SACK blocks, host byte order
 *
 * A zeroed struct is not "no options": set @wscale.
 */
struct atcp_opts_out {
	u32 tsval;
	u32 tsecr;
	u16 mss;
	u8 wscale;
	u8 nr_sacks;
	bool sack_perm;
	bool ts;
	bool fastopen;
	bool fastopen_exp;
	u8 fastopen_len;
	bool md5;
	u8 ao_mac;
	u8 ao_keyid;
	u8 ao_rnext;
	bool accecn;
	u8 accecn_fields;
	u32 accecn_val[ATCP_OPTS_NR_ACCECN];
	u8 fastopen_cookie[ATCP_OPTS_FASTOPEN_MAX];
	struct atcp_sack_block sacks[ATCP_OPTS_NR_SACKS];
};

int atcp_opts_parse(const u8 *p, unsigned int len, bool syn,
		    struct atcp_opts *o);
unsigned int atcp_opts_build(u8 *p, const struct atcp_opts_out *o);
unsigned int atcp_opts_len(const struct atcp_opts_out *o);
u8 *atcp_opts_find_md5(u8 *p, unsigned int len);
u8 *atcp_opts_find_ao(u8 *p, unsigned int len);
bool atcp_opts_fit_accecn(struct atcp_opts_out *o, u8 need);

/* Bytes of an aligned authentication option with @mac bytes of MAC; 0: there is none. */
static inline unsigned int atcp_opts_ao_len(u8 mac)
{
	return mac ? (ATCP_OPTS_AO_HEAD + mac + 3) & ~3U : 0;
}

#endif /* _ATCP_PROTO_OPTS_H */
