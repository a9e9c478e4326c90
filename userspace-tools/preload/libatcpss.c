// SPDX-License-Identifier: GPL-2.0
/* Preloaded by atcpctl ss: what ss(8) asks sock_diag about TCP, it asks about atcp. */
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/atcp.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

/*
 * Linked against no C library, as libatcp.so. Answers are not touched: they do not say
 * which protocol they are about. A request is changed in a copy, as the caller may send
 * the same one again.
 *
 * Where the kernel does not answer, ss reads /proc/net/tcp, or asks in the manner of old
 * kernels, which cannot name another protocol than TCP: neither may show TCP's sockets as
 * atcp's. The latter is refused, and for the former the file is another.
 */
#define ATCP_LIBATCPSS_PIECES	16

/**
 * struct atcp_libatcpss_req - the beginning of a request
 * @nlh: header
 * @r: what is asked for
 */
struct atcp_libatcpss_req {
	struct nlmsghdr		nlh;
	struct inet_diag_req_v2	r;
};

static bool atcp_libatcpss_is_diag(int fd)
{
	int domain = 0, protocol = -1;
	socklen_t len = sizeof(int);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) || domain != AF_NETLINK)
		return false;
	len = sizeof(int);
	return !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) &&
	       protocol == NETLINK_SOCK_DIAG;
}

/* Is it about TCP in the manner of old kernels? */
static bool atcp_libatcpss_is_old(const void *data, size_t len)
{
	const struct nlmsghdr *nlh = data;

	return len >= sizeof(*nlh) && nlh->nlmsg_type == TCPDIAG_GETSOCK;
}

/* Is it about TCP? Then @copy is the beginning of what is to be sent. */
static bool atcp_libatcpss_is_tcp(const void *data, size_t len, struct atcp_libatcpss_req *copy)
{
	if (len < sizeof(*copy))
		return false;
	memcpy(copy, data, sizeof(*copy));
	if ((copy->nlh.nlmsg_type != SOCK_DIAG_BY_FAMILY &&
	     copy->nlh.nlmsg_type != SOCK_DESTROY) ||
	    (copy->r.sdiag_family != AF_INET && copy->r.sdiag_family != AF_INET6) ||
	    copy->r.sdiag_protocol != IPPROTO_TCP)
		return false;
	copy->r.sdiag_protocol = IPPROTO_ATCP;
	return true;
}

/* ss has looked for these before it asked; from now on they are what it falls back to. */
static void atcp_libatcpss_fall_back(void)
{
	setenv("PROC_NET_TCP", "/proc/net/atcp/tcp", 0);
	setenv("PROC_NET_TCP6", "/proc/net/atcp/tcp6", 0);
}

/**
 * sendmsg() - as sendmsg(2), but for requests about TCP
 * @fd: any socket
 * @msg: message
 * @flags: MSG_*
 *
 * Return: bytes sent, or -1 with errno set.
 */
ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct iovec iov[ATCP_LIBATCPSS_PIECES + 1];
	struct atcp_libatcpss_req copy;
	struct msghdr changed = *msg;
	const struct iovec *first = msg->msg_iov;
	bool old;

	if (!msg->msg_iovlen)
		goto out;
	old = atcp_libatcpss_is_old(first->iov_base, first->iov_len);
	if ((!old && !atcp_libatcpss_is_tcp(first->iov_base, first->iov_len, &copy)) ||
	    !atcp_libatcpss_is_diag(fd))
		goto out;
	atcp_libatcpss_fall_back();
	if (old || msg->msg_iovlen > ATCP_LIBATCPSS_PIECES) {
		errno = old ? ENOENT : EMSGSIZE;
		return -1;
	}
	iov[0] = (struct iovec) { &copy, sizeof(copy) };
	memcpy(iov + 1, first, msg->msg_iovlen * sizeof(*first));
	iov[1].iov_base = (char *)first->iov_base + sizeof(copy);
	iov[1].iov_len -= sizeof(copy);
	changed.msg_iov = iov;
	changed.msg_iovlen = msg->msg_iovlen + 1;
out:
	return syscall(SYS_sendmsg, fd, &changed, flags);
}

/**
 * sendto() - likewise
 * @fd: any socket
 * @data: message
 * @len: its length
 * @flags: MSG_*
 * @to: address, or NULL
 * @to_len: its length
 *
 * Return: bytes sent, or -1 with errno set.
 */
ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	struct iovec iov = { (void *)data, len };
	struct msghdr msg = {
		.msg_name = (void *)to,
		.msg_namelen = to_len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};

	return sendmsg(fd, &msg, flags);
}

/**
 * send() - likewise
 * @fd: any socket
 * @data: message
 * @len: its length
 * @flags: MSG_*
 *
 * Return: bytes sent, or -1 with errno set.
 */
ssize_t send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, flags, NULL, 0);
}

/**
 * write() - likewise
 * @fd: any descriptor
 * @data: message
 * @len: its length
 *
 * Return: bytes written, or -1 with errno set.
 */
ssize_t write(int fd, const void *data, size_t len)
{
	struct atcp_libatcpss_req copy;

	if ((atcp_libatcpss_is_old(data, len) || atcp_libatcpss_is_tcp(data, len, &copy)) &&
	    atcp_libatcpss_is_diag(fd))
		return send(fd, data, len, 0);
	return syscall(SYS_write, fd, data, len);
}
