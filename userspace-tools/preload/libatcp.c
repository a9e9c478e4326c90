// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded by atcpctl run: turns a program's TCP sockets into atcp's, and SO_ZEROCOPY, which
 * kernels before 6.12 have for their own TCP only, into atcp's own option.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/atcp.h>

/*
 * Linked against no C library: socket(), setsockopt(), syscall() and dlsym() are bound to
 * the program's own, be it glibc or musl. dlsym() is weak because older C
 * libraries keep it in a library of its own, which the program may not use.
 */
#define ATCP_LIBATCP_TYPE	0xf	/* the kernel's SOCK_TYPE_MASK */

typedef int (*atcp_libatcp_socket_fn)(int domain, int type, int protocol);
typedef int (*atcp_libatcp_setsockopt_fn)(int fd, int level, int name, const void *val,
					  socklen_t len);

#pragma weak dlsym

/* The next socket() in line, another preloaded library's or the C library's. */
static atcp_libatcp_socket_fn atcp_libatcp_next;
static atcp_libatcp_setsockopt_fn atcp_libatcp_next_setsockopt;

/*
 * Found before main(), since dlsym() may not be called in a signal handler.
 * Constructors that run earlier and open sockets make the system call.
 */
static void __attribute__((constructor)) atcp_libatcp_init(void)
{
	atcp_libatcp_setsockopt_fn setsockopt = NULL;
	atcp_libatcp_socket_fn next = NULL;

	if (dlsym) {
		next = (atcp_libatcp_socket_fn)dlsym(RTLD_NEXT, "socket");
		setsockopt = (atcp_libatcp_setsockopt_fn)dlsym(RTLD_NEXT, "setsockopt");
	}
	__atomic_store_n(&atcp_libatcp_next, next, __ATOMIC_RELEASE);
	__atomic_store_n(&atcp_libatcp_next_setsockopt, setsockopt, __ATOMIC_RELEASE);
}

static bool atcp_libatcp_is_tcp(int domain, int type, int protocol)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type & ATCP_LIBATCP_TYPE) == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP);
}

/**
 * socket() - as socket(2), with TCP's protocol numbers meaning atcp
 * @domain: address family
 * @type: kind of socket and flags
 * @protocol: 0, IPPROTO_TCP, or another that passes unchanged
 *
 * Safe in signal handlers and threads: it changes nothing and takes no lock.
 *
 * Return: a descriptor, or -1 with errno set.
 */
int socket(int domain, int type, int protocol)
{
	atcp_libatcp_socket_fn next;

	if (atcp_libatcp_is_tcp(domain, type, protocol))
		protocol = IPPROTO_ATCP;
	next = __atomic_load_n(&atcp_libatcp_next, __ATOMIC_ACQUIRE);
	if (next)
		return next(domain, type, protocol);
	return syscall(SYS_socket, domain, type, protocol);
}

static int atcp_libatcp_setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	atcp_libatcp_setsockopt_fn next;

	next = __atomic_load_n(&atcp_libatcp_next_setsockopt, __ATOMIC_ACQUIRE);
	if (next)
		return next(fd, level, name, val, len);
	return syscall(SYS_setsockopt, fd, level, name, val, len);
}

/**
 * setsockopt() - as setsockopt(2), with SO_ZEROCOPY for atcp's sockets too
 * @fd: a descriptor
 * @level: of the option
 * @name: the option
 * @val: its value
 * @len: bytes of @val
 *
 * Safe in signal handlers and threads, as socket() is. No socket but atcp's knows the
 * option that is tried in the place of one that the kernel refused.
 *
 * Return: 0, or -1 with errno set.
 */
int setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	int ret = atcp_libatcp_setsockopt(fd, level, name, val, len), err = errno;

	if (!ret || level != SOL_SOCKET || name != SO_ZEROCOPY || err != EOPNOTSUPP)
		return ret;
	ret = atcp_libatcp_setsockopt(fd, SOL_ATCP, ATCP_ZEROCOPY, val, len);
	if (ret)
		errno = err;
	return ret;
}
