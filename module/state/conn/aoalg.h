/* SPDX-License-Identifier: GPL-2.0 */
/* TCP-AO's algorithms (RFC 5926): the kernel's hashes, one of each for every CPU. */
#ifndef _ATCP_AOALG_H
#define _ATCP_AOALG_H

#include "proto/segmac.h"

struct atcp_aoalg;

/* The one that programs call @name, for a secret of @len bytes; or NULL. */
const struct atcp_aoalg *atcp_aoalg_find(const char *name, unsigned int len);

/* Before the first key of @alg: 0, -ENOENT (the kernel has it not) or -ENOMEM. Process context. */
int atcp_aoalg_begin(const struct atcp_aoalg *alg);

/* Bytes of its hash, and what the kernel calls it. */
unsigned int atcp_aoalg_digest(const struct atcp_aoalg *alg);
const char *atcp_aoalg_name(const struct atcp_aoalg *alg);

/* The master key that a secret of @len bytes is: its length, or -errno. @out: as many bytes. */
int atcp_aoalg_master(const struct atcp_aoalg *alg, const u8 *secret, unsigned int len, u8 *out);

/* atcp_segmac_traffic_key() and atcp_segmac_sum() by @alg. Any context but hard interrupts. */
int atcp_aoalg_traffic_key(const struct atcp_aoalg *alg, const u8 *key, unsigned int len,
			   const struct atcp_segmac_flow *f, u8 *out);
int atcp_aoalg_sum(const struct atcp_aoalg *alg, const u8 *tkey,
		   const struct atcp_segmac_seg *s, u8 *out);

void atcp_aoalg_exit(void);

#endif /* _ATCP_AOALG_H */
