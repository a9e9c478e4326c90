/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about kobjects. */
#ifndef _ATCP_COMPAT_KOBJECT_H
#define _ATCP_COMPAT_KOBJECT_H

#include <linux/kobject.h>
#include <linux/kobject_ns.h>
#include <net/net_namespace.h>

/* The kobject that a kobj_type's questions are about: const or not, by this kernel's type. */
#define ATCP_COMPAT_KOBJ_OF(member, ret)				\
	typeof(*__builtin_choose_expr(__builtin_types_compatible_p(	\
		typeof(((struct kobj_type *)NULL)->member),		\
		ret(*)(const struct kobject *)),			\
	(const struct kobject *)NULL, (struct kobject *)NULL))

static inline const struct ns_common *atcp_compat_ns_of(const struct net *net)
{
	return &net->ns;
}

/*
 * kobj_type's namespace member: the function @name for it gives what this
 * kernel wants of the namespace that @fn finds. That is a pointer to struct net
 * without its type, or to the part that all kinds of namespaces have.
 */
#define ATCP_COMPAT_NAMESPACE(name, fn)						\
static const void * __maybe_unused name##_void(struct kobject *kobj)		\
{										\
	return fn(kobj);							\
}										\
static const void * __maybe_unused name##_const(const struct kobject *kobj)	\
{										\
	return fn(kobj);							\
}										\
static const struct ns_common * __maybe_unused name##_ns(const struct kobject *kobj) \
{										\
	return atcp_compat_ns_of(fn(kobj));					\
}

#define ATCP_COMPAT_NAMESPACE_IS(name)						\
	__builtin_types_compatible_p(typeof(((struct kobj_type *)NULL)->namespace), typeof(name) *)
#define ATCP_COMPAT_NAMESPACE_OP(name)						\
	__builtin_choose_expr(ATCP_COMPAT_NAMESPACE_IS(name##_void), name##_void, \
	__builtin_choose_expr(ATCP_COMPAT_NAMESPACE_IS(name##_const), name##_const, \
			      name##_ns))

#define ATCP_KOBJ_CHILD_NS \
	ATCP_COMPAT_KOBJ_OF(child_ns_type, const struct kobj_ns_type_operations *)

/* The same for the one that takes two more arguments: its pointer. */
#define ATCP_KOBJ_OWNERSHIP						\
	typeof(__builtin_choose_expr(__builtin_types_compatible_p(	\
		typeof(((struct kobj_type *)NULL)->get_ownership),	\
		void (*)(const struct kobject *, kuid_t *, kgid_t *)),	\
	(const struct kobject *)NULL, (struct kobject *)NULL))

#endif /* _ATCP_COMPAT_KOBJECT_H */
