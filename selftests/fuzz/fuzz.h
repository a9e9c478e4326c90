/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the fuzzer share: the plan of a seed, figures, and how a fault is told. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdatomic.h>
#include <stdint.h>

#include "rand.h"

/**
 * struct plan - what a seed does; all of it follows from the number
 * @seed: the number
 * @steps: steps of the segment fuzzer
 * @faults: allocations that fail, percent; 0: none
 * @callers: threads that make system calls
 * @knobs: knobs are written with garbage beside it
 * @churn: namespaces come and go beside it
 * @netlink: sock_diag and generic netlink are spoken beside it
 * @reloads: the module is unloaded and loaded so often
 * @napi: the device hands packets to GRO
 * @offload: the device takes large segments without checksums
 * @guard: the device has the flood guard
 * @mtu: of the device, bytes
 * @protocol: of sockets: atcp's, or 0 to see what the kernel's own TCP makes of it
 */
struct plan {
	uint64_t seed;
	unsigned int steps;
	unsigned int faults;
	unsigned int callers;
	bool knobs;
	bool churn;
	bool netlink;
	unsigned int reloads;
	bool napi;
	bool offload;
	bool guard;
	unsigned int mtu;
	int protocol;
};

/**
 * struct figures - what has been done
 * @segments: TCP segments sent
 * @packets: packets sent, fragments and ICMP too
 * @icmps: ICMP errors sent
 * @replies: segments that the stack sent
 * @calls: system calls of the callers and on the flows' sockets
 * @writes: knobs written
 * @messages: messages of netlink sent
 * @told: sockets that sock_diag told of
 * @netns: namespaces made
 * @flows: connections that were begun
 * @read: bytes that programs read and that were found right
 * @carried: bytes that the stack sent and that were found right
 * @faults: allocations that failed
 */
struct figures {
	atomic_ulong segments, packets, icmps, replies, calls, writes, netns, flows;
	atomic_ulong messages, told;
	atomic_ulong read, carried, faults;
};

extern struct plan plan;
extern struct figures figures;
extern atomic_bool fuzz_pause, fuzz_stop, fuzz_over;
extern atomic_int fuzz_paused;

void fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void set_text(const char *path, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int get_text(const char *path, char *buf, size_t size);
long now_ms(void);

/* Held up while the module is away; false: it is over. */
bool fuzz_go_on(void);

#endif
