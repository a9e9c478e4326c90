// SPDX-License-Identifier: GPL-2.0
/* Catches socket(2) by seccomp and hands the program a socket of atcp's. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "atcpctl.h"
#include "notify.h"

/*
 * The process that called atcpctl becomes the program, so that its parent
 * sees the program's process ID, signals and exit code. A second process, the
 * supervisor, belongs to nobody, answers the filter's notifications and ends
 * with the last process under the filter:
 *
 *	program     socket(AF_INET, SOCK_STREAM, 0)
 *	kernel        notification ->
 *	supervisor      socket(AF_INET, SOCK_STREAM, IPPROTO_ATCP)
 *	                <- ADDFD: put it into the program and return its number
 *
 * All that decides stands in registers, so the program cannot change it after
 * the check. Go asks for MPTCP before TCP; it is told that there is none.
 */

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif

/* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, newer than some headers. */
#define ATCP_NOTIFY_KILLABLE	0x20U

#define ATCP_NOTIFY_TYPE	0xf	/* the kernel's SOCK_TYPE_MASK */

/* The supervisor's own namespace and the one it last went into. */
static struct {
	int own_fd;
	ino_t own;
	ino_t now;
} atcp_notify_netns;

static int atcp_notify_rule(scmp_filter_ctx ctx, int domain, int protocol)
{
	unsigned int action = SCMP_ACT_NOTIFY;

	if (protocol == IPPROTO_MPTCP)
		action = SCMP_ACT_ERRNO(EPROTONOSUPPORT);
	return seccomp_rule_add(ctx, action, SCMP_SYS(socket), 3,
				SCMP_A0_32(SCMP_CMP_EQ, domain),
				SCMP_A1_32(SCMP_CMP_MASKED_EQ, ATCP_NOTIFY_TYPE,
					   SOCK_STREAM),
				SCMP_A2_32(SCMP_CMP_EQ, protocol));
}

/* Writes the filter's program into a file in memory. Returns it or -errno. */
static int atcp_notify_compile(void)
{
	static const int domains[] = { AF_INET, AF_INET6 };
	static const int protocols[] = { 0, IPPROTO_TCP, IPPROTO_MPTCP };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int fd = memfd_create("atcp-filter", MFD_CLOEXEC);
	unsigned int d, p;
	int rc = 0;

	if (!ctx || fd < 0)
		rc = -ENOMEM;
	for (d = 0; !rc && d < ARRAY_SIZE(domains); d++)
		for (p = 0; !rc && p < ARRAY_SIZE(protocols); p++)
			rc = atcp_notify_rule(ctx, domains[d], protocols[p]);
	if (!rc)
		rc = seccomp_export_bpf(ctx, fd);
	if (ctx)
		seccomp_release(ctx);
	if (!rc)
		return fd;
	if (fd >= 0)
		close(fd);
	return rc;
}

/*
 * Root needs no no_new_privs, and without it set-user-ID programs below this
 * one keep working. The killable wait, where the kernel has it, keeps signals
 * from making socket(2) fail with EINTR, which programs do not expect.
 */
static int atcp_notify_load(const struct sock_fprog *prog)
{
	const unsigned int plain = SECCOMP_FILTER_FLAG_NEW_LISTENER;
	const unsigned int calm = plain | ATCP_NOTIFY_KILLABLE;
	long fd;

	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, calm, prog);
	if (fd < 0 && errno == EACCES) {
		prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, calm, prog);
	}
	if (fd < 0 && errno == EINVAL)
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, plain, prog);
	return fd < 0 ? -errno : (int)fd;
}

/* Puts this process under the filter. Returns the listener or -errno. */
static int atcp_notify_filter(void)
{
	struct sock_filter code[256];
	struct sock_fprog prog = { .filter = code };
	int fd = atcp_notify_compile();
	ssize_t len;

	if (fd < 0)
		return fd;
	len = pread(fd, code, sizeof(code), 0);
	close(fd);
	if (len <= 0 || len == sizeof(code))
		return -E2BIG;
	prog.len = len / sizeof(code[0]);
	return atcp_notify_load(&prog);
}

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
 * Goes into the network namespace that the caller is in now. Fails closed: a
 * program that shut itself in must not get a socket from outside.
 */
static int atcp_notify_follow(pid_t pid)
{
	char path[64];
	struct stat st;
	int fd, rc = 0;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	if (stat(path, &st))
		return -errno;
	if (st.st_ino == atcp_notify_netns.now)
		return 0;
	if (st.st_ino == atcp_notify_netns.own)
		fd = fcntl(atcp_notify_netns.own_fd, F_DUPFD_CLOEXEC, 0);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET))
		rc = -errno;
	else
		atcp_notify_netns.now = st.st_ino;
	close(fd);
	return rc;
}

/* One of the four numbers of a line of /proc/PID/status: the last, the fs ID. */
static unsigned int atcp_notify_fsid(const char *status, const char *key)
{
	unsigned int real, effective, saved, fs;
	const char *line = strstr(status, key);

	if (line && sscanf(line + strlen(key), "%u %u %u %u", &real,
			   &effective, &saved, &fs) == 4)
		return fs;
	return 0;
}

/* The socket belongs to the program's user, as skuid rules and ss show it. */
static void atcp_notify_become(pid_t pid)
{
	char path[64], status[4096];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	got = read(fd, status, sizeof(status) - 1);
	close(fd);
	if (got <= 0)
		return;
	status[got] = '\0';
	setfsgid(atcp_notify_fsid(status, "\nGid:"));
	setfsuid(atcp_notify_fsid(status, "\nUid:"));
}

static int atcp_notify_socket(const struct seccomp_notif *req)
{
	const __u64 *args = req->data.args;
	int fd;

	if (!geteuid())
		atcp_notify_become(req->pid);
	fd = socket((int)args[0], (int)args[1] | SOCK_CLOEXEC, IPPROTO_ATCP);
	if (fd < 0)
		fd = -errno;
	if (!geteuid()) {
		setfsuid(0);
		setfsgid(getegid());
	}
	return fd;
}

/* Puts the socket into the program; its socket(2) returns the number there. */
static int atcp_notify_give(int listener, const struct seccomp_notif *req,
			    int fd)
{
	struct seccomp_notif_addfd add = {
		.id = req->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = fd,
		.newfd_flags = req->data.args[1] & SOCK_CLOEXEC ? O_CLOEXEC : 0,
	};

	return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0 ? -errno : 0;
}

static void atcp_notify_answer(int listener, const struct seccomp_notif *req,
			       struct seccomp_notif_resp *resp)
{
	int fd, rc = atcp_notify_follow(req->pid);

	/* Is it still the process that asked, not a later one of its number? */
	if (seccomp_notify_id_valid(listener, req->id))
		return;
	if (!rc) {
		fd = atcp_notify_socket(req);
		rc = fd;
		if (fd >= 0) {
			rc = atcp_notify_give(listener, req, fd);
			close(fd);
		}
	}
	if (!rc)
		return;
	memset(resp, 0, sizeof(*resp));
	resp->id = req->id;
	resp->error = rc;
	/* A caller that a signal took away asks again. */
	seccomp_notify_respond(listener, resp);
}

static void atcp_notify_serve(int listener)
{
	struct pollfd poll_fd = { .fd = listener, .events = POLLIN };
	struct seccomp_notif_resp *resp;
	struct seccomp_notif *req;

	if (seccomp_notify_alloc(&req, &resp))
		return;
	for (;;) {
		if (poll(&poll_fd, 1, -1) < 0 && errno != EINTR)
			break;
		if (poll_fd.revents & POLLIN) {
			/* The kernel wants it empty; ENOENT: the caller left. */
			memset(req, 0, sizeof(*req));
			if (!seccomp_notify_receive(listener, req))
				atcp_notify_answer(listener, req, resp);
			else if (errno != ENOENT && errno != EINTR)
				break;
		} else if (poll_fd.revents & (POLLHUP | POLLERR | POLLNVAL)) {
			/* The last process under the filter has gone. */
			break;
		}
	}
	seccomp_notify_free(req, resp);
}

/* Holds nothing of the program's: no signals, no terminal, no files. */
static void atcp_notify_detach(int sock)
{
	struct stat st;
	sigset_t all;
	int null;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	prctl(PR_SET_NAME, "atcpctl-run");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
	if (dup2(sock, 3) != 3)
		_exit(ATCP_EXIT_FAIL);
	syscall(SYS_close_range, 4U, ~0U, 0U);
	if (chdir("/"))
		_exit(ATCP_EXIT_FAIL);
	atcp_notify_netns.own_fd = open("/proc/self/ns/net",
					O_RDONLY | O_CLOEXEC);
	if (fstat(atcp_notify_netns.own_fd, &st))
		_exit(ATCP_EXIT_FAIL);
	atcp_notify_netns.own = st.st_ino;
	atcp_notify_netns.now = st.st_ino;
}

static void atcp_notify_supervise(int sock)
{
	int listener;

	atcp_notify_detach(sock);
	sock = 3;
	if (send(sock, "", 1, MSG_NOSIGNAL) != 1)
		_exit(ATCP_EXIT_FAIL);
	listener = atcp_notify_recv_fd(sock);
	if (listener < 0 || send(sock, "", 1, MSG_NOSIGNAL) != 1)
		_exit(ATCP_EXIT_FAIL);
	close(sock);
	atcp_notify_serve(listener);
	_exit(ATCP_EXIT_OK);
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
 * atcp_notify_start() - put this process and what it runs under the filter
 *
 * From here on socket(2) for TCP, by whatever means it is called, gives a
 * socket of atcp's. It stays so through exec and fork.
 *
 * Return: 0, or -1 after a message.
 */
int atcp_notify_start(void)
{
	int sock[2], listener, rc = -1;
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock)) {
		atcp_main_warn("socketpair: %s", strerror(errno));
		return -1;
	}
	if (atcp_notify_fork(sock) || read(sock[0], &byte, 1) != 1) {
		atcp_main_warn("cannot start the supervisor: %s",
			       strerror(errno));
		goto out;
	}
	listener = atcp_notify_filter();
	if (listener < 0) {
		atcp_main_warn("cannot load the seccomp filter: %s",
			       strerror(-listener));
		goto out;
	}
	if (atcp_notify_send_fd(sock[0], listener) ||
	    read(sock[0], &byte, 1) != 1) {
		atcp_main_warn("the supervisor did not take over: %s",
			       strerror(errno));
		close(listener);
		goto out;
	}
	close(listener);
	rc = 0;
out:
	close(sock[0]);
	return rc;
}
