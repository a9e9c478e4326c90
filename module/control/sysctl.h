/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/sys/net/atcp: the knobs of each namespace. */
#ifndef _ATCP_CONTROL_SYSCTL_H
#define _ATCP_CONTROL_SYSCTL_H

#include <linux/types.h>

struct atcp_net;
struct atcp_sysctl_ask;

/**
 * struct atcp_sysctl_about - what is known of a knob of net.atcp
 * @name: its file's
 * @unit: of numbers, or what they mean; "" if there is none
 * @least: least of its numbers
 * @most: greatest
 * @ranged: they are known
 * @reads: everybody may read it
 * @writes: it may be set, in this namespace
 * @secret: nobody but who sets it is to know it
 * @set: it is one, and was set
 */
struct atcp_sysctl_about {
	const char	*name;
	const char	*unit;
	u64		least;
	u64		most;
	bool		ranged;
	bool		reads;
	bool		writes;
	bool		secret;
	bool		set;
};

/* Knobs by number, for requests: the one of a name (-ENOENT), what is known of it (false: none). */
int atcp_sysctl_find(const char *name);
bool atcp_sysctl_about(const struct atcp_net *an, unsigned int i, struct atcp_sysctl_about *about);

/* What its file says, in one line; "" if that cannot be told. Process context, no RTNL. */
void atcp_sysctl_read(struct atcp_net *an, unsigned int i, char *text, size_t size);

/* What a number was when the namespace began, in the same way. */
void atcp_sysctl_first(struct atcp_net *an, unsigned int i, char *text, size_t size);

/* Its file's write, or a look at the value: see struct atcp_sysctl_ask. As there. */
int atcp_sysctl_write(struct atcp_net *an, unsigned int i, const char *text,
		      struct atcp_sysctl_ask *ask);

int atcp_sysctl_init(void);
void atcp_sysctl_exit(void);

#endif /* _ATCP_CONTROL_SYSCTL_H */
