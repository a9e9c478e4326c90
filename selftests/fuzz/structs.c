// SPDX-License-Identifier: GPL-2.0
/* Socket options whose value is a struct, filled in so that it may be right: keys, zero copy. */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/atcp.h>
#include <linux/atcp_ao.h>

#include "beside.h"
#include "fuzz.h"

#define MAPPED		(16 * 4096)

/*
 * Whom a key is for: mostly a peer of nobody here, since what has a key takes nothing unsigned, and
 * the flows sign nothing.
 */
static void peer(struct rnd *r, struct __kernel_sockaddr_storage *ss, uint8_t *prefix)
{
	static const char * const hosts4[] = {
		"127.0.0.1", "10.98.0.1", "10.98.0.0", "0.0.0.0", "192.0.2.1",
	}, * const hosts6[] = {
		"::1", "fd98::1", "fd98::", "::", "::ffff:10.98.0.1",
	};
	struct sockaddr_in6 *v6 = (void *)ss;
	struct sockaddr_in *v4 = (void *)ss;
	unsigned int bits;

	if (rnd_pct(r, 50)) {
		v4->sin_family = AF_INET;
		inet_pton(AF_INET, rnd_pick(r, hosts4), &v4->sin_addr);
		bits = 32;
	} else {
		v6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, rnd_pick(r, hosts6), &v6->sin6_addr);
		bits = 128;
	}
	if (rnd_pct(r, 5))
		v4->sin_port = rnd64(r);
	if (rnd_pct(r, 3))
		v4->sin_family = rnd_below(r, 40);
	*prefix = rnd_pct(r, 80) ? bits : rnd_pct(r, 5) ? 0 : 24 + rnd_below(r, bits - 22);
}

/* Of a struct of @size: less of it is tried, too. */
static socklen_t length(struct rnd *r, size_t size)
{
	return rnd_pct(r, 95) ? size : rnd_below(r, size + 1);
}

static void add(struct rnd *r, int fd)
{
	static const char * const names[] = {
		"hmac(sha1)", "cmac(aes128)", "hmac(sha256)", "hmac(sha512)", "hmac(md5)",
		"cmac(aes)", "nosuch", "",
	};
	struct tcp_ao_add key = {
		.ifindex = rnd_pct(r, 90) ? 0 : rnd_below(r, 4),
		.set_current = rnd_pct(r, 20),
		.set_rnext = rnd_pct(r, 20),
		.reserved = rnd_pct(r, 98) ? 0 : rnd64(r),
		.sndid = rnd_below(r, 6),
		.rcvid = rnd_below(r, 6),
		.maclen = rnd_pct(r, 70) ? 0 : rnd_below(r, 40),
		.keyflags = rnd_pct(r, 80) ? 0 : rnd_below(r, 5),
		.keylen = rnd_pct(r, 50) ? 16 : rnd_below(r, TCP_AO_MAXKEYLEN + 3),
	};

	strcpy(key.alg_name, rnd_pick(r, names));
	rnd_fill(r, key.key, sizeof(key.key));
	peer(r, &key.addr, &key.prefix);
	setsockopt(fd, IPPROTO_TCP, TCP_AO_ADD_KEY, &key, length(r, sizeof(key)));
}

static void take_away(struct rnd *r, int fd)
{
	struct tcp_ao_del key = {
		.ifindex = rnd_pct(r, 90) ? 0 : rnd_below(r, 4),
		.set_current = rnd_pct(r, 20),
		.set_rnext = rnd_pct(r, 20),
		.del_async = rnd_pct(r, 30),
		.sndid = rnd_below(r, 6),
		.rcvid = rnd_below(r, 6),
		.current_key = rnd_below(r, 6),
		.rnext = rnd_below(r, 6),
		.keyflags = rnd_pct(r, 90) ? 0 : rnd_below(r, 5),
	};

	peer(r, &key.addr, &key.prefix);
	setsockopt(fd, IPPROTO_TCP, TCP_AO_DEL_KEY, &key, length(r, sizeof(key)));
}

static void info(struct rnd *r, int fd)
{
	struct tcp_ao_info_opt opt = {
		.set_current = rnd_pct(r, 30),
		.set_rnext = rnd_pct(r, 30),
		/* A listener that has it takes nothing else any more. */
		.ao_required = rnd_pct(r, 1),
		.set_counters = rnd_pct(r, 20),
		.accept_icmps = rnd_pct(r, 30),
		.current_key = rnd_below(r, 6),
		.rnext = rnd_below(r, 6),
	};
	struct tcp_ao_repair ext = { rnd64(r), rnd64(r), rnd_below(r, 3), rnd_below(r, 3) };
	socklen_t len = sizeof(opt);

	if (rnd_pct(r, 30))
		setsockopt(fd, IPPROTO_TCP, TCP_AO_REPAIR, &ext, sizeof(ext));
	else if (rnd_pct(r, 60))
		setsockopt(fd, IPPROTO_TCP, TCP_AO_INFO, &opt, length(r, sizeof(opt)));
	else
		getsockopt(fd, IPPROTO_TCP, TCP_AO_INFO, &opt, &len);
}

static void keys(struct rnd *r, int fd)
{
	struct tcp_ao_getsockopt found[8];
	socklen_t len = length(r, sizeof(*found));

	memset(found, 0, sizeof(found));
	found[0].nkeys = rnd_below(r, 9);
	found[0].get_all = rnd_pct(r, 60);
	found[0].is_current = rnd_pct(r, 10);
	found[0].is_rnext = rnd_pct(r, 10);
	found[0].sndid = rnd_below(r, 6);
	found[0].rcvid = rnd_below(r, 6);
	if (rnd_pct(r, 60))
		peer(r, &found[0].addr, &found[0].prefix);
	getsockopt(fd, IPPROTO_TCP, TCP_AO_GET_KEYS, found, &len);
}

static void md5(struct rnd *r, int fd)
{
	struct tcp_md5sig key = {
		.tcpm_flags = rnd_pct(r, 60) ? TCP_MD5SIG_FLAG_PREFIX : rnd_below(r, 4),
		/* Without a length it is taken away. */
		.tcpm_keylen = rnd_pct(r, 50) ? 0 : rnd_below(r, TCP_MD5SIG_MAXKEYLEN + 3),
		.tcpm_ifindex = rnd_pct(r, 90) ? 0 : rnd_below(r, 4),
	};

	rnd_fill(r, key.tcpm_key, sizeof(key.tcpm_key));
	peer(r, &key.tcpm_addr, &key.tcpm_prefixlen);
	setsockopt(fd, IPPROTO_TCP, rnd_pct(r, 50) ? TCP_MD5SIG : TCP_MD5SIG_EXT, &key,
		   sizeof(key));
}

/*
 * A socket is mapped, and pages that came to it go there; nobody looks at them. Not for long: a
 * mapping keeps its socket open.
 */
static void mapped(struct rnd *r, int fd)
{
	static __thread uint8_t copy[8192], control[128];
	int prot = rnd_pct(r, 97) ? PROT_READ : PROT_READ | PROT_WRITE;
	struct tcp_zerocopy_receive zc;
	unsigned int calls;
	socklen_t len;
	uint8_t *where;

	where = mmap(NULL, MAPPED, prot, MAP_SHARED, fd, 4096 * rnd_below(r, 3));
	if (where == MAP_FAILED)
		return;
	for (calls = rnd_below(r, 4); calls; calls--) {
		len = length(r, sizeof(zc));
		memset(&zc, 0, sizeof(zc));
		zc.address = (uintptr_t)where + 4096 * rnd_below(r, 17) + (rnd_pct(r, 97) ? 0 : 8);
		zc.length = rnd_pct(r, 90) ? 4096 * rnd_below(r, 20) : (uint32_t)rnd_odd(r);
		zc.copybuf_address = (uintptr_t)copy;
		zc.copybuf_len = rnd_below(r, sizeof(copy) + 1);
		zc.flags = rnd_pct(r, 50) ? 0 : rnd_below(r, 3);
		zc.msg_control = (uintptr_t)control;
		zc.msg_controllen = rnd_pct(r, 50) ? 0 : rnd_below(r, sizeof(control) + 1);
		zc.msg_flags = rnd_pct(r, 90) ? 0 : rnd_below(r, 4);
		getsockopt(fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &len);
	}
	munmap(where, MAPPED);
}

static void zerocopy(struct rnd *r, int fd)
{
	int value = rnd_pct(r, 80) ? 1 : rnd_below(r, 4);

	if (rnd_pct(r, 50))
		setsockopt(fd, SOL_ATCP, ATCP_ZEROCOPY, &value, sizeof(value));
	else
		setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &value, sizeof(value));
}

void structs_random(struct rnd *r, int fd)
{
	static void (* const kinds[])(struct rnd *r, int fd) = {
		add, add, take_away, info, keys, md5, mapped, mapped, zerocopy,
	};

	figures.calls++;
	rnd_pick(r, kinds)(r, fd);
}
