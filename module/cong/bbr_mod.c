// SPDX-License-Identifier: GPL-2.0
/* atcp_bbr.ko: BBR as a module of its own. */
#include <linux/atcp.h>
#include <linux/module.h>

#include "compat/export.h"
#include "cong/bbr.h"

static int __init atcp_bbr_init(void)
{
	return atcp_cong_register(&atcp_bbr_ops);
}

static void __exit atcp_bbr_exit(void)
{
	atcp_cong_unregister(&atcp_bbr_ops);
}

module_init(atcp_bbr_init);
module_exit(atcp_bbr_exit);

MODULE_AUTHOR("The atcp authors");
MODULE_DESCRIPTION("BBR (draft-ietf-ccwg-bbr) for atcp");
MODULE_VERSION(ATCP_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS("atcp-cong-bbr");
ATCP_COMPAT_IMPORT_CONG;
