// SPDX-License-Identifier: GPL-2.0
/* Does the kernel answer questions about atcp's sockets? */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/atcp.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "sockdiag.h"

/* The end of a dump of nothing: it is an error where nobody can dump. */
static bool atcp_sockdiag_read(int fd)
{
	union {
		struct nlmsghdr	nlh;
		char		room[8192];
	} u;
	ssize_t len = recv(fd, &u, sizeof(u), 0);
	int err = 0;

	if (len < (ssize_t)NLMSG_LENGTH(0) || u.nlh.nlmsg_type != NLMSG_DONE)
		return false;
	if (len >= (ssize_t)NLMSG_LENGTH(sizeof(err)))
		memcpy(&err, NLMSG_DATA(&u.nlh), sizeof(err));
	return err >= 0;
}

/**
 * atcp_sockdiag_answers() - is atcp_diag there?
 *
 * To ask has the kernel load it, where it is installed.
 */
bool atcp_sockdiag_answers(void)
{
	struct {
		struct nlmsghdr		nlh;
		struct inet_diag_req_v2	r;
	} req = {
		.nlh = {
			.nlmsg_len = sizeof(req),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.r = {
			.sdiag_family = AF_INET,
			.sdiag_protocol = IPPROTO_ATCP,
		},
	};
	bool answers;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return false;
	answers = send(fd, &req, sizeof(req), 0) == sizeof(req) && atcp_sockdiag_read(fd);
	close(fd);
	return answers;
}
