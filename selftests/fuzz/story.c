// SPDX-License-Identifier: GPL-2.0
/* What happened to a connection lately: told if something is wrong with it. */
#include "story.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

#define SHOWN	32	/* bytes of a text */

static struct event *next(struct story *s, const char *what)
{
	struct event *e = &s->events[s->count++ % STORY_EVENTS];

	*e = (struct event){ .what = what, .ms = now_ms() };
	return e;
}

/* A call: errno is as it left it. */
void story_call(struct story *s, const char *what, uint64_t place, size_t len, int flags,
		long result)
{
	int err = result < 0 ? errno : 0;
	struct event *e = next(s, what);

	e->place = place;
	e->len = len;
	e->flags = flags;
	e->result = result;
	e->err = err;
}

void story_segment(struct story *s, const char *what, uint32_t seq, size_t len, uint8_t flags)
{
	struct event *e = next(s, what);

	e->place = seq;
	e->len = len;
	e->flags = flags;
}

/* The oldest first. */
void story_tell(const struct story *s)
{
	unsigned int i = s->count > STORY_EVENTS ? s->count - STORY_EVENTS : 0;

	if (i)
		printf("# (%u events before)\n", i);
	for (; i < s->count; i++) {
		const struct event *e = &s->events[i % STORY_EVENTS];

		printf("# %ld ms: %s, %zu bytes at %llu, flags %#x: %ld%s%s\n", e->ms, e->what,
		       e->len, (unsigned long long)e->place, e->flags, e->result,
		       e->err ? ", " : "", e->err ? strerror(e->err) : "");
	}
}

void story_bytes(const char *what, const uint8_t *bytes, size_t len)
{
	size_t i;

	printf("# %s:", what);
	for (i = 0; i < len && i < SHOWN; i++)
		printf(" %02x", bytes[i]);
	printf("\n");
}
