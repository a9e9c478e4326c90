/* SPDX-License-Identifier: GPL-2.0 */
/* Explicit congestion notification (RFC 3168): what a connection remembers of it. */
#ifndef _ATCP_PROTO_ECN_H
#define _ATCP_PROTO_ECN_H

#include <linux/types.h>

/* The two bits of an IP header. */
#define ATCP_ECN_IP_NOT_ECT	0
#define ATCP_ECN_IP_ECT_1	1
#define ATCP_ECN_IP_ECT_0	2
#define ATCP_ECN_IP_CE		3
#define ATCP_ECN_IP_MASK	3

/* What a connection remembers. */
#define ATCP_ECN_OK	0x01	/* in use; in SYN-SENT: asked for */
#define ATCP_ECN_CWR	0x02	/* cwnd was reduced: CWR goes with the next new data */
#define ATCP_ECN_ECE	0x04	/* CE came: ECE goes with every segment until CWR comes */
#define ATCP_ECN_SEEN	0x08	/* data with ECT or CE came */
#define ATCP_ECN_ACC	0x10	/* accurate ECN in use, without OK; with it: asked for */
#define ATCP_ECN_EACH	0x20	/* the algorithm needs ECN: with OK each mark is echoed by itself */
#define ATCP_ECN_CE	0x40	/* of these: the last data came marked */

/**
 * enum atcp_ecn_mode - the knob net.atcp.ecn
 * @ATCP_ECN_MODE_OFF: no
 * @ATCP_ECN_MODE_ON: asked for, and agreed to
 * @ATCP_ECN_MODE_PASSIVE: agreed to when a peer asks
 * @ATCP_ECN_MODE_ACC: accurate ECN asked for, and agreed to as well
 * @ATCP_ECN_MODE_ACC_ON: ECN asked for, and accurate ECN agreed to as well
 * @ATCP_ECN_MODE_ACC_PASSIVE: both agreed to when a peer asks
 */
enum atcp_ecn_mode {
	ATCP_ECN_MODE_OFF,
	ATCP_ECN_MODE_ON,
	ATCP_ECN_MODE_PASSIVE,
	ATCP_ECN_MODE_ACC,
	ATCP_ECN_MODE_ACC_ON,
	ATCP_ECN_MODE_ACC_PASSIVE,
};

bool atcp_ecn_asked(u8 flags, u8 ip, bool reserved);
void atcp_ecn_rcv_synack(u8 *ecn, u8 flags);
void atcp_ecn_rcv_syn(u8 *ecn, u8 flags, u8 sent);
bool atcp_ecn_rcv_cwr(u8 *ecn, u8 flags);
bool atcp_ecn_rcv_data(u8 *ecn, u8 ip);
bool atcp_ecn_each_turns(u8 ecn, u8 ip);
void atcp_ecn_each_echo(u8 *ecn, bool ce);
bool atcp_ecn_echo(u8 ecn, u8 flags);
void atcp_ecn_reduced(u8 *ecn);
void atcp_ecn_undo(u8 *ecn);
u8 atcp_ecn_send(u8 *ecn, bool new_data, u8 *ip);

#endif /* _ATCP_PROTO_ECN_H */
