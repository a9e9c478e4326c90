// SPDX-License-Identifier: GPL-2.0
/* The number of a closed socket is nobody else's while a thread may still have it in hand. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"
#include "pool.h"

static int number;
static bool failed;

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	exit(1);
}

static void check(bool good, const char *what)
{
	printf("%sok %d %s\n", good ? "" : "not ", ++number, what);
	failed |= !good;
}

static int some_file(void)
{
	return open("/dev/zero", O_RDONLY | O_CLOEXEC);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int main(void)
{
	int old, next, spare;
	struct rnd r;
	char byte;

	rnd_init(&r, 1, 0);
	pool_init();
	spare = some_file();

	pool_add(&r, some_file());
	pool_begin(0);
	old = pool_get(&r);
	pool_close(pool_take(&r));
	next = some_file();
	check(old >= 0 && next != old, "what is made next has another number");
	check(read(old, &byte, 1) == 0, "and nothing comes from the old one");

	pool_begin(1);
	pool_close(spare);
	check(is_open(old), "as long as who has it is not done");
	pool_end(0);
	pool_close(next);
	check(!is_open(old), "then it is free, whoever began since");
	check(is_open(spare), "but what was closed since is not");
	pool_end(1);

	pool_add(&r, some_file());
	pool_close_all(&r);
	check(pool_get(&r) < 0, "nothing is left in an empty pool");
	printf("1..%d\n", number);
	return failed;
}
