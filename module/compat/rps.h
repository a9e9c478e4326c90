/* SPDX-License-Identifier: GPL-2.0 */
/* sock_rps_record_flow(): of <net/sock.h>, or since 6.9 of a header of its own. */
#ifndef _ATCP_COMPAT_RPS_H
#define _ATCP_COMPAT_RPS_H

#include <net/sock.h>

#ifdef ATCP_COMPAT_RPS_HEADER
#include <net/rps.h>
#endif

#endif /* _ATCP_COMPAT_RPS_H */
