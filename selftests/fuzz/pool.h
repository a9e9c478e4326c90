/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that the threads of the system call fuzzer have in common. */
#ifndef FUZZ_POOL_H
#define FUZZ_POOL_H

#include "rand.h"

void pool_init(void);
void pool_begin(unsigned int user);
void pool_end(unsigned int user);
void pool_add(struct rnd *r, int fd);
int pool_get(struct rnd *r);
int pool_take(struct rnd *r);
void pool_close(int fd);
void pool_close_all(struct rnd *r);

#endif
