// SPDX-License-Identifier: GPL-2.0
/* Dual-stack listeners, v4-mapped addresses, and both doors to the family. */
#include "sockapi.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A listener on "::" and what an IPv4 and an IPv6 client see of it. */
static void addr_dual(struct api *api)
{
	union addr any, at;
	socklen_t len = sizeof(any);
	int listener = stack_socket(api->stack, AF_INET6, 0);
	int fd, client, v6;

	addr_parse(&any, "::", 0);
	api_set(listener, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (bind(listener, &any.sa, addr_len(&any)) || listen(listener, 4) ||
	    getsockname(listener, &any.sa, &len))
		die("dual listener");
	for (v6 = 0; v6 < 2; v6++) {
		addr_loopback(&at, v6 ? AF_INET6 : AF_INET, addr_port(&any));
		client = stack_socket(api->stack, at.sa.sa_family, 0);
		note_call(api, "connect", connect(client, &at.sa, addr_len(&at)));
		fd = accept(listener, NULL, NULL);
		note_addr(api, "name", fd, getsockname);
		note_addr(api, "peer", fd, getpeername);
		note_option(api, "domain", fd, SOL_SOCKET, SO_DOMAIN);
		send(fd, "dual", 4, 0);
		note_call(api, "recv", recv(client, &at, 4, 0));
		note_call(api, "addrform", api_set(fd, IPPROTO_IPV6, IPV6_ADDRFORM,
						   AF_INET));
		note_option(api, "domain", fd, SOL_SOCKET, SO_DOMAIN);
		note_addr(api, "name", fd, getsockname);
	}
}

static void addr_v6only(struct api *api)
{
	union addr any, at;
	socklen_t len = sizeof(any);
	int listener = stack_socket(api->stack, AF_INET6, 0);
	int client = stack_socket(api->stack, AF_INET, 0);

	addr_parse(&any, "::", 0);
	note_call(api, "v6only", api_set(listener, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	if (bind(listener, &any.sa, addr_len(&any)) || listen(listener, 4) ||
	    getsockname(listener, &any.sa, &len))
		die("v6only listener");
	note_call(api, "late", api_set(listener, IPPROTO_IPV6, IPV6_V6ONLY, 0));
	addr_loopback(&at, AF_INET, addr_port(&any));
	note_call(api, "v4", connect(client, &at.sa, addr_len(&at)));
}

static void addr_mapped(struct api *api)
{
	union addr at, mapped;
	struct api v4 = { .stack = api->stack, .family = AF_INET };
	int listener = api_listener(&v4, &at, 4);
	int client = stack_socket(api->stack, AF_INET6, 0);
	int fd;

	addr_parse(&mapped, "::ffff:127.0.0.1", addr_port(&at));
	note_call(api, "connect", connect(client, &mapped.sa, addr_len(&mapped)));
	note_addr(api, "name", client, getsockname);
	note_addr(api, "peer", client, getpeername);
	fd = accept(listener, NULL, NULL);
	note_addr(api, "peer", fd, getpeername);
	send(client, "mapped", 6, 0);
	note_call(api, "recv", recv(fd, &at, 6, 0));
	client = stack_socket(api->stack, AF_INET6, 0);
	api_set(client, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	note_call(api, "v6only", connect(client, &mapped.sa, addr_len(&mapped)));
	client = stack_socket(api->stack, AF_INET6, 0);
	addr_parse(&mapped, "::ffff:127.0.0.1", 0);
	note_call(api, "bind", bind(client, &mapped.sa, addr_len(&mapped)));
	note_addr(api, "name", client, getsockname);
	client = stack_socket(api->stack, AF_INET6, 0);
	addr_parse(&mapped, "::1", 0);
	bind(client, &mapped.sa, addr_len(&mapped));
	addr_parse(&mapped, "::ffff:127.0.0.1", 1);
	note_call(api, "mixed", connect(client, &mapped.sa, addr_len(&mapped)));
}

static void addr_sockaddr_in_on_v6(struct api *api)
{
	union addr at;
	int fd = stack_socket(api->stack, AF_INET6, 0);

	addr_loopback(&at, AF_INET, 9);
	note_call(api, "connect", connect(fd, &at.sa, addr_len(&at)));
	note_call(api, "bind", bind(fd, &at.sa, addr_len(&at)));
	addr_loopback(&at, AF_INET6, 9);
	fd = stack_socket(api->stack, AF_INET, 0);
	note_call(api, "connect", connect(fd, &at.sa, addr_len(&at)));
	note_call(api, "bind", bind(fd, &at.sa, addr_len(&at)));
}

/* Types and protocols a door does not have are refused as the kernel does. */
static void addr_doors(struct api *api)
{
	int door = api->stack == STACK_DOOR ? AF_ATCP : api->family;
	int proto = api->stack == STACK_TCP ? IPPROTO_TCP : IPPROTO_ATCP;
	int fd = api_socket(api, SOCK_NONBLOCK | SOCK_CLOEXEC);

	note_option(api, "type", fd, SOL_SOCKET, SO_TYPE);
	note_option(api, "domain", fd, SOL_SOCKET, SO_DOMAIN);
	if (api->stack == STACK_DOOR)
		proto = api->family == AF_INET6 ? ATCP_PROTO_IPV6 : ATCP_PROTO_IPV4;
	note(api, "stream=%d ", socket(door, SOCK_STREAM, proto) >= 0);
	note(api, "dgram=%d ", socket(door, SOCK_DGRAM, proto) >= 0);
	note(api, "seqpacket=%d ", socket(door, SOCK_SEQPACKET, proto) >= 0);
	note_call(api, "type", socket(door, 0x7, proto));
	note_call(api, "proto", socket(door, SOCK_STREAM, -1));
}

static void addr_link_local(struct api *api)
{
	union addr at;
	int fd = stack_socket(api->stack, AF_INET6, 0);

	addr_parse(&at, "fe80::1", 9);
	note_call(api, "bind", bind(fd, &at.sa, addr_len(&at)));
	note_call(api, "connect", connect(fd, &at.sa, addr_len(&at)));
	at.v6.sin6_scope_id = 999;
	note_call(api, "bind", bind(fd, &at.sa, addr_len(&at)));
	note_call(api, "connect", connect(fd, &at.sa, addr_len(&at)));
}

const struct api_case api_addr_cases[] = {
	{ "a dual-stack listener", addr_dual },
	{ "IPV6_V6ONLY", addr_v6only },
	{ "v4-mapped addresses", addr_mapped },
	{ "the other family's addresses", addr_sockaddr_in_on_v6 },
	{ "socket(2) itself", addr_doors },
	{ "link-local addresses without a scope", addr_link_local },
	{ NULL, NULL },
};
