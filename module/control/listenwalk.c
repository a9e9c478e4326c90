// SPDX-License-Identifier: GPL-2.0
/*
 * A walk through a namespace's listeners for seq_file, a few at a time.
 *
 * Between two reads of a file nothing is held. Numbers of listeners only grow, and the
 * list is in their order, so the number of the last one is enough to go on by: none
 * that stays is missed, and none is met twice.
 */
#include <net/sock.h>

#include "control/listenwalk.h"

struct atcp_listener *atcp_listenwalk_at(struct atcp_listenwalk *w, struct atcp_net *an)
{
	if (w->i == w->n) {
		atcp_listenwalk_stop(w);
		w->n = atcp_listener_page(an, w->after, w->refs, ARRAY_SIZE(w->refs));
		if (!w->n)
			return NULL;
	}
	return atcp_lst(w->refs[w->i].sk);
}

void atcp_listenwalk_next(struct atcp_listenwalk *w)
{
	w->after = w->refs[w->i++].id;
}

void atcp_listenwalk_stop(struct atcp_listenwalk *w)
{
	while (w->n)
		sock_put(w->refs[--w->n].sk);
	w->i = 0;
}
