/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What struct tcp_info of newer kernels has beyond that of 6.1: programs ask for as much as
 * they know of, whatever the kernel is.
 */
#ifndef _ATCP_COMPAT_TCPINFO_H
#define _ATCP_COMPAT_TCPINFO_H

#include <linux/stddef.h>
#include <linux/tcp.h>
#include <linux/version.h>
#include <net/netlink.h>

/**
 * struct atcp_compat_tcp_info_more - what follows tcpi_snd_wnd, of Linux 7.0
 * @rcv_wnd: RCV.WND, bytes
 * @rehash: how often timeouts have chosen another path
 * @total_rto: timeouts
 * @total_rto_recoveries: times that it came to them
 * @total_rto_time: how long that took, ms
 * @received_ce: marked packets that came
 * @delivered_e1_bytes: bytes that arrived as ECT(1), by accurate ECN
 * @delivered_e0_bytes: the same of ECT(0)
 * @delivered_ce_bytes: the same of CE
 * @received_e1_bytes: bytes that came as ECT(1)
 * @received_e0_bytes: the same of ECT(0)
 * @received_ce_bytes: the same of CE
 * @ecn_mode: which ECN is in use, TCPI_ECN_MODE_*
 * @accecn_opt_seen: of accurate ECN's option, TCP_ACCECN_OPT_*
 * @accecn_fail_mode: what does not come through, TCP_ACCECN_*_FAIL_*
 * @options2: 0
 */
struct atcp_compat_tcp_info_more {
	__u32	rcv_wnd;
	__u32	rehash;
	__u16	total_rto;
	__u16	total_rto_recoveries;
	__u32	total_rto_time;
	__u32	received_ce;
	__u32	delivered_e1_bytes;
	__u32	delivered_e0_bytes;
	__u32	delivered_ce_bytes;
	__u32	received_e1_bytes;
	__u32	received_e0_bytes;
	__u32	received_ce_bytes;
	__u32	ecn_mode:2,
		accecn_opt_seen:2,
		accecn_fail_mode:4,
		options2:24;
};

/* struct tcp_info as a program may know it. */
union atcp_compat_tcp_info {
	struct tcp_info	info;
	struct {
		__u8					before[offsetofend(struct tcp_info,
									   tcpi_snd_wnd)];
		struct atcp_compat_tcp_info_more	more;
	};
};

/* The attribute of SCM_TIMESTAMPING_OPT_STATS that came with 6.2. */
static inline void atcp_compat_nla_rehash(struct sk_buff *skb, u32 rehashed)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	nla_put_u32(skb, TCP_NLA_REHASH, rehashed);
#endif
}

#define ATCP_COMPAT_ECN_MODE_DISABLED	0
#define ATCP_COMPAT_ECN_MODE_RFC3168	1
#define ATCP_COMPAT_ECN_MODE_ACCECN	2
#define ATCP_COMPAT_ECN_MODE_PENDING	3

#endif /* _ATCP_COMPAT_TCPINFO_H */
