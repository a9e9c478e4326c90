/* SPDX-License-Identifier: GPL-2.0 */
/* BBR (draft-ietf-ccwg-bbr): the algorithm. */
#ifndef _ATCP_CONG_BBR_H
#define _ATCP_CONG_BBR_H

#include "proto/cong.h"

extern struct atcp_cong_ops atcp_bbr_ops;

#endif /* _ATCP_CONG_BBR_H */
