// SPDX-License-Identifier: GPL-2.0
/* Fast open (RFC 7413) as programs see it: connecting by sendmsg(2), and the options. */
#include "socket/fastopen.h"

#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/inet_sock.h>
#include <net/sock.h>

#include "compat/proto.h"
#include "output/output.h"
#include "socket/connect.h"
#include "state/conn/sock.h"
#include "state/listen/fastopen.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/shared/trace.h"

static int atcp_fastopen_bits(const struct sock *sk)
{
	return READ_ONCE(atcp_net_get(sock_net(sk))->sysctl.fastopen);
}

/* The SYN that connect(2) put off. */
static int atcp_fastopen_late(struct sock *sk)
{
	int err = atcp_output_connect(sk);

	if (err)
		atcp_connect_failed(sk);
	return err;
}

static int atcp_fastopen_first(struct sock *sk, struct sockaddr *addr, int len)
{
	int err;

	if (sk->sk_state != TCP_CLOSE)
		return -EISCONN;
	if (!addr)
		return -EINVAL;
	err = sk->sk_family == AF_INET6 ? atcp_connect_pre_v6(sk, addr, len) :
					  atcp_connect_pre_v4(sk, addr, len);
	return err ?: atcp_connect_start(sk, addr, len);
}

/* What connect(2) does, up to the waiting: -EINPROGRESS, or why not. */
static int atcp_fastopen_begin(struct sock *sk, struct sockaddr *addr, int len)
{
	struct socket *sock = sk->sk_socket;
	int err;

	switch (sock->state) {
	case SS_UNCONNECTED:
		err = atcp_fastopen_first(sk, addr, len);
		if (err)
			return err;
		sock->state = SS_CONNECTING;
		return -EINPROGRESS;
	case SS_CONNECTING:
		if (!ATCP_COMPAT_DEFER_TEST(sk))
			return -EALREADY;
		ATCP_COMPAT_DEFER_CLEAR(sk);
		return atcp_fastopen_late(sk) ?: -EINPROGRESS;
	case SS_CONNECTED:
		return -EISCONN;
	default:
		return -EINVAL;
	}
}

int atcp_fastopen_sendmsg(struct sock *sk, struct msghdr *msg, size_t size, size_t *copied)
{
	struct atcp_fastopen_syn syn = { .msg = msg, .size = size };
	struct sockaddr *addr = msg->msg_name;
	struct atcp_sock *as = atcp_sk(sk);
	long timeo;
	int err;

	if (!(atcp_fastopen_bits(sk) & ATCP_FASTOPEN_CLIENT) ||
	    (addr && msg->msg_namelen >= sizeof(addr->sa_family) &&
	     addr->sa_family == AF_UNSPEC))
		return -EOPNOTSUPP;

	/* Of use to the SYN alone, that goes now or never. */
	as->fo.syn = &syn;
	err = atcp_fastopen_begin(sk, addr, msg->msg_namelen);
	as->fo.syn = NULL;
	*copied = syn.copied;
	if (err != -EINPROGRESS && err != -EALREADY)
		return err;

	timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	if (timeo && (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		int wait = sk_stream_wait_connect(sk, &timeo);

		if (wait)
			return wait == -EAGAIN ? err : wait;
	}
	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		return err;
	if (sk->sk_state == TCP_CLOSE) {
		sk->sk_socket->state = SS_UNCONNECTED;
		return sock_error(sk) ?: -ECONNABORTED;
	}
	sk->sk_socket->state = SS_CONNECTED;
	return 0;
}

/* TCP_FASTOPEN_CONNECT, and a SYN may have data: the first sendmsg(2) sends it. */
static bool atcp_fastopen_put_off(struct sock *sk)
{
	struct atcp_fastopen_cookie cookie;
	u16 mss;

	return atcp_sk(sk)->fo.connect && !atcp_sk(sk)->fo.syn &&
	       atcp_fastopen_cookie(sk, &cookie, &mss);
}

int atcp_fastopen_connect(struct sock *sk)
{
	struct atcp_fastopen_syn none = { };
	struct atcp_sock *as = atcp_sk(sk);
	int err;

	if (atcp_fastopen_put_off(sk)) {
		ATCP_COMPAT_DEFER_SET(sk);
		return 0;
	}
	/* Then it asks for a cookie at least. */
	if (as->fo.connect && !as->fo.syn)
		as->fo.syn = &none;
	err = atcp_output_connect(sk);
	as->fo.syn = NULL;
	return err;
}

bool atcp_fastopen_passive(const struct sock *sk)
{
	return inet_sk_state_load(sk) == TCP_SYN_RECV && READ_ONCE(atcp_sk(sk)->fo.lsk);
}

int atcp_fastopen_set_qlen(struct sock *sk, int val)
{
	struct atcp_knob_turn turn = atcp_knob_before(sk, ATCP_KNOB_FASTOPEN);
	struct atcp_net *an = atcp_net_get(sock_net(sk));

	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return -EINVAL;
	WRITE_ONCE(atcp_sk(sk)->fo.max_qlen,
		   min_t(unsigned int, val, READ_ONCE(an->sysctl.somaxconn)));
	atcp_knob_yield(sk, &turn);
	return 0;
}

int atcp_fastopen_get_qlen(struct sock *sk)
{
	return atcp_sk(sk)->fo.max_qlen;
}

int atcp_fastopen_set_connect(struct sock *sk, int val)
{
	if (!(atcp_fastopen_bits(sk) & ATCP_FASTOPEN_CLIENT))
		return -EOPNOTSUPP;
	if (sk->sk_state != TCP_CLOSE)
		return -EINVAL;
	atcp_sk(sk)->fo.connect = val;
	return 0;
}

int atcp_fastopen_get_connect(struct sock *sk)
{
	return atcp_sk(sk)->fo.connect;
}

int atcp_fastopen_set_no_cookie(struct sock *sk, int val)
{
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return -EINVAL;
	atcp_sk(sk)->fo.no_cookie = val;
	return 0;
}

int atcp_fastopen_get_no_cookie(struct sock *sk)
{
	return atcp_sk(sk)->fo.no_cookie;
}

int atcp_fastopen_set_key(struct sock *sk, sockptr_t optval, unsigned int optlen)
{
	u8 bytes[ATCP_FASTOPEN_KEYS_LEN];
	struct atcp_fastopen_keys was, keys;
	int err;

	if (optlen != ATCP_FASTOPEN_KEY_LEN && optlen != ATCP_FASTOPEN_KEYS_LEN)
		return -EINVAL;
	if (copy_from_sockptr(bytes, optval, optlen))
		return -EFAULT;
	atcp_fastopen_keys_load(&keys, bytes, optlen);
	atcp_fastopen_own_keys(sk, &was);
	err = atcp_fastopen_set_keys(sk, &keys);
	if (!err && inet_sk_state_load(sk) == TCP_LISTEN && !atcp_fastopen_keys_same(&was, &keys))
		atcp_listener_rekeyed(atcp_lst(sk));
	memzero_explicit(bytes, sizeof(bytes));
	memzero_explicit(&was, sizeof(was));
	memzero_explicit(&keys, sizeof(keys));
	return err;
}

int atcp_fastopen_get_key(struct sock *sk, char __user *optval, int __user *optlen)
{
	u8 bytes[ATCP_FASTOPEN_KEYS_LEN];
	struct atcp_fastopen_keys keys;
	unsigned int size;
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	atcp_fastopen_own_keys(sk, &keys);
	size = atcp_fastopen_keys_store(&keys, bytes);
	size = min_t(unsigned int, len, size);
	if (put_user(size, optlen) || copy_to_user(optval, bytes, size))
		return -EFAULT;
	return 0;
}
