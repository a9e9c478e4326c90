/* SPDX-License-Identifier: GPL-2.0 */
/* DCTCP (RFC 8257): the algorithm and its parameters. */
#ifndef _ATCP_CONG_DCTCP_H
#define _ATCP_CONG_DCTCP_H

#include "proto/cong.h"

#define ATCP_DCTCP_ALPHA_MAX	1024u	/* all are marked */

/* Parameters of the module: the estimation gain is 1 / 2^shift, the first estimate of 1024. */
extern unsigned int atcp_dctcp_shift_g;
extern unsigned int atcp_dctcp_alpha_on_init;

extern struct atcp_cong_ops atcp_dctcp_ops;
extern const struct atcp_cong_ops atcp_dctcp_reno_ops;

#endif /* _ATCP_CONG_DCTCP_H */
