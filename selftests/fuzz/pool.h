/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets that the threads of the system call fuzzer have in common. */
#ifndef FUZZ_POOL_H
#define FUZZ_POOL_H

#include "rand.h"

void pool_add(struct rnd *r, int fd);
int pool_get(struct rnd *r);
int pool_take(struct rnd *r);
void pool_close_all(void);

#endif
