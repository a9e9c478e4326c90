// SPDX-License-Identifier: GPL-2.0
/*
 * A walk through all connections for seq_file and sock_diag, a bounded piece at a time.
 *
 * First the listeners, then the connection table, bucket by bucket. A few are at hand
 * with references while one read(2) makes its text, and nothing is held between two,
 * but for where the walk stands: an open file costs its two buffers, however many
 * connections there are and however long it is left alone. Likewise a dump, between two
 * of its messages.
 */
#include <linux/export.h>
#include <linux/seq_file.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "control/connwalk.h"
#include "state/conn/sock.h"

void atcp_connwalk_begin(struct atcp_connwalk *w, struct net *net, int family)
{
	memset(w, 0, sizeof(*w));
	w->net = net;
	w->family = family;
}

/* Tombstones (CLOSE) are no connections and have no row. */
static bool atcp_connwalk_want(const struct atcp_node *node, const void *arg)
{
	const struct atcp_connwalk *w = arg;
	int family = node->family;

	if (w->net && !net_eq(atcp_hash_net(node), w->net))
		return false;
	if (node->kind == ATCP_KIND_SOCK)
		family = atcp_sock_of((struct atcp_node *)node)->inet.sk.sk_family;
	else if (node->kind == ATCP_KIND_TW && READ_ONCE(node->u1) == TCP_CLOSE)
		return false;
	return !w->family || family == w->family;
}

static void atcp_connwalk_put(struct atcp_connwalk *w)
{
	while (w->n)
		atcp_hash_put(w->node[--w->n]);
	w->i = 0;
}

/* The listener that it stands at, or the next that is wanted. */
static struct sock *atcp_connwalk_listener(struct atcp_connwalk *w)
{
	struct atcp_listener *l;

	if (!w->net) {
		if (!w->lsk)
			w->lsk = atcp_hash_listener_page(&w->lat);
		return w->lsk;
	}
	while ((l = atcp_listenwalk_at(&w->listeners, atcp_net_get(w->net)))) {
		if (!w->family || l->sk->sk_family == w->family)
			return l->sk;
		atcp_listenwalk_next(&w->listeners);
	}
	return NULL;
}

static void *atcp_connwalk_at(struct atcp_connwalk *w)
{
	struct sock *lsk;

	if (!w->nodes) {
		lsk = atcp_connwalk_listener(w);
		if (lsk)
			return lsk;
		w->nodes = true;
	}
	if (w->i == w->n) {
		atcp_connwalk_put(w);
		w->n = atcp_hash_page(&w->at, atcp_connwalk_want, w, w->node,
				      ARRAY_SIZE(w->node));
	}
	return w->n ? w->node[w->i] : NULL;
}

/* What it stands at is behind. */
static void atcp_connwalk_pass(struct atcp_connwalk *w)
{
	w->pos++;
	if (w->pos == 1)
		return;
	if (w->nodes) {
		w->at.skip++;
		w->i++;
	} else if (w->net) {
		atcp_listenwalk_next(&w->listeners);
	} else {
		w->lat.skip++;
		sock_put(w->lsk);
		w->lsk = NULL;
	}
}

void *atcp_connwalk_start(struct atcp_connwalk *w, loff_t pos)
{
	/* lseek(2): from the beginning, as far as it goes. */
	if (pos < w->pos)
		atcp_connwalk_begin(w, w->net, w->family);
	while (w->pos < pos) {
		if (w->pos && !atcp_connwalk_at(w))
			return NULL;
		atcp_connwalk_pass(w);
		if (!(w->pos & 1023))
			cond_resched();
	}
	return pos ? atcp_connwalk_at(w) : SEQ_START_TOKEN;
}

void *atcp_connwalk_next(struct atcp_connwalk *w, loff_t pos)
{
	atcp_connwalk_pass(w);
	w->pos = pos;
	return atcp_connwalk_at(w);
}

void atcp_connwalk_stop(struct atcp_connwalk *w)
{
	atcp_listenwalk_stop(&w->listeners);
	if (w->lsk)
		sock_put(w->lsk);
	w->lsk = NULL;
	atcp_connwalk_put(w);
}

void *atcp_connwalk_resume(struct atcp_connwalk *w, struct net *net, int family,
			   const struct atcp_connwalk_place *place)
{
	atcp_connwalk_begin(w, net, family);
	/* The header of a file is behind. */
	w->pos = 1;
	w->nodes = place->nodes;
	w->listeners.after = place->after;
	w->at = place->at;
	return atcp_connwalk_at(w);
}
EXPORT_SYMBOL_GPL(atcp_connwalk_resume);

void *atcp_connwalk_go_on(struct atcp_connwalk *w)
{
	atcp_connwalk_pass(w);
	return atcp_connwalk_at(w);
}
EXPORT_SYMBOL_GPL(atcp_connwalk_go_on);

void atcp_connwalk_leave(struct atcp_connwalk *w, struct atcp_connwalk_place *place)
{
	place->nodes = w->nodes;
	place->after = w->listeners.after;
	place->at = w->at;
	atcp_connwalk_stop(w);
}
EXPORT_SYMBOL_GPL(atcp_connwalk_leave);
