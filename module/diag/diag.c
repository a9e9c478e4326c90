// SPDX-License-Identifier: GPL-2.0
/*
 * sock_diag about atcp's sockets: what ss(8) shows, and ss -K ends.
 *
 * A module of its own, since inet_diag is one: it is loaded when somebody asks
 * (input/noproto.c of atcp.ko), and may go while atcp stays.
 */
#include <linux/atcp.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/tcp.h>

#include "compat/diag.h"
#include "compat/tcpinfo.h"
#include "diag/dump.h"
#include "diag/fill.h"
#include "diag/find.h"

static const struct inet_diag_handler atcp_diag_handler = {
	ATCP_COMPAT_DIAG_OWNED
	.dump			= atcp_dump_some,
	.dump_one		= atcp_find_show,
	.destroy		= atcp_find_destroy,
	.idiag_get_info		= atcp_fill_info,
	.idiag_type		= IPPROTO_ATCP,
	.idiag_info_size	= sizeof(union atcp_compat_tcp_info),
};

static int __init atcp_diag_init(void)
{
	atcp_fill_init();
	return inet_diag_register(&atcp_diag_handler);
}

static void __exit atcp_diag_exit(void)
{
	inet_diag_unregister(&atcp_diag_handler);
}

module_init(atcp_diag_init);
module_exit(atcp_diag_exit);

MODULE_AUTHOR("The atcp authors");
MODULE_DESCRIPTION("atcp's sockets by sock_diag");
MODULE_VERSION(ATCP_VERSION);
MODULE_LICENSE("GPL");
/* PF_NETLINK, NETLINK_SOCK_DIAG; AF_INET, which stands for IPv6 too, and IPPROTO_ATCP. */
MODULE_ALIAS("net-pf-16-proto-4-type-2-253");
