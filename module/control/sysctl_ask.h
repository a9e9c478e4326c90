/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A knob of net.atcp that is set by a request instead of by its file: the handlers of
 * /proc/sys are the same, so that both know the same values, but what a request asks for
 * is looked at before anything is made of it, and why it is refused goes to who asks.
 */
#ifndef _ATCP_CONTROL_SYSCTL_ASK_H
#define _ATCP_CONTROL_SYSCTL_ASK_H

#include "compat/sysctl.h"
#include "state/listen/knob.h"

/**
 * struct atcp_sysctl_ask - what a handler is asked for; in data of its table, NULL for a file
 * @looks: is the value good? It is not taken
 * @first: it is what the namespace began with that is read, not what it has now
 * @said: why it is not, "" if no handler said; without the name of the namespace
 */
struct atcp_sysctl_ask {
	bool	looks;
	bool	first;
	char	said[ATCP_KNOB_EXPLAIN];
};

/* Is a handler that has found a value to be good to leave it at that? */
static inline bool atcp_sysctl_looks(ATCP_CTL_TABLE *table)
{
	const struct atcp_sysctl_ask *ask = table->data;

	return ask && ask->looks;
}

/* Says why a value is refused, beginning with the knob's name: in the log, or to who asks. */
__printf(2, 3)
void atcp_sysctl_notice(ATCP_CTL_TABLE *table, const char *fmt, ...);

#endif /* _ATCP_CONTROL_SYSCTL_ASK_H */
