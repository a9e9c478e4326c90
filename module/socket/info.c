// SPDX-License-Identifier: GPL-2.0
/* TCP_INFO: what a connection is like, in Linux's struct tcp_info. */
#include <linux/export.h>
#include <linux/tcp.h>
#include <net/sock.h>

#include "compat/tcpinfo.h"
#include "proto/ecn.h"
#include "proto/opts.h"
#include "socket/sockopt.h"
#include "state/conn/chrono.h"
#include "state/conn/sock.h"

static void atcp_info_options(const struct atcp_sock *as, struct tcp_info *info)
{
	if (as->ts_ok)
		info->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (as->sack_ok)
		info->tcpi_options |= TCPI_OPT_SACK;
	if (as->ecn.flags & (ATCP_ECN_OK | ATCP_ECN_ACC))
		info->tcpi_options |= TCPI_OPT_ECN;
	if (as->ecn.flags & ATCP_ECN_SEEN)
		info->tcpi_options |= TCPI_OPT_ECN_SEEN;
	if (as->fo.data_acked)
		info->tcpi_options |= TCPI_OPT_SYN_DATA;
	info->tcpi_fastopen_client_fail = as->fo.fail;
	if (as->wscale_ok) {
		info->tcpi_options |= TCPI_OPT_WSCALE;
		info->tcpi_snd_wscale = as->snd_wscale;
		info->tcpi_rcv_wscale = as->rcv_wscale;
	}
}

/* ms since @stamp, in jiffies; 0: it has not happened. */
static u32 atcp_info_ms(u32 now, u32 stamp)
{
	return stamp ? jiffies_to_msecs(now - stamp) : 0;
}

static void atcp_info_path(const struct atcp_sock *as, struct tcp_info *info)
{
	u32 now = (u32)jiffies;

	info->tcpi_rto = as->rto_us;
	info->tcpi_ato = jiffies_to_usecs(as->ato);
	info->tcpi_snd_mss = as->mss_cache;
	info->tcpi_rcv_mss = as->rcv_mss;
	/* Linux takes timestamps off what it has announced. */
	info->tcpi_advmss = as->advmss - (as->ts_ok ? ATCP_OPTS_TS_LEN : 0);
	info->tcpi_pmtu = as->pmtu;
	info->tcpi_rtt = as->rtt.srtt_us >> 3;
	info->tcpi_rttvar = as->rtt.mdev_us >> 2;
	info->tcpi_min_rtt = atcp_rtt_min_us(&as->rtt.min);
	info->tcpi_rcv_rtt = as->rcvq_space.rtt_us >> 3;
	info->tcpi_last_data_sent = atcp_info_ms(now, as->lsndtime);
	info->tcpi_last_data_recv = atcp_info_ms(now, as->lrcvtime);
	info->tcpi_last_ack_recv = atcp_info_ms(now, as->rcv_tstamp);
}

static void atcp_info_flight(const struct atcp_sock *as, struct tcp_info *info)
{
	info->tcpi_ca_state = as->ca_state;
	info->tcpi_retransmits = as->retransmits;
	info->tcpi_probes = as->probes_out;
	info->tcpi_backoff = as->backoff;
	info->tcpi_unacked = as->packets_out;
	info->tcpi_sacked = as->sacked_out;
	info->tcpi_lost = as->lost_out;
	info->tcpi_retrans = as->retrans_out;
	info->tcpi_snd_ssthresh = as->cong.ssthresh;
	info->tcpi_rcv_ssthresh = as->rcv_ssthresh;
	info->tcpi_rcv_space = as->rcvq_space.space;
	/* Until the third ACK that of a fast open has its SYN-ACK's number in it. */
	info->tcpi_snd_wnd = as->snd_wnd - !!as->fo.lsk;
	info->tcpi_notsent_bytes = max_t(int, 0, as->write_seq - as->snd_nxt);
}

static void atcp_info_figures(const struct atcp_sock *as, struct tcp_info *info)
{
	info->tcpi_total_retrans = as->total_retrans;
	/* With the SYN of an active open, as Linux counts. */
	info->tcpi_bytes_acked = as->bytes_acked +
		(!as->passive && info->tcpi_state != TCP_SYN_SENT && as->write_seq);
	info->tcpi_bytes_received = as->bytes_received;
	info->tcpi_bytes_sent = as->bytes_sent;
	info->tcpi_bytes_retrans = as->bytes_retrans;
	info->tcpi_segs_in = as->segs_in;
	info->tcpi_segs_out = as->segs_out;
	info->tcpi_data_segs_in = as->data_segs_in;
	info->tcpi_data_segs_out = as->data_segs_out;
	info->tcpi_delivered = as->delivered;
	info->tcpi_delivered_ce = as->delivered_ce;
	info->tcpi_reord_seen = as->reord_seen;
	info->tcpi_dsack_dups = as->dsack_dups;
	info->tcpi_rcv_ooopack = as->rcv_ooopack;
}

static void atcp_info_rates(const struct atcp_sock *as, struct tcp_info *info)
{
	info->tcpi_delivery_rate = atcp_rate_bytes(&as->rate, as->mss_cache);
	info->tcpi_delivery_rate_app_limited = as->rate.limited;
	info->tcpi_rwnd_limited = atcp_chrono_us(as, ATCP_CHRONO_RWND);
	info->tcpi_sndbuf_limited = atcp_chrono_us(as, ATCP_CHRONO_SNDBUF);
	info->tcpi_busy_time = atcp_chrono_us(as, ATCP_CHRONO_BUSY) + info->tcpi_rwnd_limited +
			       info->tcpi_sndbuf_limited;
}

/* What only newer kernels' structs have. */
static void atcp_info_ecn(const struct atcp_sock *as, struct atcp_compat_tcp_info_more *more)
{
	const struct atcp_accecn *a = &as->ecn.acc;

	more->rcv_wnd = as->rcv_wnd;
	more->total_rto = as->chrono.rtos;
	more->total_rto_recoveries = as->chrono.rto_recoveries;
	more->total_rto_time = atcp_chrono_rto_ms(as);
	more->rehash = as->ask.rehashed;
	more->received_ce = a->received_ce;
	more->delivered_e1_bytes = a->delivered[ATCP_ACCECN_E1];
	more->delivered_e0_bytes = a->delivered[ATCP_ACCECN_E0];
	more->delivered_ce_bytes = a->delivered[ATCP_ACCECN_CE];
	more->received_e1_bytes = a->received[ATCP_ACCECN_E1];
	more->received_e0_bytes = a->received[ATCP_ACCECN_E0];
	more->received_ce_bytes = a->received[ATCP_ACCECN_CE];
	more->accecn_opt_seen = a->opt_seen;
	more->accecn_fail_mode = a->fail;
	switch (as->ecn.flags & (ATCP_ECN_OK | ATCP_ECN_ACC)) {
	case ATCP_ECN_OK:
		more->ecn_mode = ATCP_COMPAT_ECN_MODE_RFC3168;
		break;
	case ATCP_ECN_ACC:
		more->ecn_mode = ATCP_COMPAT_ECN_MODE_ACCECN;
		break;
	case ATCP_ECN_OK | ATCP_ECN_ACC:
		more->ecn_mode = ATCP_COMPAT_ECN_MODE_PENDING;
		break;
	}
}

/**
 * atcp_info_fill() - describe a socket
 * @sk: the socket, not locked
 * @all: filled; what atcp does not keep stays 0
 */
void atcp_info_fill(struct sock *sk, union atcp_compat_tcp_info *all)
{
	const struct atcp_sock *as = atcp_sk(sk);
	struct tcp_info *info = &all->info;
	unsigned long rate;
	bool slow;

	memset(all, 0, sizeof(*all));
	info->tcpi_state = inet_sk_state_load(sk);
	rate = READ_ONCE(sk->sk_pacing_rate);
	info->tcpi_pacing_rate = rate == ~0UL ? ~0ULL : rate;
	rate = READ_ONCE(sk->sk_max_pacing_rate);
	info->tcpi_max_pacing_rate = rate == ~0UL ? ~0ULL : rate;
	info->tcpi_reordering = as->reordering;
	info->tcpi_snd_cwnd = as->cong.cwnd;

	if (info->tcpi_state == TCP_LISTEN) {
		/* Linux's aliases: connections that wait, and how many may. */
		info->tcpi_unacked = READ_ONCE(sk->sk_ack_backlog);
		info->tcpi_sacked = READ_ONCE(sk->sk_max_ack_backlog);
		return;
	}

	slow = lock_sock_fast(sk);
	atcp_info_options(as, info);
	atcp_info_path(as, info);
	atcp_info_flight(as, info);
	atcp_info_figures(as, info);
	atcp_info_rates(as, info);
	atcp_info_ecn(as, &all->more);
	unlock_sock_fast(sk, slow);
}
EXPORT_SYMBOL_GPL(atcp_info_fill);
