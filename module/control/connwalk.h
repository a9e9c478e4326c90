/* SPDX-License-Identifier: GPL-2.0 */
/* A walk through all connections for seq_file and sock_diag, a bounded piece at a time. */
#ifndef _ATCP_CONTROL_CONNWALK_H
#define _ATCP_CONTROL_CONNWALK_H

#include <linux/types.h>

#include "control/listenwalk.h"
#include "state/shared/hash.h"

struct net;

#define ATCP_CONNWALK_BATCH	32

/**
 * struct atcp_connwalk - where it is
 * @net: namespace, or NULL: all
 * @family: of sockets, or of the packets of what is no socket; 0: any
 * @pos: seq_file's number of the entry that it stands at
 * @nodes: it is in the connection table, not among the listeners
 * @listeners: those of @net
 * @lsk: the listener at hand, referenced, if all namespaces are walked
 * @lat: its place
 * @at: the place in the connection table that it stands at
 * @n: nodes at hand
 * @i: the one that it stands at
 * @node: these, referenced
 */
struct atcp_connwalk {
	struct net		*net;
	int			family;
	loff_t			pos;
	bool			nodes;
	struct atcp_listenwalk	listeners;
	struct sock		*lsk;
	struct atcp_hash_place	lat;
	struct atcp_hash_place	at;
	unsigned int		n;
	unsigned int		i;
	struct atcp_node	*node[ATCP_CONNWALK_BATCH];
};

/**
 * struct atcp_connwalk_place - what is left of a walk between two of its parts
 * @nodes: it is in the connection table, not among the listeners
 * @after: the last listener that is behind
 * @at: the place in the connection table
 */
struct atcp_connwalk_place {
	bool			nodes;
	u32			after;
	struct atcp_hash_place	at;
};

/* From the beginning, through @net (NULL: all) and @family (0: any). */
void atcp_connwalk_begin(struct atcp_connwalk *w, struct net *net, int family);

/*
 * For who has no file: goes on from @place, all zeroes at first, through @net (not NULL),
 * and leaves there where it stood; lets go of what is at hand. In between the entry that
 * it stands at, or NULL, and the next one.
 */
void *atcp_connwalk_resume(struct atcp_connwalk *w, struct net *net, int family,
			   const struct atcp_connwalk_place *place);
void *atcp_connwalk_go_on(struct atcp_connwalk *w);
void atcp_connwalk_leave(struct atcp_connwalk *w, struct atcp_connwalk_place *place);

/*
 * For seq_operations. What they give is SEQ_START_TOKEN at position 0, then a
 * struct sock that listens or a struct atcp_node.
 */
void *atcp_connwalk_start(struct atcp_connwalk *w, loff_t pos);
void *atcp_connwalk_next(struct atcp_connwalk *w, loff_t pos);
void atcp_connwalk_stop(struct atcp_connwalk *w);

/* Is it a listener that it stands at? */
static inline bool atcp_connwalk_listens(const struct atcp_connwalk *w)
{
	return !w->nodes;
}

static inline loff_t atcp_connwalk_pos(const struct atcp_connwalk *w)
{
	return w->pos;
}

#endif /* _ATCP_CONTROL_CONNWALK_H */
