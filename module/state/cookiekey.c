// SPDX-License-Identifier: GPL-2.0
/*
 * The secrets of SYN cookies.
 *
 * A host's own are random, and new ones are taken every eight epochs (8.5 minutes);
 * those before them are kept so long, for what they made is good for an epoch
 * more. Epochs count seconds of the monotonic clock: setting the time of day breaks
 * no handshake.
 *
 * Hosts that share an address (ECMP, IPVS) can share a key instead, and any of them
 * takes an ACK that answers another's cookie. Their monotonic clocks have nothing in
 * common, so then epochs count the wall clock's seconds. Hosts may differ by up to
 * an epoch (64 s): a cookie of the epoch that begins next is good too.
 *
 * Each shared key has an EPOCH from which it makes cookies: seconds since 1970, so
 * that a new key can be given to all hosts ahead of its time and all begin with it
 * together (plain numbers, 1, 2, 3, do as well: they are long past, and the greatest
 * counts). What makes cookies is the latest that has begun. Good cookies are its, its
 * predecessor's, and the next one's if that begins within an epoch: at most three
 * keys are tried, and a blind guess has three times the chance.
 *
 * Keys are never read back, by anybody.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/ktime.h>

#include "state/cookiekey.h"

/* Epochs that a cookie may be old: it lives one to two epochs. */
#define ATCP_COOKIEKEY_AGE	1
#define ATCP_COOKIEKEY_ROTATE	8	/* epochs that the host's own keys last */
#define ATCP_COOKIEKEY_HEX	16	/* digits of each half of a cluster's key */

/**
 * struct atcp_cookie_shared - a key of a cluster
 * @from: when it begins, seconds since 1970
 * @keys: what is made of it
 */
struct atcp_cookie_shared {
	u64			from;
	struct atcp_cookie_keys	keys;
};

/**
 * struct atcp_cookie_cluster - the keys of a cluster, the latest first
 * @rcu: for its end
 * @n: number of keys, at least one
 * @key: the keys
 */
struct atcp_cookie_cluster {
	struct rcu_head			rcu;
	unsigned int			n;
	struct atcp_cookie_shared	key[ATCP_COOKIEKEY_MAX];
};

static u32 atcp_cookiekey_epoch(void)
{
	return atcp_cookie_epoch(ktime_get_seconds());
}

/* Numbered from 1 up. */
static u32 atcp_cookiekey_period(u32 epoch)
{
	return epoch / ATCP_COOKIEKEY_ROTATE + 1;
}

/* The keys of a period, or NULL where it had none. */
static const struct atcp_cookie_keys *atcp_cookiekey_of(const struct atcp_cookiekeys *ck,
							u32 period)
{
	const struct atcp_cookiekey_slot *slot = &ck->own[period & 1];

	/* Pairs with atcp_cookiekey_renew(); good until the period after the next. */
	u32 has = smp_load_acquire(&slot->period);

	return has == period ? &slot->keys : NULL;
}

static const struct atcp_cookie_keys *atcp_cookiekey_renew(struct atcp_cookiekeys *ck,
							   u32 period)
{
	struct atcp_cookiekey_slot *slot = &ck->own[period & 1];

	spin_lock_bh(&ck->lock);
	if (slot->period != period) {
		WRITE_ONCE(slot->period, 0);
		/* Nobody who still looks for the old ones finds half of the new. */
		smp_wmb();
		get_random_bytes(&slot->keys, sizeof(slot->keys));
		/* Pairs with atcp_cookiekey_of(): whoever sees it sees the keys. */
		smp_store_release(&slot->period, period);
	}
	spin_unlock_bh(&ck->lock);
	return &slot->keys;
}

/* The key that makes cookies now: the latest that has begun, or the first that will. */
static unsigned int atcp_cookiekey_current(const struct atcp_cookie_cluster *c, u64 now)
{
	unsigned int i;

	for (i = 0; i < c->n - 1; i++)
		if (c->key[i].from <= now)
			break;
	return i;
}

u32 atcp_cookiekey_make(struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			const struct atcp_cookie_opts *opts)
{
	const struct atcp_cookie_cluster *c = rcu_dereference(ck->cluster);
	const struct atcp_cookie_keys *keys;
	u32 epoch = atcp_cookiekey_epoch();
	u32 period = atcp_cookiekey_period(epoch);

	if (c) {
		u64 now = ktime_get_real_seconds();

		keys = &c->key[atcp_cookiekey_current(c, now)].keys;
		return atcp_cookie_make(in, opts, keys, atcp_cookie_epoch(now));
	}
	keys = atcp_cookiekey_of(ck, period) ?: atcp_cookiekey_renew(ck, period);
	return atcp_cookie_make(in, opts, keys, epoch);
}

static int atcp_cookiekey_check_shared(const struct atcp_cookie_cluster *c,
				       const struct atcp_cookie_in *in, u32 cookie,
				       struct atcp_cookie_opts *out)
{
	u64 now = ktime_get_real_seconds();
	unsigned int at = atcp_cookiekey_current(c, now), i;
	int err = -EINVAL;

	for (i = at ? at - 1 : 0; i < c->n && i <= at + 1; i++) {
		if (i < at && c->key[i].from > now + ATCP_COOKIE_EPOCH_SEC)
			continue;
		/* From the next epoch on: another host's clock may be ahead. */
		err = atcp_cookie_check(in, cookie, &c->key[i].keys,
					atcp_cookie_epoch(now) + 1,
					ATCP_COOKIEKEY_AGE + 1, out);
		if (!err)
			break;
	}
	return err;
}

int atcp_cookiekey_check(const struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			 u32 cookie, struct atcp_cookie_opts *out)
{
	const struct atcp_cookie_cluster *c = rcu_dereference(ck->cluster);
	u32 epoch = atcp_cookiekey_epoch();
	u32 period = atcp_cookiekey_period(epoch);
	const struct atcp_cookie_keys *keys;
	int err = -EINVAL;

	if (c)
		return atcp_cookiekey_check_shared(c, in, cookie, out);
	keys = atcp_cookiekey_of(ck, period);
	if (keys)
		err = atcp_cookie_check(in, cookie, keys, epoch, ATCP_COOKIEKEY_AGE, out);
	/* The keys are new: what the last ones made is not too old yet. */
	if (err && epoch && atcp_cookiekey_period(epoch - ATCP_COOKIEKEY_AGE) != period) {
		keys = atcp_cookiekey_of(ck, period - 1);
		if (keys)
			err = atcp_cookie_check(in, cookie, keys, epoch,
						ATCP_COOKIEKEY_AGE, out);
	}
	return err;
}

bool atcp_cookiekey_shared(const struct atcp_cookiekeys *ck)
{
	return rcu_access_pointer(ck->cluster);
}

/* The key of cookies out of the one that was given: its SipHash of what each half is for. */
static void atcp_cookiekey_derive(struct atcp_cookie_keys *keys, const siphash_key_t *master)
{
	keys->key.key[0] = siphash_1u64(1, master);
	keys->key.key[1] = siphash_1u64(2, master);
}

/* Half a key: sixteen digits, neither more nor fewer. */
static int atcp_cookiekey_half(const char *hex, u64 *half)
{
	char text[ATCP_COOKIEKEY_HEX + 1];
	unsigned int i;
	int err;

	for (i = 0; i < ATCP_COOKIEKEY_HEX; i++)
		if (!isxdigit(hex[i]))
			return -EINVAL;
	strscpy(text, hex, sizeof(text));
	err = kstrtou64(text, 16, half);
	memzero_explicit(text, sizeof(text));
	return err;
}

/* Puts a key where it belongs by its beginning; no two may begin together. */
static int atcp_cookiekey_insert(struct atcp_cookie_cluster *c,
				 const struct atcp_cookie_shared *key)
{
	unsigned int i = c->n;

	if (c->n == ATCP_COOKIEKEY_MAX)
		return -EINVAL;
	for (; i && c->key[i - 1].from <= key->from; i--) {
		if (c->key[i - 1].from == key->from)
			return -EINVAL;
		c->key[i] = c->key[i - 1];
	}
	c->key[i] = *key;
	c->n++;
	return 0;
}

/* One "EPOCH:HEX32". */
static int atcp_cookiekey_parse_one(struct atcp_cookie_cluster *c, char *word)
{
	struct atcp_cookie_shared key;
	char *hex = strchr(word, ':');
	siphash_key_t master;
	int err;

	if (!hex)
		return -EINVAL;
	*hex++ = '\0';
	if (kstrtou64(word, 10, &key.from) || strlen(hex) != 2 * ATCP_COOKIEKEY_HEX)
		return -EINVAL;
	err = atcp_cookiekey_half(hex, &master.key[0]) ?:
	      atcp_cookiekey_half(hex + ATCP_COOKIEKEY_HEX, &master.key[1]);
	if (!err) {
		atcp_cookiekey_derive(&key.keys, &master);
		err = atcp_cookiekey_insert(c, &key);
	}
	memzero_explicit(&master, sizeof(master));
	memzero_explicit(&key, sizeof(key));
	return err;
}

static int atcp_cookiekey_parse(struct atcp_cookie_cluster *c, const char *text)
{
	char copy[ATCP_COOKIEKEY_TEXT];
	char *rest = copy, *word;
	int err = 0;

	if (strscpy(copy, text, sizeof(copy)) < 0)
		return -EINVAL;
	while (!err && (word = strsep(&rest, ", \t\n")))
		if (*word)
			err = atcp_cookiekey_parse_one(c, word);
	memzero_explicit(copy, sizeof(copy));
	return err ?: c->n ? 0 : -EINVAL;
}

static void atcp_cookiekey_free_rcu(struct rcu_head *head)
{
	kfree_sensitive(container_of(head, struct atcp_cookie_cluster, rcu));
}

int atcp_cookiekey_set(struct atcp_cookiekeys *ck, const char *text)
{
	struct atcp_cookie_cluster *c = NULL, *old;
	int err;

	if (strcmp(text, "none")) {
		c = kzalloc(sizeof(*c), GFP_KERNEL_ACCOUNT);
		if (!c)
			return -ENOMEM;
		err = atcp_cookiekey_parse(c, text);
		if (err) {
			kfree_sensitive(c);
			return err;
		}
	}
	spin_lock_bh(&ck->lock);
	old = rcu_replace_pointer(ck->cluster, c, lockdep_is_held(&ck->lock));
	spin_unlock_bh(&ck->lock);
	if (old)
		call_rcu(&old->rcu, atcp_cookiekey_free_rcu);
	return 0;
}

void atcp_cookiekey_init(struct atcp_cookiekeys *ck)
{
	memset(ck, 0, sizeof(*ck));
	spin_lock_init(&ck->lock);
}

void atcp_cookiekey_exit(struct atcp_cookiekeys *ck)
{
	/* No reader is left. */
	kfree_sensitive(rcu_dereference_protected(ck->cluster, true));
	memzero_explicit(ck->own, sizeof(ck->own));
}
