/* SPDX-License-Identifier: GPL-2.0 */
/* What SACK blocks say of what is in flight. */
#ifndef _ATCP_SCOREBOARD_H
#define _ATCP_SCOREBOARD_H

#include "conn/rx.h"
#include "state/conn/sock.h"

struct atcp_news;

/* Marks what the SACK blocks of an ACK cover; what that says goes to @news. */
void atcp_scoreboard_ack(struct sock *sk, const struct atcp_rx *rx, struct atcp_news *news);

#endif /* _ATCP_SCOREBOARD_H */
