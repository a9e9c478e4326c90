// SPDX-License-Identifier: GPL-2.0
/*
 * The size logic of uml-xstate.patch against hosts of every kind: xstate.h is compiled here with
 * a ptrace(2) that behaves as a host's kernel does whose NT_X86_XSTATE regset has a given size,
 * so no such CPU is needed.
 */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/* What UML keeps: HOST_FP_SIZE. */
#define KEPT 2696
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static unsigned char host_state[2 << 20];
static size_t host_size;
static bool host_refuses;

/* The kernel's rules (ptrace_regset, xstateregs_set): longer is cut, a short write refused. */
static long host_ptrace(int request, int pid, long type, struct iovec *iov)
{
	(void)pid;
	if (type != NT_X86_XSTATE || host_refuses || iov->iov_len % 8) {
		errno = host_refuses ? EIO : EINVAL;
		return -1;
	}
	if (iov->iov_len > host_size)
		iov->iov_len = host_size;
	if (request == PTRACE_GETREGSET) {
		memcpy(iov->iov_base, host_state, iov->iov_len);
		return 0;
	}
	if (iov->iov_len != host_size) {
		errno = EFAULT;
		return -1;
	}
	memcpy(host_state, iov->iov_base, iov->iov_len);
	return 0;
}

#define ptrace(request, pid, type, iov) host_ptrace(request, pid, type, iov)
#include "xstate.h"

static int number, failed;

static void result(bool good, const char *what, size_t size)
{
	printf("%s %d %s (regset of %zu bytes)\n", good ? "ok" : "not ok", ++number, what, size);
	failed += !good;
}

static void fill(unsigned char *p, size_t n, unsigned int seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (i * 31 + seed) & 0xff;
}

/* A process's state is put back whole; what UML does not keep is in its initial state then. */
static void try_host(size_t size, const char *who)
{
	unsigned char regs[KEPT];
	size_t i, common = size < KEPT ? size : KEPT;
	bool good;

	host_size = size;
	fill(host_state, size, 7);
	good = xstate_probe(1, KEPT) == 0 && xstate_image_size == (size < KEPT ? KEPT : size);
	fill(regs, sizeof(regs), 99);
	good = good && xstate_restore(1, regs, KEPT) == 0 && !memcmp(host_state, regs, common);
	for (i = common; good && i < size; i++)
		good = host_state[i] == 0;
	result(good, who, size);
	free(xstate_image);
	xstate_image = NULL;
	xstate_image_size = 0;
}

int main(void)
{
	static const struct { size_t size; const char *who; } hosts[] = {
		{ 576, "SSE alone" }, { 832, "AVX" }, { 1088, "MPX" }, { 2432, "AVX-512, packed" },
		{ 2440, "AVX-512 and protection keys, packed" }, { 2688, "AVX-512" },
		{ 2696, "AVX-512 and protection keys: exactly what is kept" },
		{ 2704, "one word more than is kept" }, { 2 * KEPT, "exactly twice what is kept" },
		{ 11008, "AMX" }, { 65536, "what may come" },
	};
	unsigned char regs[KEPT];
	struct iovec shortened = { regs, sizeof(regs) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(hosts); i++)
		try_host(hosts[i].size, hosts[i].who);

	/* What went wrong without the patch. */
	host_size = 11008;
	result(host_ptrace(PTRACE_SETREGSET, 1, NT_X86_XSTATE, &shortened) < 0 && errno == EFAULT,
	       "a short write is refused by this host", host_size);

	host_size = sizeof(host_state);
	result(xstate_probe(1, KEPT) == -E2BIG && !xstate_image,
	       "a host that claims too much is not believed", host_size);
	host_refuses = true;
	result(xstate_probe(1, KEPT) == -EIO && !xstate_image, "a host without the regset", 0);
	printf("1..%d\n", number);
	return failed != 0;
}
