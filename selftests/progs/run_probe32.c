// SPDX-License-Identifier: GPL-2.0
/* A 32-bit program without a C library that asks for sockets by both of i386's system calls. */

enum { SYS_EXIT = 1, SYS_WRITE = 4, SYS_SOCKETCALL = 102, SYS_SOCKET = 359, SYS_GETSOCKOPT = 365 };
enum { INET = 2, INET6 = 10, STREAM = 1, DGRAM = 2, SOL_SOCK = 1, PROTOCOL = 38 };

static long call5(long nr, long a, long b, long c, long d, long e)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "0"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
	return ret;
}

static void put(const char *text)
{
	long len = 0;

	while (text[len])
		len++;
	call5(SYS_WRITE, 1, (long)text, len, 0, 0);
}

/* A socket's protocol, or the error. */
static void show(const char *what, long fd)
{
	int number = fd, len = sizeof(number), at = 11;
	char digits[12];

	if (fd >= 0)
		call5(SYS_GETSOCKOPT, fd, SOL_SOCK, PROTOCOL, (long)&number, (long)&len);
	put(what);
	put(number < 0 ? ": error " : ": ");
	number = number < 0 ? -number : number;
	digits[at] = '\0';
	do {
		digits[--at] = '0' + number % 10;
		number /= 10;
	} while (number);
	put(digits + at);
	put("\n");
}

static long by_socketcall(long domain, long type, long protocol)
{
	long args[] = { domain, type, protocol };

	return call5(SYS_SOCKETCALL, 1, (long)args, 0, 0, 0);
}

void _start(void)
{
	show("socket", call5(SYS_SOCKET, INET, STREAM, 0, 0, 0));
	show("socket6", call5(SYS_SOCKET, INET6, STREAM, 6, 0, 0));
	show("socketcall", by_socketcall(INET, STREAM, 0));
	show("socketcall6", by_socketcall(INET6, STREAM, 6));
	show("udp", by_socketcall(INET, DGRAM, 0));
	call5(SYS_EXIT, 0, 0, 0, 0, 0);
}
