// SPDX-License-Identifier: GPL-2.0
/*
 * Whose an event is that atcpctl trace has read, and whether that one is asked for.
 *
 * Events of other namespaces are passed over, and those of no listener. The kernel says
 * the listener's id wherever it knows it; a segment that was dropped before that is
 * its handshake's, or that listener's which has its address and port.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "ltab.h"
#include "select.h"
#include "tflow.h"
#include "twhose.h"

static struct atcp_twhose {
	struct atcp_ltab *tab;	/* NULL: events of a file, whose listeners are not here */
	unsigned long newest;	/* greatest id that was looked for */
	time_t tab_at;
	ino_t netns;
} atcp_twhose;

/* The namespace's number in the events; 0 if it cannot be told. */
static ino_t atcp_twhose_netns(void)
{
	struct stat st;

	return stat("/proc/thread-self/ns/net", &st) ? 0 : st.st_ino;
}

/**
 * atcp_twhose_init() - the listeners that there are now
 *
 * Return: 0, or -1 if they cannot be read, which was said.
 */
int atcp_twhose_init(void)
{
	atcp_twhose.netns = atcp_twhose_netns();
	atcp_twhose.tab = atcp_ltab_new();
	return atcp_twhose.tab ? 0 : -1;
}

/**
 * atcp_twhose_exit() - forget them
 */
void atcp_twhose_exit(void)
{
	atcp_ltab_free(atcp_twhose.tab);
	atcp_twhose.tab = NULL;
}

/* The listeners again; those that are known stay if there is no reading them. */
static void atcp_twhose_renew(void)
{
	struct atcp_ltab *tab = atcp_ltab_new();

	if (!tab)
		return;
	atcp_ltab_free(atcp_twhose.tab);
	atcp_twhose.tab = tab;
}

static const struct atcp_ltab_listener *atcp_twhose_find(unsigned long id)
{
	size_t i;

	for (i = 0; i < atcp_twhose.tab->count; i++)
		if (atcp_twhose.tab->all[i].id == id)
			return &atcp_twhose.tab->all[i];
	return NULL;
}

/* By id. Ids only grow: one that was looked for and is not there has gone. */
static const struct atcp_ltab_listener *atcp_twhose_by_id(unsigned long id)
{
	const struct atcp_ltab_listener *l = atcp_twhose_find(id);

	if (l || id <= atcp_twhose.newest)
		return l;
	atcp_twhose.newest = id;
	atcp_twhose_renew();
	return atcp_twhose_find(id);
}

static const struct atcp_ltab_listener *
atcp_twhose_bound(const struct atcp_tevent_end *local)
{
	size_t i;
	int any;

	for (any = 0; any <= 1; any++)
		for (i = 0; i < atcp_twhose.tab->count; i++)
			if (atcp_select_bound(&atcp_twhose.tab->all[i],
					      &local->addr, local->port, any))
				return &atcp_twhose.tab->all[i];
	return NULL;
}

/* By address and port; listeners that came later are looked for once a second. */
static const struct atcp_ltab_listener *
atcp_twhose_by_local(const struct atcp_tevent_end *local)
{
	const struct atcp_ltab_listener *l = atcp_twhose_bound(local);
	time_t now = time(NULL);

	if (l || now == atcp_twhose.tab_at)
		return l;
	atcp_twhose.tab_at = now;
	atcp_twhose_renew();
	return atcp_twhose_bound(local);
}

/* By the address that the peer used, or, of a listener that has gone, by its id. */
static bool atcp_twhose_selected(const struct atcp_tevent *event, char **selectors,
				 unsigned long id)
{
	struct atcp_select sel;
	bool wanted = !*selectors;
	char *local = atcp_tevent_name(&event->local);

	for (; *selectors && !wanted; selectors++) {
		if (atcp_select_parse(*selectors, &sel))
			continue;
		wanted = atcp_select_match_local(&sel, local) ||
			 (sel.kind == ATCP_SELECT_ID && sel.number == id);
	}
	free(local);
	return wanted;
}

/**
 * atcp_twhose_wanted() - is an event one of those that are asked for?
 * @event: the event
 * @selectors: words of the command line, NULL after the last; none: every listener
 * @id: its listener's; 0 if that is not known
 *
 * Return: it is.
 */
bool atcp_twhose_wanted(const struct atcp_tevent *event, char **selectors, unsigned long *id)
{
	const struct atcp_ltab_listener *l = NULL;
	const struct atcp_tflow *flow;

	*id = event->listener;
	if (!atcp_twhose.tab)
		return atcp_twhose_selected(event, selectors, 0);
	if (event->netns && atcp_twhose.netns && event->netns != atcp_twhose.netns)
		return false;
	if (!*id && event->kind != ATCP_TEVENT_DROP)
		return false;
	if (!*id) {
		flow = atcp_tflow_find(event);
		*id = flow ? flow->listener : 0;
	}
	if (*id) {
		l = atcp_twhose_by_id(*id);
	} else {
		l = atcp_twhose_by_local(&event->local);
		if (!l)
			return false;
		*id = l->id;
	}
	return (l && atcp_select_any(selectors, l)) ||
	       atcp_twhose_selected(event, selectors, *id);
}
