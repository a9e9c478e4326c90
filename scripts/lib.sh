# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the scripts share: where things are cached, how progress is told, which kernel is stock.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/atcp}
JOBS=${JOBS:-$(nproc)}
export CACHE TOP
# What the user told the outer make is not meant for the ones that are started here.
unset MAKEFLAGS MAKELEVEL MFLAGS

# Progress and errors go to stderr: stdout is for results.
say() { printf '>>> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Print a short key for what comes on stdin, to name cached things after what they were built from.
key_of() { sha256sum | cut -c1-12; }

# Run a command with its output in LOG, printing a dot every few seconds; the log's end if it fails.
quietly()
{
	local log=$1 what=$2 pid start=$SECONDS
	shift 2
	mkdir -p "$(dirname "$log")"
	say "$what (log: $log)"
	"$@" > "$log" 2>&1 < /dev/null &
	pid=$!
	while kill -0 "$pid" 2> /dev/null; do
		sleep 1
		if (((SECONDS - start) % 30 == 29)); then
			printf '>>> ... %s: %d s, %d lines\n' "$what" $((SECONDS - start)) \
				"$(wc -l < "$log")" >&2
		fi
	done
	if ! wait "$pid"; then
		tail -n 40 "$log" >&2
		die "$what failed after $((SECONDS - start)) s"
	fi
	say "$what: done in $((SECONDS - start)) s"
}

# Print the release of the stock kernel the VM runs: the newest Debian one with headers installed.
stock_release()
{
	local dir

	for dir in /usr/src/linux-headers-6.1.*-amd64; do
		[ -e "$dir/Makefile" ] && echo "${dir#/usr/src/linux-headers-}"
	done | sort -V | tail -n 1
}

# Ends a process that was started here and all that it started.
kill_tree()
{
	local child

	for child in $(pgrep -P "$1"); do
		kill_tree "$child"
	done
	kill "$1" 2> /dev/null
}
