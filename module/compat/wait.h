/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about wait queues. */
#ifndef _ATCP_COMPAT_WAIT_H
#define _ATCP_COMPAT_WAIT_H

#include <linux/wait.h>

/* An entry that only marks a place, without a function: until 6.7. */
#ifdef WQ_FLAG_BOOKMARK
#define ATCP_COMPAT_WQ_BOOKMARK	WQ_FLAG_BOOKMARK
#else
#define ATCP_COMPAT_WQ_BOOKMARK	0
#endif

#endif /* _ATCP_COMPAT_WAIT_H */
