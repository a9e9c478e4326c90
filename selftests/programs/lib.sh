# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts that try other people's programs share.

# outcome NAME COMMAND...: "ok" or "FAIL", by its status.
outcome() {
	local name=$1
	shift
	if "$@"; then
		echo "= $name: ok"
	else
		echo "= $name: FAIL"
	fi
}

# wait_for COMMAND...: until it succeeds, 30 s at most.
wait_for() {
	for _ in $(seq 300); do
		"$@" > /dev/null 2>&1 && return
		sleep 0.1
	done
	return 1
}

# listens PORT: is anything listening there, on the stack in question?
listens() {
	local dir=/proc/net/atcp hex
	[ "$STACK" = atcp ] || dir=/proc/net
	hex=$(printf ':%04X' "$1")
	cat $dir/tcp $dir/tcp6 | awk -v port="$hex" '$4 == "0A" && $2 ~ port "$" { found = 1 } END { exit !found }'
}

# serve PORT COMMAND...: in the background, until it listens.
serve() {
	local port=$1
	shift
	"$@" &
	wait_for listens "$port"
}

# For programs that will not run as root.
# shellcheck disable=SC2034 # used by who reads this
as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
