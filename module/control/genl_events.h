/* SPDX-License-Identifier: GPL-2.0 */
/* Events of generic netlink's family atcp: what of it the rest of control calls. */
#ifndef _ATCP_CONTROL_GENL_EVENTS_H
#define _ATCP_CONTROL_GENL_EVENTS_H

#include <linux/atcp_netlink.h>
#include <linux/types.h>

struct atcp_net;

int atcp_genl_events_init(void);
void atcp_genl_events_exit(void);

/* The family is registered, or about to be none: events go out, or none does any more. */
void atcp_genl_events_open(bool open);

/* Would anybody be told of something in this namespace? Any context. */
bool atcp_genl_events_wanted(const struct atcp_net *an);

/*
 * A knob of the namespace, by its name in net.atcp, has another value, by the calling
 * process. @attr: enum of the set knobs, if it is the default of a listener's, else 0.
 */
void atcp_genl_events_default(struct atcp_net *an, unsigned int attr, const char *name,
			      const char *from, const char *to);

/* A secret was replaced by the calling process. */
void atcp_genl_events_key(struct atcp_net *an, enum atcp_secret key);

#endif /* _ATCP_CONTROL_GENL_EVENTS_H */
