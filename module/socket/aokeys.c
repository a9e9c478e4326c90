// SPDX-License-Identifier: GPL-2.0
/* TCP_AO_GET_KEYS: the keys that a socket has for TCP-AO, all of them or those asked for. */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "socket/aoopt.h"
#include "state/conn/ao.h"

/**
 * struct atcp_aokeys - which keys are asked for
 * @in: as the program said
 * @addr: its address, as v4-mapped
 * @prefix: of that
 * @l3index: below 0: in any VRF
 * @by_addr: for these peers, with these IDs; else all, or those in use
 */
struct atcp_aokeys {
	struct tcp_ao_getsockopt	in;
	struct in6_addr			addr;
	u8				prefix;
	int				l3index;
	bool				by_addr;
};

/* 0 or -errno. */
static int atcp_aokeys_read(struct atcp_aokeys *q, char __user *optval, int len)
{
	struct tcp_ao_getsockopt *in = &q->in;
	int err;

	err = atcp_aoopt_read(in, sizeof(*in), USER_SOCKPTR(optval), len);
	if (err)
		return err;
	if (in->pkt_good || in->pkt_bad || in->reserved || in->keyflags & ~TCP_AO_KEYF_IFINDEX)
		return -EINVAL;
	if (in->ifindex && !(in->keyflags & TCP_AO_KEYF_IFINDEX))
		return -EINVAL;
	if (in->get_all && (in->is_current || in->is_rnext))
		return -EINVAL;
	q->l3index = in->keyflags & TCP_AO_KEYF_IFINDEX ? in->ifindex : -1;
	q->by_addr = !in->get_all && !in->is_current && !in->is_rnext;
	q->prefix = in->prefix;
	if (q->by_addr || in->addr.ss_family) {
		/* Keys are for all ports: as with Linux, any may be asked for. */
		((struct sockaddr_in *)&in->addr)->sin_port = 0;
		err = atcp_aoopt_addr(&in->addr, &q->addr, &q->prefix);
		if (err)
			return err;
	}
	/* What is not looked at must not be said. */
	if (!q->by_addr && (in->addr.ss_family || in->prefix || in->sndid || in->rcvid))
		return -EINVAL;
	return 0;
}

/* A key for all peers is for these; one for some of them is, one for more than them is not. */
static bool atcp_aokeys_meant(const struct atcp_aokeys *q, const struct atcp_ao_key *key)
{
	bool all = key->prefix == (ipv6_addr_v4mapped(&key->addr) ? 96 : 0);

	return atcp_ao_fits(key, &q->addr, q->prefix, q->l3index, q->in.sndid, q->in.rcvid) &&
	       (all || ipv6_prefix_equal(&key->addr, &q->addr, q->prefix));
}

static bool atcp_aokeys_asked(const struct atcp_aokeys *q, const struct atcp_ao *ao,
			      const struct atcp_ao_key *key, const struct atcp_ao_key *current_key)
{
	if (q->by_addr)
		return atcp_aokeys_meant(q, key);
	return q->in.get_all || (q->in.is_current && key == current_key) ||
	       (q->in.is_rnext && key == ao->rnext_key);
}

static void atcp_aokeys_fill(struct tcp_ao_getsockopt *out, const struct atcp_ao *ao,
			     const struct atcp_ao_key *key, const struct atcp_ao_key *current_key)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&out->addr;
	struct sockaddr_in *four = (struct sockaddr_in *)&out->addr;

	memset(out, 0, sizeof(*out));
	if (ipv6_addr_v4mapped(&key->addr)) {
		four->sin_family = AF_INET;
		four->sin_addr.s_addr = key->addr.s6_addr32[3];
		out->prefix = key->prefix - 96;
	} else {
		six->sin6_family = AF_INET6;
		six->sin6_addr = key->addr;
		out->prefix = key->prefix;
	}
	out->sndid = key->sndid;
	out->rcvid = key->rcvid;
	out->keyflags = key->flags;
	out->is_current = key == current_key;
	out->is_rnext = key == ao->rnext_key;
	out->maclen = key->mac;
	out->keylen = key->len;
	out->ifindex = key->l3index;
	out->pkt_good = atomic64_read(&key->good);
	out->pkt_bad = atomic64_read(&key->bad);
	memcpy(out->key, key->key, key->len);
	strscpy(out->alg_name, atcp_aoalg_name(key->alg), sizeof(out->alg_name));
}

/* Copies as many as there is room for out, and says how many there are. */
static int atcp_aokeys_copy(const struct atcp_aokeys *q, const struct atcp_ao *ao,
			    char __user *optval, int len, u32 *found)
{
	const struct atcp_ao_key *key, *current_key = READ_ONCE(ao->current_key);
	size_t size = min_t(size_t, len, sizeof(struct tcp_ao_getsockopt));
	struct tcp_ao_getsockopt out;
	int err = 0;

	*found = 0;
	hlist_for_each_entry(key, &ao->keys, node) {
		if (!atcp_aokeys_asked(q, ao, key, current_key) || ++*found > q->in.nkeys)
			continue;
		atcp_aokeys_fill(&out, ao, key, current_key);
		if (copy_to_user(optval, &out, size)) {
			err = -EFAULT;
			break;
		}
		optval += len;
	}
	memzero_explicit(&out, sizeof(out));
	return err;
}

int atcp_aokeys_get(struct sock *sk, char __user *optval, int __user *optlen)
{
	const struct atcp_ao *ao = atcp_ao_any(sk) ? atcp_ao_of(sk) : NULL;
	int len, err, size = sizeof(struct tcp_ao_getsockopt);
	char __user *nkeys = optval + offsetof(struct tcp_ao_getsockopt, nkeys);
	struct atcp_aokeys q;
	u32 found;

	if (!ao)
		return -ENOENT;
	if (get_user(len, optlen))
		return -EFAULT;
	if (len <= 0)
		return -EINVAL;
	err = atcp_aokeys_read(&q, optval, len);
	if (err)
		return err;
	err = atcp_aokeys_copy(&q, ao, optval, len, &found);
	if (err)
		return err;
	if (put_user(size, optlen) || copy_to_user(nkeys, &found, sizeof(found)))
		return -EFAULT;
	return 0;
}
