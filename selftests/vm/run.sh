#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boots a test machine and judges what it says: run.sh PLATFORM tests|kunit|fuzz|shell|demo|bench|programs [tests]. Platforms are
# stock, trixie and backports (Debian's kernels: 6.1, the next release's and its newest), debug, kcsan and uml.
#
# A run passes only if the machine prints its success token, a number chosen here for this run, in time.
# Results are KTAP on stdout; what a failing test printed comes with it. V=1 shows everything.
# ATCP_MODULE and ATCP_KERNEL put another module or a kernel built elsewhere in the place of ours.
# ATCP_ICOUNT=1: QEMU with one CPU whose clock counts instructions, 1 ns each, whatever the host does meanwhile.
# ATCP_CPU=-erms,-fsrm: what QEMU's CPU lacks, or has.
# ATCP_CPUS=1 or 2: how many of them QEMU has; with tests, only those that are for so many.
# ATCP_CLOCK=travel: User Mode Linux whose clock stands still while anything runs, and skips idle time; real: a clock
# as any. Each takes the tests that are for it.
# Where User Mode Linux cannot run, QEMU's debug kernel takes its place, with one CPU and such a clock.

set -eu
. "$(dirname "$0")/../../scripts/lib.sh"

platform=${1:?stock, trixie, backports, debug, kcsan or uml}
mode=${2:?tests, kunit, fuzz, shell, demo, bench or programs}
shift 2

"$TOP/scripts/deps" --quiet
# In User Mode Linux, tests that say "# clock: travel" have a clock that stands still while anything runs: alone they
# get such a machine, all tests get one machine of each kind, one after the other.
may_travel() # TEST...
{
	local name

	for name in "$@"; do
		name=${name%.*}
		cat "$TOP/selftests/$name".{py,sh} "$TOP/userspace-tools/tests/test_${name#test_tools_}.sh" 2> /dev/null |
			head -n 20 | grep -qE '^# clock: travel' || return 1
	done
}
select=$platform
if [ "$platform-$mode" = uml-tests ] && [ -z "${ATCP_CLOCK:-}" ]; then
	if [ $# -eq 0 ]; then
		status=0
		ATCP_CLOCK=travel "$0" uml tests || status=1
		ATCP_CLOCK=real "$0" uml tests || status=1
		exit $status
	fi
	ATCP_CLOCK=$(may_travel "$@" && echo travel || echo real)
fi
# A benchmark that asks for such a clock too: what it measures is not how much work it is.
if [ "$mode" = bench ] && head -n 20 "$TOP/selftests/bench/${1:-all}".* | grep -q '^# clock: travel'; then
	platform=uml
	ATCP_CLOCK=travel
fi
# Or for one that counts instructions, and for the plugin that says whose they are.
profile=
if [ "$mode" = bench ] && head -n 20 "$TOP/selftests/bench/${1:-all}".* | grep -q '^# clock: profile'; then
	ATCP_ICOUNT=1
	profile=yes
fi
if [ "$platform" = uml ] && ! memory_dir=$("$TOP/scripts/uml-works"); then
	say "User Mode Linux cannot run here ($memory_dir): QEMU's debug kernel takes its place"
	platform=debug
	[ "${ATCP_CLOCK:-}" != travel ] || export ATCP_ICOUNT=${ATCP_ICOUNT-1}
fi
case $platform-$mode in
*-shell) limit=0 ;;
*-kunit) limit=${ATCP_RUN_TIMEOUT:-600} ;;
*)	limit=${ATCP_RUN_TIMEOUT:-3300} ;;
esac

# --- what the machine runs -----------------------------------------------------------------------

debians=false
case $platform in
stock|trixie|backports) debians=true ;;
esac
case $platform in
stock)	kernel=$("$TOP/selftests/vm/stock.sh" stock)
	release=$(stock_release)
	module_args=("/usr/src/linux-headers-$release") ;;
trixie|backports)
	kernel=$("$TOP/selftests/vm/stock.sh" "$platform")
	ATCP_ROOT=$("$TOP/selftests/vm/debian.sh" "$platform")
	export ATCP_ROOT
	module_args=("/usr/src/linux-headers-$("$TOP/selftests/vm/debian.sh" release "$platform")") ;;
uml)	kernel=${ATCP_KERNEL:-$("$TOP/selftests/vm/kernel.sh" uml)}
	module_args=("$kernel" ARCH=um) ;;
debug|kcsan)
	kernel=${ATCP_KERNEL:-$("$TOP/selftests/vm/kernel.sh" "$platform")}
	module_args=("$kernel" ARCH=x86_64) ;;
*)	die "no platform called $platform" ;;
esac

if [ "$mode" = kunit ]; then
	say "building the KUnit module for $platform"
	ko=${ATCP_MODULE:-$("$TOP/scripts/build-module" "kunit-${kernel##*/}" "${module_args[@]}" ATCP_KUNIT=1)/atcp_kunit.ko}
elif [ -n "${ATCP_MODULE:-}" ]; then
	# What stands beside it is what some tests load; without that they are skipped.
	ko=$ATCP_MODULE
	built=${ATCP_MODULE%/*}
else
	say "building the module for $platform"
	built=$("$TOP/scripts/build-module" "${kernel##*/}" "${module_args[@]}" ATCP_TEST_KO=1)
	ko=$built/atcp.ko
fi

stage=$CACHE/run/$platform-$$
trap 'rm -rf "$stage"' EXIT
"$TOP/selftests/vm/stage.sh" "$stage" "$mode"
if [ "$mode" != kunit ] && [ -d "$built/module/tests/ko" ]; then
	cp "$built"/module/tests/ko/*.ko "$stage/"
fi
if [ "$mode" != kunit ]; then
	for name in atcp_diag atcp_dctcp atcp_bbr; do
		[ ! -e "$built/$name.ko" ] || cp "$built/$name.ko" "$stage/"
	done
fi
cp "$ko" "$stage/$([ "$mode" = kunit ] && echo atcp_kunit.ko || echo atcp.ko)"

# A clock that counts instructions skips idle time: it may be far ahead of the host's.
mode_limit=$((limit - 60))
[ -z "${ATCP_ICOUNT:-}" ] || mode_limit=$((limit * 20))
nonce=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
case $mode in
demo)	command=vm/demo.sh ;;
programs) command=programs/run ;;
bench)	command=$(cd "$TOP/selftests" && ls bench/"${1:-all}".*) ;;
*)	command=$mode ;;
esac
{
	printf 'ATCP_NONCE=%s\nATCP_MODE=%s\nATCP_MODE_TIMEOUT=%s\n' "$nonce" "$command" "$mode_limit"
	printf 'ATCP_TESTS=%q\n' "$*"
	[ "$select" = "$platform" ] || printf 'ATCP_SELECT=%s\n' "$select"
	[ "$select" != uml ] || printf 'ATCP_CLOCK=%s\n' "${ATCP_CLOCK:-}"
	! $debians || printf 'ATCP_CPUS=%s\n' "${ATCP_CPUS:-}"
	[ -z "${ATCP_CHECK:-}" ] || printf 'export ATCP_CHECK=%s\n' "$ATCP_CHECK"
	[ -z "${ATCP_TEST_TIMEOUT:-}" ] || printf 'ATCP_TEST_TIMEOUT=%s\n' "$ATCP_TEST_TIMEOUT"
	[ -z "${ATCP_SHARD:-}" ] || printf 'ATCP_SHARD=%s\n' "$ATCP_SHARD"
	[ -z "${ATCP_PROGRAMS:-}" ] ||
		printf 'ATCP_PROGRAMS=%q\nexport ATCP_MODULES=%q V=%q SHORT=%q\n' "$ATCP_PROGRAMS" \
			"${ATCP_MODULES:-}" "${V:-}" "${ATCP_PROGRAMS_SHORT:-}"
	[ -z "${ATCP_STACK:-}" ] || printf 'export ATCP_STACK=%s\n' "$ATCP_STACK"
	[ -z "${ATCP_FAMILIES:-}" ] || printf 'export ATCP_FAMILIES=%q\n' "$ATCP_FAMILIES"
	[ -z "${ATCP_SCRIPTS:-}" ] || printf 'export ATCP_SCRIPTS=%q\n' "$ATCP_SCRIPTS"
	[ -z "${ATCP_BENCH:-}" ] || printf 'ATCP_BENCH=%q\n' "$ATCP_BENCH"
	for name in ATCP_REQUESTS ATCP_COUNT ATCP_MANY ATCP_CROWD; do
		[ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
	done
	[ -z "${ATCP_STORM:-}" ] || printf 'export ATCP_STORM=%q\n' "$ATCP_STORM"
	[ "$mode" != fuzz ] || printf 'ATCP_FUZZ_%s=%s\n' SEED "${ATCP_FUZZ_SEED:-1}" SECONDS "${ATCP_FUZZ_SECONDS:-0}" \
		STEPS "${ATCP_FUZZ_STEPS:-}" LIMIT "${ATCP_FUZZ_LIMIT:-}"
	[ ! -t 0 ] || printf 'ATCP_WINSIZE="rows %s cols %s"\n' "$(tput lines)" "$(tput cols)"
} > "$stage/run.env"

# Where time travels nobody waits for them, and they are the same each time.
[ "$platform" != uml ] || [ "${ATCP_CLOCK:-}" = travel ] || head -c 64 /dev/urandom > "$stage/seed"

# --- the machine ---------------------------------------------------------------------------------

init=$stage/selftests/vm/guest-init
env=(ATCP_PLATFORM="$platform" ATCP_STAGE="$stage")
# The machine is the same with each of Debian's kernels, and so is what tests expect of it.
! $debians || env=(ATCP_PLATFORM=stock ATCP_DEBIAN="$platform" ATCP_STAGE="$stage")
panic=(panic=-1 oops=panic panic_print=0x60)
# The slabs whose allocations test_failslab lets fail, on the kernels that can: atomic ones at random.
$debians || env+=("slub_debug=A,atcp*,ATCP*,skbuff*,kmalloc-*")

# A program in User Mode Linux and its kernel are two processes that wait for one another: on one CPU they take turns
# without waking a second one for each system call, which is a sixth less of CPU time and half of the wait. Machines side
# by side have one each, as long as there are.
one_cpu()
{
	local range cpu cpus=()

	for range in $(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status | tr ',' ' '); do
		for cpu in $(seq "${range%-*}" "${range#*-}"); do
			cpus+=("$cpu")
		done
	done
	for cpu in "${cpus[@]}"; do
		exec 6> "$CACHE/run/cpu-$cpu.lock"
		! flock -n 6 || break
		cpu=
	done
	[ -n "$cpu" ] || cpu=${cpus[RANDOM % ${#cpus[@]}]}
	taken=(taskset -c "$cpu")
}

machine_uml()
{
	one_cpu
	# A panic on a warning would come before the warning's stack is printed, which on this architecture is the
	# last of it: the test fails by the whole report, and the run ends with it (guest-run). Too many are a panic.
	machine=(env TMPDIR="$memory_dir" "${taken[@]}" "$kernel/vmlinux" mem=1G root=/dev/root rootfstype=hostfs rootflags=/
		ro init="$init" con=null con0="$1" "${panic[@]}" sysctl.kernel.warn_limit=20 quiet loglevel=5
		log_buf_len=4M "${env[@]}")
	[ "${ATCP_CLOCK:-}" != travel ] || machine+=(time-travel=inf-cpu)
	# What a benchmark sends is much, and the tests have those who check.
	[ "$mode" != bench ] || machine+=(kmemleak=off no_debug_objects lockdep.prove_locking=0 lockdep.lock_stat=0)
}

# Clocks must be right on a busy host too: q35 has an HPET and a PM timer (microvm has only the PIT, and hangs),
# and the TSC's frequency, which under TCG is the host's, is told instead of measured.
# shellcheck disable=SC2054 # the commas are QEMU's
machine_qemu()
{
	local append="console=ttyS0 tsc=reliable no_timer_check reboot=t log_buf_len=4M" khz
	local cpus=(-accel "tcg,thread=multi" -smp "${ATCP_CPUS:-2}")

	khz=$("$stage/selftests/vm/tsc-khz") || khz=
	if [ -n "${ATCP_ICOUNT:-}" ]; then
		cpus=(-accel tcg -icount "shift=0,sleep=off" -smp 1)
		khz=1000000
	fi
	[ -z "$khz" ] || append+=" tsc_early_khz=$khz"
	# What guards against a CPU's own leaks is no part of what is tested, and costs an emulated CPU half of its time
	# (each system call changes page tables). A benchmark counts instructions as users' machines run them.
	# The same of what else an emulated CPU is slow at: the bytewise copies that a CPU with erms wants, and
	# a check at every access to a program's memory, whose place KASAN takes on the debug kernels.
	local cpu=max,la57=off
	# And what a program's code was translated to is found again by its address: a place drawn at random makes QEMU
	# translate all of it once more for every process, and forget all it has when a gigabyte is full.
	[ "$mode" = bench ] || {
		append+=" mitigations=off norandmaps"
		cpu+=",-erms,-fsrm,-smap"
	}
	append+=" watchdog_thresh=60 softlockup_panic=1 rcupdate.rcu_cpu_stall_timeout=100 quiet loglevel=5 ${panic[*]} ${env[*]}"
	machine=(qemu-system-x86_64 -M "q35,i8042=off,sata=off,smbus=off" "${cpus[@]}" -cpu "$cpu${ATCP_CPU:+,$ATCP_CPU}" -m 2G
		-nodefaults -no-user-config -no-reboot -display none -device virtio-rng-pci
		-chardev "$1" -serial chardev:console)
	[ -z "$profile" ] || machine+=(-plugin "$stage/selftests/vm/profile.so,out=$stage/profile")
	machine_share root /
	machine_share stage "$stage"
	if $debians; then
		machine_share modules "$kernel/modules/"
		machine+=(-kernel "$kernel/vmlinuz" -initrd "$kernel/initramfs.gz")
	else
		machine+=(-kernel "$kernel/arch/x86/boot/bzImage")
		append+=" init=$init root=root rootfstype=9p ro"
		# The races that KCSAN finds outside the module are not ours to panic for. An access in so many is
		# watched for so many us: more than its configuration says while the kernel boots.
		if [ "$platform" = kcsan ]; then
			append+=" kcsan.skip_watch=1000 kcsan.udelay_task=500 kcsan.udelay_interrupt=500"
			append+=" kcsan.interrupt_watcher=1"
		else
			append+=" panic_on_warn=1"
		fi
		append+=" rootflags=trans=virtio,version=9p2000.L,msize=262144,cache=loose"
	fi
	machine+=(-append "$append")
}

machine_share() # TAG DIRECTORY
{
	machine+=(-fsdev "local,id=$1,path=$2,security_model=none,readonly=on,multidevs=remap"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

if [ "$mode" = shell ]; then
	say "booting $platform (exit or ^D in the shell ends it)"
	case $platform in
	uml)	machine_uml fd:0,fd:1 ;;
	*)	machine_qemu stdio,id=console,signal=off ;;
	esac
	saved=$(stty -g 2> /dev/null) || saved=
	[ -z "$saved" ] || trap 'stty "$saved"; rm -rf "$stage"' EXIT
	"${machine[@]}"
	exit 0
fi

case $platform in
uml)	machine_uml null,fd:1 ;;
*)	machine_qemu stdio,id=console ;;
esac
log=$CACHE/logs/$platform-$mode-$$.log
mkdir -p "$CACHE/logs"
say "booting $platform (console log: $log)"

# KTAP goes through at once; the lines of a test only if it fails, or with V=1, or when it is a show.
show='
function flush_block() { printf "%s", block; block = "" }
# What all processes of the machine have used, in seconds: those of the group that it was started in, and of the group
# that User Mode Linux makes of itself.
function cpu(   pid, line, f, sum, n, i, id, group, used, ours) {
	getline pid < pidfile
	close(pidfile)
	while (("cat /proc/[0-9]*/stat 2> /dev/null" | getline line) > 0) {
		id[++n] = line + 0
		sub(/^.*\) /, "", line)
		split(line, f, " ")
		group[n] = f[3]
		used[n] = f[12] + f[13] + f[14] + f[15]
		if (f[2] == pid) ours[id[n]]
	}
	close("cat /proc/[0-9]*/stat 2> /dev/null")
	ours[pid]
	for (i = 1; i <= n; i++)
		if (group[i] in ours) sum += used[i]
	return sum / 100
}
/^ATCP-(SUCCESS|FAILURE)/ { done = 1; next }
all { print; fflush(); next }
/^# running / { block = ""; print > "/dev/stderr" }
/^not ok |# passed at the second try/ { flush_block(); print; fflush(); next }
/^(ok |1\.\.|TAP version|KTAP version|# [0-9]+ passed)/ { block = ""; print; fflush(); next }
/^# [^ ]+ took / { now = cpu(); printf "%s, %.1f s of CPU\n", $0, now - before; before = now; fflush(); next }
/^# figures / { print; fflush(); next }
{ block = block $0 "\n" }
# After a panic the whole kernel log comes once more: what is said since the last test began is enough here.
END {
	if (done || block == "") exit
	if (match(block, /\n[^\n]*Kernel panic/)) {
		tail = substr(block, RSTART + 1)
		if (match(tail, /\n[^\n]*\] Linux version /))
			block = substr(block, 1, length(block) - length(tail) + RSTART)
	}
	print "# the machine ended with:"
	flush_block()
}'
case $mode in
demo|bench) all=1 ;;
*)	all=${V:-0} ;;
esac

# mawk waits for a full buffer unless told not to.
awk=(awk)
[[ $(readlink -f "$(command -v awk)") != */mawk ]] || awk=(awk -W interactive)

run_machine()
{
	status=0
	timeout -k 10 "$limit" nice -n "${ATCP_NICE:-5}" "${machine[@]}" < /dev/null > >(sed -u 's/\r//g' | tee "$log" |
		"${awk[@]}" -v all="$all" -v pidfile="$stage/pid" "$show") 2>&1 &
	machine_pid=$!
	echo $machine_pid > "$stage/pid"
	trap 'kill $machine_pid 2> /dev/null; rm -rf "$stage"' EXIT
	trap 'exit 1' INT TERM HUP
	wait $machine_pid || status=$?
	trap 'rm -rf "$stage"' EXIT
	# The reader of the console ends a moment after the machine, on a busy host some seconds.
	for _ in $(seq 600); do
		grep -qE '^ATCP-(SUCCESS|FAILURE) ' "$log" && break
		sleep 0.1
	done
	sleep 0.3
}

# With two CPUs QEMU may run the breakpoint that stands in for code being patched once more after it was taken back.
# Seen when the kernel turns its static keys while it boots, before there is anything of ours: once in 200 boots.
lost_to_qemu() { ! grep -q '^# running ' "$log" && grep -q '\] int3: 0000 ' "$log"; }

run_machine
if lost_to_qemu; then
	say "QEMU lost the machine while it booted: booting it anew"
	run_machine
fi

# A machine says first how many results it will have.
planned=$(sed -n 's/^1\.\.\([0-9]\+\)$/\1/p' "$log" | head -n 1)
[ "$mode" = tests ] || planned=0
if grep -qx "ATCP-SUCCESS $nonce" "$log" && ! grep -q '^not ok ' "$log"; then
	[ "$(grep -cE '^ok ' "$log")" -lt "${planned:-1}" ] || exit 0
	echo "not ok $platform-$mode # results are missing"
	exit 1
fi
# A machine that failed tests and said so in order has told the story; one that did not is a failure itself.
if ! grep -qx "ATCP-FAILURE $nonce" "$log"; then
	reason=$(grep -m1 -E 'Kernel panic|BUG:|Oops' "$log" || true)
	echo "not ok $platform-$mode # no success token: ${reason:-hang, crash or early end} (status $status)"
fi
exit 1
