// SPDX-License-Identifier: GPL-2.0
/* What TCP_INFO says: the fields that follow from what was done. */
#include "sockapi.h"

#include <errno.h>
#include <linux/tcp.h>
#include <string.h>
#include <unistd.h>

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO");
	return info;
}

static void note_info(struct api *api, const char *what, int fd)
{
	struct tcp_info i = info_of(fd);

	note(api, "%s: state=%u ca=%u rexmt=%u probes=%u backoff=%u opt=%#x ",
	     what, i.tcpi_state, i.tcpi_ca_state, i.tcpi_retransmits,
	     i.tcpi_probes, i.tcpi_backoff, i.tcpi_options);
	note(api, "wscale=%d/%d unacked=%u sacked=%u lost=%u retrans=%u/%u ",
	     i.tcpi_snd_wscale > 0, i.tcpi_rcv_wscale > 0, i.tcpi_unacked,
	     i.tcpi_sacked, i.tcpi_lost, i.tcpi_retrans, i.tcpi_total_retrans);
}

static void info_states(struct api *api)
{
	struct api_pair p;

	note_info(api, "fresh", api_socket(api, 0));
	api_pair(api, &p);
	api_tick();
	note_info(api, "client", p.client);
	note_info(api, "server", p.server);
}

static void info_listener(struct api *api)
{
	union addr addr;
	int fd = api_listener(api, &addr, 7);
	struct tcp_info info = info_of(fd);

	note(api, "state=%u queued=%u limit=%u ", info.tcpi_state,
	     info.tcpi_unacked, info.tcpi_sacked);
	api_connect(api, &addr);
	api_connect(api, &addr);
	note_poll(api, "ready", fd, 1);
	api_tick();
	info = info_of(fd);
	note(api, "state=%u queued=%u limit=%u ", info.tcpi_state,
	     info.tcpi_unacked, info.tcpi_sacked);
}

static void info_traffic(struct api *api)
{
	static char block[1000];
	struct tcp_info info;
	struct api_pair p;
	int i;

	api_pair(api, &p);
	for (i = 0; i < 10; i++)
		send(p.client, block, sizeof(block), 0);
	api_wait_in(p.server, 10 * sizeof(block));
	for (i = 0; i < 1000 && info_of(p.client).tcpi_unacked; i++)
		usleep(5000);
	info = info_of(p.client);
	note(api, "acked=%llu received=%llu ",
	     (unsigned long long)info.tcpi_bytes_acked,
	     (unsigned long long)info.tcpi_bytes_received);
	note(api, "sent=%llu retrans=%llu out=%u ",
	     (unsigned long long)info.tcpi_bytes_sent,
	     (unsigned long long)info.tcpi_bytes_retrans,
	     info.tcpi_notsent_bytes);
	note(api, "segs=%d/%d data=%d/%u ", info.tcpi_segs_out >= 3,
	     info.tcpi_segs_in >= 2, info.tcpi_data_segs_out > 0,
	     info.tcpi_data_segs_in);
	note(api, "rtt=%d var=%d rto=%d min=%d ", info.tcpi_rtt > 0,
	     info.tcpi_rttvar > 0, info.tcpi_rto >= 200000,
	     info.tcpi_min_rtt < 1000000);
	note(api, "mss=%d/%d advmss=%u pmtu=%u ", info.tcpi_snd_mss >= 1000,
	     info.tcpi_rcv_mss > 0, info.tcpi_advmss, info.tcpi_pmtu);
	note(api, "cwnd=%d ssthresh=%d reord=%u rcvspace=%d wnd=%d ",
	     info.tcpi_snd_cwnd >= 10, info.tcpi_snd_ssthresh > 0,
	     info.tcpi_reordering, info.tcpi_rcv_space > 0, info.tcpi_snd_wnd > 0);
	info = info_of(p.server);
	note(api, "received=%llu in=%d last=%d ",
	     (unsigned long long)info.tcpi_bytes_received,
	     info.tcpi_data_segs_in > 0, info.tcpi_last_data_recv < 60000);
}

static void info_lengths(struct api *api)
{
	unsigned char raw[512];
	socklen_t len;
	int fd = api_socket(api, 0);
	static const socklen_t sizes[] = { 0, 1, 8, 104, 232, 512 };
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		len = sizes[i];
		note_call(api, "info", getsockopt(fd, IPPROTO_TCP, TCP_INFO, raw,
						  &len));
		/* How much there is depends on the kernel, and atcp has the newest one's. */
		if (len < sizes[i] && len >= 232)
			note(api, "len=all ");
		else
			note(api, "len=%u ", len);
	}
	note_call(api, "set", setsockopt(fd, IPPROTO_TCP, TCP_INFO, raw, 4));
}

const struct api_case api_info_cases[] = {
	{ "fresh and connected", info_states },
	{ "a listener's queue and limit", info_listener },
	{ "after traffic", info_traffic },
	{ "lengths", info_lengths },
	{ NULL, NULL },
};
