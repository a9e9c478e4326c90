// SPDX-License-Identifier: GPL-2.0
/*
 * The far end of a TUN device.
 *
 *   this process                              a namespace of its own
 *   +---------------------------+    TUN    +------------------------------+
 *   | 10.99.0.2 .. 10.99.0.9    |   fuzz0   |  sockets of the stack:       |
 *   | fd99::2   .. fd99::9      +-----------+  10.99.0.1, fd99::1          |
 *   +---------------------------+           +------------------------------+
 */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

#define VNET	sizeof(struct virtio_net_hdr)

static int tun = -1;
static unsigned int tun_mtu;
static uint16_t next_id;

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* Makes the device in this thread's namespace; its far end is ours. */
int wire_open(bool napi, bool offload, unsigned int mtu)
{
	struct ifreq ifr = { .ifr_name = "fuzz0" };
	int hdr = VNET;

	tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tun < 0)
		return -1;
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | (napi ? IFF_NAPI : 0);
	if (ioctl(tun, TUNSETIFF, &ifr) || ioctl(tun, TUNSETVNETHDRSZ, &hdr))
		return -1;
	if (offload && ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6))
		return -1;
	tun_mtu = mtu;
	return 0;
}

/* Adds @data to a sum of 16 bit words (RFC 1071). */
uint32_t wire_sum(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t total = sum;

	for (; len > 1; len -= 2, p += 2)
		total += get16(p);
	if (len)
		total += *p << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

uint16_t wire_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The address of one end, 4 or 16 bytes; returns how many. */
static size_t address(struct ends e, bool stack, uint8_t *buf)
{
	uint8_t host = stack ? 1 : 2 + e.peer % WIRE_PEERS;

	if (!e.v6) {
		memcpy(buf, (uint8_t[]){ 10, 99, 0, host }, 4);
		return 4;
	}
	memset(buf, 0, 16);
	buf[0] = 0xfd;
	buf[1] = 0x99;
	buf[15] = host;
	return 16;
}

uint32_t wire_pseudo(struct ends e, uint8_t proto, size_t len, bool from_stack)
{
	uint8_t buf[32];
	size_t size;

	size = address(e, from_stack, buf);
	size += address(e, !from_stack, buf + size);
	return wire_sum(proto + (len >> 16) + (len & 0xffff), buf, size);
}

/* A plain IP header for @len bytes of payload; returns its length. */
size_t wire_header(struct ends e, uint8_t *buf, uint8_t proto, size_t len, bool from_stack)
{
	if (e.v6) {
		memset(buf, 0, 8);
		buf[0] = 0x60;
		put16(buf + 4, len);
		buf[6] = proto;
		buf[7] = 64;
		address(e, from_stack, buf + 8);
		address(e, !from_stack, buf + 24);
		return 40;
	}
	memset(buf, 0, 20);
	buf[0] = 0x45;
	put16(buf + 2, 20 + len);
	put16(buf + 4, ++next_id);
	buf[6] = 0x40;
	buf[8] = 64;
	buf[9] = proto;
	address(e, from_stack, buf + 12);
	address(e, !from_stack, buf + 16);
	put16(buf + 10, wire_fold(wire_sum(0, buf, 20)));
	return 20;
}

/* One packet to the stack; what the device refuses is nothing to us. */
static void transmit(struct virtio_net_hdr *vnet, const uint8_t *packet, size_t len)
{
	struct virtio_net_hdr none = { 0 };
	struct iovec iov[2] = {
		{ vnet ? vnet : &none, VNET }, { (void *)packet, len },
	};

	figures.packets++;
	if (writev(tun, iov, 2) < 0 && errno == EBADFD)
		fail("the device is gone");
}

/* IPv4 options, most of them in order. Returns their length, a multiple of 4. */
static size_t options4(struct rnd *r, struct ends e, uint8_t *buf)
{
	static const uint8_t kinds[] = { 7, 68, 131, 137, 148, 134, 130, 136, 145 };
	size_t len = 0, n;

	while (len < 36 && rnd_pct(r, 70)) {
		if (rnd_pct(r, 20)) {
			buf[len++] = rnd_below(r, 2);
			continue;
		}
		n = rnd_range(r, 3, 40 - len < 15 ? 40 - len : 15);
		rnd_fill(r, buf + len, n);
		buf[len] = rnd_pick(r, kinds);
		buf[len + 1] = rnd_pct(r, 90) ? n : rnd_below(r, 256);
		buf[len + 2] = rnd_pct(r, 90) ? rnd_range(r, 4, n + 1) : rnd_below(r, 256);
		if (n >= 7 && rnd_pct(r, 60))
			address(e, rnd_pct(r, 50), buf + len + 3);
		len += n;
	}
	while (len % 4)
		buf[len++] = rnd_pct(r, 90) ? 0 : 1;
	return len;
}

/* IPv6 extension headers before @proto; returns their length, in @first the first one's type. */
static size_t options6(struct rnd *r, struct ends e, uint8_t proto, uint8_t *buf, uint8_t *first)
{
	static const uint8_t kinds[] = { 0, 60, 60, 43, 44, 59, 51, 50, 135, 139, 140, 253 };
	unsigned int count = rnd_pct(r, 80) ? rnd_range(r, 1, 3) : rnd_range(r, 4, 11), i;
	uint8_t *next = first, kind;
	size_t len = 0, size;

	for (i = 0; i < count; i++) {
		kind = rnd_pct(r, 80) ? kinds[rnd_below(r, 5)] : rnd_pick(r, kinds);
		*next = kind;
		size = 8 * rnd_range(r, 1, kind == 44 ? 1 : 3);
		memset(buf + len, 0, size);
		if (kind == 43) {
			buf[len + 2] = rnd_pick(r, ((uint8_t[]){ 0, 2, 3, 4 }));
			buf[len + 3] = rnd_pct(r, 70) ? 0 : rnd_below(r, 4);
			if (size == 24)
				address(e, rnd_pct(r, 50), buf + len + 8);
		} else if (kind != 44) {
			buf[len + 2] = rnd_pct(r, 70) ? 1 : rnd_below(r, 256);
			buf[len + 3] = rnd_pct(r, 80) ? size - 4 : rnd_below(r, 256);
			if (rnd_pct(r, 20))
				rnd_fill(r, buf + len + 2, size - 2);
		} else if (rnd_pct(r, 20)) {
			rnd_fill(r, buf + len + 2, 6);
		}
		if (kind != 44)
			buf[len + 1] = rnd_pct(r, 95) ? size / 8 - 1 : rnd_below(r, 256);
		next = buf + len;
		len += size;
	}
	*next = proto;
	return len;
}

struct piece {
	size_t off;
	size_t len;
};

/* Cuts @len bytes at multiples of 8; some pieces overlap, are missing or out of order. */
static unsigned int cut(struct rnd *r, size_t len, struct piece *pieces, unsigned int max)
{
	unsigned int n = 0, i, j;
	struct piece swap;
	size_t off = 0;

	while (off < len && n < max - 2) {
		size_t size = 8 * rnd_range(r, 1, len / 8 < 180 ? len / 8 + 1 : 180);

		if (size > len - off || n == max - 3)
			size = len - off;
		pieces[n++] = (struct piece){ off, size };
		off += size;
	}
	if (rnd_pct(r, 15)) {
		i = rnd_below(r, n);
		pieces[n] = pieces[i];
		if (rnd_pct(r, 50) && pieces[i].off >= 8) {
			pieces[n].off -= 8;
			pieces[n].len += rnd_pct(r, 50) ? 8 : 0;
		}
		n++;
	}
	for (i = n - 1; i > 0; i--) {
		if (!rnd_pct(r, 40))
			continue;
		j = rnd_below(r, i + 1);
		swap = pieces[i];
		pieces[i] = pieces[j];
		pieces[j] = swap;
	}
	return rnd_pct(r, 10) ? n - 1 : n;
}

static void fragments(struct rnd *r, const uint8_t *head, size_t hlen, uint8_t next,
		      const uint8_t *payload, size_t len, bool v6)
{
	static uint8_t packet[WIRE_MAX + 512];
	struct piece pieces[40];
	uint32_t id = rnd64(r);
	unsigned int n, i;
	size_t extra = v6 ? 8 : 0;

	n = cut(r, len, pieces, 40);
	for (i = 0; i < n; i++) {
		const struct piece *p = &pieces[i];
		bool more = p->off + p->len < len;

		memcpy(packet, head, hlen);
		memcpy(packet + hlen + extra, payload + p->off, p->len);
		if (v6) {
			put16(packet + 4, hlen - 40 + 8 + p->len);
			packet[hlen] = next;
			packet[hlen + 1] = 0;
			put16(packet + hlen + 2, (p->off & ~7) | more);
			put32(packet + hlen + 4, id);
		} else {
			put16(packet + 2, hlen + p->len);
			put16(packet + 4, id);
			put16(packet + 6, p->off / 8 | (more ? 0x2000 : 0));
			put16(packet + 10, 0);
			put16(packet + 10, wire_fold(wire_sum(0, packet, hlen)));
		}
		transmit(NULL, packet, hlen + extra + p->len);
	}
}

/* Spoils something of the IP header. */
static void odd(struct rnd *r, uint8_t *packet, size_t hlen, size_t *len, bool v6)
{
	switch (rnd_below(r, 7)) {
	case 0:
		packet[v6 ? 7 : 8] = rnd_pick(r, ((uint8_t[]){ 0, 1, 2, 255 }));
		break;
	case 1:
		put16(packet + (v6 ? 4 : 2), rnd_below(r, *len + 40));
		break;
	case 2:
		*len = hlen + rnd_below(r, *len - hlen + 1);
		put16(packet + (v6 ? 4 : 2), v6 ? *len - 40 : *len);
		break;
	case 3:
		*len = rnd_below(r, *len + 1);
		break;
	case 4:
		packet[0] = rnd64(r);
		break;
	case 5:
		/* DSCP and ECN of any kind. */
		packet[1] = rnd64(r);
		break;
	default:
		packet[rnd_below(r, hlen)] = rnd64(r);
	}
	if (!v6 && rnd_pct(r, 90)) {
		put16(packet + 10, 0);
		put16(packet + 10, wire_fold(wire_sum(0, packet, hlen)));
	}
}

static void send_ip(struct rnd *r, struct ends e, uint8_t proto, const uint8_t *payload,
		    size_t len, int how, struct virtio_net_hdr *vnet)
{
	static uint8_t packet[WIRE_MAX + 512];
	size_t hlen, total, extra = 0;
	uint8_t next = proto;

	hlen = wire_header(e, packet, proto, len, false);
	/* A CE mark and its kin are part of a flow's life. */
	if (rnd_pct(r, 5))
		packet[1] |= e.v6 ? rnd_below(r, 4) << 4 : rnd_below(r, 4);
	if (how & WIRE_OPTIONS) {
		if (e.v6) {
			extra = options6(r, e, proto, packet + hlen, &next);
			packet[6] = next;
			put16(packet + 4, extra + len);
		} else {
			extra = options4(r, e, packet + hlen);
			packet[0] = 0x45 + extra / 4;
			put16(packet + 2, hlen + extra + len);
		}
		hlen += extra;
	}
	if (how & WIRE_FRAGS) {
		/* Of IPv6, what follows the first headers; a chain is left as it is. */
		if (e.v6 && !extra)
			packet[6] = 44;
		fragments(r, packet, hlen, proto, payload, len, e.v6 && !extra);
		return;
	}
	total = hlen + len;
	memcpy(packet + hlen, payload, len);
	if (!e.v6) {
		put16(packet + 10, 0);
		put16(packet + 10, wire_fold(wire_sum(0, packet, hlen)));
	}
	if (how & WIRE_ODD)
		odd(r, packet, hlen, &total, e.v6);
	if (vnet) {
		vnet->csum_start += hlen;
		vnet->hdr_len += hlen;
	}
	transmit(vnet, packet, total);
}

/* Sends @payload of @proto, whose checksum stands already. */
void wire_payload(struct rnd *r, struct ends e, uint8_t proto, uint8_t *payload, size_t len,
		  int how)
{
	send_ip(r, e, proto, payload, len, how & ~WIRE_OFFLOAD, NULL);
}

void wire_tcp(struct rnd *r, struct ends e, const struct seg *s, int how)
{
	static uint8_t raw[WIRE_MAX + 128];
	struct virtio_net_hdr vnet = { 0 };
	size_t head = 20 + (s->optlen + 3) / 4 * 4, total;
	uint32_t sum;

	memset(raw, 0, head);
	put16(raw, s->sport);
	put16(raw + 2, s->dport);
	put32(raw + 4, s->seq);
	put32(raw + 8, s->ack);
	raw[12] = (s->doff ? s->doff : head / 4) << 4;
	raw[13] = s->flags;
	put16(raw + 14, s->win);
	put16(raw + 18, s->urg);
	memcpy(raw + 20, s->opts, s->optlen);
	if (s->len)
		memcpy(raw + head, s->data, s->len);
	total = head + s->len;
	figures.segments++;
	if (how & WIRE_OFFLOAD && !(how & ~WIRE_OFFLOAD) && !s->badsum && !s->doff) {
		put16(raw + 16, ~wire_fold(wire_pseudo(e, IPPROTO_TCP, total, false)));
		vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vnet.csum_offset = 16;
		vnet.hdr_len = head;
		if (s->len > 1 && !(s->flags & (TH_SYN | TH_RST | TH_URG))) {
			vnet.gso_type = e.v6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
			vnet.gso_size = rnd_range(r, s->len / 40 + 1, s->len);
		}
		send_ip(r, e, IPPROTO_TCP, raw, total, how, &vnet);
		return;
	}
	sum = wire_fold(wire_sum(wire_pseudo(e, IPPROTO_TCP, total, false), raw, total));
	put16(raw + 16, s->badsum ? sum ^ rnd_range(r, 1, 65534) : sum);
	send_ip(r, e, IPPROTO_TCP, raw, total, how, NULL);
}

/* The header of a segment that the stack sent, which must be as RFC 9293 has it. */
static void parse(uint32_t pseudo, const uint8_t *p, size_t len, struct seg *s)
{
	size_t head;

	if (len < 20)
		fail("a segment of %zu bytes from the stack", len);
	head = p[12] / 16 * 4;
	if (head < 20 || head > len)
		fail("a segment with a header of %zu bytes in %zu", head, len);
	*s = (struct seg){
		.sport = get16(p), .dport = get16(p + 2), .seq = get32(p + 4), .ack = get32(p + 8),
		.flags = p[13], .win = get16(p + 14), .urg = get16(p + 18), .optlen = head - 20,
		.data = p + head, .len = len - head,
		.badsum = pseudo && wire_fold(wire_sum(pseudo, p, len)),
	};
	memcpy(s->opts, p + 20, s->optlen);
	figures.replies++;
}

/* A packet of the stack: a TCP segment to one of the peers? Then it must be right. */
static bool segment(const uint8_t *p, size_t got, bool partial, struct ends *e, struct seg *s)
{
	size_t head = (p[0] & 15) * 4;
	uint32_t pseudo;
	uint8_t own[16];

	if (got >= 40 && p[0] >> 4 == 6 && p[6] == IPPROTO_TCP) {
		*e = (struct ends){ true, p[39] - 2 };
		address(*e, true, own);
		/* What the stack forwards is as it came. */
		if (memcmp(p + 8, own, 16))
			return false;
		pseudo = wire_sum(IPPROTO_TCP + got - 40, p + 8, 32);
		parse(partial ? 0 : pseudo, p + 40, got - 40, s);
		return p[24] == 0xfd && p[39] >= 2 && p[39] < 2 + WIRE_PEERS;
	}
	if (got >= 20 && p[0] >> 4 == 4 && p[9] == IPPROTO_TCP && !(get16(p + 6) & 0x3fff)) {
		*e = (struct ends){ false, p[19] - 2 };
		address(*e, true, own);
		if (memcmp(p + 12, own, 4))
			return false;
		pseudo = wire_sum(IPPROTO_TCP + got - head, p + 12, 8);
		/* By a source route it goes to another address first. */
		parse(partial || head > 20 ? 0 : pseudo, p + head, got - head, s);
		return p[16] == 10 && p[19] >= 2 && p[19] < 2 + WIRE_PEERS;
	}
	return false;
}

/* The next segment of the stack within @timeout_ms; its text is good until the next call. */
bool wire_receive(struct ends *e, struct seg *s, int timeout_ms)
{
	static uint8_t buf[VNET + 70000];
	struct pollfd wait = { .fd = tun, .events = POLLIN };
	const uint8_t *p = buf + VNET;
	ssize_t got;
	bool partial;

	while (1) {
		got = read(tun, buf, sizeof(buf));
		if (got < 0) {
			if (errno == EINTR)
				continue;
			if (timeout_ms <= 0 || poll(&wait, 1, timeout_ms) <= 0)
				return false;
			timeout_ms = 0;
			continue;
		}
		got -= VNET;
		partial = buf[0] & VIRTIO_NET_HDR_F_NEEDS_CSUM;
		if (!buf[1] && got > tun_mtu)
			fail("a packet of %zd bytes over an MTU of %u", got, tun_mtu);
		if (segment(p, got, partial, e, s))
			return true;
	}
}
