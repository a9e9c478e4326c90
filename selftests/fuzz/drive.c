// SPDX-License-Identifier: GPL-2.0
/*
 * Brings connections into every state there is, and does to their sockets what programs do.
 *
 * What does not come about (a knob is in the way, memory fails) leaves a flow in the state
 * that it has come to: one as good as another.
 */
#include "drive.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/atcp.h>

#include "fuzz.h"
#include "pool.h"

#define SOON	30	/* ms */

/**
 * struct place - a listener
 * @fd: its socket, -1
 * @kind: which it is
 */
struct place {
	int fd;
	enum drive_kind kind;
};

static struct place places[DRIVE_KINDS + 1];

/* A socket by either door. */
int drive_socket_new(struct rnd *r, int family)
{
	int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

	figures.calls++;
	if (rnd_pct(r, 20) && plan.protocol)
		return socket(AF_ATCP, type,
			      family == AF_INET6 ? ATCP_PROTO_IPV6 : ATCP_PROTO_IPV4);
	return socket(family, type, plan.protocol);
}

static void option(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
	figures.calls++;
}

static void setup(struct rnd *r, int fd, enum drive_kind kind)
{
	option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	switch (kind) {
	case DRIVE_COOKIE:
		option(fd, SOL_ATCP, ATCP_SYNCOOKIES, ATCP_SYNCOOKIES_ALWAYS);
		break;
	case DRIVE_PARK:
		option(fd, SOL_ATCP, ATCP_OVERFLOW, rnd_pct(r, 70) ? ATCP_OVERFLOW_PARK :
		       ATCP_OVERFLOW_RESET_AFTER(rnd_range(r, 1, 300)));
		break;
	case DRIVE_DROP:
		option(fd, SOL_ATCP, ATCP_OVERFLOW, ATCP_OVERFLOW_DROP);
		break;
	case DRIVE_RESET:
		option(fd, SOL_ATCP, ATCP_OVERFLOW, ATCP_OVERFLOW_RESET);
		break;
	case DRIVE_DEFER:
		if (rnd_pct(r, 50))
			option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, rnd_range(r, 1, 9));
		else
			option(fd, SOL_ATCP, ATCP_DEFER_ACCEPT, rnd_range(r, 20, 2000));
		option(fd, SOL_ATCP, ATCP_DEFER_EXPIRE, rnd_below(r, 3));
		break;
	case DRIVE_FASTOPEN:
		option(fd, IPPROTO_TCP, TCP_FASTOPEN, rnd_range(r, 1, 16));
		break;
	case DRIVE_GUARD:
		option(fd, SOL_ATCP, ATCP_GUARD, 1);
		break;
	case DRIVE_GROUP:
		option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
		option(fd, SOL_ATCP, ATCP_BALANCE, rnd_below(r, 5));
		break;
	default:
		break;
	}
	if (rnd_pct(r, 20))
		option(fd, SOL_SOCKET, SO_RCVBUF, rnd_odd(r) & 0x7ffff);
}

static void open_place(struct rnd *r, struct place *p)
{
	struct sockaddr_in6 any = {
		.sin6_family = AF_INET6, .sin6_port = htons(DRIVE_PORT + p->kind),
	};
	bool none = p->kind == DRIVE_PARK || p->kind == DRIVE_DROP || p->kind == DRIVE_RESET;
	int fd = drive_socket_new(r, AF_INET6);

	if (fd < 0)
		return;
	setup(r, fd, p->kind);
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    listen(fd, none ? rnd_below(r, 3) : rnd_range(r, 1, 64))) {
		close(fd);
		return;
	}
	p->fd = fd;
}

void drive_listen_all(struct rnd *r)
{
	int i;

	for (i = 0; i <= DRIVE_KINDS; i++) {
		places[i].kind = i < DRIVE_KINDS ? i : DRIVE_GROUP;
		places[i].fd = -1;
		open_place(r, &places[i]);
	}
}

/* Listeners and flows; the peer ends what it knows of. */
void drive_close_all(struct rnd *r)
{
	int i;

	for (i = 0; i <= DRIVE_KINDS; i++) {
		if (places[i].fd >= 0)
			close(places[i].fd);
		places[i].fd = -1;
	}
	for (i = 0; i < FLOWS; i++) {
		if (!flows[i].used)
			continue;
		flow_rst(r, &flows[i]);
		if (flows[i].fd >= 0)
			close(flows[i].fd);
		flows[i].fd = -1;
	}
}

/* A listener goes and comes again, or is shut down and listens anew. */
void drive_churn(struct rnd *r)
{
	struct place *p = &places[rnd_below(r, DRIVE_KINDS + 1)];

	if (p->fd < 0) {
		open_place(r, p);
		return;
	}
	figures.calls++;
	switch (rnd_below(r, 4)) {
	case 0:
		shutdown(p->fd, rnd_below(r, 3));
		listen(p->fd, rnd_below(r, 10));
		break;
	case 1:
		listen(p->fd, rnd_odd(r));
		break;
	case 2:
		option(p->fd, SOL_ATCP, ATCP_DRAIN, rnd_below(r, 2));
		break;
	default:
		close(p->fd);
		p->fd = -1;
		if (rnd_pct(r, 70))
			open_place(r, p);
	}
}

/* What was accepted belongs to the flow it comes from, or to nobody. */
static void adopt(struct rnd *r, int fd)
{
	struct sockaddr_storage far = { 0 }, near = { 0 };
	struct sockaddr_in6 *f6 = (void *)&far;
	socklen_t len = sizeof(far), nlen = sizeof(near);
	struct ends e = { 0 };
	struct flow *f;
	bool mapped;

	if (getpeername(fd, (struct sockaddr *)&far, &len) ||
	    getsockname(fd, (struct sockaddr *)&near, &nlen)) {
		close(fd);
		return;
	}
	mapped = IN6_IS_ADDR_V4MAPPED(&f6->sin6_addr);
	e.v6 = !mapped;
	e.peer = f6->sin6_addr.s6_addr[15] - 2;
	f = flow_find(e, ntohs(f6->sin6_port), ntohs(((struct sockaddr_in6 *)&near)->sin6_port));
	if (!f || !f->checked) {
		pool_add(r, fd);
		return;
	}
	flow_adopt(f, fd);
}

void drive_accept(struct rnd *r, int most)
{
	int i, fd;

	for (i = 0; i <= DRIVE_KINDS && most > 0; i++) {
		if (places[i].fd < 0)
			continue;
		if ((places[i].kind == DRIVE_PARK || places[i].kind == DRIVE_DROP ||
		     places[i].kind == DRIVE_RESET) && !rnd_pct(r, 10))
			continue;
		while (most-- > 0) {
			fd = accept4(places[i].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
			figures.calls++;
			if (fd < 0)
				break;
			adopt(r, fd);
		}
	}
}

/* The stack opens: its socket has sent a SYN, with data or not. */
static struct flow *dial(struct rnd *r, bool v6, bool fast)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr *to = v6 ? (void *)&to6 : (void *)&to4;
	socklen_t len = v6 ? sizeof(to6) : sizeof(to4);
	static uint16_t port;
	struct flow *f;
	int fd = drive_socket_new(r, v6 ? AF_INET6 : AF_INET);

	if (fd < 0)
		return NULL;
	port = 21000 + (port + 1) % 4000;
	f = flow_new(r, v6, port);
	to6.sin6_port = htons(port);
	to4.sin_port = htons(port);
	option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, to, len)) {
		close(fd);
		flow_drop(f);
		return NULL;
	}
	to4.sin_port = htons(f->sport);
	to6.sin6_port = htons(f->sport);
	to4.sin_addr.s_addr = htonl(0x0a630002 + f->e.peer);
	to6.sin6_addr.s6_addr[0] = 0xfd;
	to6.sin6_addr.s6_addr[1] = 0x99;
	to6.sin6_addr.s6_addr[15] = 2 + f->e.peer;
	if (fast)
		option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	connect(fd, to, len);
	figures.calls += 2;
	flow_adopt(f, fd);
	if (fast)
		flow_write(r, f, rnd_range(r, 1, 3000));
	flow_wait(r, f, TH_SYN, SOON);
	return f;
}

/* The peer opens: SYN to a listener of @kind. */
static struct flow *open_to(struct rnd *r, bool v6, enum drive_kind kind)
{
	struct flow *f = flow_new(r, v6, DRIVE_PORT + kind);

	flow_step(r, f, rnd_pct(r, 10) ? TH_SYN | TH_ECE | TH_CWR : TH_SYN, 0);
	flow_wait(r, f, TH_SYN | TH_RST, SOON);
	return f;
}

/* A connection that both ends have, from either side. */
static struct flow *established(struct rnd *r, bool v6)
{
	static const enum drive_kind kinds[] = {
		DRIVE_PLAIN, DRIVE_PLAIN, DRIVE_COOKIE, DRIVE_GUARD, DRIVE_GROUP, DRIVE_FASTOPEN,
	};
	struct flow *f;

	if (rnd_pct(r, 30)) {
		f = dial(r, v6, rnd_pct(r, 20));
		if (f)
			flow_step(r, f, TH_SYN | TH_ACK, 0);
	} else {
		f = open_to(r, v6, rnd_pick(r, kinds));
		flow_step(r, f, TH_ACK, 0);
		drive_accept(r, 8);
	}
	flow_drain(r, 0);
	return f;
}

/* A crossed SYN (RFC 9293 figure 8), and what may follow. */
static void simultaneous(struct rnd *r, bool v6)
{
	struct flow *f = dial(r, v6, rnd_pct(r, 20));

	if (!f)
		return;
	flow_step(r, f, TH_SYN, 0);
	flow_drain(r, 0);
	if (rnd_pct(r, 50)) {
		f->snd_nxt = f->iss;
		flow_step(r, f, TH_SYN | TH_ACK, 0);
	} else if (rnd_pct(r, 50)) {
		flow_step(r, f, TH_ACK, rnd_below(r, 100));
	}
}

/* SYN-RECEIVED in all its forms. */
static void half_open(struct rnd *r, bool v6)
{
	static const enum drive_kind kinds[] = {
		DRIVE_PLAIN, DRIVE_COOKIE, DRIVE_PARK, DRIVE_PARK, DRIVE_DROP, DRIVE_DEFER,
		DRIVE_FASTOPEN, DRIVE_GUARD, DRIVE_GROUP, DRIVE_RESET,
	};
	enum drive_kind kind = rnd_pick(r, kinds);
	struct flow *f;

	if (kind == DRIVE_FASTOPEN) {
		f = flow_new(r, v6, DRIVE_PORT + kind);
		flow_step(r, f, TH_SYN, rnd_below(r, 1400));
		flow_wait(r, f, TH_SYN | TH_RST, SOON);
		/* The stack may have taken the SYN alone. */
		f->snd_nxt = f->snd_una;
		drive_accept(r, 4);
		return;
	}
	f = open_to(r, v6, kind);
	if (kind != DRIVE_PLAIN && rnd_pct(r, 80))
		flow_step(r, f, TH_ACK, rnd_pct(r, 30) ? rnd_below(r, 500) : 0);
}

static void end_own(struct rnd *r, struct flow *f)
{
	if (f->fd >= 0)
		shutdown(f->fd, SHUT_WR);
	figures.calls++;
	flow_wait(r, f, TH_FIN | TH_RST, SOON);
}

/* The states after a FIN of either side, with a program that holds the socket or not. */
static void closing(struct rnd *r, bool v6)
{
	struct flow *f = established(r, v6);
	bool orphan = rnd_pct(r, 40);
	uint32_t ack;

	if (!f)
		return;
	if (orphan && f->fd >= 0) {
		close(f->fd);
		f->fd = -1;
		figures.calls++;
	}
	switch (rnd_below(r, 7)) {
	case 0:			/* CLOSE-WAIT */
		flow_step(r, f, TH_FIN | TH_ACK, 0);
		break;
	case 1:			/* LAST-ACK */
		flow_step(r, f, TH_FIN | TH_ACK, 0);
		end_own(r, f);
		break;
	case 2:			/* FIN-WAIT-1 */
		end_own(r, f);
		break;
	case 3:			/* CLOSING */
		end_own(r, f);
		ack = f->rcv_nxt;
		f->rcv_nxt -= f->ended;
		flow_step(r, f, TH_FIN | TH_ACK, 0);
		f->rcv_nxt = ack;
		break;
	case 4:			/* FIN-WAIT-2 */
		end_own(r, f);
		flow_step(r, f, TH_ACK, 0);
		break;
	case 5:			/* TIME-WAIT */
		end_own(r, f);
		flow_step(r, f, TH_ACK, 0);
		flow_step(r, f, TH_FIN | TH_ACK, 0);
		break;
	default:		/* what a RST leaves */
		if (rnd_pct(r, 50))
			flow_step(r, f, TH_ACK, 100);
		if (rnd_pct(r, 50) && f->fd >= 0) {
			struct linger hard = { .l_onoff = 1 };

			setsockopt(f->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
			close(f->fd);
			f->fd = -1;
		} else {
			flow_rst(r, f);
		}
	}
	flow_drain(r, 0);
}

/* A new connection in some state. */
void drive_goal(struct rnd *r)
{
	bool v6 = rnd_pct(r, 50);
	struct flow *f;

	switch (rnd_below(r, 12)) {
	case 0:			/* LISTEN, CLOSED */
		flow_new(r, v6, DRIVE_PORT + rnd_below(r, DRIVE_KINDS + 1));
		break;
	case 1:			/* SYN-SENT */
		dial(r, v6, rnd_pct(r, 30));
		break;
	case 2:
		simultaneous(r, v6);
		break;
	case 3:
	case 4:
	case 5:
		half_open(r, v6);
		break;
	case 6:
	case 7:
	case 8:
		f = established(r, v6);
		if (f && rnd_pct(r, 60))
			flow_write(r, f, rnd_range(r, 1, 60000));
		break;
	default:
		closing(r, v6);
	}
	if (rnd_pct(r, 50))
		drive_accept(r, 8);
}

/* What the stack has counted of what is in flight must fit. */
static void check_info(const struct flow *f)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(f->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return;
	if (info.tcpi_state && info.tcpi_state <= 11 && info.tcpi_unacked <= 1 << 20 &&
	    info.tcpi_sacked + info.tcpi_lost <= info.tcpi_unacked &&
	    info.tcpi_retrans <= info.tcpi_unacked)
		return;
	story_tell(&f->story);
	fail("TCP_INFO says state %u, %u unacknowledged, %u of them SACKed, %u lost, %u repeated",
	     info.tcpi_state, info.tcpi_unacked, info.tcpi_sacked, info.tcpi_lost,
	     info.tcpi_retrans);
}

/* What a program does with a socket that nobody else has. */
void drive_socket(struct rnd *r, struct flow *f)
{
	static const int sizes[] = { 1, 2000, 5000, 20000, 100000, 1000000 };

	if (f->fd < 0)
		return;
	switch (rnd_below(r, 14)) {
	case 0:
		shutdown(f->fd, rnd_below(r, 3));
		break;
	case 1:
		close(f->fd);
		f->fd = -1;
		break;
	case 2:
		check_info(f);
		break;
	case 3:
		option(f->fd, IPPROTO_TCP, TCP_NODELAY, rnd_below(r, 2));
		break;
	case 4:
		option(f->fd, IPPROTO_TCP, TCP_CORK, rnd_below(r, 2));
		break;
	case 5:
		option(f->fd, SOL_SOCKET, rnd_pct(r, 50) ? SO_RCVBUF : SO_SNDBUF,
		       rnd_pick(r, sizes));
		break;
	case 6:
	case 7:
	case 8:
		flow_write(r, f, rnd_range(r, 1, rnd_pct(r, 80) ? 5000 : 100000));
		break;
	default:
		flow_read(r, f);
	}
	figures.calls++;
}
