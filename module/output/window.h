/* SPDX-License-Identifier: GPL-2.0 */
/* The window that is offered. Socket locked. */
#ifndef _ATCP_WINDOW_H
#define _ATCP_WINDOW_H

#include "state/conn/sock.h"

/* The window that there is room for, bytes; less than what was offered, perhaps. */
u32 atcp_window_want(struct sock *sk);
/* Window to put into a segment now; updates rcv_wup and rcv_wnd. As the header has it, scaled. */
u16 atcp_window_offer(struct sock *sk);

#endif /* _ATCP_WINDOW_H */
