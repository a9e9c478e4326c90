// SPDX-License-Identifier: GPL-2.0
/* Catches socket(2) by seccomp and hands the program a socket of atcp's. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "alike.h"
#include "atcpctl.h"
#include "filter.h"
#include "notify.h"
#include "supervise.h"

/*
 * The process that called atcpctl becomes the program, so that its parent
 * sees the program's process ID, signals and exit code. A second process, the
 * supervisor, belongs to nobody, answers the filter's notifications and ends
 * with the last process under the filter. If it ends before, socket(2) for TCP
 * fails with ENOSYS: nothing goes by.
 */

/* The supervisor's descriptors. */
#define ATCP_NOTIFY_SOCK	3
#define ATCP_NOTIFY_ERRORS	4

static int atcp_notify_send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { .iov_base = "", .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -1;
}

static int atcp_notify_recv_fd(int sock)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/*
 * Where the user is told of things: a file as it is open, for who else writes
 * to it; of others only the name, since a pipe's reader waits for all writers.
 */
static int atcp_notify_errors(void)
{
	struct stat st;

	if (!fstat(STDERR_FILENO, &st) && S_ISREG(st.st_mode))
		return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 5);
	return open("/proc/self/fd/2", O_PATH | O_CLOEXEC);
}

/* Holds nothing of the program's: no signals, no terminal, no pipes. */
static void atcp_notify_detach(int sock)
{
	sigset_t all;
	int null, errors;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_NAME, "atcpctl-run");
	errors = atcp_notify_errors();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
	/* Out of each other's way first. */
	sock = fcntl(sock, F_DUPFD_CLOEXEC, 5);
	errors = fcntl(errors, F_DUPFD_CLOEXEC, 5);
	if (dup2(sock, ATCP_NOTIFY_SOCK) < 0)
		_exit(ATCP_EXIT_FAIL);
	if (dup2(errors, ATCP_NOTIFY_ERRORS) < 0)
		close(ATCP_NOTIFY_ERRORS);
	syscall(SYS_close_range, ATCP_NOTIFY_ERRORS + 1U, ~0U, 0U);
	if (chdir("/"))
		_exit(ATCP_EXIT_FAIL);
}

static void atcp_notify_supervise(int sock)
{
	const int ours = ATCP_NOTIFY_SOCK;
	int listener;

	atcp_notify_detach(sock);
	atcp_alike_init();
	if (send(ours, "", 1, MSG_NOSIGNAL) != 1)
		_exit(ATCP_EXIT_FAIL);
	listener = atcp_notify_recv_fd(ours);
	if (listener < 0 || send(ours, "", 1, MSG_NOSIGNAL) != 1)
		_exit(ATCP_EXIT_FAIL);
	close(ours);
	_exit(atcp_supervise_serve(listener, ATCP_NOTIFY_ERRORS) ?
	      ATCP_EXIT_FAIL : ATCP_EXIT_OK);
}

/* Forks twice: the program must not find a child that it did not make. */
static int atcp_notify_fork(int sock[2])
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		close(sock[0]);
		pid = fork();
		if (!pid)
			atcp_notify_supervise(sock[1]);
		_exit(pid < 0);
	}
	close(sock[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		return -1;
	return 0;
}

/**
 * atcp_notify_inside() - does another atcpctl run supervise this process?
 *
 * It is asked by the system call itself, around what is preloaded.
 *
 * Return: true if what is asked of socket(2) for TCP is of atcp's already.
 */
bool atcp_notify_inside(void)
{
	int fd, protocol = 0;
	socklen_t len = sizeof(protocol);

	fd = syscall(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len);
	close(fd);
	return protocol == IPPROTO_ATCP;
}

static void atcp_notify_explain(int error)
{
	if (error == EBUSY)
		atcp_main_warn("run: another program's seccomp listener supervises this process already, and it has room for one");
	else
		atcp_main_warn("run: cannot load the seccomp filter: %s",
			       strerror(error));
}

/**
 * atcp_notify_start() - put this process and what it runs under the filter
 *
 * From here on socket(2) for TCP, by whatever means it is called, gives a
 * socket of atcp's. It stays so through exec and fork.
 *
 * Return: 0, or -1 after a message: there is no filter then.
 */
int atcp_notify_start(void)
{
	int sock[2], listener, rc = -1;
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock)) {
		atcp_main_warn("run: socketpair: %s", strerror(errno));
		return -1;
	}
	if (atcp_notify_fork(sock) || read(sock[0], &byte, 1) != 1) {
		atcp_main_warn("run: cannot start the supervisor");
		goto out;
	}
	listener = atcp_filter_load();
	if (listener < 0) {
		atcp_notify_explain(-listener);
		goto out;
	}
	if (atcp_notify_send_fd(sock[0], listener) ||
	    read(sock[0], &byte, 1) != 1) {
		atcp_main_warn("run: the supervisor did not take over");
		_exit(ATCP_EXIT_FAIL);
	}
	close(listener);
	rc = 0;
out:
	close(sock[0]);
	return rc;
}
