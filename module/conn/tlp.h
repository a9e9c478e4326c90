/* SPDX-License-Identifier: GPL-2.0 */
/* Tail loss probes (RFC 8985 section 7). */
#ifndef _ATCP_TLP_H
#define _ATCP_TLP_H

#include <linux/types.h>

struct sock;
struct atcp_news;

/* The probe timeout: sends a new segment if there is one, else the last one again. */
void atcp_tlp_timeout(struct sock *sk);

/* An ACK with number @ack while a probe is out: was something lost that it has repaired? */
void atcp_tlp_ack(struct sock *sk, u32 ack, const struct atcp_news *news);

#endif /* _ATCP_TLP_H */
