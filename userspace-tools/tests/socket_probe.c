// SPDX-License-Identifier: GPL-2.0
/* Opens sockets of several kinds and prints what the kernel says of each. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void atcp_socket_probe_open(const char *what, int domain, int type,
				   int protocol)
{
	int fd = socket(domain, type, protocol), truth = -1;
	socklen_t len = sizeof(truth);

	if (fd < 0) {
		printf("%s: %s\n", what, strerror(errno));
		return;
	}
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &truth, &len);
	printf("%s: protocol %d\n", what, truth);
	close(fd);
}

int main(void)
{
	int pair[2];

	atcp_socket_probe_open("inet", AF_INET, SOCK_STREAM, 0);
	atcp_socket_probe_open("inet-tcp-flags", AF_INET,
			       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			       IPPROTO_TCP);
	atcp_socket_probe_open("inet6", AF_INET6, SOCK_STREAM, 0);
	atcp_socket_probe_open("udp", AF_INET, SOCK_DGRAM, 0);
	atcp_socket_probe_open("unix", AF_UNIX, SOCK_STREAM, 0);
	printf("socketpair: %s\n",
	       socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? "failed" : "ok");
	return 0;
}
