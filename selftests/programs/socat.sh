#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# socat: transfers with its socket options, half close, a forking server, and systemd's socket activation.
# packages: socat systemd

. "$HERE/lib.sh"
bytes=3000000
[ -z "$SHORT" ] || bytes=1000000
head -c $bytes /dev/urandom > file
port=7000
all=("" reuseport mss=700 nodelay cork sndbuf=9000 rcvbuf=9000 "keepalive,keepidle=3" linger=5 so-timestamp quickack
	defer-accept=2 syncnt=4 ip-transparent window-clamp=20000)
[ -z "$SHORT" ] || all=("${all[@]:0:2}")
# shellcheck disable=SC2086 # $RUN is a command with its options
for options in "${all[@]}"; do
	for family in tcp4 tcp6; do
		host=127.0.0.1
		[ $family = tcp4 ] || host='[::1]'
		port=$((port + 1))
		server_options=
		case $options in
		reuseport|defer*) server_options=,$options; client_options= ;;
		*)	client_options=,$options ;;
		esac
		serve $port $RUN socat -u $family-listen:$port,reuseaddr,bind=$host$server_options create:got
		server=$!
		outcome "$family $options sent" $RUN socat -u open:file "$family:$host:$port${client_options%,}"
		if [ -s got ] || ! kill $server 2> /dev/null; then wait $server; fi
		outcome "$family $options whole" cmp file got
		rm -f got
	done
done
# shellcheck disable=SC2086
{
	serve 7101 $RUN socat tcp4-listen:7101,fork,reuseaddr exec:cat
	outcome "half close" sh -c "$RUN socat -t 20 - tcp4:127.0.0.1:7101 < file | cmp - file"
	serve 7102 $RUN systemd-socket-activate -l 127.0.0.1:7102 --inetd -a cat
	for n in 1 2 3; do
		outcome "socket activation $n" test "$(echo hello | $RUN socat -t 20 - tcp4:127.0.0.1:7102)" = hello
	done
	serve 7103 $RUN systemd-socket-activate -l '[::1]:7103' python3 -c '
import socket
s = socket.socket(fileno=3)
print(s.family, s.type, s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
c, _ = s.accept()
c.sendall(b"activated")'
	outcome "an activated server" test "$($RUN socat -t 20 - tcp6:'[::1]':7103)" = activated
}
