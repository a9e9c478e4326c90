#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# nginx on atcp answers curl, and 10,000 short connections, none failed; in "make check" 3,000.
# timeout: 600
# platforms: stock uml
# check: stock
. ./lib/atcp_lib.sh
. ./lib/nginx.sh

need nginx curl ab
ktap_plan 8
topo_pair
count=$(size 10000 500)
[ -z "${ATCP_CHECK:-}" ] || count=$((count * 3 / 10))
page="served by nginx on $STACK"
nginx_conf "$lib_tmp" 2 "8000 backlog=1024" "[::]:8000 backlog=1024 ipv6only=on"
echo "$page" >"$lib_tmp/www/index.html"
head -c 3000000 /dev/urandom >"$lib_tmp/www/big"
chmod -R a+rX "$lib_tmp"

fetch() { ns $C curl -sS --max-time 60 "$@"; }
fetch_atcp() { on "$STACK" $C curl -sS --max-time 60 "$@"; }
none_failed() {
	ns $C ab -q -n "$2" -c 20 "http://$1:8000/" >"$lib_tmp/ab.log" 2>&1
	cat "$lib_tmp/ab.log"
	grep -q "^Complete requests: *$2$" "$lib_tmp/ab.log" &&
		grep -q '^Failed requests: *0$' "$lib_tmp/ab.log"
}

spawn on "$STACK" $S nginx -c "$lib_tmp/nginx.conf" -p "$lib_tmp"
server=$spawned
wait_listen $S 8000 "$STACK"
ktap_result $? "nginx listens"
ktap_eq "curl by the kernel's TCP, IPv4" "$(fetch http://$S4:8000/)" "$page"
ktap_eq "curl by the kernel's TCP, IPv6" "$(fetch "http://[$S6]:8000/")" "$page"
ktap_eq "curl by atcp" "$(fetch_atcp http://$S4:8000/)" "$page"
ktap_eq "a large file by sendfile" "$(fetch http://$S4:8000/big | md5sum)" \
	"$(md5sum <"$lib_tmp/www/big")"
few=$((count / 5))
ktap_run "$count short connections, IPv4, none failed" none_failed $S4 $count
ktap_run "$few short connections, IPv6, none failed" none_failed "[$S6]" $few
kill "$server"
reap "$server"
wait_for 10 no_rows $S "$STACK" 0A
ktap_result $? "nginx ends, and its listeners with it"
ktap_end
