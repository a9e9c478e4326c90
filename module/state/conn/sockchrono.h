/* SPDX-License-Identifier: GPL-2.0 */
/* What a connection keeps of the times for which its data was held up. */
#ifndef _ATCP_SOCKCHRONO_H
#define _ATCP_SOCKCHRONO_H

#include <linux/types.h>

/* What holds data up (struct atcp_chrono), the worst at a time; names of TCP_CHRONO_* */
enum atcp_chrono_id {
	ATCP_CHRONO_NONE,
	ATCP_CHRONO_BUSY,	/* there is data that is not acknowledged */
	ATCP_CHRONO_RWND,	/* the peer's window is too small for more */
	ATCP_CHRONO_SNDBUF,	/* all is sent, and the user waits for room in the send buffer */
};

/**
 * struct atcp_chrono - how long something held data up
 * @start: since when @now, jiffies32
 * @spent: for how long before, jiffies, by enum atcp_chrono_id less 1
 * @rto_since: since when timeouts have been waited for, ms of the timestamp clock; 0: they are not
 * @rto_ms: for how long before, ms
 * @rtos: timeouts
 * @rto_recoveries: times that it came to them
 * @now: enum atcp_chrono_id
 */
struct atcp_chrono {
	u32	start;
	u32	spent[3];
	u32	rto_since;
	u32	rto_ms;
	u16	rtos;
	u16	rto_recoveries;
	u8	now;
};

#endif /* _ATCP_SOCKCHRONO_H */
