#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# haproxy before nginx under wrk, reloaded four times meanwhile.
# timeout: 180
# packages: haproxy nginx-light wrk curl

. "$HERE/lib.sh"
mkdir www
head -c 200000 /dev/urandom > www/big
echo hello > www/small
cat > nginx.conf << END
daemon off; worker_processes 2; pid $PWD/nginx.pid; error_log $PWD/nginx.err; user root;
events { worker_connections 512; }
http { access_log off; client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3;
	uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
	server { listen 127.0.0.1:8081 reuseport; listen [::1]:8081; root $PWD/www; } }
END
cat > haproxy.cfg << END
global
	maxconn 400
	stats socket $PWD/haproxy.sock mode 600 level admin expose-fd listeners
defaults
	mode http
	timeout connect 20s
	timeout client 60s
	timeout server 60s
	retries 5
frontend in
	bind 127.0.0.1:8080
	bind [::1]:8080
	default_backend out
backend out
	server v4 127.0.0.1:8081 check
	server v6 [::1]:8081 check
END
# shellcheck disable=SC2086 # $RUN is a command with its options
{
	serve 8081 $RUN nginx -p "$PWD" -c "$PWD/nginx.conf"
	serve 8080 $RUN haproxy -W -f haproxy.cfg -p "$PWD/haproxy.pid" -x "$PWD/haproxy.sock"
	for host in 127.0.0.1 '[::1]'; do
		outcome "whole $host" sh -c "$RUN curl -sS -m 60 -o got 'http://$host:8080/big' && cmp got www/big"
	done
	$RUN wrk -t 2 -c 16 -d 8s --timeout 20s http://127.0.0.1:8080/small > wrk.log 2>&1 &
}
load=$!
for _ in 1 2 3 4; do
	sleep 1.5
	kill -USR2 "$(head -n 1 haproxy.pid)"
done
wait $load
cat wrk.log
outcome "answers under reloads" grep -q 'requests in' wrk.log
# A worker that leaves closes idle connections, at which wrk may be writing: "read" errors.
outcome "no errors under reloads" sh -c '! grep -q "Non-2xx" wrk.log &&
	! grep "Socket errors" wrk.log | grep -vq "connect 0, read [0-9]*, write 0, timeout 0"'
