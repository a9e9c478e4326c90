/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * TCP-AO's socket options at level SOL_TCP, as Linux has them since 6.7, for headers that are
 * older: include <linux/tcp.h> first.
 */
#ifndef _UAPI_LINUX_ATCP_AO_H
#define _UAPI_LINUX_ATCP_AO_H

#include <linux/types.h>
#include <linux/socket.h>

#ifndef TCP_AO_ADD_KEY

#define TCP_AO_ADD_KEY		38	/* set: a key */
#define TCP_AO_DEL_KEY		39	/* set: takes a key away */
#define TCP_AO_INFO		40	/* set, get: what is not a key's */
#define TCP_AO_GET_KEYS		41	/* get: keys */
#define TCP_AO_REPAIR		42	/* set, get: ISNs and extensions, with TCP_REPAIR */

#define TCP_AO_MAXKEYLEN	80	/* bytes */

#define TCP_AO_KEYF_IFINDEX	0x1	/* ifindex counts: a VRF's, or 0: in none */
#define TCP_AO_KEYF_EXCLUDE_OPT	0x2	/* the MAC leaves other options out */

struct tcp_ao_add {
	struct __kernel_sockaddr_storage addr;	/* peers, port 0 */
	char	alg_name[64];		/* "hmac(sha1)", "cmac(aes128)" and others */
	__s32	ifindex;
	__u32	set_current	:1,	/* send with it */
		set_rnext	:1,	/* ask the peer to */
		reserved	:30;
	__u16	reserved2;
	__u8	prefix;			/* bits of addr; 0: all peers */
	__u8	sndid;
	__u8	rcvid;
	__u8	maclen;			/* bytes; 0: 12 */
	__u8	keyflags;
	__u8	keylen;
	__u8	key[TCP_AO_MAXKEYLEN];
};

struct tcp_ao_del {
	struct __kernel_sockaddr_storage addr;
	__s32	ifindex;
	__u32	set_current	:1,	/* send with current_key from now on */
		set_rnext	:1,	/* ask for rnext */
		del_async	:1,	/* of a listener: without waiting */
		reserved	:29;
	__u16	reserved2;
	__u8	prefix;
	__u8	sndid;
	__u8	rcvid;
	__u8	current_key;		/* a key's sndid */
	__u8	rnext;			/* a key's rcvid */
	__u8	keyflags;
};

struct tcp_ao_info_opt {
	__u32	set_current	:1,	/* set: current_key; got: there is one */
		set_rnext	:1,	/* likewise rnext */
		ao_required	:1,	/* nothing unsigned is taken */
		set_counters	:1,	/* set: the counters */
		accept_icmps	:1,	/* ICMP errors count */
		reserved	:27;
	__u16	reserved2;
	__u8	current_key;
	__u8	rnext;
	__aligned_u64	pkt_good;
	__aligned_u64	pkt_bad;
	__aligned_u64	pkt_key_not_found;
	__aligned_u64	pkt_ao_required;
	__aligned_u64	pkt_dropped_icmp;
};

struct tcp_ao_getsockopt {
	struct __kernel_sockaddr_storage addr;	/* for whom; got: whose */
	char	alg_name[64];
	__u8	key[TCP_AO_MAXKEYLEN];
	__u32	nkeys;			/* room of the array; got, in the first: how many fit */
	__u16	is_current	:1,	/* the one that is sent with */
		is_rnext	:1,	/* the one that is asked for */
		get_all		:1,
		reserved	:13;
	__u8	sndid;
	__u8	rcvid;
	__u8	prefix;
	__u8	maclen;
	__u8	keyflags;
	__u8	keylen;
	__s32	ifindex;
	__aligned_u64	pkt_good;
	__aligned_u64	pkt_bad;
};

struct tcp_ao_repair {
	__be32	snt_isn;
	__be32	rcv_isn;
	__u32	snd_sne;
	__u32	rcv_sne;
};

#endif /* TCP_AO_ADD_KEY */

#endif /* _UAPI_LINUX_ATCP_AO_H */
