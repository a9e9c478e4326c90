/* SPDX-License-Identifier: GPL-2.0 */
/* What happened to a connection lately: told if something is wrong with it. */
#ifndef FUZZ_STORY_H
#define FUZZ_STORY_H

#include <stddef.h>
#include <stdint.h>

#define STORY_EVENTS	48

/**
 * struct event - a call on the socket, or a segment
 * @what: in a word or two
 * @ms: when
 * @place: where in the stream or in sequence space it begins
 * @len: bytes
 * @flags: of the call, or TCP's
 * @result: of the call
 * @err: errno of a call that failed
 */
struct event {
	const char *what;
	long ms;
	uint64_t place;
	size_t len;
	unsigned int flags;
	long result;
	int err;
};

/**
 * struct story - the last events
 * @events: a ring
 * @count: how many there were
 */
struct story {
	struct event events[STORY_EVENTS];
	unsigned int count;
};

void story_call(struct story *s, const char *what, uint64_t place, size_t len, int flags,
		long result);
void story_segment(struct story *s, const char *what, uint32_t seq, size_t len, uint8_t flags);
void story_tell(const struct story *s);
void story_bytes(const char *what, const uint8_t *bytes, size_t len);

#endif
