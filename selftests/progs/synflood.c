// SPDX-License-Identifier: GPL-2.0
/*
 * Sends SYNs from random source addresses and ports to one listener.
 *
 * synflood -a ADDR -p PORT [-n COUNT] [-r PER_SECOND] [-i IFNAME] [-s SEED]
 *
 * Sources are of 198.18.0.0/15 or 2001:db8::/32, where nobody answers.
 */
#include "stack.h"

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WINDOW	64240

/**
 * struct syn - a TCP header with the MSS option
 * @tcp: the header
 * @mss: kind 2, length 4, value
 */
struct syn {
	struct tcphdr tcp;
	uint8_t mss[4];
} __attribute__((packed));

/**
 * struct pseudo6 - what the checksum covers besides the segment
 * @src: source, an IPv4 address in its last four bytes
 * @dst: destination, likewise
 * @len: of the segment
 * @proto: 6
 */
struct pseudo6 {
	struct in6_addr src;
	struct in6_addr dst;
	uint32_t len;
	uint32_t proto;
};

static uint64_t rng = 88172645463325252ULL;

static uint64_t next_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

static uint32_t sum_words(const void *data, size_t len)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2)
		sum += *word++;
	return sum;
}

/* Zero bytes of an IPv4 address in struct pseudo6 add nothing to the sum. */
static void finish_syn(struct syn *syn, const struct pseudo6 *pseudo, uint16_t port)
{
	uint32_t sum;

	memset(syn, 0, sizeof(*syn));
	syn->tcp.source = htons(1024 + next_random() % 60000);
	syn->tcp.dest = htons(port);
	syn->tcp.seq = next_random();
	syn->tcp.doff = sizeof(*syn) / 4;
	syn->tcp.syn = 1;
	syn->tcp.window = htons(WINDOW);
	memcpy(syn->mss, "\2\4\5\264", 4);
	sum = sum_words(pseudo, sizeof(*pseudo)) + sum_words(syn, sizeof(*syn));
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	syn->tcp.check = ~sum;
}

static void send_v4(int fd, const union addr *to)
{
	struct {
		struct iphdr ip;
		struct syn syn;
	} __attribute__((packed)) packet = { 0 };
	struct pseudo6 pseudo = { .len = htonl(sizeof(struct syn)),
				  .proto = htonl(IPPROTO_TCP) };
	struct syn syn;

	packet.ip.version = 4;
	packet.ip.ihl = 5;
	packet.ip.ttl = 64;
	packet.ip.protocol = IPPROTO_TCP;
	packet.ip.tot_len = htons(sizeof(packet));
	packet.ip.saddr = htonl(0xc6120000 + next_random() % 0x20000);
	packet.ip.daddr = to->v4.sin_addr.s_addr;
	pseudo.src.s6_addr32[3] = packet.ip.saddr;
	pseudo.dst.s6_addr32[3] = packet.ip.daddr;
	finish_syn(&syn, &pseudo, addr_port(to));
	packet.syn = syn;
	sendto(fd, &packet, sizeof(packet), 0, &to->sa, sizeof(to->v4));
}

static void send_v6(int fd, const union addr *to)
{
	struct {
		struct ip6_hdr ip;
		struct syn syn;
	} __attribute__((packed)) packet = { 0 };
	struct pseudo6 pseudo = { .len = htonl(sizeof(struct syn)),
				  .proto = htonl(IPPROTO_TCP) };
	struct sockaddr_in6 at = to->v6;
	struct syn syn;

	pseudo.src.s6_addr32[0] = htonl(0x20010db8);
	pseudo.src.s6_addr32[3] = next_random();
	pseudo.dst = to->v6.sin6_addr;
	packet.ip.ip6_flow = htonl(6 << 28);
	packet.ip.ip6_plen = htons(sizeof(struct syn));
	packet.ip.ip6_nxt = IPPROTO_TCP;
	packet.ip.ip6_hlim = 64;
	packet.ip.ip6_src = pseudo.src;
	packet.ip.ip6_dst = pseudo.dst;
	finish_syn(&syn, &pseudo, addr_port(to));
	packet.syn = syn;
	at.sin6_port = 0;
	sendto(fd, &packet, sizeof(packet), 0, (void *)&at, sizeof(at));
}

/* Sleeps until the time at which SYN number @sent is due. */
static void keep_rate(const struct timespec *start, long sent, long rate)
{
	struct timespec due = *start;
	long ns = due.tv_nsec + sent % rate * (1000000000L / rate);

	due.tv_sec += sent / rate + ns / 1000000000L;
	due.tv_nsec = ns % 1000000000L;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

int main(int argc, char **argv)
{
	long count = 1000, rate = 0, sent;
	const char *text = NULL, *ifname = NULL;
	unsigned long long seed = 0;
	struct timespec start;
	uint16_t port = 80;
	union addr to;
	int opt, fd;

	while ((opt = getopt(argc, argv, "a:p:n:r:i:s:")) != -1) {
		switch (opt) {
		case 'a':
			text = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 'n':
			count = atol(optarg);
			break;
		case 'r':
			rate = atol(optarg);
			break;
		case 'i':
			ifname = optarg;
			break;
		case 's':
			seed = strtoull(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (!text) {
		errno = EINVAL;
		die("-a ADDR is missing");
	}
	addr_parse(&to, text, port);
	fd = socket(to.sa.sa_family, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		die("raw socket");
	if (ifname && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname,
				 strlen(ifname) + 1))
		die("device %s", ifname);
	clock_gettime(CLOCK_MONOTONIC, &start);
	/* With a seed the same SYNs each time. */
	rng += seed ? seed : (unsigned long long)start.tv_nsec;
	for (sent = 0; sent < count; sent++) {
		if (rate > 0)
			keep_rate(&start, sent, rate);
		if (to.sa.sa_family == AF_INET6)
			send_v6(fd, &to);
		else
			send_v4(fd, &to);
	}
	printf("%ld SYNs sent\n", sent);
	return 0;
}
