/* SPDX-License-Identifier: GPL-2.0 */
/* net.atcp.guard_devices: the devices that the flood guard is armed for. */
#ifndef _ATCP_GUARD_CTL_H
#define _ATCP_GUARD_CTL_H

#include "compat/sysctl.h"

/* Reads the list, or writes the whole of it; its namespace is in extra2. */
proc_handler atcp_guard_ctl_devices;

#endif /* _ATCP_GUARD_CTL_H */
