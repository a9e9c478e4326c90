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

/* Returns the address after what it wrote. Masks: sparse minds what a constant loses. */
static inline u8 *atcp_bytes_put32(u8 *p, u32 v)
{
	p[0] = v >> 24;
	p[1] = v >> 16 & 0xff;
	p[2] = v >> 8 & 0xff;
	p[3] = v & 0xff;
	return p + 4;
}

static inline u32 atcp_bytes_get_le32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static inline void atcp_bytes_put_le32(u8 *p, u32 v)
{
	p[0] = v;
	p[1] = v >> 8;
	p[2] = v >> 16;
	p[3] = v >> 24;
}

static inline u64 atcp_bytes_get_le64(const u8 *p)
{
	return atcp_bytes_get_le32(p) | (u64)atcp_bytes_get_le32(p + 4) << 32;
}

static inline void atcp_bytes_put_le64(u8 *p, u64 v)
{
	atcp_bytes_put_le32(p, v);
	atcp_bytes_put_le32(p + 4, v >> 32);
}

#endif /* _ATCP_PROTO_BYTES_H */
