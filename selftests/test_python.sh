#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# python3's http.server and a plain socket client, unmodified, on atcp.
# timeout: 200
# platforms: stock uml
# cpus: 1
# check: stock
. ./lib/atcp_lib.sh

need python3 curl
ktap_plan 5
topo_pair
mkdir "$lib_tmp/www"
seq 1 200000 >"$lib_tmp/www/page"
sum=$(md5sum <"$lib_tmp/www/page")
cat >"$lib_tmp/client.py" <<'PY'
import socket
import sys

with socket.create_connection((sys.argv[1], int(sys.argv[2])), 60) as sock:
    sock.sendall(b"GET /page HTTP/1.0\r\n\r\n")
    with sock.makefile("rb") as stream:
        while stream.readline().strip():
            pass
        sys.stdout.buffer.write(stream.read())
PY

for address in $S4 $S6; do
	spawn on "$STACK" $S python3 -m http.server 8000 \
		--bind "$address" --directory "$lib_tmp/www"
	server=$spawned
	wait_listen $S 8000 "$STACK"
	url=http://$address:8000/page
	[ $address = $S6 ] && url="http://[$address]:8000/page"
	ktap_eq "http.server on atcp, $address, curl by the kernel's TCP" \
		"$(ns $C curl -sS --max-time 60 "$url" | md5sum)" "$sum"
	ktap_eq "http.server and socket client on atcp, $address" \
		"$(on "$STACK" $C python3 "$lib_tmp/client.py" \
			"$address" 8000 | md5sum)" "$sum"
	kill "$server"
	reap "$server"
	wait_for 20 no_rows $S "$STACK" 0A 8000
done
spawn ns $S python3 -m http.server 8001 --bind $S4 --directory "$lib_tmp/www"
wait_listen $S 8001 tcp
ktap_eq "the kernel's http.server, socket client on atcp" \
	"$(on "$STACK" $C python3 "$lib_tmp/client.py" $S4 8001 |
		md5sum)" "$sum"
ktap_end
