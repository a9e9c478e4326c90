# SPDX-License-Identifier: GPL-2.0
# A made-up sysfs for tests of atcpctl: what /sys/kernel/atcp/listeners holds, as plain files.
# shellcheck shell=bash

# put FILE TEXT: a read-only file.
put() {
	mkdir -p "${1%/*}"
	rm -f "$1"
	printf '%s\n' "$2" > "$1"
	chmod 0444 "$1"
}

# knob FILE TEXT: one that can be written.
knob() {
	put "$1" "$2"
	chmod 0644 "$1"
}

# listener SYSFS ID INODE FAMILY LOCAL: one listener's directory, idle, all knobs inherited.
listener() {
	local dir=$1/kernel/atcp/listeners/$2 name
	mkdir -p "$dir"
	put "$dir/id" "$2"
	put "$dir/inode" "$3"
	put "$dir/family" "$4"
	put "$dir/local" "$5"
	put "$dir/uid" 0
	put "$dir/state" listen
	for name in synq_len synq_young synq_peak synq_oldest_ms acceptq_len acceptq_peak acceptq_oldest_ms parked; do
		put "$dir/$name" 0
	done
	put "$dir/acceptq_limit" 128
	put "$dir/backlog_asked" 128
	put "$dir/stats" "$(printf '%s 0\n' syns synack_retrans cookies_sent cookies_recv cookies_failed overflows drops accepted)"
	put "$dir/handshake_us" ""
	put "$dir/accept_wait_us" ""
	knob "$dir/backlog" "128 socket"
	knob "$dir/syn_backlog" "128 netns"
	knob "$dir/syncookies" "auto netns"
	knob "$dir/synack_retries" "5 netns"
	knob "$dir/synack_rto" "1000 netns"
	knob "$dir/overflow" "park netns"
	knob "$dir/defer_accept" "0 netns"
	knob "$dir/guard" "0 netns"
	mkdir -p "$dir/power"
	: > "$dir/reset_peaks"
	chmod 0200 "$dir/reset_peaks"
}

# stats DIRECTORY "NAME VALUE"...: counters other than 0.
stats() {
	local dir=$1 pair
	shift
	chmod 0644 "$dir/stats"
	for pair; do
		sed -i "/^${pair% *} /d" "$dir/stats"
		echo "$pair" >> "$dir/stats"
	done
	chmod 0444 "$dir/stats"
}

# proc_listen PROC SYSFS: /proc/net/atcp/listen with what sysfs says.
proc_listen() {
	local dir file=$1/net/atcp/listen
	mkdir -p "${file%/*}"
	echo "id inode uid family local synq synq_max young acceptq acceptq_max acceptq_peak parked overflow syncookies synack_retries syns synack_retrans cookies_sent cookies_recv cookies_failed overflows drops accepted" > "$file"
	for dir in "$2"/kernel/atcp/listeners/*; do
		[ -d "$dir" ] || continue
		local name line
		line="$(cat "$dir/id") $(cat "$dir/inode") $(cat "$dir/uid") $(cat "$dir/family") $(cat "$dir/local")"
		line+=" $(cat "$dir/synq_len") $(cut -d' ' -f1 "$dir/syn_backlog") $(cat "$dir/synq_young")"
		line+=" $(cat "$dir/acceptq_len") $(cat "$dir/acceptq_limit") $(cat "$dir/acceptq_peak") $(cat "$dir/parked")"
		line+=" $(cut -d' ' -f1 "$dir/overflow") $(cut -d' ' -f1 "$dir/syncookies") $(cut -d' ' -f1 "$dir/synack_retries")"
		for name in syns synack_retrans cookies_sent cookies_recv cookies_failed overflows drops accepted; do
			line+=" $(sed -n "s/^$name //p" "$dir/stats")"
		done
		echo "$line" >> "$file"
	done
}
