# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# An nginx of a test's own: nginx_conf writes its configuration, with all that it writes below one directory.

# nginx_conf DIRECTORY WORKERS LISTEN...: DIRECTORY/nginx.conf, which serves DIRECTORY/www in the foreground.
nginx_conf() {
	local dir=$1 workers=$2

	shift 2
	mkdir -p "$dir/www"
	cat >"$dir/nginx.conf" <<CONF
user root;
daemon off;
master_process on;
worker_processes $workers;
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path $dir/body;
	proxy_temp_path $dir/proxy;
	fastcgi_temp_path $dir/fastcgi;
	uwsgi_temp_path $dir/uwsgi;
	scgi_temp_path $dir/scgi;
	sendfile on;
	server {
		$(printf 'listen %s;\n' "$@")
		root $dir/www;
	}
}
CONF
}
