/* SPDX-License-Identifier: GPL-2.0 */
/* Brings connections into every state there is, and does to their sockets what programs do. */
#ifndef FUZZ_DRIVE_H
#define FUZZ_DRIVE_H

#include "flow.h"

#define DRIVE_PORT	8000

/**
 * enum drive_kind - listeners, one a port from DRIVE_PORT
 * @DRIVE_PLAIN: nothing special
 * @DRIVE_COOKIE: answers every SYN by a cookie
 * @DRIVE_PARK: accepts nobody, parks what is too much
 * @DRIVE_DROP: accepts nobody, drops what is too much
 * @DRIVE_DEFER: wants data first
 * @DRIVE_FASTOPEN: takes data in the SYN
 * @DRIVE_GUARD: the guard answers for it, where the plan has one
 * @DRIVE_GROUP: two of a group that balances
 * @DRIVE_RESET: resets what is too much
 * @DRIVE_KINDS: number of kinds
 */
enum drive_kind {
	DRIVE_PLAIN, DRIVE_COOKIE, DRIVE_PARK, DRIVE_DROP, DRIVE_DEFER, DRIVE_FASTOPEN,
	DRIVE_GUARD, DRIVE_GROUP, DRIVE_RESET, DRIVE_KINDS,
};

void drive_listen_all(struct rnd *r);
void drive_close_all(struct rnd *r);
void drive_churn(struct rnd *r);
void drive_accept(struct rnd *r, int most);
void drive_goal(struct rnd *r);
void drive_socket(struct rnd *r, struct flow *f);
int drive_socket_new(struct rnd *r, int family);

#endif
