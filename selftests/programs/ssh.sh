#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ssh: a command, a copy of 50 MB, and a forwarded port.
# timeout: 240
# packages: openssh-server openssh-client socat

. "$HERE/lib.sh"
ssh-keygen -q -t ed25519 -N "" -f host && ssh-keygen -q -t ed25519 -N "" -f user
cp user.pub authorized
chmod 700 .
mkdir -p /run/sshd
cat > sshd_config << END
Port 2222
HostKey $PWD/host
AuthorizedKeysFile $PWD/authorized
StrictModes no
PidFile none
UsePAM no
PermitRootLogin yes
Subsystem sftp /usr/lib/openssh/sftp-server
END
options=(-F none -i user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)
head -c 50000000 /dev/urandom > file
# shellcheck disable=SC2086 # $RUN is a command with its options
{
	serve 2222 $RUN /usr/sbin/sshd -D -e -f "$PWD/sshd_config"
	for host in 127.0.0.1 ::1; do
		outcome "a command $host" test "$($RUN ssh "${options[@]}" -p 2222 root@$host echo hello)" = hello
	done
	outcome "copy" $RUN scp "${options[@]}" -P 2222 file root@127.0.0.1:"$PWD/copy"
	outcome "the same" cmp file copy
	serve 7001 $RUN socat tcp-listen:7001,bind=127.0.0.1,fork exec:cat
	serve 7000 $RUN ssh "${options[@]}" -p 2222 -N -L 127.0.0.1:7000:127.0.0.1:7001 root@127.0.0.1
	outcome "forwarded" test "$(echo through | $RUN socat -t 20 - tcp:127.0.0.1:7000)" = through
}
