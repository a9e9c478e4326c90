// SPDX-License-Identifier: GPL-2.0
/* Answers the seccomp filter's notifications with sockets of atcp's. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "alike.h"
#include "atcpctl.h"
#include "filter.h"
#include "redo.h"
#include "supervise.h"

/*
 *	program     socket(AF_INET, SOCK_STREAM, 0)
 *	kernel        notification ->
 *	supervisor      is the thread as we are, in all that a socket takes on?
 *	  yes             socket(AF_INET, SOCK_STREAM, IPPROTO_ATCP)
 *	                  <- ADDFD: put it into the program and return its number
 *	  no              <- have it make the call again, with IPPROTO_ATCP
 *	  nor may that    <- EACCES, and the user is told
 *
 * No socket is made as somebody else, and none is the kernel's TCP unawares.
 */

/**
 * enum atcp_supervise_tale - what the user is told of
 * @ATCP_SUPERVISE_REFUSED: a socket that could not be made as the program
 * @ATCP_SUPERVISE_URING: io_uring, whose own way to sockets goes by
 * @ATCP_SUPERVISE_LISTENER: a program wanted a seccomp listener of its own
 * @ATCP_SUPERVISE_TALES: how many there are
 */
enum atcp_supervise_tale {
	ATCP_SUPERVISE_REFUSED,
	ATCP_SUPERVISE_URING,
	ATCP_SUPERVISE_LISTENER,
	ATCP_SUPERVISE_TALES,
};

/* Told when it first happens, of a program; and counted when all have ended. */
static const struct {
	const char *first;
	const char *count;
} atcp_supervise_words[] = {
	[ATCP_SUPERVISE_REFUSED] = {
		"was refused a TCP socket (EACCES): it may not be traced, or is traced already, and is not the user, cgroup, label or namespace that it was started as",
		"TCP sockets refused (EACCES)",
	},
	[ATCP_SUPERVISE_URING] = {
		"uses io_uring: sockets that it makes by IORING_OP_SOCKET are the kernel's TCP, not atcp's",
		"rings of io_uring made, whose IORING_OP_SOCKET gives sockets of the kernel's TCP",
	},
	[ATCP_SUPERVISE_LISTENER] = {
		"was refused a seccomp listener of its own (EBUSY): a process has room for one; use run -p",
		"seccomp listeners refused (EBUSY)",
	},
};

static struct {
	unsigned int told[ATCP_SUPERVISE_TALES];
	int listener;
	int errors;
} atcp_supervise;

/*
 * A terminal or pipe is opened anew each time. An O_PATH descriptor in between
 * does not keep a pipe's reader waiting for our end of it. One that is another
 * user's cannot be opened; then it is the program's own standard error.
 */
static void atcp_supervise_write(const char *text, pid_t pid)
{
	char path[32];
	int pidfd, fd;

	if (write(atcp_supervise.errors, text, strlen(text)) > 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", atcp_supervise.errors);
	fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && pid) {
		pidfd = syscall(SYS_pidfd_open, pid, 0);
		fd = syscall(SYS_pidfd_getfd, pidfd, STDERR_FILENO, 0);
		close(pidfd);
	}
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		errno = 0;
	close(fd);
}

/* Names in the tale come from the program: no control characters. */
static void atcp_supervise_tell(enum atcp_supervise_tale tale, pid_t pid)
{
	char path[32], name[32] = "", text[512];
	ssize_t len;
	int fd, i;

	if (atcp_supervise.told[tale]++)
		return;
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, name, sizeof(name) - 1);
		name[len > 0 ? len - 1 : 0] = '\0';
		close(fd);
	}
	for (i = 0; name[i]; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			name[i] = '?';
	snprintf(text, sizeof(text), "atcpctl: run: %s (process %d) %s\n",
		 name[0] ? name : "a program", pid,
		 atcp_supervise_words[tale].first);
	atcp_supervise_write(text, pid);
}

static void atcp_supervise_count(void)
{
	char text[256];
	int tale;

	for (tale = 0; tale < ATCP_SUPERVISE_TALES; tale++) {
		if (!atcp_supervise.told[tale])
			continue;
		snprintf(text, sizeof(text), "atcpctl: run: %s: %u\n",
			 atcp_supervise_words[tale].count,
			 atcp_supervise.told[tale]);
		atcp_supervise_write(text, 0);
	}
}

/* Answers with an error, 0 to let the call pass. The caller may have left. */
static void atcp_supervise_respond(const struct seccomp_notif *req, int error)
{
	struct seccomp_notif_resp resp = {
		.id = req->id,
		.error = error,
		.flags = error ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	ioctl(atcp_supervise.listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

/* Is it still the thread that asked, not a later one of its number? */
static bool atcp_supervise_valid(const struct seccomp_notif *req)
{
	__u64 id = req->id;

	return !ioctl(atcp_supervise.listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

/* Puts a socket into the program; its socket(2) returns the number there. */
static int atcp_supervise_give(const struct seccomp_notif *req,
			       const int args[2])
{
	struct seccomp_notif_addfd add = {
		.id = req->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.newfd_flags = args[1] & SOCK_CLOEXEC ? O_CLOEXEC : 0,
	};
	int fd, rc = 0;

	fd = socket(args[0], args[1] | SOCK_CLOEXEC, IPPROTO_ATCP);
	if (fd < 0)
		return -errno;
	add.srcfd = fd;
	if (ioctl(atcp_supervise.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static void atcp_supervise_socket(const struct seccomp_notif *req,
				  const int args[2])
{
	bool alike = atcp_alike_check(req->pid);
	int rc;

	if (!atcp_supervise_valid(req))
		return;
	if (alike) {
		rc = atcp_supervise_give(req, args);
	} else if (atcp_redo_attach(req->pid)) {
		atcp_supervise_tell(ATCP_SUPERVISE_REFUSED, req->pid);
		rc = -EACCES;
	} else if (atcp_supervise_valid(req)) {
		atcp_redo_start(req->pid, &req->data, args);
		rc = -ATCP_REDO_ERESTARTNOINTR;
	} else {
		atcp_redo_leave(req->pid);
		return;
	}
	/* A caller that a signal took away asks again. */
	if (rc)
		atcp_supervise_respond(req, rc);
}

/* i386's socketcall(2) keeps its arguments in memory: three longs. */
static void atcp_supervise_socketcall(const struct seccomp_notif *req)
{
	int mem[3];
	struct iovec ours = { .iov_base = mem, .iov_len = sizeof(mem) };
	struct iovec theirs = {
		.iov_base = (void *)(uintptr_t)req->data.args[1],
		.iov_len = sizeof(mem),
	};
	ssize_t got;

	got = process_vm_readv(req->pid, &ours, 1, &theirs, 1, 0);
	if (got < 0)
		got = -errno;
	if (!atcp_supervise_valid(req))
		return;
	if (got == -EPERM) {
		atcp_supervise_tell(ATCP_SUPERVISE_REFUSED, req->pid);
		atcp_supervise_respond(req, -EACCES);
	} else if (got != sizeof(mem)) {
		/* The kernel cannot read them either. */
		atcp_supervise_respond(req, -EFAULT);
	} else if (atcp_filter_is_tcp(mem[0], mem[1], mem[2])) {
		atcp_supervise_socket(req, mem);
	} else {
		atcp_supervise_respond(req, 0);
	}
}

static void atcp_supervise_answer(const struct seccomp_notif *req)
{
	const int args[] = { (int)req->data.args[0], (int)req->data.args[1] };

	switch (atcp_filter_call(&req->data)) {
	case ATCP_FILTER_SOCKET:
		atcp_supervise_socket(req, args);
		return;
	case ATCP_FILTER_SOCKETCALL:
		atcp_supervise_socketcall(req);
		return;
	case ATCP_FILTER_URING:
		atcp_supervise_tell(ATCP_SUPERVISE_URING, req->pid);
		break;
	case ATCP_FILTER_LISTENER:
		atcp_supervise_tell(ATCP_SUPERVISE_LISTENER, req->pid);
		break;
	}
	atcp_supervise_respond(req, 0);
}

/* Until the last process under the filter has gone. */
static void atcp_supervise_loop(struct seccomp_notif *req, size_t size,
				int signals)
{
	struct pollfd fds[] = {
		{ .fd = atcp_supervise.listener, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return;
		if (fds[1].revents & POLLIN &&
		    read(signals, &info, sizeof(info)) > 0)
			atcp_redo_reap();
		if (fds[0].revents & POLLIN) {
			/* The kernel wants it empty; ENOENT: the caller left. */
			memset(req, 0, size);
			if (!ioctl(atcp_supervise.listener,
				   SECCOMP_IOCTL_NOTIF_RECV, req))
				atcp_supervise_answer(req);
			else if (errno != ENOENT && errno != EINTR)
				return;
		} else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
			return;
		}
	}
}

/**
 * atcp_supervise_serve() - answer for as long as there are programs
 * @listener: the filter's
 * @errors: where the user is told, or an O_PATH descriptor of it
 *
 * All signals must be blocked.
 *
 * Return: 0, or -1 if it could not begin.
 */
int atcp_supervise_serve(int listener, int errors)
{
	struct seccomp_notif_sizes sizes;
	struct seccomp_notif *req;
	sigset_t child;
	size_t size;
	int signals;

	atcp_supervise.listener = listener;
	atcp_supervise.errors = errors;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0 ||
	    syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return -1;
	size = sizes.seccomp_notif > sizeof(*req) ? sizes.seccomp_notif :
						    sizeof(*req);
	req = calloc(1, size);
	if (!req)
		return -1;
	atcp_supervise_loop(req, size, signals);
	atcp_supervise_count();
	free(req);
	close(signals);
	return 0;
}
