# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of the packages share. They run in a Debian of their own that forgets what they do:
# /packages holds the packages of two versions, /src the tree; KERNELS=real takes the kernels whose headers are
# installed, else there are made-up ones, whose "compiler" takes no time.

count=0
failed=0
# shellcheck disable=SC2034 # those of the scripts
old=${OLD:?} new=${NEW:?}

# ok NAME COMMAND...: a KTAP line; what the command printed is shown if it fails.
ok() {
	local name=$1 out
	shift
	count=$((count + 1))
	if out=$("$@" 2>&1 < /dev/null); then
		echo "ok $count $name"
	else
		# shellcheck disable=SC2001 # each line
		sed 's/^/# /' <<< "$out" | tail -n 40
		echo "not ok $count $name"
		failed=$((failed + 1))
	fi
}

not() { ! "$@"; }

finish() {
	echo "1..$count"
	[ $failed -eq 0 ]
}

apt() { apt-get -y -q -o Dpkg::Use-Pty=0 "$@"; }

debs() { # VERSION
	printf '%s\n' "/packages/atcp-dkms_$1_all.deb" /packages/atcp-tools_"$1"_*.deb "/packages/atcp-dev_$1_all.deb"
}

# --- kernels ---------------------------------------------------------------------------------------

# A kernel's build directory: what DKMS and the scripts look at, and a Makefile that makes of the sources it is
# given a module with their version and a srcversion that changes with them. FAIL=yes: nothing builds for it.
make_kernel() { # DIRECTORY KERNEL [FAIL]
	local build=$1/lib/modules/$2/build option

	mkdir -p "$build/include/generated" "$build/scripts"
	echo "#define UTS_RELEASE \"$2\"" > "$build/include/generated/utsrelease.h"
	for option in MODULES INET IPV6 NETFILTER PROC_FS INET_DIAG; do
		echo "CONFIG_$option=y"
	done > "$build/.config"
	mkdir -p "$build/include/config"
	echo "$2" > "$build/include/config/kernel.release"
	echo "FAIL :=${3:+ $3}" > "$build/Makefile"
	cat >> "$build/Makefile" <<-'MAKE'
	.RECIPEPREFIX = >
	sources = $(sort $(shell find $(M) -name '*.[ch]'))
	modules:
	>@[ -z "$(FAIL)" ] || { echo 'error: nothing builds here'; exit 1; }
	>@! grep -l '^#error' $(sources)
	>@version=$$(sed -n 's/^#define ATCP_VERSION[[:space:]]*"\(.*\)"/\1/p' $(M)/uapi/linux/atcp.h); \
	> printf '__attribute__((section(".modinfo"))) const char a[] = "version=%s", b[] = "srcversion=%s";\n' \
	> "$$version" "$$(cat $(sources) | md5sum | cut -c1-23)" | gcc -g -c -x c -o $(M)/atcp.ko -; \
	> for name in diag dctcp bbr; do cp $(M)/atcp.ko $(M)/atcp_$$name.ko; done
	clean:
	MAKE
}

# What the package of a kernel's headers does when it is installed, as Debian's does it.
make_headers() { # KERNEL [FAIL [OPTION-IT-LACKS]]: prints the package
	local dir=/tmp/headers-$1

	mkdir -p "$dir/DEBIAN"
	make_kernel "$dir" "$1" "${2:-}"
	[ -z "${3:-}" ] || sed -i "/^$3=/d" "$dir/lib/modules/$1/build/.config"
	if [ -L /lib ]; then
		mkdir "$dir/usr" && mv "$dir/lib" "$dir/usr/"
	fi
	printf 'Package: linux-headers-%s\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y>\nDescription: x\n' "$1" \
		> "$dir/DEBIAN/control"
	printf '#!/bin/sh\nset -e\nrun-parts --report --exit-on-error --arg=%s /etc/kernel/header_postinst.d\n' "$1" \
		> "$dir/DEBIAN/postinst"
	chmod 0755 "$dir/DEBIAN/postinst"
	dpkg-deb --build --root-owner-group "$dir" "/tmp/linux-headers-$1.deb" > /dev/null
	rm -rf "$dir"
	echo "/tmp/linux-headers-$1.deb"
}

# Sets "kernels" to those that are tested with.
set_up_kernels() {
	if [ "${KERNELS:-}" != real ]; then
		rm -rf /lib/modules/* /usr/src/linux-headers-*
		make_kernel "" 6.1.0-901-test
		make_kernel "" 6.12.902-test
	fi
	mapfile -t kernels < <(ls /lib/modules)
	# The first has other modules, as one whose image is installed; the others are only headers.
	mkdir "/lib/modules/${kernels[0]}/kernel"
	gcc -c -x c -o "/lib/modules/${kernels[0]}/kernel/other.ko" - < /dev/null
	touch "/lib/modules/${kernels[0]}"/modules.{order,builtin}
	depmod "${kernels[0]}" 2> /dev/null
}

# --- modules ---------------------------------------------------------------------------------------

module_of() { # KERNEL: its file
	local file

	for file in "/lib/modules/$1/updates/dkms/atcp.ko"*; do
		[ -e "$file" ] && echo "$file" && return
	done
	echo "no module for $1" >&2
	return 1
}

is_version() { # VERSION KERNEL...
	local version=$1 kernel file

	shift
	for kernel; do
		file=$(module_of "$kernel") || return 1
		[ "$(modinfo -F version "$file")" = "$version" ] || { modinfo "$file"; return 1; }
	done
}

no_module() { # KERNEL...
	local kernel

	for kernel; do
		not module_of "$kernel" || return 1
	done
}

srcversion() { modinfo -F srcversion "$(module_of "$1")"; }

# Everything there is, but for logs and what apt and dpkg keep about what they did.
everything() {
	find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /src -o -path /packages -o -path /var/log \
		-o -path /var/cache -o -path /var/lib/apt -o -path /run -o -path /root \
		-o -path '/var/lib/dpkg/*-old' -o -path '/var/lib/dkms/mok.*' \) -prune -o \
		\( -type f -printf '%p %m %s\n' -o -printf '%p %m %l\n' \) | sort
	find /etc /lib/modules/ /var/lib -xdev -type f ! -path '/var/lib/apt/*' ! -path '/var/lib/dpkg/*-old' \
		! -path '/var/lib/dkms/mok.*' -print0 | sort -z | xargs -0 md5sum
}

remember() { everything > /tmp/before; }
same_as_before() { everything > /tmp/after; diff /tmp/before /tmp/after; }
