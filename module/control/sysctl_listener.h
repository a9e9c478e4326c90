/* SPDX-License-Identifier: GPL-2.0 */
/* Handler of the sysctl that turns a listener's knob; its namespace is in extra2. */
#ifndef _ATCP_CONTROL_SYSCTL_LISTENER_H
#define _ATCP_CONTROL_SYSCTL_LISTENER_H

#include "compat/sysctl.h"

/*
 * net.atcp.listener_knob: "ID KNOB=VALUE"; write-only. 0, -EPERM, -EFAULT, -EINVAL
 * (what is wrong is said in the log), -ENOENT: no such listener in the namespace.
 */
proc_handler atcp_sysctl_listener_knob;

#endif /* _ATCP_CONTROL_SYSCTL_LISTENER_H */
