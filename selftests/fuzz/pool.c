// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that the threads of the system call fuzzer have in common.
 *
 * One may be closed by a thread while another is in a call on it, or just before. The next
 * socket that is made gets its number, and may be one whose bytes are looked at: what the
 * other thread does then would be done to that one. So a number is not free when its socket is
 * closed: it is /dev/null's until each thread that may have got it before is done with it.
 */
#include "pool.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "fuzz.h"

#define POOL	64
#define GRAVES	512
#define USERS	16

/**
 * struct grave - a number whose socket is closed
 * @fd: the number
 * @when: users that began before this may have it
 */
struct grave {
	int fd;
	unsigned long when;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fds[POOL];
static unsigned int count;

/* When each user began what it is at, 0: it has no number. */
static atomic_ulong users[USERS];
static atomic_ulong now = 1;
static struct grave graves[GRAVES];
static unsigned int buried;
static int null = -1;

/* Before the threads are started. */
void pool_init(void)
{
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		fail("no /dev/null");
}

/* What @user gets from the pool, from now on, it may use until it says so. */
void pool_begin(unsigned int user)
{
	users[user % USERS] = now;
}

void pool_end(unsigned int user)
{
	users[user % USERS] = 0;
}

static bool in_use(const struct grave *g)
{
	unsigned long since;
	unsigned int i;

	for (i = 0; i < USERS; i++) {
		since = users[i];
		if (since && since < g->when)
			return true;
	}
	return false;
}

/* Closes a socket that is in the pool no more. */
void pool_close(int fd)
{
	unsigned int i, kept = 0;

	pthread_mutex_lock(&lock);
	for (i = 0; i < buried; i++) {
		if (in_use(&graves[i]))
			graves[kept++] = graves[i];
		else
			close(graves[i].fd);
	}
	buried = kept;
	pthread_mutex_unlock(&lock);

	/* This may sleep: SO_LINGER. */
	if (dup3(null, fd, O_CLOEXEC) < 0) {
		close(fd);
		return;
	}
	pthread_mutex_lock(&lock);
	/* If there is no room it stays what it is now, until the end. */
	if (buried < GRAVES)
		graves[buried++] = (struct grave){ fd, ++now };
	pthread_mutex_unlock(&lock);
}

/* Puts one in; another one is closed if it is full. */
void pool_add(struct rnd *r, int fd)
{
	int old = -1;
	unsigned int i;

	if (fd < 0)
		return;
	pthread_mutex_lock(&lock);
	if (count < POOL) {
		fds[count++] = fd;
	} else {
		i = rnd_below(r, POOL);
		old = fds[i];
		fds[i] = fd;
	}
	pthread_mutex_unlock(&lock);
	if (old >= 0)
		pool_close(old);
}

/* Any of them, -1 if there is none; it stays. */
int pool_get(struct rnd *r)
{
	int fd = -1;

	pthread_mutex_lock(&lock);
	if (count)
		fd = fds[rnd_below(r, count)];
	pthread_mutex_unlock(&lock);
	return fd;
}

/* Takes one out, for its taker to close by pool_close(). */
int pool_take(struct rnd *r)
{
	unsigned int i;
	int fd = -1;

	pthread_mutex_lock(&lock);
	if (count) {
		i = rnd_below(r, count);
		fd = fds[i];
		fds[i] = fds[--count];
	}
	pthread_mutex_unlock(&lock);
	return fd;
}

void pool_close_all(struct rnd *r)
{
	int fd;

	while ((fd = pool_take(r)) >= 0)
		pool_close(fd);
}
