#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs the packages, upgrades, removes and purges them: each kernel has the module of the version, and nothing
# is left behind.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

set_up_kernels
remember

mapfile -t files < <(debs "$old")
ok "install" apt install "${files[@]}"
ok "each kernel has the module" is_version "$old" "${kernels[@]}"

bare() { # no debug information, little to load
	local file=/tmp/atcp.ko

	case $(module_of "$1") in
	*.xz)	xz -dc "$(module_of "$1")" > $file ;;
	*)	cp "$(module_of "$1")" $file ;;
	esac
	! readelf -SW $file | grep '\.debug_' && [ "$(stat -c %s $file)" -lt 2000000 ]
}
ok "the module has no debug information" bare "${kernels[0]}"

ok "atcpctl is of the version" grep -qx "atcpctl, version $old" <(atcpctl -V)
tools() {
	local file

	for file in /usr/lib/atcp/libatcp.so /usr/lib/atcp/libatcpss.so /usr/share/man/man8/atcpctl.8.gz /usr/share/man/man7/atcp.7.gz \
			/usr/share/bash-completion/completions/atcpctl /usr/include/linux/atcp.h \
			/usr/lib/systemd/system/{atcp.service,atcp-exporter.service,atcp-exporter.socket,atcp-metrics.timer} \
			/usr/lib/atcp/atcp-exporter /usr/share/atcp/atcp.dashboard.json; do
		[ -e "$file" ] || [ -e "${file#/usr}" ] || { echo "no $file"; return 1; }
	done
}
# Containers leave manual pages out.
[ -d /usr/share/man/man8 ] || mkdir -p /usr/share/man/man8
ok "tools, pages, completion, header and service are there" tools
ok "the service is enabled" test -L /etc/systemd/system/multi-user.target.wants/atcp.service
no_exporter() { ! find /etc/systemd/system -name 'atcp-[em]*' | grep .; }
ok "the exporter is not, which opens a port" no_exporter
not_by_itself() { ! grep -rq atcp /etc/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d /etc/modules-load.d; }
ok "nothing lets the module load by itself" not_by_itself
ok "the file that would is there to be copied" grep -q '^alias net-pf-25 atcp' /usr/share/atcp/autoload.conf

before=$(srcversion "${kernels[0]}")
mapfile -t files < <(debs "$new")
ok "upgrade" apt install "${files[@]}"
ok "each kernel has the new module" is_version "$new" "${kernels[@]}"
ok "it is another build" not test "$before" = "$(srcversion "${kernels[0]}")"
ok "atcpctl is the new one" grep -qx "atcpctl, version $new" <(atcpctl -V)
ok "DKMS knows one version" test "$(dkms status atcp | sed 's/[,:].*//' | sort -u)" = "atcp/$new"
ok "and so does /usr/src" test "$(echo /usr/src/atcp*)" = "/usr/src/atcp-$new"

if [ "${KERNELS:-}" != real ]; then
	ok "remove" apt remove atcp-dkms atcp-tools atcp-dev
	ok "no kernel has the module" no_module "${kernels[@]}"
	ok "hooks that stay do nothing" run-parts --exit-on-error --arg="${kernels[0]}" /etc/kernel/header_postinst.d
	ok "install again" apt install "${files[@]}"
	ok "each kernel has the module again" is_version "$new" "${kernels[@]}"
	mkdir -p /etc/atcp && echo somaxconn=1 > /etc/atcp/knobs.conf
fi
ok "purge" apt purge atcp-dkms atcp-tools atcp-dev
ok "nothing is left behind" same_as_before
finish
