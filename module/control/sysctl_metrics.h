/* SPDX-License-Identifier: GPL-2.0 */
/* The knob of net.atcp that makes it forget what is known of peers. */
#ifndef _ATCP_SYSCTL_METRICS_H
#define _ATCP_SYSCTL_METRICS_H

#include "compat/sysctl.h"

/* The namespace is in extra2 of its table. 0, -EINVAL, -EPERM, -EFAULT. */
proc_handler atcp_sysctl_metrics_flush;

#endif /* _ATCP_SYSCTL_METRICS_H */
