// SPDX-License-Identifier: GPL-2.0
/* Makes one module of the KUnit suites; each suite registers itself. */
#include <linux/module.h>

MODULE_DESCRIPTION("KUnit suites of atcp");
MODULE_LICENSE("GPL");
