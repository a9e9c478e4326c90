/* SPDX-License-Identifier: GPL-2.0 */
/* The far end of a TUN device: packets of every shape to the stack, and what it answers. */
#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

#include "rand.h"

#define TH_FIN	0x01
#define TH_SYN	0x02
#define TH_RST	0x04
#define TH_PSH	0x08
#define TH_ACK	0x10
#define TH_URG	0x20
#define TH_ECE	0x40
#define TH_CWR	0x80

#define WIRE_PEERS	8	/* hosts 2 to 9 of the net */
#define WIRE_MAX	60000	/* bytes of a packet's payload */

/**
 * struct seg - a TCP segment to be sent, or one that was received
 * @sport: source port
 * @dport: destination port
 * @seq: sequence number
 * @ack: acknowledgment number
 * @flags: TH_*
 * @win: window, unscaled
 * @urg: urgent pointer
 * @doff: header length in words, 0: what fits
 * @optlen: bytes of @opts
 * @opts: options
 * @data: text
 * @len: bytes of @data
 * @badsum: the checksum is to be wrong, or is
 */
struct seg {
	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
	uint16_t win;
	uint16_t urg;
	uint8_t doff;
	uint8_t optlen;
	uint8_t opts[60];
	const uint8_t *data;
	uint32_t len;
	bool badsum;
};

/**
 * struct ends - between whom
 * @v6: IPv6
 * @peer: number of the peer, from 0
 */
struct ends {
	bool v6;
	uint8_t peer;
};

/**
 * enum wire_how - what the IP layer does to a packet; they may be combined
 * @WIRE_PLAIN: nothing
 * @WIRE_OPTIONS: IPv4 options, IPv6 extension headers
 * @WIRE_FRAGS: fragments
 * @WIRE_ODD: lengths, TTL and such that are wrong
 * @WIRE_OFFLOAD: as a device with offloads gives it: checksum left out, many segments in one
 */
enum wire_how {
	WIRE_PLAIN	= 0,
	WIRE_OPTIONS	= 1,
	WIRE_FRAGS	= 2,
	WIRE_ODD	= 4,
	WIRE_OFFLOAD	= 8,
};

int wire_open(bool napi, bool offload, unsigned int mtu);
void wire_tcp(struct rnd *r, struct ends e, const struct seg *s, int how);
void wire_payload(struct rnd *r, struct ends e, uint8_t proto, uint8_t *payload, size_t len,
		  int how);
bool wire_receive(struct ends *e, struct seg *s, int timeout_ms);
uint32_t wire_sum(uint32_t sum, const void *data, size_t len);
uint16_t wire_fold(uint32_t sum);
uint32_t wire_pseudo(struct ends e, uint8_t proto, size_t len, bool from_stack);
size_t wire_header(struct ends e, uint8_t *buf, uint8_t proto, size_t len, bool from_stack);

#endif
