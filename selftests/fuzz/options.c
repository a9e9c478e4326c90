// SPDX-License-Identifier: GPL-2.0
/* Socket options of every level, with values and lengths that are right, at an edge, or neither. */
#include <linux/atcp.h>
#include <linux/filter.h>
#include <linux/in6.h>
#include <linux/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "beside.h"
#include "fuzz.h"

#define PACING_LEAST	0x10000		/* bytes a second */

/* Numbers up to these are tried of each level. */
static const struct {
	int level;
	int max;
} levels[] = {
	{ SOL_SOCKET, 80 }, { IPPROTO_TCP, 45 }, { IPPROTO_TCP, 45 }, { IPPROTO_TCP, 45 },
	{ SOL_ATCP, 24 }, { SOL_ATCP, 24 }, { IPPROTO_IP, 52 }, { IPPROTO_IPV6, 85 },
	{ IPPROTO_UDP, 105 }, { 282, 2 }, { 284, 3 },
};

static const char * const words[] = {
	"reno", "cubic", "tls", "espintcp", "mptcp", "lo", "fuzz0", "nosuch", "",
	"a name that is too long for any algorithm or device",
};

/* A classic filter that drops, takes, cuts, or looks at something. */
static void filter(struct rnd *r, int fd)
{
	struct sock_filter code[3] = {
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, rnd_below(r, 40) },
		{ BPF_JMP | BPF_JGT | BPF_K, 0, 1, rnd_below(r, 256) },
		{ BPF_RET | BPF_K, 0, 0, rnd_pct(r, 70) ? 0xffffffff : rnd_below(r, 100) },
	};
	struct sock_filter last = { BPF_RET | BPF_K, 0, 0, rnd_odd(r) };
	struct sock_fprog prog = { .len = 3, .filter = code };
	int name = rnd_pct(r, 60) ? SO_ATTACH_FILTER : SO_ATTACH_REUSEPORT_CBPF;

	code[1].jf = 0;
	if (rnd_pct(r, 30)) {
		prog.len = 1;
		prog.filter = &last;
	}
	setsockopt(fd, SOL_SOCKET, name, &prog, sizeof(prog));
	if (name == SO_ATTACH_FILTER && rnd_pct(r, 60))
		setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &(int){ 0 }, sizeof(int));
}

static socklen_t length(struct rnd *r)
{
	static const socklen_t usual[] = { 4, 4, 4, 4, 8, 1, 2, 16, 20, 32, 36, 104, 0 };

	return rnd_pct(r, 85) ? rnd_pick(r, usual) : rnd_below(r, 300);
}

/* Those by which a socket is lost for the rest, or sends where nothing is. */
static bool spared(struct rnd *r, int level, int name)
{
	if (level != SOL_SOCKET)
		return false;
	return (name == SO_BINDTODEVICE || name == SO_BINDTOIFINDEX || name == SO_MARK ||
		name == SO_DEBUG) && rnd_pct(r, 80);
}

/* Not so long that somebody waits for the whole of the seed, or for an orphan at its end. */
static void soon(struct rnd *r, int level, int name, uint8_t *buf, socklen_t *len)
{
	struct timeval tv = { .tv_usec = rnd_below(r, 100000) };
	struct linger linger;
	unsigned long rate;
	uint32_t ms;

	if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO)) {
		memcpy(buf, &tv, sizeof(tv));
		*len = sizeof(tv);
	} else if (level == SOL_SOCKET && name == SO_LINGER) {
		memcpy(&linger, buf, sizeof(linger));
		linger.l_linger = rnd_below(r, 2);
		memcpy(buf, &linger, sizeof(linger));
	} else if (level == SOL_SOCKET && name == SO_MAX_PACING_RATE) {
		/* A byte a second: the next segment would be due in hours. */
		memcpy(&rate, buf, sizeof(rate));
		rate |= PACING_LEAST;
		memcpy(buf, &rate, sizeof(rate));
	} else if (level == IPPROTO_TCP && name == TCP_TX_DELAY) {
		memcpy(&ms, buf, sizeof(ms));
		ms = ms & 0x80000000 ? ms : ms % 1000000;
		memcpy(buf, &ms, sizeof(ms));
	} else if (level == IPPROTO_TCP && name == TCP_USER_TIMEOUT) {
		memcpy(&ms, buf, sizeof(ms));
		ms = ms & 0x80000000 ? ms : ms % 5000;
		memcpy(buf, &ms, sizeof(ms));
	}
}

void options_random(struct rnd *r, int fd)
{
	unsigned int i = rnd_below(r, ARRAY_SIZE(levels));
	int level = levels[i].level, name = rnd_below(r, levels[i].max);
	uint8_t buf[512] = { 0 };
	uint32_t value = rnd_pct(r, 50) ? rnd_below(r, 4) : rnd_odd(r);
	socklen_t len = length(r);
	const char *word;

	if (rnd_pct(r, 15)) {
		structs_random(r, fd);
		return;
	}
	figures.calls++;
	if (rnd_pct(r, 4)) {
		filter(r, fd);
		return;
	}
	if (rnd_pct(r, 1))
		name = rnd64(r);
	if (spared(r, level, name))
		return;
	if (rnd_pct(r, 20))
		rnd_fill(r, buf, sizeof(buf));
	memcpy(buf, &value, sizeof(value));
	if (rnd_pct(r, 2) ||
	    (level == IPPROTO_TCP && (name == TCP_CONGESTION || name == TCP_ULP))) {
		word = rnd_pick(r, words);
		len = strlen(word) + rnd_below(r, 2);
		memcpy(buf, word, strlen(word) + 1);
	}
	soon(r, level, name, buf, &len);
	setsockopt(fd, level, name, rnd_pct(r, 1) ? (void *)8 : buf, len);
}

void options_read(struct rnd *r, int fd)
{
	unsigned int i = rnd_below(r, ARRAY_SIZE(levels));
	int level = levels[i].level, name = rnd_below(r, levels[i].max);
	uint8_t buf[512];
	socklen_t len = rnd_pct(r, 60) ? sizeof(buf) : length(r);

	rnd_fill(r, buf, 64);
	figures.calls++;
	/* Zero copy maps pages at an address that it is given. */
	if (level == IPPROTO_TCP && name == TCP_ZEROCOPY_RECEIVE)
		memset(buf, 0, sizeof(buf));
	getsockopt(fd, level, name, rnd_pct(r, 1) ? (void *)8 : buf,
		   rnd_pct(r, 1) ? (void *)16 : &len);
}
