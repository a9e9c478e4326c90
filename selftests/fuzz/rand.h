/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers that a seed makes again: everything that the fuzzer decides comes from here. */
#ifndef FUZZ_RAND_H
#define FUZZ_RAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct rnd - one stream of random numbers (xoshiro256**)
 * @s: its state
 */
struct rnd {
	uint64_t s[4];
};

void rnd_init(struct rnd *r, uint64_t seed, uint64_t stream);
uint64_t rnd64(struct rnd *r);
uint32_t rnd_odd(struct rnd *r);
void rnd_fill(struct rnd *r, void *buf, size_t len);

/* A number from 0 to @n - 1; 0 for 0. */
static inline uint32_t rnd_below(struct rnd *r, uint32_t n)
{
	return n ? (rnd64(r) >> 32) % n : 0;
}

/* A number from @min to @max. */
static inline uint32_t rnd_range(struct rnd *r, uint32_t min, uint32_t max)
{
	return min + rnd_below(r, max - min + 1);
}

/* True @percent times in a hundred. */
static inline bool rnd_pct(struct rnd *r, unsigned int percent)
{
	return rnd_below(r, 100) < percent;
}

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* One of @total / @size elements. */
static inline const void *rnd_element(struct rnd *r, const void *array, size_t total, size_t size)
{
	return (const char *)array + rnd_below(r, total / size) * size;
}

#define rnd_pick(r, array) \
	(*(const __typeof__(array[0]) *)rnd_element(r, array, sizeof(array), sizeof(array[0])))

#endif
