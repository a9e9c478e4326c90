// SPDX-License-Identifier: GPL-2.0
/* What else is ordered by generic netlink: knobs of net.atcp, several as one; figures anew. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/atcp_netlink.h>

#include "file.h"
#include "nl.h"

/**
 * atcp_nl_set_netns() - set knobs of net.atcp, all of them or none
 * @items: these
 * @count: how many
 * @why: what the kernel said when it refused, to be freed; NULL if nothing
 *
 * Return: 0, or -1 with errno set and every knob as it was.
 */
int atcp_nl_set_netns(const struct atcp_nl_item *items, size_t count, char **why)
{
	/* Of this namespace, which may be another one than before. */
	struct atcp_nl *nl = atcp_nl_open();
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	size_t room = 256, i;
	void *buffer;
	int rc, err;

	*why = NULL;
	if (!nl)
		return -1;
	for (i = 0; i < count; i++)
		room += 32 + strlen(items[i].name) + strlen(items[i].value);
	buffer = atcp_file_must(malloc(room));
	nlh = atcp_nl_request(nl, buffer, nl->family, NLM_F_ACK, ATCP_CMD_DEFAULT_SET);
	for (i = 0; i < count; i++) {
		nest = mnl_attr_nest_start(nlh, ATCP_A_DEFAULT_SETTING);
		mnl_attr_put_strz(nlh, ATCP_A_SETTING_NAME, items[i].name);
		mnl_attr_put_strz(nlh, ATCP_A_SETTING_VALUE, items[i].value);
		mnl_attr_nest_end(nlh, nest);
	}
	rc = atcp_nl_order(nl, nlh, room, why);
	err = errno;
	free(buffer);
	atcp_nl_close(nl);
	errno = err;
	return rc;
}

/**
 * atcp_nl_reset() - counters, histograms and peaks of a listener begin anew
 * @id: its number
 * @why: what the kernel said when it refused, to be freed; NULL if nothing
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_nl_reset(unsigned long id, char **why)
{
	struct atcp_nl *nl = atcp_nl_open();
	struct nlmsghdr *nlh;
	char buffer[256];
	int rc, err;

	*why = NULL;
	if (!nl)
		return -1;
	nlh = atcp_nl_request(nl, buffer, nl->family, NLM_F_ACK, ATCP_CMD_LISTENER_RESET);
	mnl_attr_put_u32(nlh, ATCP_A_LISTENER_ID, id);
	rc = atcp_nl_order(nl, nlh, sizeof(buffer), why);
	err = errno;
	atcp_nl_close(nl);
	errno = err;
	return rc;
}
