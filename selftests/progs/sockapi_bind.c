// SPDX-License-Identifier: GPL-2.0
/* What bind(2) and getsockname(2) say. */
#include "sockapi.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void bind_lengths(struct api *api)
{
	int fd = api_socket(api, 0);
	union addr addr;

	addr_loopback(&addr, api->family, 0);
	note_call(api, "zero", bind(fd, &addr.sa, 0));
	note_call(api, "two", bind(fd, &addr.sa, 2));
	note_call(api, "short", bind(fd, &addr.sa, 12));
	note_call(api, "huge", bind(fd, &addr.sa, 4096));
	note_call(api, "pointer", bind(fd, (void *)8, addr_len(&addr)));
	note_call(api, "exact", bind(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "again", bind(fd, &addr.sa, addr_len(&addr)));
	note_addr(api, "name", fd, getsockname);
}

static void bind_families(struct api *api)
{
	static const int families[] = { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, 99 };
	union addr addr;
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(families) / sizeof(*families); i++) {
		fd = api_socket(api, 0);
		addr_loopback(&addr, api->family, 0);
		addr.sa.sa_family = families[i];
		note_call(api, "loopback", bind(fd, &addr.sa, sizeof(addr.v6)));
		close(fd);
		fd = api_socket(api, 0);
		memset(&addr, 0, sizeof(addr));
		addr.sa.sa_family = families[i];
		note_call(api, "any", bind(fd, &addr.sa, sizeof(addr.v6)));
		close(fd);
	}
}

static void bind_not_local(struct api *api)
{
	int v6 = api->family == AF_INET6;
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int fd = api_socket(api, 0);
	union addr addr;

	addr_parse(&addr, v6 ? "fd77::77" : "10.77.7.7", 0);
	note_call(api, "stranger", bind(fd, &addr.sa, addr_len(&addr)));
	note_call(api, "freebind", api_set(fd, level, v6 ? 78 : IP_FREEBIND, 1));
	note_call(api, "freely", bind(fd, &addr.sa, addr_len(&addr)));
	fd = api_socket(api, 0);
	addr_parse(&addr, v6 ? "ff02::1" : "224.0.0.1", 0);
	note_call(api, "multicast", bind(fd, &addr.sa, addr_len(&addr)));
	fd = api_socket(api, 0);
	addr_parse(&addr, v6 ? "fe80::1" : "255.255.255.255", 0);
	note_call(api, "other", bind(fd, &addr.sa, addr_len(&addr)));
}

static void bind_in_use(struct api *api)
{
	union addr addr;
	int one = api_listener(api, &addr, 1);
	int two = api_socket(api, 0);

	note_call(api, "second", bind(two, &addr.sa, addr_len(&addr)));
	api_set(two, SOL_SOCKET, SO_REUSEADDR, 1);
	note_call(api, "reuseaddr", bind(two, &addr.sa, addr_len(&addr)));
	close(one);
	note_call(api, "freed", bind(two, &addr.sa, addr_len(&addr)));
}

static void bind_privileged(struct api *api)
{
	int fd = api_socket(api, 0);
	union addr addr;

	addr_loopback(&addr, api->family, 1023);
	if (setresuid(65534, 65534, 65534))
		die("setresuid");
	note_call(api, "1023", bind(fd, &addr.sa, addr_len(&addr)));
	addr_loopback(&addr, api->family, 1024);
	note_call(api, "1024", bind(fd, &addr.sa, addr_len(&addr)));
}

static void bind_no_port(struct api *api)
{
	int fd = api_socket(api, 0);
	union addr addr, peer;

	api_listener(api, &peer, 1);
	addr_loopback(&addr, api->family, 0);
	note_call(api, "set", api_set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1));
	note_option(api, "get", fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
	note_call(api, "bind", bind(fd, &addr.sa, addr_len(&addr)));
	note_addr(api, "before", fd, getsockname);
	note_call(api, "connect", connect(fd, &peer.sa, addr_len(&peer)));
	note_addr(api, "after", fd, getsockname);
}

static void bind_name_lengths(struct api *api)
{
	unsigned char raw[64];
	int fd = api_socket(api, 0);
	socklen_t len = 0;

	memset(raw, 0x5a, sizeof(raw));
	note_addr(api, "fresh", fd, getsockname);
	note_addr(api, "peer", fd, getpeername);
	note_call(api, "empty", getsockname(fd, (void *)raw, &len));
	note(api, "len=%u byte=%x ", len, raw[0]);
	len = 4;
	note_call(api, "four", getsockname(fd, (void *)raw, &len));
	note(api, "len=%u byte=%x ", len, raw[4]);
	len = -1;
	note_call(api, "negative", getsockname(fd, (void *)raw, &len));
	note_call(api, "pointer", getsockname(fd, (void *)8, NULL));
}

static void bind_device(struct api *api)
{
	char name[16] = "";
	socklen_t len = sizeof(name);
	int fd = api_socket(api, 0);

	note_call(api, "none", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE,
					  "nosuch0", 8));
	note_call(api, "lo", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	note_call(api, "get", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name,
					 &len));
	note(api, "%s %u ", name, len);
}

const struct api_case api_bind_cases[] = {
	{ "lengths and pointers", bind_lengths },
	{ "families", bind_families },
	{ "addresses that are not ours", bind_not_local },
	{ "a port in use, with SO_REUSEADDR, freed", bind_in_use },
	{ "ports below 1024 without the capability", bind_privileged },
	{ "IP_BIND_ADDRESS_NO_PORT", bind_no_port },
	{ "getsockname and getpeername lengths", bind_name_lengths },
	{ "SO_BINDTODEVICE", bind_device },
	{ NULL, NULL },
};
