/* SPDX-License-Identifier: GPL-2.0 */
/* A walk through a namespace's listeners for seq_file, a few at a time. */
#ifndef _ATCP_CONTROL_LISTENWALK_H
#define _ATCP_CONTROL_LISTENWALK_H

#include "state/listen/listener.h"

#define ATCP_LISTENWALK_BATCH	16

/**
 * struct atcp_listenwalk - where it is
 * @after: the last listener that is behind
 * @n: listeners at hand
 * @i: the one that it stands at
 * @refs: these
 */
struct atcp_listenwalk {
	u32				after;
	unsigned int			n;
	unsigned int			i;
	struct atcp_listener_ref	refs[ATCP_LISTENWALK_BATCH];
};

/* The listener that it stands at, or the next; NULL: there is none. */
struct atcp_listener *atcp_listenwalk_at(struct atcp_listenwalk *w, struct atcp_net *an);

/* That one is behind. */
void atcp_listenwalk_next(struct atcp_listenwalk *w);

/* Lets go of what is at hand; the walk goes on from where it stands. */
void atcp_listenwalk_stop(struct atcp_listenwalk *w);

#endif /* _ATCP_CONTROL_LISTENWALK_H */
