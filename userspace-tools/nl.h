/* SPDX-License-Identifier: GPL-2.0 */
/* Generic netlink's family atcp, by libmnl: knobs of listeners, and events. */
#ifndef ATCP_NL_H
#define ATCP_NL_H

#include <stdbool.h>
#include <stddef.h>

#include <libmnl/libmnl.h>

struct atcp_lknob_value;

/**
 * struct atcp_nl - a socket that speaks to the family, in the namespace that it was made in
 * @sock: it
 * @family: the family's number
 * @events: number of its multicast group
 * @seq: of the last request
 * @why: what the kernel said when it refused the last one, "" if nothing
 */
struct atcp_nl {
	struct mnl_socket *sock;
	unsigned int family;
	unsigned int events;
	unsigned int seq;
	char why[512];
};

/**
 * struct atcp_nl_item - a knob that is to be set
 * @id: number of the listener; 0: it is the namespace's
 * @name: of the knob
 * @value: as its file takes it
 */
struct atcp_nl_item {
	unsigned long id;
	const char *name;
	const char *value;
};

/* Where the attributes of an answer begin. */
#define ATCP_NL_HEAD	4

bool atcp_nl_used(void);
struct atcp_nl *atcp_nl_open(void);
void atcp_nl_close(struct atcp_nl *nl);
struct nlmsghdr *atcp_nl_request(struct atcp_nl *nl, void *buffer, unsigned int type,
				 unsigned int flags, unsigned int command);
void atcp_nl_calm(void *buffer, ssize_t size);
int atcp_nl_dump(struct atcp_nl *nl, const struct nlmsghdr *nlh,
		 void (*one)(const struct nlmsghdr *nlh, void *data), void *data);
int atcp_nl_order(struct atcp_nl *nl, const struct nlmsghdr *nlh, size_t room, char **why);
int atcp_nl_follow(struct atcp_nl *nl, mnl_cb_t event, void *data);
const char *atcp_nl_knob(const struct nlattr *nest);
char *atcp_nl_knob_text(const struct nlattr *nest);
int atcp_nl_listeners(unsigned long id, unsigned int parts,
		      void (*one)(const struct nlmsghdr *nlh, void *data), void *data);
int atcp_nl_settings(void (*one)(const struct nlmsghdr *nlh, void *data), void *data);
int atcp_nl_get(unsigned long id, const char *name, struct atcp_lknob_value *value);
int atcp_nl_set(const struct atcp_nl_item *items, size_t count, char **why);
int atcp_nl_reset(unsigned long id, char **why);
int atcp_nl_set_netns(const struct atcp_nl_item *items, size_t count, char **why);

#endif /* ATCP_NL_H */
