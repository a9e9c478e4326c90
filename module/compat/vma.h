/* SPDX-License-Identifier: GPL-2.0 */
/* How a mapping's flags are set: by a call, which locks it, since 6.3. */
#ifndef _ATCP_COMPAT_VMA_H
#define _ATCP_COMPAT_VMA_H

#include <linux/mm.h>
#include <linux/version.h>

static inline void atcp_compat_vma_flags(struct vm_area_struct *vma, unsigned long set,
					 unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

#endif /* _ATCP_COMPAT_VMA_H */
