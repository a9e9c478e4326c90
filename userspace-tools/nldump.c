// SPDX-License-Identifier: GPL-2.0
/* Listeners and knobs of net.atcp, as generic netlink's family atcp tells them: all at once. */
#include <errno.h>

#include <libmnl/libmnl.h>
#include <linux/atcp_netlink.h>

#include "nl.h"

/**
 * atcp_nl_calm() - have an interrupted dump go on
 * @buffer: some of its messages
 * @size: how many bytes, or less than 0
 *
 * That others came or went meanwhile is no error: those that stay are all there, and once. But
 * the library ends a dump where it is said.
 */
void atcp_nl_calm(void *buffer, ssize_t size)
{
	struct nlmsghdr *nlh = buffer;
	int len = size;

	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
		nlh->nlmsg_flags &= ~NLM_F_DUMP_INTR;
}

/**
 * atcp_nl_listeners() - listeners of this network namespace
 * @id: number of the one that is asked for, 0: all
 * @parts: what is to be told of each, ATCP_PART_*
 * @one: is given each, with its attributes from ATCP_NL_HEAD on
 * @data: for @one
 *
 * Return: 0, or -1 with errno set; ENOENT: there is no such one.
 */
int atcp_nl_listeners(unsigned long id, unsigned int parts,
		      void (*one)(const struct nlmsghdr *nlh, void *data), void *data)
{
	/* Of this namespace, which may be another one than before. */
	struct atcp_nl *nl = atcp_nl_open();
	struct nlmsghdr *nlh;
	char buffer[256];
	int rc, err;

	if (!nl)
		return -1;
	nlh = atcp_nl_request(nl, buffer, nl->family, id ? NLM_F_ACK : NLM_F_DUMP,
			      ATCP_CMD_LISTENER_GET);
	if (id)
		mnl_attr_put_u32(nlh, ATCP_A_LISTENER_ID, id);
	mnl_attr_put_u32(nlh, ATCP_A_LISTENER_PARTS, parts);
	rc = atcp_nl_dump(nl, nlh, one, data);
	err = errno;
	atcp_nl_close(nl);
	errno = err;
	return rc;
}

/**
 * atcp_nl_settings() - all knobs of net.atcp
 * @one: is given each, with its attributes from ATCP_NL_HEAD on
 * @data: for @one
 *
 * Return: 0, or -1 with errno set.
 */
int atcp_nl_settings(void (*one)(const struct nlmsghdr *nlh, void *data), void *data)
{
	struct atcp_nl *nl = atcp_nl_open();
	char buffer[256];
	int rc;

	if (!nl)
		return -1;
	rc = atcp_nl_dump(nl, atcp_nl_request(nl, buffer, nl->family, NLM_F_DUMP,
					      ATCP_CMD_SETTING_GET), one, data);
	atcp_nl_close(nl);
	return rc;
}
