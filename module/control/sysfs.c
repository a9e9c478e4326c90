// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/atcp/listeners/ID/: the knobs, queues and counters of a listener.
 *
 * A directory is there as long as its listener listens, and is seen in the
 * listener's network namespace only. Its files belong to the root of that
 * namespace's user namespace, and CAP_NET_ADMIN there may write them: the rule
 * of network sysctls.
 *
 * No file takes the socket's lock. So a directory can be removed under it, which
 * waits for those who are inside a file; who has one open afterwards gets ENODEV.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "compat/kobject.h"
#include "control/sysfs.h"
#include "state/listen/acceptq.h"
#include "state/listen/group.h"
#include "state/listen/knob.h"
#include "state/listen/listener.h"
#include "state/listen/req.h"
#include "state/listen/synq.h"
#include "state/shared/hash.h"

/**
 * struct atcp_sysfs_dir - a listener's directory
 * @kobj: what sysfs knows of it; its last reference frees this
 * @l: the listener; good while a file is being read or written
 * @net: its namespace, that the directory is tagged with
 */
struct atcp_sysfs_dir {
	struct kobject		kobj;
	struct atcp_listener	*l;
	struct net		*net;
};

/**
 * struct atcp_sysfs_file - a file of it
 * @attr: name and mode
 * @knob: enum atcp_knob_id, or ATCP_KNOB_NR
 * @show: writes the text of a file that is no knob; its length
 * @store: takes what is written to one that is no knob; 0 or an error
 */
struct atcp_sysfs_file {
	struct attribute	attr;
	enum atcp_knob_id	knob;
	int			(*show)(const struct atcp_listener *l, char *buf);
	int			(*store)(struct atcp_listener *l);
};

static struct kobject *atcp_sysfs_root;
static struct kobject *atcp_sysfs_listeners;

static struct atcp_sysfs_dir *atcp_sysfs_dir_of(struct kobject *kobj)
{
	return container_of(kobj, struct atcp_sysfs_dir, kobj);
}

/* --- what the files say ------------------------------------------------------ */

static int atcp_sysfs_show_id(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", l->id);
}

static int atcp_sysfs_show_local(const struct atcp_listener *l, char *buf)
{
	const struct sock *sk = l->sk;
	const int port = READ_ONCE(sk->sk_num);

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return sysfs_emit(buf, "[%pI6c]:%d\n", &sk->sk_v6_rcv_saddr, port);
#endif
	return sysfs_emit(buf, "%pI4:%d\n", &sk->sk_rcv_saddr, port);
}

static int atcp_sysfs_show_family(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%s\n", l->sk->sk_family == AF_INET6 ? "inet6" : "inet");
}

static int atcp_sysfs_show_inode(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%llu\n", (u64)sock_i_ino(l->sk));
}

static int atcp_sysfs_show_uid(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  from_kuid_munged(current_user_ns(), READ_ONCE(l->sk->sk_uid)));
}

static int atcp_sysfs_show_state(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%s\n", atcp_knob(l, ATCP_KNOB_DRAIN) ? "drain" : "listen");
}

static int atcp_sysfs_show_synq_len(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&l->synq.qlen));
}

static int atcp_sysfs_show_synq_young(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&l->synq.young));
}

static int atcp_sysfs_show_synq_peak(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(l->synq.peak));
}

static int atcp_sysfs_show_synq_oldest(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", atcp_synq_oldest_ms(l));
}

static int atcp_sysfs_show_acceptq_len(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(l->sk->sk_ack_backlog));
}

static int atcp_sysfs_show_acceptq_limit(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(l->sk->sk_max_ack_backlog));
}

static int atcp_sysfs_show_acceptq_peak(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(l->acceptq.peak));
}

static int atcp_sysfs_show_acceptq_oldest(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", atcp_acceptq_oldest_ms(l));
}

static int atcp_sysfs_show_acceptq_pressed(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(l->acceptq.pressed));
}

static int atcp_sysfs_show_parked(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(l->acceptq.parked));
}

/* What the program asked for, and whether somaxconn cut it. */
static int atcp_sysfs_show_asked(const struct atcp_listener *l, char *buf)
{
	int asked = atcp_knob_backlog_asked(l);
	bool cut = (u32)asked > (u32)READ_ONCE(l->an->sysctl.somaxconn);

	return sysfs_emit(buf, "%d%s\n", asked, cut ? " truncated" : "");
}

static int atcp_sysfs_show_stats(const struct atcp_listener *l, char *buf)
{
	struct atcp_listener_stats sum;
	unsigned int i, reason;
	int n = 0;

	atcp_listener_fold(l, &sum);
	for (i = 0; i < ATCP_LSTAT_NR; i++)
		n += sysfs_emit_at(buf, n, "%s %llu\n", atcp_listener_stat_names[i],
				   sum.cell[i]);
	for (reason = ATCP_DROP_NONE + 1; reason < ATCP_DROP_MAX; reason++) {
		u64 drops = atcp_listener_fold_drop(l, reason);

		if (drops)
			n += sysfs_emit_at(buf, n, "drop_%s %llu\n",
					   atcp_mib_drop_name(reason), drops);
	}
	return n;
}

static int atcp_sysfs_show_hist(const struct atcp_listener *l, char *buf, enum atcp_hist hist)
{
	u64 sum[ATCP_HIST_BUCKETS];
	unsigned int i;
	int n = 0;

	atcp_hist_fold(l, hist, sum);
	for (i = 0; i < ATCP_HIST_BUCKETS; i++) {
		n += sysfs_emit_at(buf, n, "%llu ", i ? 1ULL << i : 0);
		if (i == ATCP_HIST_BUCKETS - 1)
			n += sysfs_emit_at(buf, n, "inf %llu\n", sum[i]);
		else
			n += sysfs_emit_at(buf, n, "%llu %llu\n", 2ULL << i, sum[i]);
	}
	return n;
}

static int atcp_sysfs_show_handshake(const struct atcp_listener *l, char *buf)
{
	return atcp_sysfs_show_hist(l, buf, ATCP_HIST_HANDSHAKE);
}

static int atcp_sysfs_show_accept_wait(const struct atcp_listener *l, char *buf)
{
	return atcp_sysfs_show_hist(l, buf, ATCP_HIST_ACCEPT_WAIT);
}

static int atcp_sysfs_show_handshake_sum(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%llu\n", atcp_hist_fold_us(l, ATCP_HIST_HANDSHAKE));
}

static int atcp_sysfs_show_accept_wait_sum(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%llu\n", atcp_hist_fold_us(l, ATCP_HIST_ACCEPT_WAIT));
}

/* When there was trouble last, of those counters of "stats" that tell of it and are not 0. */
static int atcp_sysfs_show_last(const struct atcp_listener *l, char *buf)
{
	struct atcp_listener_stats sum;
	unsigned int i, reason;
	int n = 0;

	atcp_listener_fold(l, &sum);
	for (i = 0; i < ATCP_LSTAT_NR; i++)
		if (atcp_lstat_timed[i] && sum.cell[i])
			n += sysfs_emit_at(buf, n, "%s %u\n", atcp_listener_stat_names[i],
					   atcp_listener_ago(l, i));
	for (reason = ATCP_DROP_NONE + 1; reason < ATCP_DROP_MAX; reason++)
		if (atcp_listener_fold_drop(l, reason))
			n += sysfs_emit_at(buf, n, "drop_%s %u\n", atcp_mib_drop_name(reason),
					   atcp_listener_drop_ago(l, reason));
	return n;
}

static int atcp_sysfs_show_since(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", atcp_listener_age(l));
}

static int atcp_sysfs_show_group_size(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%u\n", atcp_group_size(l));
}

/* Who chooses among a group's members: the knob "balance", unless a BPF program does. */
static int atcp_sysfs_show_chosen_by(const struct atcp_listener *l, char *buf)
{
	return sysfs_emit(buf, "%s\n", !atcp_group_size(l) ? "none" :
			  atcp_group_by_bpf(l) ? "bpf" : "balance");
}

static int atcp_sysfs_reset_peaks(struct atcp_listener *l)
{
	atcp_listener_reset_peaks(l);
	return 0;
}

/* --- the files --------------------------------------------------------------- */

/* The knobs; filled in by the table of them, and an end. */
static struct atcp_sysfs_file atcp_sysfs_knobs[ATCP_KNOB_NR];
static struct attribute *atcp_sysfs_knob_attrs[ATCP_KNOB_NR + 1];

#define ATCP_SYSFS_FILE(_name, _show)					\
static struct atcp_sysfs_file atcp_sysfs_file_##_name = {		\
	.attr	= { .name = #_name, .mode = 0444 },			\
	.knob	= ATCP_KNOB_NR,						\
	.show	= atcp_sysfs_show_##_show,				\
}

ATCP_SYSFS_FILE(id, id);
ATCP_SYSFS_FILE(local, local);
ATCP_SYSFS_FILE(family, family);
ATCP_SYSFS_FILE(inode, inode);
ATCP_SYSFS_FILE(uid, uid);
ATCP_SYSFS_FILE(state, state);
ATCP_SYSFS_FILE(synq_len, synq_len);
ATCP_SYSFS_FILE(synq_young, synq_young);
ATCP_SYSFS_FILE(synq_peak, synq_peak);
ATCP_SYSFS_FILE(synq_oldest_ms, synq_oldest);
ATCP_SYSFS_FILE(acceptq_len, acceptq_len);
ATCP_SYSFS_FILE(acceptq_limit, acceptq_limit);
ATCP_SYSFS_FILE(acceptq_peak, acceptq_peak);
ATCP_SYSFS_FILE(acceptq_oldest_ms, acceptq_oldest);
ATCP_SYSFS_FILE(acceptq_pressed, acceptq_pressed);
ATCP_SYSFS_FILE(parked, parked);
ATCP_SYSFS_FILE(backlog_asked, asked);
ATCP_SYSFS_FILE(stats, stats);
ATCP_SYSFS_FILE(handshake_us, handshake);
ATCP_SYSFS_FILE(accept_wait_us, accept_wait);
ATCP_SYSFS_FILE(handshake_sum_us, handshake_sum);
ATCP_SYSFS_FILE(accept_wait_sum_us, accept_wait_sum);
ATCP_SYSFS_FILE(last_s, last);
ATCP_SYSFS_FILE(since_s, since);
ATCP_SYSFS_FILE(group_size, group_size);
ATCP_SYSFS_FILE(chosen_by, chosen_by);

static struct atcp_sysfs_file atcp_sysfs_file_reset = {
	.attr	= { .name = "reset", .mode = 0200 },
	.knob	= ATCP_KNOB_NR,
	.store	= atcp_listener_reset,
};

static struct atcp_sysfs_file atcp_sysfs_file_reset_peaks = {
	.attr	= { .name = "reset_peaks", .mode = 0200 },
	.knob	= ATCP_KNOB_NR,
	.store	= atcp_sysfs_reset_peaks,
};

static struct attribute *atcp_sysfs_attrs[] = {
	&atcp_sysfs_file_id.attr,
	&atcp_sysfs_file_local.attr,
	&atcp_sysfs_file_family.attr,
	&atcp_sysfs_file_inode.attr,
	&atcp_sysfs_file_uid.attr,
	&atcp_sysfs_file_state.attr,
	&atcp_sysfs_file_synq_len.attr,
	&atcp_sysfs_file_synq_young.attr,
	&atcp_sysfs_file_synq_peak.attr,
	&atcp_sysfs_file_synq_oldest_ms.attr,
	&atcp_sysfs_file_acceptq_len.attr,
	&atcp_sysfs_file_acceptq_limit.attr,
	&atcp_sysfs_file_acceptq_peak.attr,
	&atcp_sysfs_file_acceptq_oldest_ms.attr,
	&atcp_sysfs_file_acceptq_pressed.attr,
	&atcp_sysfs_file_parked.attr,
	&atcp_sysfs_file_backlog_asked.attr,
	&atcp_sysfs_file_stats.attr,
	&atcp_sysfs_file_handshake_us.attr,
	&atcp_sysfs_file_accept_wait_us.attr,
	&atcp_sysfs_file_handshake_sum_us.attr,
	&atcp_sysfs_file_accept_wait_sum_us.attr,
	&atcp_sysfs_file_last_s.attr,
	&atcp_sysfs_file_since_s.attr,
	&atcp_sysfs_file_group_size.attr,
	&atcp_sysfs_file_chosen_by.attr,
	&atcp_sysfs_file_reset.attr,
	&atcp_sysfs_file_reset_peaks.attr,
	NULL
};

static const struct attribute_group atcp_sysfs_knob_group = { .attrs = atcp_sysfs_knob_attrs };
static const struct attribute_group atcp_sysfs_group = { .attrs = atcp_sysfs_attrs };

static const struct attribute_group *atcp_sysfs_groups[] = {
	&atcp_sysfs_knob_group,
	&atcp_sysfs_group,
	NULL
};

/* A knob reads as its value and whose word that is. */
static ssize_t atcp_sysfs_show_knob(const struct atcp_listener *l, enum atcp_knob_id id,
				    char *buf)
{
	char text[ATCP_KNOB_TEXT];

	atcp_knob_print(id, atcp_knob_shown(l, id), text, sizeof(text));
	return sysfs_emit(buf, "%s %s\n", text,
			  atcp_knob_origin_name(atcp_knob_origin(l, id)));
}

static ssize_t atcp_sysfs_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct atcp_sysfs_file *f = container_of(attr, struct atcp_sysfs_file, attr);
	const struct atcp_listener *l = atcp_sysfs_dir_of(kobj)->l;

	if (f->knob != ATCP_KNOB_NR)
		return atcp_sysfs_show_knob(l, f->knob, buf);
	return f->show ? f->show(l, buf) : -EIO;
}

static ssize_t atcp_sysfs_store(struct kobject *kobj, struct attribute *attr,
				const char *buf, size_t len)
{
	struct atcp_sysfs_file *f = container_of(attr, struct atcp_sysfs_file, attr);
	struct atcp_sysfs_dir *dir = atcp_sysfs_dir_of(kobj);
	int err = -EIO;

	if (!ns_capable(dir->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (f->knob != ATCP_KNOB_NR)
		err = atcp_knob_store(dir->l, f->knob, buf);
	else if (f->store)
		err = f->store(dir->l);
	return err ?: len;
}

static const struct sysfs_ops atcp_sysfs_ops = {
	.show	= atcp_sysfs_show,
	.store	= atcp_sysfs_store,
};

/* --- the directories --------------------------------------------------------- */

static void atcp_sysfs_release(struct kobject *kobj)
{
	kfree(atcp_sysfs_dir_of(kobj));
}

static struct net *atcp_sysfs_net(const struct kobject *kobj)
{
	return container_of(kobj, struct atcp_sysfs_dir, kobj)->net;
}

ATCP_COMPAT_NAMESPACE(atcp_sysfs_namespace, atcp_sysfs_net)

static void atcp_sysfs_ownership(ATCP_KOBJ_OWNERSHIP kobj, kuid_t *uid, kgid_t *gid)
{
	net_ns_get_ownership(container_of(kobj, struct atcp_sysfs_dir, kobj)->net, uid, gid);
}

static const struct kobj_type atcp_sysfs_dir_type = {
	.release	= atcp_sysfs_release,
	.sysfs_ops	= &atcp_sysfs_ops,
	.default_groups	= atcp_sysfs_groups,
	.namespace	= ATCP_COMPAT_NAMESPACE_OP(atcp_sysfs_namespace),
	.get_ownership	= atcp_sysfs_ownership,
};

static const struct kobj_ns_type_operations *
atcp_sysfs_child_ns(ATCP_KOBJ_CHILD_NS *kobj)
{
	return &net_ns_type_operations;
}

static void atcp_sysfs_listeners_release(struct kobject *kobj)
{
	kfree(kobj);
}

static const struct kobj_type atcp_sysfs_listeners_type = {
	.release	= atcp_sysfs_listeners_release,
	.sysfs_ops	= &kobj_sysfs_ops,
	.child_ns_type	= atcp_sysfs_child_ns,
};

/* Without its directory a listener works all the same: no reason to fail listen(2). */
static void atcp_sysfs_added(struct atcp_listener *l)
{
	struct atcp_sysfs_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL_ACCOUNT);

	if (!dir)
		goto warn;
	dir->l = l;
	dir->net = l->an->net;
	if (kobject_init_and_add(&dir->kobj, &atcp_sysfs_dir_type,
				 atcp_sysfs_listeners, "%u", l->id)) {
		kobject_put(&dir->kobj);
		goto warn;
	}
	l->dir = dir;
	return;
warn:
	atcp_log_info(l->an, EVENT, "no directory for listener %u: out of memory\n", l->id);
}

static void atcp_sysfs_removed(struct atcp_listener *l)
{
	struct atcp_sysfs_dir *dir = l->dir;

	if (!dir)
		return;
	l->dir = NULL;
	/* Waits for those who read or write a file of it now. */
	kobject_del(&dir->kobj);
	kobject_put(&dir->kobj);
}

static const struct atcp_listener_ops atcp_sysfs_listener_ops = {
	.added		= atcp_sysfs_added,
	.removed	= atcp_sysfs_removed,
};

static void atcp_sysfs_init_knobs(void)
{
	unsigned int id;

	for (id = 0; id < ATCP_KNOB_NR; id++) {
		struct atcp_sysfs_file *f = &atcp_sysfs_knobs[id];

		f->attr.name = atcp_knob_name(id);
		f->attr.mode = 0644;
		f->knob = id;
		sysfs_attr_init(&f->attr);
		atcp_sysfs_knob_attrs[id] = &f->attr;
	}
}

int atcp_sysfs_init(void)
{
	atcp_sysfs_init_knobs();
	atcp_sysfs_root = kobject_create_and_add("atcp", kernel_kobj);
	if (!atcp_sysfs_root)
		return -ENOMEM;
	atcp_sysfs_listeners = kzalloc(sizeof(*atcp_sysfs_listeners), GFP_KERNEL);
	if (!atcp_sysfs_listeners)
		goto err_root;
	if (kobject_init_and_add(atcp_sysfs_listeners,
				 &atcp_sysfs_listeners_type,
				 atcp_sysfs_root, "listeners"))
		goto err_listeners;
	atcp_listener_watch(&atcp_sysfs_listener_ops);
	return 0;

err_listeners:
	kobject_put(atcp_sysfs_listeners);
err_root:
	kobject_put(atcp_sysfs_root);
	return -ENOMEM;
}

void atcp_sysfs_exit(void)
{
	kobject_put(atcp_sysfs_listeners);
	kobject_put(atcp_sysfs_root);
}
