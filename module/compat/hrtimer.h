/* SPDX-License-Identifier: GPL-2.0 */
/* A timer and its function in one call, which was two. */
#ifndef _ATCP_COMPAT_HRTIMER_H
#define _ATCP_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>

static inline void atcp_compat_hrtimer_setup(struct hrtimer *t,
					     enum hrtimer_restart (*fn)(struct hrtimer *t),
					     clockid_t clock, enum hrtimer_mode mode)
{
#ifdef ATCP_COMPAT_HRTIMER_SETUP
	hrtimer_setup(t, fn, clock, mode);
#else
	hrtimer_init(t, clock, mode);
	t->function = fn;
#endif
}

#endif /* _ATCP_COMPAT_HRTIMER_H */
