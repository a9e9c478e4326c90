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
 * What a write replaces, the host's own keys or a cluster's, goes on to be good for as
 * long as a cookie lives (128 s): handshakes wait for their third ACK by it. But where the
 * new set has one of its keys too, it says what that is good for.
 *
 * When another host may have sent a cookie this one cannot know: somebody has to say so
 * (net.atcp.cookie_expect). Else none is taken that this host, by what it has sent itself,
 * has no reason to expect; a guess is of no use then.
 *
 * Keys are never read back, by anybody.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/ktime.h>

#include "state/listen/cookiekey.h"

/* Epochs that a cookie may be old: it lives one to two epochs. */
#define ATCP_COOKIEKEY_AGE	1
#define ATCP_COOKIEKEY_LIFE	((ATCP_COOKIEKEY_AGE + 1) * ATCP_COOKIE_EPOCH_SEC)
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
 * struct atcp_cookie_set - what a write has set: the keys of a cluster, the latest first
 * @rcu: for its end
 * @before: the set that was in use before, NULL: the host's own keys
 * @until: how long that one is good, seconds of the monotonic clock
 * @named: bits of the keys of @before that are in this set too
 * @n: number of keys; 0: the host's own are in use
 * @key: the keys
 *
 * Whoever reads one under RCU may read the one before it too, but none before that.
 */
struct atcp_cookie_set {
	struct rcu_head			rcu;
	const struct atcp_cookie_set	*before;
	u64				until;
	unsigned long			named;
	unsigned int			n;
	struct atcp_cookie_shared	key[ATCP_COOKIEKEY_MAX];
};

static struct atcp_cookiekey_time atcp_cookiekey_now(void)
{
	return (struct atcp_cookiekey_time) {
		.mono = ktime_get_seconds(),
		.real = ktime_get_real_seconds(),
	};
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
	void (*renewed)(struct atcp_cookiekeys *ck) = NULL;

	spin_lock_bh(&ck->lock);
	if (slot->period != period) {
		/* The first of all replace none. */
		if (slot->period || ck->own[!(period & 1)].period)
			renewed = READ_ONCE(ck->renewed);
		WRITE_ONCE(slot->period, 0);
		/* Nobody who still looks for the old ones finds half of the new. */
		smp_wmb();
		get_random_bytes(&slot->keys, sizeof(slot->keys));
		/* Pairs with atcp_cookiekey_of(): whoever sees it sees the keys. */
		smp_store_release(&slot->period, period);
	}
	spin_unlock_bh(&ck->lock);
	if (renewed)
		renewed(ck);
	return &slot->keys;
}

/* The key that makes cookies now: the latest that has begun, or the first that will. */
static unsigned int atcp_cookiekey_current(const struct atcp_cookie_set *set, u64 now)
{
	unsigned int i;

	for (i = 0; i < set->n - 1; i++)
		if (set->key[i].from <= now)
			break;
	return i;
}

/* Has @set keys of a cluster? */
static bool atcp_cookiekey_is_shared(const struct atcp_cookie_set *set)
{
	return set && set->n;
}

u32 atcp_cookiekey_make_at(struct atcp_cookiekeys *ck, const struct atcp_cookiekey_time *now,
			   const struct atcp_cookie_in *in, const struct atcp_cookie_opts *opts)
{
	const struct atcp_cookie_set *set = rcu_dereference(ck->set);
	u32 epoch = atcp_cookie_epoch(now->mono);
	u32 period = atcp_cookiekey_period(epoch);
	const struct atcp_cookie_keys *keys;

	if (atcp_cookiekey_is_shared(set)) {
		keys = &set->key[atcp_cookiekey_current(set, now->real)].keys;
		return atcp_cookie_make(in, opts, keys, atcp_cookie_epoch(now->real));
	}
	keys = atcp_cookiekey_of(ck, period) ?: atcp_cookiekey_renew(ck, period);
	return atcp_cookie_make(in, opts, keys, epoch);
}

u32 atcp_cookiekey_make(struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			const struct atcp_cookie_opts *opts)
{
	const struct atcp_cookiekey_time now = atcp_cookiekey_now();

	/* Once a second is enough: the line is read by every cookie ACK. */
	if (READ_ONCE(ck->sent) != (u32)now.mono + 1)
		WRITE_ONCE(ck->sent, (u32)now.mono + 1);
	return atcp_cookiekey_make_at(ck, &now, in, opts);
}

/* @skip: bits of keys that are not to be asked. */
static int atcp_cookiekey_check_shared(const struct atcp_cookie_set *set, unsigned long skip,
				       u64 now, const struct atcp_cookie_in *in, u32 cookie,
				       struct atcp_cookie_opts *out)
{
	unsigned int at = atcp_cookiekey_current(set, now), i;
	int err = -EINVAL;

	for (i = at ? at - 1 : 0; err && i < set->n && i <= at + 1; i++) {
		if (i < at && set->key[i].from > now + ATCP_COOKIE_EPOCH_SEC)
			continue;
		if (skip & BIT(i))
			continue;
		/* From the next epoch on: another host's clock may be ahead. */
		err = atcp_cookie_check(in, cookie, &set->key[i].keys,
					atcp_cookie_epoch(now) + 1,
					ATCP_COOKIEKEY_AGE + 1, out);
	}
	return err;
}

static int atcp_cookiekey_check_own(const struct atcp_cookiekeys *ck, u64 now,
				    const struct atcp_cookie_in *in, u32 cookie,
				    struct atcp_cookie_opts *out)
{
	u32 epoch = atcp_cookie_epoch(now);
	u32 period = atcp_cookiekey_period(epoch);
	const struct atcp_cookie_keys *keys;
	int err = -EINVAL;

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

static int atcp_cookiekey_check_set(const struct atcp_cookiekeys *ck,
				    const struct atcp_cookie_set *set, unsigned long skip,
				    const struct atcp_cookiekey_time *now,
				    const struct atcp_cookie_in *in, u32 cookie,
				    struct atcp_cookie_opts *out, bool *shared)
{
	*shared = atcp_cookiekey_is_shared(set);
	if (*shared)
		return atcp_cookiekey_check_shared(set, skip, now->real, in, cookie, out);
	return atcp_cookiekey_check_own(ck, now->mono, in, cookie, out);
}

int atcp_cookiekey_check_at(const struct atcp_cookiekeys *ck,
			    const struct atcp_cookiekey_time *now,
			    const struct atcp_cookie_in *in, u32 cookie,
			    struct atcp_cookie_opts *out, bool *shared)
{
	const struct atcp_cookie_set *set = rcu_dereference(ck->set);
	int err = atcp_cookiekey_check_set(ck, set, 0, now, in, cookie, out, shared);

	if (err && set && now->mono < set->until)
		err = atcp_cookiekey_check_set(ck, set->before, set->named, now, in, cookie,
					       out, shared);
	return err;
}

int atcp_cookiekey_check(const struct atcp_cookiekeys *ck, const struct atcp_cookie_in *in,
			 u32 cookie, struct atcp_cookie_opts *out, bool *shared)
{
	const struct atcp_cookiekey_time now = atcp_cookiekey_now();

	return atcp_cookiekey_check_at(ck, &now, in, cookie, out, shared);
}

bool atcp_cookiekey_shared(const struct atcp_cookiekeys *ck)
{
	bool shared;

	rcu_read_lock();
	shared = atcp_cookiekey_is_shared(rcu_dereference(ck->set));
	rcu_read_unlock();
	return shared;
}

bool atcp_cookiekey_sent(const struct atcp_cookiekeys *ck)
{
	u32 sent = READ_ONCE(ck->sent);

	return sent && (u32)ktime_get_seconds() + 1 - sent < ATCP_COOKIEKEY_LIFE;
}

void atcp_cookiekey_expect(struct atcp_cookiekeys *ck, int sec)
{
	WRITE_ONCE(ck->expect, sec > 0 ? (int)ktime_get_seconds() + sec : sec);
}

int atcp_cookiekey_expects(const struct atcp_cookiekeys *ck)
{
	int until = READ_ONCE(ck->expect);

	return until <= 0 ? until : max(until - (int)ktime_get_seconds(), 0);
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
static int atcp_cookiekey_insert(struct atcp_cookie_set *set,
				 const struct atcp_cookie_shared *key)
{
	unsigned int i = set->n;

	if (set->n == ATCP_COOKIEKEY_MAX)
		return -EINVAL;
	for (; i && set->key[i - 1].from <= key->from; i--) {
		if (set->key[i - 1].from == key->from)
			return -EINVAL;
		set->key[i] = set->key[i - 1];
	}
	set->key[i] = *key;
	set->n++;
	return 0;
}

/* One "EPOCH:HEX32". */
static int atcp_cookiekey_parse_one(struct atcp_cookie_set *set, char *word)
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
		err = atcp_cookiekey_insert(set, &key);
	}
	memzero_explicit(&master, sizeof(master));
	memzero_explicit(&key, sizeof(key));
	return err;
}

static int atcp_cookiekey_parse(struct atcp_cookie_set *set, const char *text)
{
	char copy[ATCP_COOKIEKEY_TEXT];
	char *rest = copy, *word;
	int err = 0;

	if (strscpy(copy, text, sizeof(copy)) < 0)
		return -EINVAL;
	while (!err && (word = strsep(&rest, ", \t\n")))
		if (*word)
			err = atcp_cookiekey_parse_one(set, word);
	memzero_explicit(copy, sizeof(copy));
	return err ?: set->n ? 0 : -EINVAL;
}

static void atcp_cookiekey_free_rcu(struct rcu_head *head)
{
	kfree_sensitive(container_of(head, struct atcp_cookie_set, rcu));
}

/* Which keys of @set are in @other too, as bits. */
static unsigned long atcp_cookiekey_common(const struct atcp_cookie_set *set,
					   const struct atcp_cookie_set *other)
{
	unsigned long common = 0;
	unsigned int i, j;

	for (i = 0; i < set->n; i++)
		for (j = 0; j < other->n; j++)
			if (!memcmp(&set->key[i].keys, &other->key[j].keys,
				    sizeof(set->key[i].keys)))
				common |= BIT(i);
	return common;
}

static bool atcp_cookiekey_same(const struct atcp_cookie_set *set,
				const struct atcp_cookie_set *other)
{
	return set->n == other->n && !memcmp(set->key, other->key, sizeof(set->key));
}

/* Puts @set into use; are the keys others than before? */
static bool atcp_cookiekey_replace(struct atcp_cookiekeys *ck, struct atcp_cookie_set *set,
				   u64 now)
{
	static const struct atcp_cookie_set own;
	struct atcp_cookie_set *old, *gone = set;
	bool same;

	spin_lock_bh(&ck->lock);
	old = rcu_dereference_protected(ck->set, lockdep_is_held(&ck->lock));
	/* The same once more changes nothing: who writes twice has not changed keys twice. */
	same = atcp_cookiekey_same(old ?: &own, set);
	if (!same) {
		set->before = old;
		set->until = now + ATCP_COOKIEKEY_LIFE;
		set->named = old ? atcp_cookiekey_common(old, set) : 0;
		rcu_assign_pointer(ck->set, set);
		gone = old ? (struct atcp_cookie_set *)old->before : NULL;
	}
	spin_unlock_bh(&ck->lock);
	if (gone)
		call_rcu(&gone->rcu, atcp_cookiekey_free_rcu);
	return !same;
}

/* What @text says, or an ERR_PTR(); to be freed with kfree_sensitive(). */
static struct atcp_cookie_set *atcp_cookiekey_read(const char *text)
{
	struct atcp_cookie_set *set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);
	int err = 0;

	if (!set)
		return ERR_PTR(-ENOMEM);
	if (strcmp(text, "none"))
		err = atcp_cookiekey_parse(set, text);
	if (!err)
		return set;
	kfree_sensitive(set);
	return ERR_PTR(err);
}

int atcp_cookiekey_set_at(struct atcp_cookiekeys *ck, const struct atcp_cookiekey_time *now,
			  const char *text, bool *changed)
{
	struct atcp_cookie_set *set = atcp_cookiekey_read(text);

	*changed = false;
	if (IS_ERR(set))
		return PTR_ERR(set);
	*changed = atcp_cookiekey_replace(ck, set, now->mono);
	return 0;
}

int atcp_cookiekey_valid(const char *text)
{
	struct atcp_cookie_set *set = atcp_cookiekey_read(text);

	if (IS_ERR(set))
		return PTR_ERR(set);
	kfree_sensitive(set);
	return 0;
}

int atcp_cookiekey_set(struct atcp_cookiekeys *ck, const char *text, bool *changed)
{
	const struct atcp_cookiekey_time now = atcp_cookiekey_now();

	return atcp_cookiekey_set_at(ck, &now, text, changed);
}

void atcp_cookiekey_init(struct atcp_cookiekeys *ck)
{
	memset(ck, 0, sizeof(*ck));
	spin_lock_init(&ck->lock);
}

void atcp_cookiekey_exit(struct atcp_cookiekeys *ck)
{
	/* No reader is left. */
	struct atcp_cookie_set *set = rcu_dereference_protected(ck->set, true);

	if (set)
		kfree_sensitive(set->before);
	kfree_sensitive(set);
	memzero_explicit(ck->own, sizeof(ck->own));
}
