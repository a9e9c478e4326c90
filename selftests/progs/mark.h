/* SPDX-License-Identifier: GPL-2.0 */
/* Tells the profiler (vm/profile.c) from when to when to count. */
#ifndef SELFTESTS_MARK_H
#define SELFTESTS_MARK_H

#include <stddef.h>
#include <sys/mman.h>

#include "stack.h"

/* Where it listens: MARK_BEGIN and MARK_END of vm/profile.c. */
#define MARKS		((unsigned char *)0x70726f660000UL)
#define MARK_BEGIN	0
#define MARK_END	16
#define RETURN		0xc3

/* What stands at a mark is one instruction that returns. */
static inline void mark_open(void)
{
	if (mmap(MARKS, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != MARKS)
		die("mmap");
	MARKS[MARK_BEGIN] = RETURN;
	MARKS[MARK_END] = RETURN;
}

static inline void mark(size_t which)
{
	((void (*)(void))(MARKS + which))();
}

#endif
