// SPDX-License-Identifier: GPL-2.0
/* TCP_MD5SIG and TCP_MD5SIG_EXT as programs set them, with Linux's structs and errnos. */
#include "socket/md5opt.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/sock.h>

#include "output/xmit.h"
#include "state/conn/ao.h"
#include "state/conn/md5.h"

/* Whose key it is: 0 or -EINVAL. */
static int atcp_md5opt_addr(const struct sock *sk, const struct tcp_md5sig *cmd, bool ext,
			    struct atcp_md5_key *key)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&cmd->tcpm_addr;
	const struct sockaddr_in *four = (const struct sockaddr_in *)&cmd->tcpm_addr;
	bool v4;

	if (cmd->tcpm_addr.ss_family != sk->sk_family)
		return -EINVAL;
	if (sk->sk_family == AF_INET)
		ipv6_addr_set_v4mapped(four->sin_addr.s_addr, &key->addr);
	else
		key->addr = six->sin6_addr;
	v4 = ipv6_addr_v4mapped(&key->addr);
	key->prefix = 128;
	if (ext && (cmd->tcpm_flags & TCP_MD5SIG_FLAG_PREFIX)) {
		if (cmd->tcpm_prefixlen > (v4 ? 32 : 128))
			return -EINVAL;
		key->prefix = cmd->tcpm_prefixlen + (v4 ? 96 : 0);
	}
	return 0;
}

/* In which VRF: 0 or -EINVAL. */
static int atcp_md5opt_device(const struct sock *sk, const struct tcp_md5sig *cmd, bool ext,
			      struct atcp_md5_key *key)
{
	struct net_device *dev;

	key->bound = ext && (cmd->tcpm_flags & TCP_MD5SIG_FLAG_IFINDEX);
	if (!key->bound || !cmd->tcpm_ifindex)
		return 0;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(sock_net(sk), cmd->tcpm_ifindex);
	if (dev && netif_is_l3_master(dev))
		key->l3index = dev->ifindex;
	rcu_read_unlock();
	return key->l3index ? 0 : -EINVAL;
}

int atcp_md5opt_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen)
{
	bool ext = optname == TCP_MD5SIG_EXT;
	struct atcp_md5_key key = { };
	struct tcp_md5sig cmd;
	int err;

	if (optlen < sizeof(cmd))
		return -EINVAL;
	if (copy_from_sockptr(&cmd, optval, sizeof(cmd)))
		return -EFAULT;
	err = atcp_md5opt_addr(sk, &cmd, ext, &key) ?: atcp_md5opt_device(sk, &cmd, ext, &key);
	if (err)
		goto out;
	err = -EINVAL;
	if (cmd.tcpm_keylen > TCP_MD5SIG_MAXKEYLEN)
		goto out;
	key.len = cmd.tcpm_keylen;
	memcpy(key.key, cmd.tcpm_key, key.len);
	err = key.len ? atcp_md5_begin() : 0;
	if (err)
		goto out;
	lock_sock(sk);
	/* A peer has keys of one kind. */
	if (key.len && atcp_ao_needed(sk, &key.addr, key.bound ? key.l3index : -1))
		err = -EKEYREJECTED;
	else
		err = atcp_md5_set(sk, &key);
	/* The option has to find room, or leaves some. */
	if (!err && !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		atcp_xmit_sync_mss(sk, atcp_sk(sk)->pmtu);
	release_sock(sk);
out:
	memzero_explicit(&cmd, sizeof(cmd));
	memzero_explicit(&key, sizeof(key));
	return err;
}
