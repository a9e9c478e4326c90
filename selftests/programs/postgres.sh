#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# postgresql over TCP under pgbench, in three protocols, and a new connection for each transaction.
# timeout: 240
# packages: postgresql

. "$HERE/lib.sh"
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
mkdir db
chown nobody db .
chmod 700 db
"${as_nobody[@]}" "$bin/initdb" -D db -U postgres -A trust -N > initdb.log 2>&1 || tail initdb.log
# shellcheck disable=SC2086 # $RUN is a command with its options
{
	serve 5432 "${as_nobody[@]}" $RUN "$bin/postgres" -D db -k "$PWD" -c listen_addresses='127.0.0.1,::1' -c fsync=off \
		-c shared_buffers=16MB -c dynamic_shared_memory_type=mmap
	wait_for "$bin/pg_isready" -h "$PWD"
	outcome "fill" $RUN "$bin/pgbench" -h 127.0.0.1 -U postgres -i -q -s 1 postgres
	for mode in simple extended prepared; do
		outcome "pgbench $mode" $RUN "$bin/pgbench" -h 127.0.0.1 -U postgres -n -M $mode -c 4 -t 40 postgres
	done
	outcome "pgbench -C" $RUN "$bin/pgbench" -h ::1 -U postgres -n -C -c 2 -t 20 postgres
	outcome "large rows" test "$($RUN "$bin/psql" -h ::1 -U postgres -Atc "select repeat('x', 3000000)" postgres | wc -c)" = 3000001
	outcome "cancel" sh -c "$RUN $bin/psql -h 127.0.0.1 -U postgres -c 'set statement_timeout=300; select pg_sleep(60)' postgres 2>&1 |
		grep -q 'statement timeout'"
	outcome "keepalives" sh -c "$RUN $bin/psql 'host=127.0.0.1 user=postgres keepalives_idle=7 keepalives_count=3 tcp_user_timeout=9000' \
		-Atc 'set tcp_keepalives_idle=11; show tcp_keepalives_idle' postgres | tail -n 1 | grep -qx 11"
}
kill "$(head -n 1 db/postmaster.pid)"
