// SPDX-License-Identifier: GPL-2.0
/*
 * What a SYN costs: sends many, as fast as it can, from one CPU.
 *
 * synburst -i IFNAME -m MAC -a ADDR -p PORT [-n COUNT] [-c CPU] [-r RATE] [-P]
 *
 * IPv4 SYNs with the usual options go straight to the device (no queueing
 * discipline) and to MAC, from 198.18.0.0/15, out of a ring of frames made
 * before; with -r in batches, RATE a second. Over veth they are answered before
 * the call returns, on the same CPU. Prints nanoseconds a SYN. With -P they are
 * what the profiler counts, after one ring to warm up.
 */
#include "mark.h"
#include "stack.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAMES	4096
#define BATCH	64
#define SOURCES	0x20000

/**
 * struct frame - a SYN on Ethernet
 * @eth: MAC addresses and type
 * @ip: without options
 * @tcp: its header
 * @options: MSS, SACK permitted, timestamps, window scale
 */
struct frame {
	struct ether_header eth;
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t options[20];
} __attribute__((packed));

static struct frame frames[FRAMES];
static struct mmsghdr messages[FRAMES];
static struct iovec pieces[FRAMES];

static uint32_t sum_words(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;

	for (; len > 1; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void make_frame(struct frame *f, const uint8_t *mac, const union addr *to, uint32_t i)
{
	static const uint8_t options[20] = {
		2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7
	};
	const uint32_t len = sizeof(f->tcp) + sizeof(f->options);

	memcpy(f->eth.ether_dhost, mac, ETH_ALEN);
	f->eth.ether_shost[0] = 2;
	f->eth.ether_type = htons(ETHERTYPE_IP);
	f->ip.version = 4;
	f->ip.ihl = 5;
	f->ip.ttl = 64;
	f->ip.protocol = IPPROTO_TCP;
	f->ip.tot_len = htons(sizeof(f->ip) + len);
	f->ip.saddr = htonl(0xc6120000 + i * 2654435761U % SOURCES);
	f->ip.daddr = to->v4.sin_addr.s_addr;
	f->ip.check = fold(sum_words(&f->ip, sizeof(f->ip), 0));
	f->tcp.source = htons(1024 + i * 40503U % 60000);
	f->tcp.dest = htons(addr_port(to));
	f->tcp.seq = htonl(i * 2246822519U);
	f->tcp.doff = len / 4;
	f->tcp.syn = 1;
	f->tcp.window = htons(64240);
	memcpy(f->options, options, sizeof(options));
	f->tcp.check = fold(sum_words(&f->ip.saddr, 8,
				      sum_words(&f->tcp, len, IPPROTO_TCP + len)));
}

static int open_device(const char *ifname)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET };
	int one = 1, fd;

	at.sll_ifindex = if_nametoindex(ifname);
	if (!at.sll_ifindex)
		die("device %s", ifname);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		die("packet socket on %s", ifname);
	return fd;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %d", cpu);
}

/* Sleeps until SYN number @sent is due. */
static void keep_rate(const struct timespec *start, long sent, long rate)
{
	long ns = start->tv_nsec + sent % rate * (1000000000L / rate);
	struct timespec due = {
		.tv_sec = start->tv_sec + sent / rate + ns / 1000000000L,
		.tv_nsec = ns % 1000000000L,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static double burst(int fd, long count, long rate)
{
	struct timespec from, to;
	long sent = 0, at = 0;
	int n;

	clock_gettime(CLOCK_MONOTONIC, &from);
	while (sent < count) {
		if (rate > 0)
			keep_rate(&from, sent, rate);
		n = sendmmsg(fd, &messages[at], BATCH, 0);
		if (n < 0 && errno != ENOBUFS)
			die("sendmmsg");
		if (n > 0)
			sent += n;
		at = (at + BATCH) % FRAMES;
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	return ((to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec) / sent;
}

int main(int argc, char **argv)
{
	const char *ifname = NULL, *text = NULL;
	uint8_t mac[ETH_ALEN];
	long count = 100000, rate = 0;
	uint16_t port = 80;
	bool have_mac = false, profile = false;
	union addr to;
	int opt, fd, i;
	double ns;

	while ((opt = getopt(argc, argv, "i:m:a:p:n:c:r:P")) != -1) {
		switch (opt) {
		case 'i':
			ifname = optarg;
			break;
		case 'm':
			have_mac = sscanf(optarg, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1],
					  &mac[2], &mac[3], &mac[4], &mac[5]) == ETH_ALEN;
			break;
		case 'a':
			text = optarg;
			break;
		case 'p':
			port = atoi(optarg);
			break;
		case 'n':
			count = atol(optarg);
			break;
		case 'c':
			pin(atoi(optarg));
			break;
		case 'r':
			rate = atol(optarg);
			break;
		case 'P':
			profile = true;
			break;
		default:
			return 2;
		}
	}
	if (!ifname || !text || !have_mac) {
		errno = EINVAL;
		die("-i IFNAME -m MAC -a ADDR -p PORT");
	}
	addr_parse(&to, text, port);
	for (i = 0; i < FRAMES; i++) {
		make_frame(&frames[i], mac, &to, i);
		pieces[i].iov_base = &frames[i];
		pieces[i].iov_len = sizeof(frames[i]);
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	fd = open_device(ifname);
	if (profile) {
		mark_open();
		burst(fd, FRAMES, rate);
		mark(MARK_BEGIN);
	}
	ns = burst(fd, count, rate);
	if (profile)
		mark(MARK_END);
	printf("%.0f\n", ns);
	return 0;
}
