#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# memcached with four threads: sets, gets and a value of its largest size.
# packages: memcached python3

. "$HERE/lib.sh"
# shellcheck disable=SC2086 # $RUN is a command with its options
{
	serve 11211 $RUN memcached -u root -t 4 -m 512 -l 127.0.0.1,::1
	for host in 127.0.0.1 ::1; do
		outcome "sets and gets $host" $RUN python3 -c '
import socket, sys, threading
bad = []
def work(n):
    s = socket.create_connection((sys.argv[1], 11211), 30)
    f = s.makefile("rb")
    for i in range(40):
        value = b"%d" % (n * i) + b"x" * (i * 20000)
        s.sendall(b"set k%d.%d 0 0 %d\r\n" % (n, i, len(value)) + value + b"\r\n")
        if f.readline() != b"STORED\r\n":
            bad.append(i)
        s.sendall(b"get k%d.%d\r\n" % (n, i))
        if f.readline().split()[0] == b"VALUE" and f.read(len(value)) != value:
            bad.append(i)
        while f.readline() != b"END\r\n":
            pass
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
sys.exit(len(bad))' $host
	done
}
