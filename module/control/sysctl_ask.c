// SPDX-License-Identifier: GPL-2.0
/* Why a value of net.atcp is refused is said to who wrote it. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/stdarg.h>

#include "control/sysctl_ask.h"
#include "state/shared/net.h"

void atcp_sysctl_notice(ATCP_CTL_TABLE *table, const char *fmt, ...)
{
	struct atcp_sysctl_ask *ask = table->data;
	struct va_format vaf = { .fmt = fmt };
	struct atcp_net *an = table->extra2;
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	if (ask)
		vscnprintf(ask->said, sizeof(ask->said), fmt, args);
	else
		atcp_log_info(an, REFUSED, "net.atcp.%pV\n", &vaf);
	va_end(args);
}
