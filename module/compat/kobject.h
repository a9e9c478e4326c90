/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about kobjects. */
#ifndef _ATCP_COMPAT_KOBJECT_H
#define _ATCP_COMPAT_KOBJECT_H

#include <linux/kobject.h>
#include <linux/kobject_ns.h>

/* The kobject that a kobj_type's questions are about: const or not, by this kernel's type. */
#define ATCP_COMPAT_KOBJ_OF(member, ret)				\
	typeof(*__builtin_choose_expr(__builtin_types_compatible_p(	\
		typeof(((struct kobj_type *)NULL)->member),		\
		ret(*)(const struct kobject *)),			\
	(const struct kobject *)NULL, (struct kobject *)NULL))

#define ATCP_KOBJ_NAMESPACE	ATCP_COMPAT_KOBJ_OF(namespace, const void *)
#define ATCP_KOBJ_CHILD_NS \
	ATCP_COMPAT_KOBJ_OF(child_ns_type, const struct kobj_ns_type_operations *)

/* The same for the one that takes two more arguments. */
#define ATCP_KOBJ_OWNERSHIP						\
	typeof(*__builtin_choose_expr(__builtin_types_compatible_p(	\
		typeof(((struct kobj_type *)NULL)->get_ownership),	\
		void (*)(const struct kobject *, kuid_t *, kgid_t *)),	\
	(const struct kobject *)NULL, (struct kobject *)NULL))

#endif /* _ATCP_COMPAT_KOBJECT_H */
