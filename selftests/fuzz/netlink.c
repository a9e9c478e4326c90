// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of sock_diag and of generic netlink: sockets asked for by one and by all, dumps that are
 * read on, slowly or never, ends from outside, and knobs that are set; right ones, and ones whose
 * attributes and lengths are spoilt.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/atcp.h>
#include <linux/atcp_netlink.h>

#include "beside.h"
#include "drive.h"
#include "fuzz.h"

#define SEEN		32	/* sockets that are asked for again */
#define KNOBS		200
#define IDS		12	/* listeners' numbers begin at one */
#define UNLOAD_MS	20000

/**
 * struct talker - who speaks netlink
 * @r: its numbers
 * @diag: socket of sock_diag, -1
 * @genl: socket of generic netlink, -1
 * @family: number of the family atcp, 0: not known
 * @seq: of the last message
 * @seen: sockets that sock_diag has told of
 * @nseen: how many ever
 */
struct talker {
	struct rnd r;
	int diag, genl;
	uint16_t family;
	uint32_t seq;
	struct inet_diag_sockid seen[SEEN];
	unsigned int nseen;
};

/**
 * struct message - a message that is being made
 * @h: its head, and the bytes behind it
 * @bytes: all of them
 */
struct message {
	union {
		struct nlmsghdr h;
		uint8_t bytes[4096];
	};
};

static char names[KNOBS][40];
static unsigned int nnames;
static char diag_module[256];

/* Sysctls by name; not the one by which an orphan may wait for hours. */
static void names_init(void)
{
	DIR *dir = opendir("/proc/sys/net/atcp");
	struct dirent *entry;

	while (dir && nnames < KNOBS && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "fin_timeout"))
			snprintf(names[nnames++], sizeof(names[0]), "%.39s", entry->d_name);
	if (dir)
		closedir(dir);
	qsort(names, nnames, sizeof(names[0]), (int (*)(const void *, const void *))strcmp);
}

/* atcp_diag is beside @module, or sock_diag knows nothing of atcp. */
void netlink_init(const char *module)
{
	const char *end = module ? strrchr(module, '/') : NULL;

	names_init();
	if (end)
		snprintf(diag_module, sizeof(diag_module), "%.*s/atcp_diag.ko",
			 (int)(end - module), module);
	netlink_load();
}

void netlink_load(void)
{
	int fd = open(diag_module, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	syscall(SYS_finit_module, fd, "", 0);
	close(fd);
}

/* Nobody has a socket of ours with a dump in it any more. */
void netlink_unload(void)
{
	long end = now_ms() + UNLOAD_MS;

	while (syscall(SYS_delete_module, "atcp_diag", O_NONBLOCK) && errno != ENOENT) {
		if (now_ms() > end)
			fail("atcp_diag stays in use");
		usleep(10000);
	}
}

/* An attribute; what does not fit is left out. */
static struct nlattr *put(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a = (void *)(m->bytes + NLMSG_ALIGN(m->h.nlmsg_len));

	if ((uint8_t *)a + NLA_HDRLEN + len + 8 > m->bytes + sizeof(m->bytes))
		return a;
	*a = (struct nlattr){ .nla_len = NLA_HDRLEN + len, .nla_type = type };
	memcpy(a + 1, data, len);
	m->h.nlmsg_len = (uint8_t *)a - m->bytes + NLA_ALIGN(a->nla_len);
	return a;
}

static void put_u32(struct message *m, uint16_t type, uint32_t value)
{
	put(m, type, &value, sizeof(value));
}

static struct nlattr *nest(struct message *m, uint16_t type)
{
	return put(m, type | NLA_F_NESTED, "", 0);
}

static void end_nest(struct message *m, struct nlattr *a)
{
	a->nla_len = m->bytes + m->h.nlmsg_len - (uint8_t *)a;
}

static void begin(struct talker *t, struct message *m, uint16_t type, size_t head)
{
	static const uint16_t flags[] = {
		0, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP, NLM_F_ACK | NLM_F_DUMP, NLM_F_ECHO,
		NLM_F_ROOT, NLM_F_ATOMIC,
	};

	memset(m, 0, sizeof(*m));
	m->h.nlmsg_len = NLMSG_HDRLEN + head;
	m->h.nlmsg_type = type;
	m->h.nlmsg_flags = NLM_F_REQUEST | rnd_pick(&t->r, flags);
	m->h.nlmsg_seq = ++t->seq;
	if (rnd_pct(&t->r, 1))
		m->h.nlmsg_flags = rnd64(&t->r);
}

/* A program of sock_diag's that may be one. */
static void filter(struct talker *t, struct message *m)
{
	struct inet_diag_bc_op ops[8] = { 0 };
	unsigned int i, n = rnd_range(&t->r, 1, 8);

	for (i = 0; i < n; i++) {
		ops[i].code = rnd_below(&t->r, 16);
		ops[i].yes = rnd_pct(&t->r, 90) ? sizeof(ops[0]) : rnd_below(&t->r, 40);
		ops[i].no = rnd_pct(&t->r, 80) ? sizeof(ops[0]) * (n - i) + 4 :
			    rnd_below(&t->r, 60);
	}
	put(m, INET_DIAG_REQ_BYTECODE, ops, n * sizeof(ops[0]) - (rnd_pct(&t->r, 5) ? 1 : 0));
}

/* One socket, all, or the end of one; of the flows' listeners none. */
static void make_diag(struct talker *t, struct message *m)
{
	struct inet_diag_req_v2 *req = NLMSG_DATA(&m->h);
	struct rnd *r = &t->r;
	bool destroys = rnd_pct(r, 8);

	begin(t, m, destroys ? SOCK_DESTROY : SOCK_DIAG_BY_FAMILY, sizeof(*req));
	req->sdiag_family = rnd_pct(r, 97) ? rnd_pct(r, 50) ? AF_INET : AF_INET6 : rnd_below(r, 50);
	req->sdiag_protocol = rnd_pct(r, 95) ? plan.protocol : (int)rnd_below(r, 256);
	req->idiag_ext = rnd_pct(r, 50) ? 0xff : rnd64(r);
	req->idiag_states = rnd_pct(r, 60) ? ~0U : rnd64(r);
	if (t->nseen && rnd_pct(r, 80))
		req->id = t->seen[rnd_below(r, t->nseen < SEEN ? t->nseen : SEEN)];
	if (rnd_pct(r, 20))
		memset(req->id.idiag_cookie, 0xff, sizeof(req->id.idiag_cookie));
	if (rnd_pct(r, 40) && (m->h.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		memset(&req->id, 0, sizeof(req->id));
	if (destroys) {
		m->h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		/* With a listener all that a seed could do would be over. */
		if (!req->id.idiag_dport)
			m->h.nlmsg_type = SOCK_DIAG_BY_FAMILY;
		return;
	}
	if (rnd_pct(r, 30))
		filter(t, m);
	if (rnd_pct(r, 10))
		put_u32(m, INET_DIAG_REQ_PROTOCOL,
			rnd_pct(r, 50) ? (uint32_t)plan.protocol : rnd_odd(r));
}

/* What is asked of a listener's knobs. */
static void put_knobs(struct talker *t, struct message *m, uint16_t type)
{
	struct nlattr *knobs = nest(m, type), *one;
	unsigned int n = rnd_below(&t->r, 4);

	while (n--) {
		one = nest(m, rnd_range(&t->r, 1, ATCP_A_KNOBS_MAX + 1));
		if (rnd_pct(&t->r, 60))
			put_u32(m, ATCP_A_KNOB_VALUE,
				rnd_pct(&t->r, 60) ? rnd_below(&t->r, 5) : rnd_odd(&t->r));
		if (rnd_pct(&t->r, 40))
			put(m, ATCP_A_KNOB_INHERIT, "", 0);
		end_nest(m, one);
	}
	end_nest(m, knobs);
}

static void put_setting(struct talker *t, struct message *m)
{
	static const char * const values[] = {
		"0", "1", "2", "auto", "always", "10", "1000", "-1", "99999999999", "", "1 2 3",
		"cubic", "none", "\x1b[1m",
	};
	struct nlattr *setting = nest(m, ATCP_A_DEFAULT_SETTING);
	const char *name = nnames ? names[rnd_below(&t->r, nnames)] : "nosuch";
	const char *value = rnd_pick(&t->r, values);

	put(m, ATCP_A_SETTING_NAME, name, strlen(name) + rnd_pct(&t->r, 95));
	if (rnd_pct(&t->r, 95))
		put(m, ATCP_A_SETTING_VALUE, value, strlen(value) + rnd_pct(&t->r, 95));
	end_nest(m, setting);
}

static void make_genl(struct talker *t, struct message *m)
{
	static const uint8_t commands[] = {
		ATCP_CMD_LISTENER_GET, ATCP_CMD_LISTENER_GET, ATCP_CMD_LISTENER_GET,
		ATCP_CMD_LISTENER_SET, ATCP_CMD_LISTENER_RESET, ATCP_CMD_DEFAULT_GET,
		ATCP_CMD_DEFAULT_SET, ATCP_CMD_KNOB_GET, ATCP_CMD_SETTING_GET,
	};
	struct genlmsghdr *g = NLMSG_DATA(&m->h);
	struct rnd *r = &t->r;
	struct nlattr *one;

	begin(t, m, t->family, GENL_HDRLEN);
	g->cmd = rnd_pct(r, 95) ? rnd_pick(r, commands) : rnd64(r);
	g->version = rnd_pct(r, 90) ? ATCP_FAMILY_VERSION : rnd64(r);
	/* Who writes knobs is a part of the plan. */
	if (!plan.knobs && (g->cmd == ATCP_CMD_LISTENER_SET || g->cmd == ATCP_CMD_DEFAULT_SET))
		g->cmd = ATCP_CMD_LISTENER_GET;
	switch (g->cmd) {
	case ATCP_CMD_LISTENER_SET:
		do {
			one = nest(m, ATCP_A_CHANGE_LISTENER);
			put_u32(m, ATCP_A_LISTENER_ID, rnd_range(r, 1, IDS));
			put_knobs(t, m, ATCP_A_LISTENER_KNOBS);
			end_nest(m, one);
		} while (rnd_pct(r, 30));
		break;
	case ATCP_CMD_DEFAULT_SET:
		if (rnd_pct(r, 60))
			put_knobs(t, m, ATCP_A_DEFAULT_KNOBS);
		while (rnd_pct(r, 50))
			put_setting(t, m);
		break;
	default:
		if (rnd_pct(r, 60))
			put_u32(m, ATCP_A_LISTENER_ID, rnd_range(r, 1, IDS));
		if (rnd_pct(r, 60))
			put_u32(m, ATCP_A_LISTENER_PARTS,
				rnd_pct(r, 80) ? rnd_below(r, 128) : rnd_odd(r));
		if (rnd_pct(r, 20))
			put_u32(m, ATCP_A_LISTENER_PORT,
				DRIVE_PORT + rnd_below(r, DRIVE_KINDS + 1));
	}
}

/* Bytes and lengths that are others than they were. */
static size_t spoil(struct rnd *r, struct message *m)
{
	size_t len = m->h.nlmsg_len, at;
	unsigned int n = rnd_below(r, 4);

	while (n--) {
		at = rnd_range(r, NLMSG_HDRLEN, len > NLMSG_HDRLEN ? len - 1 : NLMSG_HDRLEN);
		m->bytes[at] ^= rnd_pct(r, 50) ? 1U << rnd_below(r, 8) : rnd_below(r, 256);
	}
	if (rnd_pct(r, 30))
		m->h.nlmsg_len = rnd_below(r, len + 20);
	return rnd_pct(r, 20) ? rnd_below(r, len + 20) : len;
}

static void send_it(struct talker *t, int fd, struct message *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	size_t len = rnd_pct(&t->r, 25) ? spoil(&t->r, m) : m->h.nlmsg_len;

	figures.messages++;
	sendto(fd, m, len < sizeof(*m) ? len : sizeof(*m), MSG_DONTWAIT, (struct sockaddr *)&kernel,
	       sizeof(kernel));
}

/* Remembers what sockets sock_diag tells of. */
static void remember(struct talker *t, const uint8_t *buf, size_t len)
{
	const struct nlmsghdr *h;
	const struct inet_diag_msg *row;

	for (h = (const void *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		    h->nlmsg_len < NLMSG_LENGTH(sizeof(*row)))
			continue;
		row = NLMSG_DATA(h);
		t->seen[t->nseen++ % SEEN] = row->id;
		figures.told++;
	}
}

/* Some of what has come; what is left may fill the socket's buffer, and hold a dump where it is. */
static void receive(struct talker *t)
{
	static uint8_t buf[65536];
	size_t room;
	ssize_t got;

	while (rnd_pct(&t->r, 90)) {
		room = rnd_pct(&t->r, 80) ? sizeof(buf) : rnd_below(&t->r, 5000);
		got = recv(t->diag, buf, room, MSG_DONTWAIT);
		if (got > 0)
			remember(t, buf, got);
		if (recv(t->genl, buf, room, MSG_DONTWAIT) <= 0 && got <= 0)
			break;
	}
}

/* The family's number, which is another one after the module has come anew. */
static void resolve(struct talker *t)
{
	struct genlmsghdr *g;
	struct message m;
	struct nlattr *a;
	ssize_t got;

	begin(t, &m, GENL_ID_CTRL, GENL_HDRLEN);
	m.h.nlmsg_flags = NLM_F_REQUEST;
	g = NLMSG_DATA(&m.h);
	g->cmd = CTRL_CMD_GETFAMILY;
	put(&m, CTRL_ATTR_FAMILY_NAME, ATCP_FAMILY_NAME, sizeof(ATCP_FAMILY_NAME));
	send(t->genl, &m, m.h.nlmsg_len, 0);
	got = recv(t->genl, &m, sizeof(m), MSG_DONTWAIT);
	if (got < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) || m.h.nlmsg_type != GENL_ID_CTRL)
		return;
	for (a = (void *)(g + 1); (uint8_t *)a + NLA_HDRLEN + 2 <= m.bytes + got && a->nla_len;
	     a = (void *)((uint8_t *)a + NLA_ALIGN(a->nla_len)))
		if (a->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&t->family, a + 1, sizeof(t->family));
}

static void option(int fd, int name, int value)
{
	setsockopt(fd, SOL_NETLINK, name, &value, sizeof(value));
}

static void open_both(struct talker *t)
{
	int size = rnd_range(&t->r, 256, 100000);

	t->family = 0;
	t->diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	t->genl = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (t->genl < 0 || t->diag < 0)
		return;
	resolve(t);
	if (rnd_pct(&t->r, 40)) {
		setsockopt(t->diag, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
		setsockopt(t->genl, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	option(t->genl, NETLINK_EXT_ACK, rnd_below(&t->r, 2));
	option(t->genl, NETLINK_GET_STRICT_CHK, rnd_below(&t->r, 2));
	option(t->genl, NETLINK_ADD_MEMBERSHIP, rnd_below(&t->r, 40));
	/* What tells of sockets that are destroyed. */
	option(t->diag, NETLINK_ADD_MEMBERSHIP, rnd_range(&t->r, 1, 4));
}

static void close_both(struct talker *t)
{
	if (t->diag >= 0)
		close(t->diag);
	if (t->genl >= 0)
		close(t->genl);
	t->diag = -1;
	t->genl = -1;
}

void *netlink_thread(void *stream)
{
	struct talker t = { .diag = -1, .genl = -1 };
	struct message m;

	rnd_init(&t.r, plan.seed, 300 + (long)stream);
	for (;;) {
		/* A dump in the middle holds the module. */
		if (fuzz_pause || fuzz_stop || rnd_pct(&t.r, 1))
			close_both(&t);
		if (!fuzz_go_on())
			break;
		if (t.genl < 0 || t.diag < 0 || !t.family) {
			close_both(&t);
			open_both(&t);
		}
		if (t.genl >= 0 && t.diag >= 0) {
			if (rnd_pct(&t.r, 50)) {
				make_diag(&t, &m);
				send_it(&t, t.diag, &m);
			} else {
				make_genl(&t, &m);
				send_it(&t, t.genl, &m);
			}
			receive(&t);
		}
		usleep(rnd_below(&t.r, 3000));
	}
	close_both(&t);
	return NULL;
}
