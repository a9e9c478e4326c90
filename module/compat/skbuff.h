/* SPDX-License-Identifier: GPL-2.0 */
/* Where kernels keep what gives references of page fragments back: its own header since 6.10. */
#ifndef _ATCP_COMPAT_SKBUFF_H
#define _ATCP_COMPAT_SKBUFF_H

#include <linux/skbuff.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <linux/skbuff_ref.h>
#endif

#endif /* _ATCP_COMPAT_SKBUFF_H */
