// SPDX-License-Identifier: GPL-2.0
/* TCP-AO's options (TCP_AO_*) as programs set and get them, with Linux's structs and errnos. */
#include "socket/aoopt.h"

#include <linux/capability.h>
#include <linux/err.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netdevice.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/sock.h>

#include "output/xmit.h"
#include "state/conn/auth.h"
#include "state/shared/log.h"

#define ATCP_AOOPT_MAC	12	/* bytes of MAC, where none is said (RFC 5926 section 3.2) */
#define ATCP_AOOPT_MORE	4096	/* the most by which a program's struct is longer than ours */

/* Are the @len bytes from @off on zeros? 0, -E2BIG or -EFAULT. */
static int atcp_aoopt_zeros(sockptr_t optval, size_t off, size_t len)
{
	u8 part[64];

	if (len > ATCP_AOOPT_MORE)
		return -E2BIG;
	while (len) {
		size_t n = min(len, sizeof(part));

		if (copy_from_sockptr_offset(part, optval, off, n))
			return -EFAULT;
		if (memchr_inv(part, 0, n))
			return -E2BIG;
		off += n;
		len -= n;
	}
	return 0;
}

int atcp_aoopt_read(void *to, size_t size, sockptr_t optval, unsigned int len)
{
	int err;

	memset(to, 0, size);
	if (copy_from_sockptr(to, optval, min_t(size_t, len, size)))
		return -EFAULT;
	err = len > size ? atcp_aoopt_zeros(optval, size, len - size) : 0;
	if (err)
		memzero_explicit(to, size);
	return err;
}

int atcp_aoopt_addr(const struct __kernel_sockaddr_storage *from, struct in6_addr *addr,
		    u8 *prefix)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
	const struct sockaddr_in *four = (const struct sockaddr_in *)from;
	struct in6_addr net;
	bool any, v4;
	u8 skip;

	if (from->ss_family == AF_INET)
		ipv6_addr_set_v4mapped(four->sin_addr.s_addr, addr);
	else if (from->ss_family == AF_INET6)
		*addr = six->sin6_addr;
	else
		return -EAFNOSUPPORT;
	/* sin_port and sin6_port are in one place. Keys are for all ports. */
	if (four->sin_port)
		return -EINVAL;
	v4 = ipv6_addr_v4mapped(addr);
	any = v4 ? !addr->s6_addr32[3] : ipv6_addr_any(addr);
	/* All peers have one name: a mapped address is of IPv4's only with a prefix. */
	if (!*prefix && (!any || (v4 && from->ss_family == AF_INET6)))
		return -EINVAL;
	if (*prefix && (any || *prefix > (v4 ? 32 : 128)))
		return -EINVAL;
	skip = v4 ? 96 : 0;
	*prefix += skip;
	ipv6_addr_prefix(&net, addr, *prefix);
	return ipv6_addr_equal(&net, addr) ? 0 : -EINVAL;
}

/* Whose key it is and what it is called, of a socket that may have a peer: 0 or -EINVAL. */
static int atcp_aoopt_peers(const struct sock *sk, const struct tcp_ao_add *cmd,
			    struct atcp_ao_key *key)
{
	if (cmd->addr.ss_family != sk->sk_family)
		return -EINVAL;
	key->sndid = cmd->sndid;
	key->rcvid = cmd->rcvid;
	key->prefix = cmd->prefix;
	if (atcp_aoopt_addr(&cmd->addr, &key->addr, &key->prefix))
		return -EINVAL;
	if (!cmd->prefix || ipv6_addr_any(&sk->sk_v6_daddr) || !inet_sk(sk)->inet_dport)
		return 0;
	return ipv6_addr_v4mapped(&key->addr) == ipv6_addr_v4mapped(&sk->sk_v6_daddr) &&
	       ipv6_prefix_equal(&key->addr, &sk->sk_v6_daddr, key->prefix) ? 0 : -EINVAL;
}

/* In which VRF: 0 or -EINVAL. */
static int atcp_aoopt_device(const struct sock *sk, const struct tcp_ao_add *cmd,
			     struct atcp_ao_key *key)
{
	int bound = READ_ONCE(sk->sk_bound_dev_if);
	struct net_device *dev;

	if (cmd->keyflags & ~(TCP_AO_KEYF_IFINDEX | TCP_AO_KEYF_EXCLUDE_OPT))
		return -EINVAL;
	key->flags = cmd->keyflags;
	if (!cmd->ifindex)
		return 0;
	if (!(cmd->keyflags & TCP_AO_KEYF_IFINDEX))
		return -EINVAL;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(sock_net(sk), cmd->ifindex);
	if (dev && netif_is_l3_master(dev))
		key->l3index = dev->ifindex;
	rcu_read_unlock();
	if (!key->l3index)
		return -EINVAL;
	/* A connection's keys are all for its peer. A socket may yet be bound to another device. */
	if (bound != cmd->ifindex && !((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE)))
		return -EINVAL;
	if (bound && bound != cmd->ifindex)
		atcp_log_info(atcp_sock_net(sk), EVENT,
			      "AO key is for device %d, the socket is bound to %d\n",
			      cmd->ifindex, bound);
	return 0;
}

/* The secret and what is made of it: 0 or -errno. */
static int atcp_aoopt_secret(struct tcp_ao_add *cmd, struct atcp_ao_key *key)
{
	int err;

	cmd->alg_name[sizeof(cmd->alg_name) - 1] = 0;
	key->alg = atcp_aoalg_find(cmd->alg_name, cmd->keylen);
	if (!key->alg)
		return -ENOENT;
	key->mac = cmd->maclen ?: ATCP_AOOPT_MAC;
	/* With the largest of the other options in a SYN. */
	if (atcp_opts_ao_len(key->mac) > ATCP_OPTS_AO_MAX)
		return -EMSGSIZE;
	if (key->mac > atcp_aoalg_digest(key->alg))
		return -EINVAL;
	err = atcp_aoalg_begin(key->alg);
	if (err)
		return err;
	err = atcp_aoalg_master(key->alg, cmd->key, cmd->keylen, key->key);
	if (err < 0)
		return err;
	key->len = err;
	return 0;
}

/* May the socket have a key now? The first one of a connection would come too late. */
static int atcp_aoopt_in_time(const struct sock *sk)
{
	if ((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE) || atcp_ao_any(sk) ||
	    atcp_sk(sk)->ask.repair)
		return 0;
	return -EISCONN;
}

/* The option has to find room, or leaves some. */
static void atcp_aoopt_changed(struct sock *sk)
{
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		atcp_xmit_sync_mss(sk, atcp_sk(sk)->pmtu);
}

static int atcp_aoopt_add_like(struct sock *sk, const struct tcp_ao_add *cmd,
			       const struct atcp_ao_key *like)
{
	bool fresh = !atcp_ao_any(sk);
	struct atcp_ao *ao = atcp_ao_begin(sk);
	struct atcp_ao_key *key;

	if (!ao)
		return -ENOMEM;
	key = atcp_ao_add(sk, ao, like);
	if (IS_ERR(key)) {
		if (fresh)
			atcp_ao_forget(sk);
		return PTR_ERR(key);
	}
	if (cmd->set_current)
		WRITE_ONCE(ao->current_key, key);
	if (cmd->set_rnext)
		WRITE_ONCE(ao->rnext_key, key);
	atcp_aoopt_changed(sk);
	return 0;
}

static int atcp_aoopt_add_key(struct sock *sk, struct tcp_ao_add *cmd, struct atcp_ao_key *key)
{
	int err = atcp_aoopt_in_time(sk) ?: atcp_aoopt_peers(sk, cmd, key);

	if (err)
		return err;
	if ((cmd->set_current || cmd->set_rnext) && sk->sk_state == TCP_LISTEN)
		return -EINVAL;
	err = atcp_aoopt_device(sk, cmd, key);
	if (err)
		return err;
	/* A peer has keys of one kind. */
	if (atcp_md5_match(sk, &key->addr, key->flags & TCP_AO_KEYF_IFINDEX ? key->l3index : -1))
		return -EKEYREJECTED;
	err = atcp_aoopt_secret(cmd, key);
	return err ?: atcp_aoopt_add_like(sk, cmd, key);
}

static int atcp_aoopt_add(struct sock *sk, struct tcp_ao_add *cmd)
{
	struct atcp_ao_key *key;
	int err;

	if (cmd->keylen > TCP_AO_MAXKEYLEN || cmd->reserved || cmd->reserved2)
		return -EINVAL;
	key = kzalloc(sizeof(*key), GFP_KERNEL);
	if (!key)
		return -ENOMEM;
	err = atcp_aoopt_add_key(sk, cmd, key);
	kfree_sensitive(key);
	return err;
}

/* The keys that are to be used from now on: 0, or -ENOENT. */
static int atcp_aoopt_chosen(const struct atcp_ao *ao, int current_id, int rnext_id,
			     struct atcp_ao_key **current_key, struct atcp_ao_key **rnext_key)
{
	*current_key = current_id < 0 ? NULL : atcp_ao_by_id(ao, current_id, -1);
	*rnext_key = rnext_id < 0 ? NULL : atcp_ao_by_id(ao, -1, rnext_id);
	return (current_id >= 0 && !*current_key) || (rnext_id >= 0 && !*rnext_key) ? -ENOENT : 0;
}

/* The key that is meant, but not one that is to be used instead of it; or NULL. */
static struct atcp_ao_key *atcp_aoopt_meant(const struct atcp_ao *ao, const struct tcp_ao_del *cmd,
					    const struct in6_addr *addr, u8 prefix,
					    const struct atcp_ao_key *a,
					    const struct atcp_ao_key *b)
{
	struct atcp_ao_key *key;

	hlist_for_each_entry(key, &ao->keys, node)
		if (key->sndid == cmd->sndid && key->rcvid == cmd->rcvid &&
		    key->prefix == prefix && ipv6_addr_equal(&key->addr, addr) &&
		    (key->flags & TCP_AO_KEYF_IFINDEX) == cmd->keyflags &&
		    key->l3index == cmd->ifindex && key != a && key != b)
			return key;
	return NULL;
}

static int atcp_aoopt_del(struct sock *sk, struct tcp_ao_del *cmd)
{
	struct atcp_ao_key *key, *current_key, *rnext_key;
	struct in6_addr addr;
	u8 prefix = cmd->prefix;
	struct atcp_ao *ao;
	int err;

	if (cmd->reserved || cmd->reserved2)
		return -EINVAL;
	if ((cmd->set_current || cmd->set_rnext) && sk->sk_state == TCP_LISTEN)
		return -EINVAL;
	if (cmd->keyflags & ~TCP_AO_KEYF_IFINDEX ||
	    (cmd->ifindex && !(cmd->keyflags & TCP_AO_KEYF_IFINDEX)))
		return -EINVAL;
	err = atcp_aoopt_in_time(sk);
	if (err)
		return err;
	ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	if (!ao)
		return -ENOENT;
	err = atcp_aoopt_chosen(ao, cmd->set_current ? cmd->current_key : -1,
				cmd->set_rnext ? cmd->rnext : -1, &current_key, &rnext_key);
	if (err)
		return err;
	if (cmd->del_async && sk->sk_state != TCP_LISTEN)
		return -EINVAL;
	if (((const struct sockaddr_in *)&cmd->addr)->sin_port)
		return -EINVAL;
	/* As with Linux, it is the socket's family, whatever the address says. */
	cmd->addr.ss_family = sk->sk_family;
	if (atcp_aoopt_addr(&cmd->addr, &addr, &prefix))
		return -ENOENT;
	key = atcp_aoopt_meant(ao, cmd, &addr, prefix, current_key, rnext_key);
	if (!key)
		return -ENOENT;
	err = atcp_ao_del(sk, ao, key, current_key, rnext_key, cmd->del_async);
	atcp_aoopt_changed(sk);
	return err;
}

static int atcp_aoopt_set_info(struct sock *sk, const struct tcp_ao_info_opt *cmd)
{
	struct atcp_ao_key *current_key, *rnext_key;
	struct atcp_ao *ao;
	int err;

	if (cmd->reserved || cmd->reserved2)
		return -EINVAL;
	if ((cmd->set_current || cmd->set_rnext) && sk->sk_state == TCP_LISTEN)
		return -EINVAL;
	err = atcp_aoopt_in_time(sk);
	if (err)
		return err;
	ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	if (!ao && !((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE)))
		return -EINVAL;
	if (cmd->ao_required && atcp_md5_keyed(sk))
		return -EKEYREJECTED;
	/* There is none to choose of. */
	if (!ao && (cmd->set_current || cmd->set_rnext))
		return -ENOENT;
	ao = atcp_ao_begin(sk);
	if (!ao)
		return -ENOMEM;
	err = atcp_aoopt_chosen(ao, cmd->set_current ? cmd->current_key : -1,
				cmd->set_rnext ? cmd->rnext : -1, &current_key, &rnext_key);
	if (err)
		return err;
	if (cmd->set_counters) {
		atomic64_set(&ao->good, cmd->pkt_good);
		atomic64_set(&ao->bad, cmd->pkt_bad);
		atomic64_set(&ao->key_not_found, cmd->pkt_key_not_found);
		atomic64_set(&ao->missing, cmd->pkt_ao_required);
		atomic64_set(&ao->icmps, cmd->pkt_dropped_icmp);
	}
	WRITE_ONCE(ao->required, cmd->ao_required);
	WRITE_ONCE(ao->accept_icmps, cmd->accept_icmps);
	if (current_key)
		WRITE_ONCE(ao->current_key, current_key);
	if (rnext_key)
		WRITE_ONCE(ao->rnext_key, rnext_key);
	return 0;
}

/* Who may, and only while it is repaired. */
static int atcp_aoopt_may_repair(const struct sock *sk)
{
	return ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN) && sk->sk_state != TCP_LISTEN &&
	       atcp_sk(sk)->ask.repair ? 0 : -EPERM;
}

/* ISNs and extensions of a connection that was elsewhere: the extensions of SND.UNA and RCV.NXT. */
static int atcp_aoopt_set_repair(struct sock *sk, const struct tcp_ao_repair *cmd)
{
	const struct atcp_sock *as = atcp_sk(sk);
	int err = atcp_aoopt_may_repair(sk);
	struct atcp_ao *ao;

	if (err)
		return err;
	ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	if (!ao)
		return -ENOENT;
	ao->lisn = ntohl(cmd->snt_isn);
	ao->risn = ntohl(cmd->rcv_isn);
	atomic64_set(&ao->snd, (u64)cmd->snd_sne << 32 | as->snd_una);
	atomic64_set(&ao->rcv, (u64)cmd->rcv_sne << 32 | as->rcv_nxt);
	if (sk->sk_state != TCP_CLOSE)
		atcp_ao_make_traffic_keys(sk, ao);
	return 0;
}

/* What a program gives, by option. */
union atcp_aoopt_cmd {
	struct tcp_ao_add	add;
	struct tcp_ao_del	del;
	struct tcp_ao_info_opt	info;
	struct tcp_ao_repair	repair;
};

static size_t atcp_aoopt_size(int optname)
{
	switch (optname) {
	case TCP_AO_ADD_KEY:
		return sizeof(struct tcp_ao_add);
	case TCP_AO_DEL_KEY:
		return sizeof(struct tcp_ao_del);
	case TCP_AO_INFO:
		return sizeof(struct tcp_ao_info_opt);
	default:
		return sizeof(struct tcp_ao_repair);
	}
}

static int atcp_aoopt_set_locked(struct sock *sk, int optname, union atcp_aoopt_cmd *cmd)
{
	switch (optname) {
	case TCP_AO_ADD_KEY:
		return atcp_aoopt_add(sk, &cmd->add);
	case TCP_AO_DEL_KEY:
		return atcp_aoopt_del(sk, &cmd->del);
	case TCP_AO_INFO:
		return atcp_aoopt_set_info(sk, &cmd->info);
	default:
		return atcp_aoopt_set_repair(sk, &cmd->repair);
	}
}

int atcp_aoopt_set(struct sock *sk, int optname, sockptr_t optval, unsigned int optlen)
{
	size_t size = atcp_aoopt_size(optname);
	union atcp_aoopt_cmd cmd;
	int err;

	if (optlen < size)
		return -EINVAL;
	err = atcp_aoopt_read(&cmd, size, optval, optlen);
	if (err)
		return err;
	lock_sock(sk);
	err = atcp_aoopt_set_locked(sk, optname, &cmd);
	release_sock(sk);
	memzero_explicit(&cmd, size);
	return err;
}

static int atcp_aoopt_get_info(struct sock *sk, char __user *optval, int len)
{
	const struct atcp_ao_key *current_key;
	struct tcp_ao_info_opt out;
	struct atcp_ao *ao;
	int err;

	if (!len)
		return -EINVAL;
	err = atcp_aoopt_read(&out, sizeof(out), USER_SOCKPTR(optval), len);
	if (err)
		return err;
	if (out.reserved || out.reserved2)
		return -EINVAL;
	ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	if (!ao)
		return -ENOENT;
	memset(&out, 0, sizeof(out));
	out.ao_required = ao->required;
	out.accept_icmps = ao->accept_icmps;
	out.pkt_good = atomic64_read(&ao->good);
	out.pkt_bad = atomic64_read(&ao->bad);
	out.pkt_key_not_found = atomic64_read(&ao->key_not_found);
	out.pkt_ao_required = atomic64_read(&ao->missing);
	out.pkt_dropped_icmp = atomic64_read(&ao->icmps);
	current_key = READ_ONCE(ao->current_key);
	if (current_key) {
		out.set_current = 1;
		out.current_key = current_key->sndid;
	}
	if (ao->rnext_key) {
		out.set_rnext = 1;
		out.rnext = ao->rnext_key->rcvid;
	}
	return copy_to_user(optval, &out, min_t(size_t, len, sizeof(out))) ? -EFAULT : 0;
}

static int atcp_aoopt_get_repair(struct sock *sk, char __user *optval, int len)
{
	struct tcp_ao_repair out = { };
	struct atcp_ao *ao;
	int err = atcp_aoopt_may_repair(sk);

	if (err)
		return err;
	if (!len)
		return -EINVAL;
	ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	if (!ao)
		return -ENOENT;
	atcp_ao_follow(sk, ao);
	out.snt_isn = htonl(ao->lisn);
	out.rcv_isn = htonl(ao->risn);
	out.snd_sne = atomic64_read(&ao->snd) >> 32;
	out.rcv_sne = atomic64_read(&ao->rcv) >> 32;
	return copy_to_user(optval, &out, min_t(size_t, len, sizeof(out))) ? -EFAULT : 0;
}

int atcp_aoopt_get(struct sock *sk, int optname, char __user *optval, int __user *optlen)
{
	int len, err;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	lock_sock(sk);
	switch (optname) {
	case TCP_AO_GET_KEYS:
		err = atcp_aokeys_get(sk, optval, optlen);
		break;
	case TCP_AO_REPAIR:
		err = atcp_aoopt_get_repair(sk, optval, len);
		break;
	default:
		err = atcp_aoopt_get_info(sk, optval, len);
		break;
	}
	release_sock(sk);
	return err;
}
