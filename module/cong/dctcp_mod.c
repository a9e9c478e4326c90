// SPDX-License-Identifier: GPL-2.0
/* atcp_dctcp.ko: DCTCP as a module of its own, with the parameters that Linux's has. */
#include <linux/atcp.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "compat/export.h"
#include "cong/dctcp.h"

static int atcp_dctcp_set_shift(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, 10);
}

static int atcp_dctcp_set_alpha(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 0, ATCP_DCTCP_ALPHA_MAX);
}

static const struct kernel_param_ops atcp_dctcp_shift_ops = {
	.set	= atcp_dctcp_set_shift,
	.get	= param_get_uint,
};

static const struct kernel_param_ops atcp_dctcp_alpha_ops = {
	.set	= atcp_dctcp_set_alpha,
	.get	= param_get_uint,
};

module_param_cb(dctcp_shift_g, &atcp_dctcp_shift_ops, &atcp_dctcp_shift_g, 0644);
MODULE_PARM_DESC(dctcp_shift_g, "g, the gain of alpha's average, is 1/2^n: 0 to 10 (default 4)");
module_param_cb(dctcp_alpha_on_init, &atcp_dctcp_alpha_ops, &atcp_dctcp_alpha_on_init, 0644);
MODULE_PARM_DESC(dctcp_alpha_on_init, "alpha of new connections, of 1024 (default 1024)");

static int __init atcp_dctcp_init(void)
{
	return atcp_cong_register(&atcp_dctcp_ops);
}

static void __exit atcp_dctcp_exit(void)
{
	atcp_cong_unregister(&atcp_dctcp_ops);
}

module_init(atcp_dctcp_init);
module_exit(atcp_dctcp_exit);

MODULE_AUTHOR("The atcp authors");
MODULE_DESCRIPTION("DCTCP (RFC 8257) for atcp");
MODULE_VERSION(ATCP_VERSION);
MODULE_LICENSE("GPL");
MODULE_ALIAS("atcp-cong-dctcp");
ATCP_COMPAT_IMPORT_CONG;
