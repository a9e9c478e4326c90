#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# perf, trace-cmd and bpftrace use atcp's tracepoints as any others: by name, with filters on fields.
# timeout: 240
# platforms: stock
# cpus: 1
# check: stock
. ./lib/atcp_lib.sh

[ "$STACK" = tcp ] && skip_all "the kernel's TCP has none of atcp's events"
[ -d /sys/kernel/tracing/events/atcp ] || mount -t tracefs nodev /sys/kernel/tracing 2>/dev/null
[ -d /sys/kernel/tracing/events/atcp ] || skip_all "no tracing of modules in this kernel"

ktap_plan 8
topo_pair
cd "$lib_tmp" || exit 1

# Which events there are, and what the kernel says their fields are.
have() { command -v "$1" >/dev/null; }
connections() { xfer_pair atcp atcp $S4 2000 60 && xfer_pair atcp atcp $S6 2000 60; }
same_names() { # the names in a list are those of the kernel's
	diff <(ls -d /sys/kernel/tracing/events/atcp/*/ | sed 's|.*/atcp/\(.*\)/|atcp:\1|' | sort) \
		<(grep -o 'atcp:[a-z_]*' "$1" | sort -u)
}

perf_lists() { perf list 'atcp:*' >list 2>&1; cat list; same_names list; }
# A connection, both ends of it, by the program that the tool starts.
both_ends=(ip netns exec "$S" "$PROGS/xfer" -l -s atcp -b atcp -N "$C" -a "$S4" -n 2000 -t 60)
perf_records() {
	perf record -q -a -o perf.data -e atcp:atcp_state --filter 'sport == 8000' -e atcp:atcp_queue -- \
		"${both_ends[@]}" >recorded 2>&1 || { cat recorded; return 1; }
	perf script -i perf.data >script 2>&1
	head -n 20 script
	grep -q 'atcp:atcp_state:.*sport=8000.*ESTABLISHED' script && ! grep -q 'atcp_state:.*sport=[1-79]' script &&
		grep -q 'atcp:atcp_queue:.*event=accepted' script
}
perf_counts() {
	perf stat -a -x, -e atcp:atcp_state -o stat -- "${both_ends[@]}" >/dev/null || return 1
	cat stat
	[ "$(awk -F, '/atcp:atcp_state/ { print $1 }' stat)" -ge 6 ]
}
if have perf; then
	ktap_run "perf list" perf_lists
	ktap_run "perf record and script, with a filter" perf_records
	ktap_run "perf stat" perf_counts
else
	for what in list record stat; do ktap_skip "perf $what" "no perf"; done
fi

cmd_lists() { trace-cmd list -e '^atcp:' >list 2>&1; cat list; same_names list; }
cmd_records() {
	trace-cmd start -B atcp-$$ -e atcp:atcp_state -f 'sport == 8000' &&
		connections && trace-cmd show -B atcp-$$ >shown && trace-cmd reset -B atcp-$$
	local rc=$?
	head -n 20 shown
	[ $rc -eq 0 ] && grep -q 'atcp_state:.*ESTABLISHED' shown && ! grep -q 'sport=[1-79]' shown
}
# A file is read with the fields' description in it, not with this kernel's.
cmd_report() {
	# Not by record: what its readers have not fetched when a short program ends is lost.
	{ trace-cmd start -e atcp && "${both_ends[@]}" && trace-cmd stop && trace-cmd extract -o trace.dat &&
		trace-cmd reset; } >recorded 2>&1 || { cat recorded; return 1; }
	trace-cmd report -i trace.dat >reported 2>&1
	head -n 20 reported
	grep -q 'atcp_state:.*sport=[0-9]* dport=[0-9]* .*newstate=' reported
}
if have trace-cmd; then
	ktap_run "trace-cmd list" cmd_lists
	ktap_run "trace-cmd start and show, with a filter" cmd_records
	ktap_run "trace-cmd extract and report" cmd_report
else
	for what in list start extract; do ktap_skip "trace-cmd $what" "no trace-cmd"; done
fi

bpf_lists() {
	bpftrace -lv 'tracepoint:atcp:*' >list 2>&1
	cat list
	grep -q 'u16 sport' list && grep -q 'char newstate' list && same_names list
}
attached_or_gone() { grep -q 'Attaching\|ERROR' counts; }
bpf_counts() {
	bpftrace -e 'tracepoint:atcp:atcp_state /args->sport == 8000/ { @[args->newstate] = count(); }
		END { printf("over\n"); }' >counts 2>&1 &
	local tracer=$!
	wait_for 120 attached_or_gone && kill -0 $tracer || { kill $tracer; cat counts; return 1; }
	connections
	kill -INT $tracer
	wait $tracer
	cat counts
	grep -q '@\[.*ESTABLISHED\]: [1-9]' counts
}
if have bpftrace; then
	ktap_run "bpftrace -lv: names and fields" bpf_lists
	ktap_run "bpftrace counts by a field, with a filter" bpf_counts
else
	for what in -lv counts; do ktap_skip "bpftrace $what" "no bpftrace"; done
fi
ktap_end
