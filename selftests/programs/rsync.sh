#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# rsync's daemon: a tree there and back, and a change of a part of it.
# packages: rsync

. "$HERE/lib.sh"
mkdir -p tree/a/b store back
big=8000000
[ -z "$SHORT" ] || big=1500000
for n in $(seq 40); do head -c $((n * big / 1600)) /dev/urandom > tree/a/$n; done
head -c $big /dev/urandom > tree/a/b/big
cat > rsyncd.conf << END
use chroot = no
pid file = $PWD/rsyncd.pid
address = 127.0.0.1
[store]
	path = $PWD/store
	read only = no
	uid = 0
	gid = 0
END
# shellcheck disable=SC2086 # $RUN is a command with its options
{
	serve 8730 $RUN rsync --daemon --no-detach --port 8730 --config rsyncd.conf
	outcome "there" $RUN rsync -a --timeout 60 tree/ rsync://127.0.0.1:8730/store/
	outcome "the same there" diff -r tree store
	printf 'changed' | dd of=tree/a/b/big bs=1 seek=$((big / 2)) conv=notrunc status=none
	outcome "a change" $RUN rsync -a --timeout 60 --no-whole-file -c tree/ rsync://127.0.0.1:8730/store/
	outcome "back" $RUN rsync -a --timeout 60 rsync://127.0.0.1:8730/store/ back/
	outcome "the same back" diff -r tree back
}
