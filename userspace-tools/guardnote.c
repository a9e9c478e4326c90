// SPDX-License-Identifier: GPL-2.0
/* Is the flood guard asked for where no device has it, and which devices could? */
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "atcpctl.h"
#include "file.h"
#include "guardnote.h"
#include "knob.h"
#include "paste.h"

#define ATCP_GUARDNOTE_IDLE \
	"guard=1 does nothing, for net.atcp.guard_devices names no device"

/**
 * atcp_guardnote_idle() - does guard=1 do nothing in this namespace?
 *
 * Return: there are no guard_devices.
 */
bool atcp_guardnote_idle(void)
{
	char *devices = atcp_knob_read("guard_devices");
	bool idle = devices && !*devices;

	free(devices);
	return idle;
}

/* Is it up, and of a kind that the guard can read: Ethernet, lo, or without a link header? */
static bool atcp_guardnote_can(int sock, const char *name)
{
	struct ifreq req = { 0 };

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (ioctl(sock, SIOCGIFFLAGS, &req) || !(req.ifr_flags & IFF_UP) ||
	    ioctl(sock, SIOCGIFHWADDR, &req))
		return false;
	return req.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	       req.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK ||
	       req.ifr_hwaddr.sa_family == ARPHRD_NONE;
}

/**
 * atcp_guardnote_devices() - the devices of this namespace by which SYNs may come
 *
 * Return: their names with blanks between, lo only if it is the only one; to be freed. NULL
 * if none that is up could have the guard.
 */
char *atcp_guardnote_devices(void)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *all = if_nameindex(), *one;
	char *names = NULL, *more;

	for (one = all; sock >= 0 && one && one->if_name; one++) {
		if (!strcmp(one->if_name, "lo") || !atcp_guardnote_can(sock, one->if_name))
			continue;
		more = atcp_file_format("%s%s%s", names ? names : "", names ? " " : "",
					one->if_name);
		free(names);
		names = more;
	}
	if (!names && sock >= 0 && atcp_guardnote_can(sock, "lo"))
		names = atcp_file_format("lo");
	if (all)
		if_freenameindex(all);
	if (sock >= 0)
		close(sock);
	return names;
}

/**
 * atcp_guardnote_text() - what is to be said where guard=1 does nothing
 *
 * Return: a sentence with the command, to be freed; NULL if there is a device.
 */
char *atcp_guardnote_text(void)
{
	char *devices, *text, *prefix;

	if (!atcp_guardnote_idle())
		return NULL;
	devices = atcp_guardnote_devices();
	prefix = atcp_paste_prefix();
	if (devices)
		text = atcp_file_format(ATCP_GUARDNOTE_IDLE ": %s set guard_devices=\"%s\"",
					prefix, devices);
	else
		text = atcp_file_format(ATCP_GUARDNOTE_IDLE ", and none that is up could have it");
	free(prefix);
	free(devices);
	return text;
}
