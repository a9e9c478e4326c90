/* SPDX-License-Identifier: GPL-2.0 */
/* Big-endian numbers at any address, the same on every kernel. */
#ifndef _ATCP_PROTO_BYTES_H
#define _ATCP_PROTO_BYTES_H

#include <linux/types.h>

/* The kernel's header for this moved in 6.12; four shifts need none of it. */

static inline u16 atcp_bytes_get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static inline u32 atcp_bytes_get32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* Returns the address after what it wrote. */
static inline u8 *atcp_bytes_put32(u8 *p, u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
	return p + 4;
}

#endif /* _ATCP_PROTO_BYTES_H */
