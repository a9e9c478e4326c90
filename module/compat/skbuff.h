/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where kernels keep what gives references of page fragments back: its own header since 6.10.
 * And whether what cuts packets keeps CWR on all of them: what has a name for it can be asked to.
 */
#ifndef _ATCP_COMPAT_SKBUFF_H
#define _ATCP_COMPAT_SKBUFF_H

#include <linux/netdev_features.h>
#include <linux/skbuff.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <linux/skbuff_ref.h>
#endif

#ifdef NETIF_F_GSO_ACCECN
#define ATCP_COMPAT_GSO_ACCECN	SKB_GSO_TCP_ACCECN
#else
#define ATCP_COMPAT_GSO_ACCECN	0
#endif

#endif /* _ATCP_COMPAT_SKBUFF_H */
