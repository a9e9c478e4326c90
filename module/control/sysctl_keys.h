/* SPDX-License-Identifier: GPL-2.0 */
/* Handlers of the sysctls that are secrets, or go with them; their namespace is in extra2. */
#ifndef _ATCP_CONTROL_SYSCTL_KEYS_H
#define _ATCP_CONTROL_SYSCTL_KEYS_H

#include "compat/sysctl.h"

/* net.atcp.fastopen_key: one key or two, in Linux's form. 0, -EINVAL, -EFAULT. */
proc_handler atcp_sysctl_keys_fastopen;

/* net.atcp.cookie_key: EPOCH:KEY ..., or none; write-only. 0, -EPERM, -EINVAL, -EFAULT. */
proc_handler atcp_sysctl_keys_cookie;

/* net.atcp.cookie_expect: seconds, or -1; reads as what is left of them. 0, -EINVAL, -EFAULT. */
proc_handler atcp_sysctl_keys_expect;

#endif /* _ATCP_CONTROL_SYSCTL_KEYS_H */
