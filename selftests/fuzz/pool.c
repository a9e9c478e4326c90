// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets that the threads of the system call fuzzer have in common.
 *
 * One may be closed by a thread while another is in a call on it, or just before: then
 * the call meets EBADF or another socket of the pool. What must not be met so is opened
 * before the first of these.
 */
#include "pool.h"

#include <pthread.h>
#include <unistd.h>

#define POOL	64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fds[POOL];
static unsigned int count;

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
		close(old);
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

/* Takes one out, for its taker to close. */
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

void pool_close_all(void)
{
	pthread_mutex_lock(&lock);
	while (count)
		close(fds[--count]);
	pthread_mutex_unlock(&lock);
}
