/* SPDX-License-Identifier: GPL-2.0 */
/* What a socket has for explicit congestion notification. */
#ifndef _ATCP_SOCKECN_H
#define _ATCP_SOCKECN_H

#include "proto/accecn.h"

/**
 * struct atcp_sock_ecn - a socket's ECN (RFC 3168, RFC 9768)
 * @acc: accurate ECN
 * @flags: ATCP_ECN_* of proto/ecn.h
 * @ip: ECN bits of the IP header of the segment that is being sent
 */
struct atcp_sock_ecn {
	struct atcp_accecn	acc;
	u8			flags;
	u8			ip;
};

#endif /* _ATCP_SOCKECN_H */
