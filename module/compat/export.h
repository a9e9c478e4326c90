/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels spell differently about symbols that other modules use. */
#ifndef _ATCP_COMPAT_EXPORT_H
#define _ATCP_COMPAT_EXPORT_H

#include <linux/export.h>
#include <linux/module.h>
#include <linux/version.h>

/*
 * What congestion controls in modules of their own use is in the symbol namespace ATCP_CONG, whose
 * name is a string since 6.13. The macro's name is one that checkpatch knows for what it is.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define EXPORT_SYMBOL_ATCP_CONG(_symbol)	EXPORT_SYMBOL_NS_GPL(_symbol, "ATCP_CONG")
#define ATCP_COMPAT_IMPORT_CONG			MODULE_IMPORT_NS("ATCP_CONG")
#else
#define EXPORT_SYMBOL_ATCP_CONG(_symbol)	EXPORT_SYMBOL_NS_GPL(_symbol, ATCP_CONG)
#define ATCP_COMPAT_IMPORT_CONG			MODULE_IMPORT_NS(ATCP_CONG)
#endif

#endif /* _ATCP_COMPAT_EXPORT_H */
