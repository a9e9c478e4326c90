// SPDX-License-Identifier: GPL-2.0
/* xoshiro256**, started by splitmix64, and the numbers that programs are not made for. */
#include "rand.h"

#include <string.h>

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

/* Each thread has a stream of its own, so that what one does not say shifts what another does. */
void rnd_init(struct rnd *r, uint64_t seed, uint64_t stream)
{
	uint64_t x = seed ^ (stream * 0xd1342543de82ef95ULL);
	int i;

	for (i = 0; i < 4; i++)
		r->s[i] = splitmix(&x);
}

uint64_t rnd64(struct rnd *r)
{
	uint64_t result = rotl(r->s[1] * 5, 7) * 9, t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotl(r->s[3], 45);
	return result;
}

/* A number at some edge, or any. */
uint32_t rnd_odd(struct rnd *r)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 100, 127, 128, 255, 256, 536, 1000, 1460,
		4095, 4096, 32767, 32768, 65535, 65536, 1048576, 1048577, 0x3fffffff,
		0x40000000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
		0xffffffff,
	};

	switch (rnd_below(r, 4)) {
	case 0:
		return rnd64(r);
	case 1:
		return rnd_below(r, 300);
	case 2:
		return rnd_pick(r, edges) + rnd_below(r, 3) - 1;
	default:
		return rnd_pick(r, edges);
	}
}

void rnd_fill(struct rnd *r, void *buf, size_t len)
{
	uint8_t *p = buf;
	uint64_t x;
	size_t n;

	while (len) {
		x = rnd64(r);
		n = len < sizeof(x) ? len : sizeof(x);
		memcpy(p, &x, n);
		p += n;
		len -= n;
	}
}
