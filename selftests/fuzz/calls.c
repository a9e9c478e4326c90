// SPDX-License-Identifier: GPL-2.0
/*
 * System calls of all kinds, from several threads, on sockets that they and the flows
 * have in common. A call that sleeps is ended by a signal soon.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "beside.h"
#include "drive.h"
#include "fuzz.h"
#include "pool.h"

#define CALLERS		8
#define ASLEEP_MS	15

/**
 * struct caller - a thread that makes calls
 * @r: its numbers
 * @pipe: for splice(2)
 * @file: for sendfile(2)
 * @epoll: an epoll instance
 * @watch: what the watchdog sees of it
 */
struct caller {
	struct rnd r;
	int pipe[2];
	int file;
	int epoll;
	struct watch *watch;
};

/**
 * struct watch - a call that may sleep
 * @thread: whose
 * @lives: it is there
 * @held: who uses @since has it; a spin lock, since a futex may fail while a fault is due
 * @since: when the call began, ms, 0 between calls
 * @nth: the thread's /proc/thread-self/fail-nth, -1
 */
static struct watch {
	pthread_t thread;
	atomic_bool lives;
	atomic_flag held;
	long since;
	int nth;
} watched[CALLERS];

static void hold(struct watch *w)
{
	while (atomic_flag_test_and_set(&w->held))
		;
}

static void release(struct watch *w)
{
	atomic_flag_clear(&w->held);
}

static void set_since(struct watch *w, long since)
{
	hold(w);
	w->since = since;
	release(w);
}

static void nothing(int signal)
{
	(void)signal;
}

void calls_init(void)
{
	struct sigaction act = { .sa_handler = nothing };

	sigaction(SIGUSR1, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

/*
 * Wakes what sleeps in a call. The frame of a signal is copied too: if a fault were still due that
 * might be what fails, and the process would not outlive it.
 */
void *calls_watchdog(void *unused)
{
	struct watch *w;

	(void)unused;
	while (!fuzz_over) {
		for (w = watched; w < watched + CALLERS; w++) {
			if (!w->lives)
				continue;
			hold(w);
			if (w->since && now_ms() - w->since > ASLEEP_MS) {
				if (w->nth >= 0)
					faults_nth(w->nth, 0);
				pthread_kill(w->thread, SIGUSR1);
			}
			release(w);
		}
		usleep(ASLEEP_MS * 500);
	}
	return NULL;
}

/*
 * An address that a socket of here may bind, connect or send to; not the listeners' ports if it is
 * to be bound: the flows' connections are for the main thread.
 */
static socklen_t address(struct rnd *r, struct sockaddr_storage *ss, bool own)
{
	struct sockaddr_in *v4 = (void *)ss;
	struct sockaddr_in6 *v6 = (void *)ss;
	static const char * const hosts4[] = {
		"127.0.0.1", "127.0.0.1", "10.99.0.1", "10.99.0.3", "0.0.0.0", "224.0.0.1",
		"255.255.255.255", "10.99.0.255", "192.0.2.1",
	}, * const hosts6[] = {
		"::1", "::1", "fd99::1", "fd99::3", "::", "::ffff:127.0.0.1", "ff02::1",
		"fe80::1", "2001:db8::1",
	};
	uint16_t port = rnd_pct(r, 70) && !own ? DRIVE_PORT + rnd_below(r, DRIVE_KINDS + 1) :
			rnd_pct(r, 50) ? 25000 + rnd_below(r, 30) : rnd_odd(r);

	memset(ss, 0, sizeof(*ss));
	if (rnd_pct(r, 3)) {
		rnd_fill(r, ss, sizeof(*ss));
		return rnd_below(r, sizeof(*ss) + 1);
	}
	if (rnd_pct(r, 3)) {
		ss->ss_family = AF_UNSPEC;
		return sizeof(*v4);
	}
	if (rnd_pct(r, 50)) {
		v4->sin_family = rnd_pct(r, 97) ? AF_INET : AF_ATCP;
		v4->sin_port = htons(port);
		inet_pton(AF_INET, rnd_pick(r, hosts4), &v4->sin_addr);
		return rnd_pct(r, 97) ? sizeof(*v4) : rnd_below(r, sizeof(*ss));
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	v6->sin6_scope_id = rnd_pct(r, 90) ? 0 : rnd_below(r, 4);
	v6->sin6_flowinfo = rnd_pct(r, 90) ? 0 : rnd64(r);
	inet_pton(AF_INET6, rnd_pick(r, hosts6), &v6->sin6_addr);
	return rnd_pct(r, 97) ? sizeof(*v6) : rnd_below(r, sizeof(*ss));
}

static int send_flags(struct rnd *r)
{
	static const int flags[] = {
		0, MSG_DONTWAIT, MSG_MORE, MSG_OOB, MSG_FASTOPEN, MSG_EOR, MSG_ZEROCOPY,
		MSG_NOSIGNAL, MSG_DONTROUTE, MSG_CONFIRM, MSG_MORE | MSG_DONTWAIT,
		MSG_FASTOPEN | MSG_DONTWAIT,
	};

	return rnd_pct(r, 97) ? rnd_pick(r, flags) : (int)rnd64(r);
}

static int recv_flags(struct rnd *r)
{
	static const int flags[] = {
		0, MSG_DONTWAIT, MSG_PEEK, MSG_PEEK | MSG_DONTWAIT, MSG_OOB, MSG_WAITALL, MSG_TRUNC,
		MSG_TRUNC | MSG_PEEK, MSG_ERRQUEUE, MSG_ERRQUEUE | MSG_DONTWAIT, MSG_OOB | MSG_PEEK,
		MSG_CMSG_CLOEXEC,
	};

	return rnd_pct(r, 97) ? rnd_pick(r, flags) : (int)rnd64(r);
}

static size_t size(struct rnd *r)
{
	return rnd_pct(r, 80) ? rnd_below(r, 5000) : rnd_below(r, 200000);
}

static void messages(struct rnd *r, int fd, bool out)
{
	static __thread uint8_t buf[200000];
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP };
	uint8_t control[128] = { 0 };
	struct sockaddr_storage ss;
	struct iovec iov[4];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = rnd_below(r, 5) };
	struct cmsghdr *c = (void *)control;
	unsigned int i;

	for (i = 0; i < 4; i++)
		iov[i] = (struct iovec){ rnd_pct(r, 99) ? buf : (void *)8, size(r) };
	if (rnd_pct(r, 20)) {
		msg.msg_name = &ss;
		msg.msg_namelen = address(r, &ss, false);
	}
	if (rnd_pct(r, 30)) {
		msg.msg_control = control;
		msg.msg_controllen = rnd_pct(r, 80) ? 32 : rnd_below(r, 128);
		if (rnd_pct(r, 10))
			rnd_fill(r, control, sizeof(control));
		c->cmsg_len = CMSG_LEN(rnd_pct(r, 80) ? 4 : 8);
		c->cmsg_level = rnd_pick(r, levels);
		c->cmsg_type = rnd_below(r, 70);
		memset(CMSG_DATA(c), 0, 8);
	}
	if (out)
		sendmsg(fd, &msg, send_flags(r));
	else
		recvmsg(fd, &msg, recv_flags(r));
}

static void transfer(struct caller *c, int fd)
{
	static __thread uint8_t buf[200000];
	struct rnd *r = &c->r;
	struct sockaddr_storage ss;
	socklen_t len;
	off_t off = rnd_below(r, 70000);
	int other;

	switch (rnd_below(r, 12)) {
	case 0:
	case 1:
		send(fd, buf, size(r), send_flags(r));
		break;
	case 2:
	case 3:
		recv(fd, buf, size(r), recv_flags(r));
		break;
	case 4:
		len = address(r, &ss, false);
		sendto(fd, buf, size(r), send_flags(r), (struct sockaddr *)&ss, len);
		break;
	case 5:
		len = rnd_below(r, sizeof(ss) + 1);
		recvfrom(fd, buf, size(r), recv_flags(r), (struct sockaddr *)&ss, &len);
		break;
	case 6:
		messages(r, fd, true);
		break;
	case 7:
		messages(r, fd, false);
		break;
	case 8:
		sendfile(fd, c->file, rnd_pct(r, 50) ? &off : NULL, size(r));
		break;
	case 9:
		splice(fd, NULL, c->pipe[1], NULL, size(r), rnd_below(r, 16));
		break;
	case 10:
		splice(c->pipe[0], NULL, fd, NULL, size(r), rnd_below(r, 16));
		break;
	default:
		/* From one socket to another. */
		other = pool_get(r);
		splice(fd, NULL, c->pipe[1], NULL, size(r), SPLICE_F_NONBLOCK);
		splice(c->pipe[0], NULL, other, NULL, size(r), SPLICE_F_NONBLOCK);
	}
}

static void wait_for(struct caller *c, int fd)
{
	struct rnd *r = &c->r;
	struct epoll_event ev = { .events = rnd64(r) }, got[8];
	struct pollfd polls[4];
	unsigned int i;

	switch (rnd_below(r, 3)) {
	case 0:
		for (i = 0; i < 4; i++)
			polls[i] = (struct pollfd){ .fd = pool_get(r), .events = rnd64(r) };
		poll(polls, 4, rnd_below(r, 4));
		break;
	case 1:
		ev.events &= ~EPOLLWAKEUP;
		epoll_ctl(c->epoll, rnd_range(r, 1, 3), fd, &ev);
		break;
	default:
		epoll_wait(c->epoll, got, 8, rnd_below(r, 4));
	}
}

static void control(struct caller *c, int fd)
{
	static const unsigned long requests[] = {
		FIONREAD, SIOCATMARK, TIOCOUTQ, 0x894b /* SIOCOUTQNSD */, FIOASYNC, FIONBIO,
		SIOCGPGRP, SIOCSPGRP, FIOSETOWN, 0x8906 /* SIOCGSTAMP */, 0x5421, 0x8912,
	};
	struct rnd *r = &c->r;
	uint8_t buf[256] = { rnd_below(r, 2) };

	if (rnd_pct(r, 50))
		ioctl(fd, rnd_pct(r, 97) ? rnd_pick(r, requests) : 0x8900 + rnd_below(r, 256), buf);
	else
		fcntl(fd, F_SETFL, rnd_pct(r, 60) ? O_NONBLOCK : rnd_pct(r, 50) ? 0 : O_ASYNC);
}

/* Sockets that are there come to something else. */
static void change(struct caller *c, int fd)
{
	struct rnd *r = &c->r;
	struct sockaddr_storage ss;
	unsigned int what = rnd_below(r, 10);
	socklen_t len = address(r, &ss, what < 2);

	switch (what) {
	case 0:
	case 1:
		bind(fd, (struct sockaddr *)&ss, len);
		break;
	case 2:
	case 3:
	case 4:
		connect(fd, (struct sockaddr *)&ss, len);
		break;
	case 5:
		listen(fd, rnd_pct(r, 80) ? (int)rnd_below(r, 8) : (int)rnd_odd(r));
		break;
	case 6:
		ss.ss_family = AF_UNSPEC;
		connect(fd, (struct sockaddr *)&ss, sizeof(struct sockaddr_in));
		break;
	case 7:
	case 8:
		shutdown(fd, rnd_pct(r, 95) ? rnd_below(r, 3) : rnd_odd(r));
		break;
	default:
		len = rnd_below(r, sizeof(ss) + 1);
		if (rnd_pct(r, 50))
			getsockname(fd, (struct sockaddr *)&ss, &len);
		else
			getpeername(fd, (struct sockaddr *)&ss, &len);
	}
}

/* A new socket: of itself, accepted, or a copy; and one fewer. */
static void population(struct caller *c, int fd)
{
	struct rnd *r = &c->r;
	struct sockaddr_storage ss;
	socklen_t len;
	bool listens;
	int made;

	switch (rnd_below(r, 5)) {
	case 0:
		made = accept4(fd, NULL, NULL, rnd_pct(r, 50) ? SOCK_NONBLOCK : 0);
		pool_add(r, made);
		break;
	case 1:
		made = dup(fd);
		if (made >= 0)
			pool_add(r, made);
		break;
	case 2:
		made = pool_take(r);
		if (made >= 0)
			pool_close(made);
		break;
	default:
		made = drive_socket_new(r, rnd_pct(r, 50) ? AF_INET : AF_INET6);
		if (made < 0)
			return;
		listens = rnd_pct(r, 30);
		len = address(r, &ss, listens);
		if (listens) {
			options_random(r, made);
			bind(made, (struct sockaddr *)&ss, len);
			listen(made, rnd_below(r, 8));
		} else if (rnd_pct(r, 60)) {
			connect(made, (struct sockaddr *)&ss, len);
		}
		pool_add(r, made);
	}
}

static void one(struct caller *c)
{
	struct rnd *r = &c->r;
	int fd = pool_get(r);
	unsigned int what = rnd_below(r, 100);
	bool nth = c->watch->nth >= 0 && rnd_pct(r, 8);
	long now = now_ms();

	figures.calls++;
	/* The watchdog sees the call when the fault is due; a signal of the last comes before. */
	if (nth) {
		getppid();
		faults_nth(c->watch->nth, rnd_range(r, 1, 12));
	}
	set_since(c->watch, now);
	if (fd < 0 || what < 10)
		population(c, fd);
	else if (what < 45)
		transfer(c, fd);
	else if (what < 65)
		options_random(r, fd);
	else if (what < 75)
		options_read(r, fd);
	else if (what < 82)
		wait_for(c, fd);
	else if (what < 88)
		control(c, fd);
	else
		change(c, fd);
	set_since(c->watch, 0);
	if (nth)
		faults_nth(c->watch->nth, 0);
}

static void open_tools(struct caller *c)
{
	c->watch->nth = -1;
	if (plan.faults)
		c->watch->nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (pipe2(c->pipe, O_NONBLOCK | O_CLOEXEC) || c->epoll < 0 || c->file < 0)
		fail("pipe, epoll or file: %s", strerror(errno));
}

void *calls_thread(void *stream)
{
	long number = (long)stream;
	struct caller c = { 0 };

	rnd_init(&c.r, plan.seed, 100 + number);
	c.watch = &watched[number % CALLERS];
	open_tools(&c);
	c.watch->thread = pthread_self();
	c.watch->lives = true;
	while (fuzz_go_on()) {
		pool_begin(number);
		one(&c);
		pool_end(number);
	}
	c.watch->lives = false;
	close(c.epoll);
	return NULL;
}
