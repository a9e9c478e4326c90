// SPDX-License-Identifier: GPL-2.0
/*
 * A pair of devices, csum0 and csum1, that give CHECKSUM_COMPLETE as some network
 * cards do: the sum of all that follows the Ethernet header, padding included.
 *
 * What is short is padded to Ethernet's least length, with bytes that are not zero.
 * Reception is by NAPI with GRO. For the selftests only.
 */
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>

#define ATCP_CSUMDEV_QUEUE	1024	/* packets that wait for the poll */
#define ATCP_CSUMDEV_PADDING	0xa5

/**
 * struct atcp_csumdev - one of the two
 * @dev: itself
 * @peer: the other one
 * @napi: its reception
 * @queue: what was received
 */
struct atcp_csumdev {
	struct net_device	*dev;
	struct net_device	*peer;
	struct napi_struct	napi;
	struct sk_buff_head	queue;
};

static struct net_device *atcp_csumdevs[2];

/* A copy of one piece with its checksum in it, padded. */
static struct sk_buff *atcp_csumdev_copy(const struct sk_buff *skb)
{
	struct sk_buff *copy = skb_copy_expand(skb, NET_SKB_PAD + MAX_HEADER,
					      ETH_ZLEN, GFP_ATOMIC);
	unsigned int more;

	if (!copy)
		return NULL;
	if (copy->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(copy)) {
		kfree_skb(copy);
		return NULL;
	}
	if (copy->len < ETH_ZLEN) {
		more = ETH_ZLEN - copy->len;
		memset(skb_put(copy, more), ATCP_CSUMDEV_PADDING, more);
	}
	return copy;
}

static netdev_tx_t atcp_csumdev_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct net_device *peer = ((struct atcp_csumdev *)netdev_priv(dev))->peer;
	struct atcp_csumdev *to = netdev_priv(peer);
	struct sk_buff *copy = NULL;

	if (netif_running(peer) && skb_queue_len_lockless(&to->queue) < ATCP_CSUMDEV_QUEUE)
		copy = atcp_csumdev_copy(skb);
	dev_kfree_skb(skb);
	if (!copy) {
		dev->stats.tx_dropped++;
		return NETDEV_TX_OK;
	}
	skb_scrub_packet(copy, true);
	copy->protocol = eth_type_trans(copy, peer);
	copy->csum = skb_checksum(copy, 0, copy->len, 0);
	copy->ip_summed = CHECKSUM_COMPLETE;
	skb_queue_tail(&to->queue, copy);
	napi_schedule(&to->napi);
	return NETDEV_TX_OK;
}

static int atcp_csumdev_poll(struct napi_struct *napi, int budget)
{
	struct atcp_csumdev *cd = container_of(napi, struct atcp_csumdev, napi);
	struct sk_buff *skb;
	int done;

	for (done = 0; done < budget; done++) {
		skb = skb_dequeue(&cd->queue);
		if (!skb)
			break;
		cd->dev->stats.rx_packets++;
		napi_gro_receive(napi, skb);
	}
	/* What came between the last look and this is polled for again. */
	if (done < budget && napi_complete_done(napi, done) && !skb_queue_empty(&cd->queue))
		napi_schedule(napi);
	return done;
}

static int atcp_csumdev_open(struct net_device *dev)
{
	napi_enable(&((struct atcp_csumdev *)netdev_priv(dev))->napi);
	netif_carrier_on(dev);
	netif_start_queue(dev);
	return 0;
}

static int atcp_csumdev_stop(struct net_device *dev)
{
	struct atcp_csumdev *cd = netdev_priv(dev);

	netif_stop_queue(dev);
	napi_disable(&cd->napi);
	skb_queue_purge(&cd->queue);
	return 0;
}

static const struct net_device_ops atcp_csumdev_ops = {
	.ndo_open	= atcp_csumdev_open,
	.ndo_stop	= atcp_csumdev_stop,
	.ndo_start_xmit	= atcp_csumdev_xmit,
	.ndo_set_mac_address = eth_mac_addr,
};

static void atcp_csumdev_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &atcp_csumdev_ops;
	dev->features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM;
	dev->hw_features |= NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM;
	dev->max_mtu = ETH_MAX_MTU;
	eth_hw_addr_random(dev);
}

static void atcp_csumdev_free(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_csumdevs); i++)
		if (atcp_csumdevs[i])
			free_netdev(atcp_csumdevs[i]);
}

static int atcp_csumdev_alloc(void)
{
	struct atcp_csumdev *cd;
	struct net_device *dev;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(atcp_csumdevs); i++) {
		dev = alloc_netdev(sizeof(*cd), "csum%d", NET_NAME_ENUM, atcp_csumdev_setup);
		if (!dev)
			return -ENOMEM;
		cd = netdev_priv(dev);
		cd->dev = dev;
		skb_queue_head_init(&cd->queue);
		netif_napi_add(dev, &cd->napi, atcp_csumdev_poll);
		atcp_csumdevs[i] = dev;
	}
	for (i = 0; i < ARRAY_SIZE(atcp_csumdevs); i++)
		((struct atcp_csumdev *)netdev_priv(atcp_csumdevs[i]))->peer = atcp_csumdevs[!i];
	return 0;
}

static int __init atcp_csumdev_init(void)
{
	int err = atcp_csumdev_alloc();

	if (err)
		goto out;
	err = register_netdev(atcp_csumdevs[0]);
	if (err)
		goto out;
	err = register_netdev(atcp_csumdevs[1]);
	if (err)
		unregister_netdev(atcp_csumdevs[0]);
out:
	if (err)
		atcp_csumdev_free();
	return err;
}

static void __exit atcp_csumdev_exit(void)
{
	LIST_HEAD(list);

	/* Both are down, and nobody sends to either, before one goes. */
	rtnl_lock();
	unregister_netdevice_queue(atcp_csumdevs[0], &list);
	unregister_netdevice_queue(atcp_csumdevs[1], &list);
	unregister_netdevice_many(&list);
	rtnl_unlock();
	atcp_csumdev_free();
}

module_init(atcp_csumdev_init);
module_exit(atcp_csumdev_exit);
MODULE_DESCRIPTION("atcp selftests: a device that gives CHECKSUM_COMPLETE");
MODULE_LICENSE("GPL");
