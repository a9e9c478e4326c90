// SPDX-License-Identifier: GPL-2.0
/* The seccomp filter that hands socket(2) for TCP to a supervisor. */
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "atcpctl.h"
#include "filter.h"

/*
 * Every architecture of a machine goes through the filter. What it does not
 * know of passes: the filter is no fence, and a program that it stopped would
 * be one that does not run. All calls but the few below are decided by their
 * number alone, which the kernel keeps in a bitmap and does not run the filter
 * for. What decides about socket(2) stands in registers, so the program cannot
 * change it after the check; i386's older socketcall(2) is looked into by the
 * supervisor.
 */

#if defined(__x86_64__)
#define ATCP_FILTER_ARCH	AUDIT_ARCH_X86_64
#define ATCP_FILTER_X32		0x40000000U	/* x32's bit in call numbers */
#define ATCP_FILTER_I386	AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ATCP_FILTER_ARCH	AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ATCP_FILTER_ARCH	AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define ATCP_FILTER_ARCH	AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ATCP_FILTER_ARCH	AUDIT_ARCH_S390X
#elif defined(__arm__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define ATCP_FILTER_ARCH	AUDIT_ARCH_ARM
#else
#define ATCP_FILTER_ARCH	0	/* matches no call: nothing is caught */
#endif

#define ATCP_FILTER_TYPE	0xf	/* the kernel's SOCK_TYPE_MASK */
#define ATCP_FILTER_KILLABLE	0x20U	/* ..._WAIT_KILLABLE_RECV */

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP		262
#endif

/* i386's numbers, from its own table. */
#define ATCP_FILTER_NR32_SOCKETCALL	102
#define ATCP_FILTER_NR32_SECCOMP	354
#define ATCP_FILTER_NR32_SOCKET		359
#define ATCP_FILTER_NR_URING		425	/* the same everywhere */
#define ATCP_FILTER_SYS_SOCKET		1	/* socketcall's first argument */

#if __BYTE_ORDER == __BIG_ENDIAN
#define ATCP_FILTER_LOW		4
#else
#define ATCP_FILTER_LOW		0
#endif

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				 offsetof(struct seccomp_data, field))
#define LOAD_ARG(n)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ATCP_FILTER_LOW + \
				 offsetof(struct seccomp_data, args[n]))
#define AND(mask)	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask)
/* Jumps are counted in statements that are left out. */
#define EQUAL(value, yes, no)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define RETURN(action)	BPF_STMT(BPF_RET | BPF_K, action)
#define NOTIFY		RETURN(SECCOMP_RET_USER_NOTIF)
#define ALLOW		RETURN(SECCOMP_RET_ALLOW)

/* Go asks for MPTCP before TCP; it is told that there is none. */
#define SOCKET_CHECK_LEN	13
#define SOCKET_CHECK						\
	LOAD_ARG(0),						\
	EQUAL(AF_INET, 1, 0),					\
	EQUAL(AF_INET6, 0, 9),					\
	LOAD_ARG(1),						\
	AND(ATCP_FILTER_TYPE),					\
	EQUAL(SOCK_STREAM, 0, 6),				\
	LOAD_ARG(2),						\
	EQUAL(0, 2, 0),						\
	EQUAL(IPPROTO_TCP, 1, 0),				\
	EQUAL(IPPROTO_MPTCP, 1, 2),				\
	NOTIFY,							\
	RETURN(SECCOMP_RET_ERRNO | EPROTONOSUPPORT),		\
	ALLOW

#define LISTENER_CHECK_LEN	6
#define LISTENER_CHECK						\
	LOAD_ARG(0),						\
	EQUAL(SECCOMP_SET_MODE_FILTER, 0, 3),			\
	LOAD_ARG(1),						\
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,			\
		 SECCOMP_FILTER_FLAG_NEW_LISTENER, 0, 1),	\
	NOTIFY,							\
	ALLOW

#define URING_CHECK						\
	EQUAL(ATCP_FILTER_NR_URING, 0, 1),			\
	NOTIFY

#ifdef ATCP_FILTER_X32
#define NATIVE_NR	LOAD(nr), AND(~ATCP_FILTER_X32)
#define NATIVE_NR_LEN	2
#else
#define NATIVE_NR	LOAD(nr)
#define NATIVE_NR_LEN	1
#endif
#define NATIVE_LEN	(NATIVE_NR_LEN + 1 + SOCKET_CHECK_LEN + 1 + LISTENER_CHECK_LEN + 2 + 1)

static const struct sock_filter atcp_filter_code[] = {
	LOAD(arch),
	EQUAL(ATCP_FILTER_ARCH, 0, NATIVE_LEN),
	NATIVE_NR,
	EQUAL(__NR_socket, 0, SOCKET_CHECK_LEN),
	SOCKET_CHECK,
	EQUAL(__NR_seccomp, 0, LISTENER_CHECK_LEN),
	LISTENER_CHECK,
	URING_CHECK,
	ALLOW,
#ifdef ATCP_FILTER_I386
	EQUAL(ATCP_FILTER_I386, 1, 0),
	ALLOW,
	LOAD(nr),
	EQUAL(ATCP_FILTER_NR32_SOCKET, 0, SOCKET_CHECK_LEN),
	SOCKET_CHECK,
	EQUAL(ATCP_FILTER_NR32_SOCKETCALL, 0, 3),
	LOAD_ARG(0),
	EQUAL(ATCP_FILTER_SYS_SOCKET, 0, 1),
	NOTIFY,
	EQUAL(ATCP_FILTER_NR32_SECCOMP, 0, LISTENER_CHECK_LEN),
	LISTENER_CHECK,
	URING_CHECK,
#endif
	ALLOW,
};

/**
 * atcp_filter_compat() - does the caller's system call have 32-bit arguments?
 * @data: the call
 *
 * Return: true for i386's calls, by whatever program they are made.
 */
bool atcp_filter_compat(const struct seccomp_data *data)
{
#ifdef ATCP_FILTER_I386
	return data->arch == ATCP_FILTER_I386;
#else
	(void)data;
	return false;
#endif
}

/**
 * atcp_filter_socket_nr() - number of socket(2) in the caller's own table
 * @data: the call
 *
 * Return: what takes its place in the call's register.
 */
int atcp_filter_socket_nr(const struct seccomp_data *data)
{
	if (atcp_filter_compat(data))
		return ATCP_FILTER_NR32_SOCKET;
#ifdef ATCP_FILTER_X32
	return __NR_socket | (data->nr & ATCP_FILTER_X32);
#else
	return __NR_socket;
#endif
}

/**
 * atcp_filter_call() - what is this notification about?
 * @data: the call that the filter caught
 *
 * Return: enum atcp_filter_call.
 */
enum atcp_filter_call atcp_filter_call(const struct seccomp_data *data)
{
	if (data->nr == atcp_filter_socket_nr(data))
		return ATCP_FILTER_SOCKET;
	if (atcp_filter_compat(data) && data->nr == ATCP_FILTER_NR32_SOCKETCALL)
		return ATCP_FILTER_SOCKETCALL;
	return (data->nr & 0xffff) == ATCP_FILTER_NR_URING ?
		ATCP_FILTER_URING : ATCP_FILTER_LISTENER;
}

/**
 * atcp_filter_is_tcp() - does a program that asks for this want TCP?
 * @domain: address family
 * @type: kind of socket and flags
 * @protocol: 0 or a protocol's number
 *
 * Return: the same as the filter's own check, for who has other arguments.
 */
bool atcp_filter_is_tcp(int domain, int type, int protocol)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type & ATCP_FILTER_TYPE) == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP);
}

/**
 * atcp_filter_load() - put this process, and what it runs, under the filter
 *
 * Root needs no no_new_privs, and without it set-user-ID programs below this
 * one keep working. The killable wait, where the kernel has it, keeps signals
 * from making socket(2) fail with EINTR, which programs do not expect. The
 * filter keeps no secrets, so it need not slow speculation down.
 *
 * Return: the listener, or -errno.
 */
int atcp_filter_load(void)
{
	const struct sock_fprog prog = {
		.len = ARRAY_SIZE(atcp_filter_code),
		.filter = (struct sock_filter *)atcp_filter_code,
	};
	unsigned int flags = SECCOMP_FILTER_FLAG_NEW_LISTENER |
			     SECCOMP_FILTER_FLAG_SPEC_ALLOW |
			     ATCP_FILTER_KILLABLE;
	long fd;

	if (!ATCP_FILTER_ARCH)
		return -EOPNOTSUPP;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (fd < 0 && errno == EINVAL) {
		flags &= ~ATCP_FILTER_KILLABLE;
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	}
	if (fd < 0 && errno == EACCES) {
		prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	}
	return fd < 0 ? -errno : (int)fd;
}
