// SPDX-License-Identifier: GPL-2.0
/*
 * TCP-AO's algorithms (RFC 5926): the kernel's hashes, one of each for every CPU.
 *
 * A hash of the kernel's has a key, and a segment may be signed in the middle of another one's:
 * so each CPU has a hash of its own under a lock, which is given the traffic key first. They are
 * made when the first key of their kind is set, and stay.
 */
#include "state/conn/aoalg.h"

#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/**
 * struct atcp_aoalg_slot - one CPU's hash
 * @lock: who uses it
 * @tfm: the kernel's
 */
struct atcp_aoalg_slot {
	spinlock_t		lock; /* a key and its sum */
	struct crypto_shash	*tfm;
};

/**
 * struct atcp_aoalg - an algorithm
 * @name: what programs call it
 * @hash: what the kernel calls it
 * @digest: bytes
 * @keylen: its key must have so many bytes; 0: any
 * @slots: its hashes, set once; read after smp_load_acquire()
 */
struct atcp_aoalg {
	const char			*name;
	const char			*hash;
	u8				digest;
	u8				keylen;
	struct atcp_aoalg_slot __percpu	**slots;
};

#define ATCP_AOALG_NR	5

static struct atcp_aoalg_slot __percpu *atcp_aoalg_slots[ATCP_AOALG_NR];
static DEFINE_MUTEX(atcp_aoalg_mutex); /* atcp_aoalg_slots, when they are made */

/* The first three are Linux's; it has had the others too until 7.0. */
static const struct atcp_aoalg atcp_aoalgs[ATCP_AOALG_NR] = {
	{ "hmac(sha1)",   "hmac(sha1)",   20, 0, &atcp_aoalg_slots[0] },
	{ "cmac(aes128)", "cmac(aes)",    16, ATCP_SEGMAC_AES_KEY, &atcp_aoalg_slots[1] },
	{ "hmac(sha256)", "hmac(sha256)", 32, 0, &atcp_aoalg_slots[2] },
	{ "hmac(sha384)", "hmac(sha384)", 48, 0, &atcp_aoalg_slots[3] },
	{ "hmac(sha512)", "hmac(sha512)", 64, 0, &atcp_aoalg_slots[4] },
};

const struct atcp_aoalg *atcp_aoalg_find(const char *name, unsigned int len)
{
	const struct atcp_aoalg *alg;
	int i;

	for (i = 0; i < ATCP_AOALG_NR; i++) {
		alg = &atcp_aoalgs[i];
		/* The hash's own name is for those who have its key. */
		if (!strcmp(name, alg->name) || (!strcmp(name, alg->hash) && len == alg->keylen))
			return alg;
	}
	return NULL;
}

unsigned int atcp_aoalg_digest(const struct atcp_aoalg *alg)
{
	return alg->digest;
}

const char *atcp_aoalg_name(const struct atcp_aoalg *alg)
{
	return alg->hash;
}

#if IS_ENABLED(CONFIG_CRYPTO_HASH)
static void atcp_aoalg_free(struct atcp_aoalg_slot __percpu *slots)
{
	int cpu;

	for_each_possible_cpu(cpu)
		crypto_free_shash(per_cpu_ptr(slots, cpu)->tfm);
	free_percpu(slots);
}

static int atcp_aoalg_make(const struct atcp_aoalg *alg)
{
	struct atcp_aoalg_slot __percpu *slots = alloc_percpu(struct atcp_aoalg_slot);
	struct crypto_shash *tfm;
	int cpu, err;

	if (!slots)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		tfm = crypto_alloc_shash(alg->hash, 0, 0);
		err = PTR_ERR_OR_ZERO(tfm);
		if (!err && crypto_shash_digestsize(tfm) != alg->digest) {
			crypto_free_shash(tfm);
			err = -ENOENT;
		}
		if (err) {
			atcp_aoalg_free(slots);
			return err == -ENOMEM ? -ENOMEM : -ENOENT;
		}
		spin_lock_init(&per_cpu_ptr(slots, cpu)->lock);
		per_cpu_ptr(slots, cpu)->tfm = tfm;
	}
	/* Pairs with atcp_aoalg_own(). */
	smp_store_release(alg->slots, slots);
	return 0;
}

int atcp_aoalg_begin(const struct atcp_aoalg *alg)
{
	int err;

	mutex_lock(&atcp_aoalg_mutex);
	err = *alg->slots ? 0 : atcp_aoalg_make(alg);
	mutex_unlock(&atcp_aoalg_mutex);
	return err;
}

/* This CPU's; who is moved to another one meanwhile still has a lock. */
static struct atcp_aoalg_slot *atcp_aoalg_own(const struct atcp_aoalg *alg)
{
	/* Pairs with atcp_aoalg_make(). */
	return raw_cpu_ptr(smp_load_acquire(alg->slots));
}

int atcp_aoalg_master(const struct atcp_aoalg *alg, const u8 *secret, unsigned int len, u8 *out)
{
	struct atcp_aoalg_slot *slot;
	int err;

	if (!alg->keylen || alg->keylen == len) {
		memcpy(out, secret, len);
		return len;
	}
	slot = atcp_aoalg_own(alg);
	spin_lock_bh(&slot->lock);
	err = atcp_segmac_condense(slot->tfm, secret, len, out);
	spin_unlock_bh(&slot->lock);
	return err ?: alg->keylen;
}

int atcp_aoalg_traffic_key(const struct atcp_aoalg *alg, const u8 *key, unsigned int len,
			   const struct atcp_segmac_flow *f, u8 *out)
{
	struct atcp_aoalg_slot *slot = atcp_aoalg_own(alg);
	int err;

	spin_lock_bh(&slot->lock);
	err = atcp_segmac_traffic_key(slot->tfm, key, len, f, out);
	spin_unlock_bh(&slot->lock);
	return err;
}

int atcp_aoalg_sum(const struct atcp_aoalg *alg, const u8 *tkey,
		   const struct atcp_segmac_seg *s, u8 *out)
{
	struct atcp_aoalg_slot *slot = atcp_aoalg_own(alg);
	int err;

	spin_lock_bh(&slot->lock);
	err = atcp_segmac_sum(slot->tfm, tkey, s, out);
	spin_unlock_bh(&slot->lock);
	return err;
}

void atcp_aoalg_exit(void)
{
	int i;

	for (i = 0; i < ATCP_AOALG_NR; i++)
		if (atcp_aoalg_slots[i])
			atcp_aoalg_free(atcp_aoalg_slots[i]);
}
#else
int atcp_aoalg_begin(const struct atcp_aoalg *alg)
{
	return -ENOENT;
}

int atcp_aoalg_master(const struct atcp_aoalg *alg, const u8 *secret, unsigned int len, u8 *out)
{
	return -ENOENT;
}

int atcp_aoalg_traffic_key(const struct atcp_aoalg *alg, const u8 *key, unsigned int len,
			   const struct atcp_segmac_flow *f, u8 *out)
{
	return -ENOENT;
}

int atcp_aoalg_sum(const struct atcp_aoalg *alg, const u8 *tkey,
		   const struct atcp_segmac_seg *s, u8 *out)
{
	return -ENOENT;
}

void atcp_aoalg_exit(void)
{
}
#endif
