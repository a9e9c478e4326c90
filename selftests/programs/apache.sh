#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# apache's three ways of working (prefork, worker, event) under ab.
# timeout: 180
# packages: apache2-bin apache2-utils

. "$HERE/lib.sh"
mkdir www
head -c 100000 /dev/urandom > www/file
port=8080
for mpm in prefork worker event; do
	port=$((port + 1))
	cat > $mpm.conf <<-END
	ServerRoot $PWD
	PidFile $PWD/$mpm.pid
	ServerName localhost
	Listen 127.0.0.1:$port
	Listen [::1]:$port
	LoadModule mpm_${mpm}_module /usr/lib/apache2/modules/mod_mpm_$mpm.so
	LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
	DocumentRoot $PWD/www
	DefaultRuntimeDir $PWD
	ErrorLog $PWD/$mpm.err
	User nobody
	Group nogroup
	<Directory $PWD/www>
	Require all granted
	</Directory>
	END
	# shellcheck disable=SC2086 # $RUN is a command with its options
	{
		serve $port setsid $RUN apache2 -f "$PWD/$mpm.conf" -D FOREGROUND
		for options in "" "-k"; do
			for host in 127.0.0.1 '[::1]'; do
				$RUN ab -q -s 60 $options -n 300 -c 8 "http://$host:$port/file" > ab.log 2>&1
				outcome "$mpm ab $options $host" sh -c 'grep -q "^Complete requests: *300" ab.log &&
					grep -q "^Failed requests: *0" ab.log'
			done
		done
	}
	kill "$(cat $mpm.pid)" # which ends its process group
done
