// SPDX-License-Identifier: GPL-2.0
/*
 * Who may make sockets in a namespace: those of a range of groups, as with ping sockets.
 *
 * Firewalls' socket rules, LSM and BPF policies that were written for protocol 6 do not
 * see this one (Documentation/protocol-6.rst), so the administrator has a word here.
 */
#include <linux/cred.h>
#include <linux/errno.h>

#include "state/shared/allow.h"

void atcp_allow_init(struct atcp_allow *a)
{
	seqlock_init(&a->lock);
	a->low = KGIDT_INIT(0);
	/* The last one there is; the next is no group. */
	a->high = KGIDT_INIT((gid_t)-2);
}

void atcp_allow_get(struct atcp_allow *a, kgid_t *low, kgid_t *high)
{
	unsigned int seq;

	do {
		seq = read_seqbegin(&a->lock);
		*low = a->low;
		*high = a->high;
	} while (read_seqretry(&a->lock, seq));
}

void atcp_allow_set(struct atcp_allow *a, kgid_t low, kgid_t high)
{
	write_seqlock(&a->lock);
	a->low = low;
	a->high = high;
	write_sequnlock(&a->lock);
}

int atcp_allow_current(struct atcp_allow *a)
{
	const struct group_info *groups = current_cred()->group_info;
	kgid_t low, high, own = current_egid();
	int i;

	atcp_allow_get(a, &low, &high);
	if (gid_lte(low, own) && gid_lte(own, high))
		return 0;
	for (i = 0; i < groups->ngroups; i++)
		if (gid_lte(low, groups->gid[i]) && gid_lte(groups->gid[i], high))
			return 0;
	return -EACCES;
}
