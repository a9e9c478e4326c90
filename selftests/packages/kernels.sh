#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Kernels come after the package: one that the module builds for, and those for which it is not or does not build,
# which are installed all the same and go without it.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

KERNELS='' set_up_kernels
remember

ok "install" apt install "/packages/atcp-dkms_${old}_all.deb"

configured() { dpkg-query -W -f '${db:Status-Status}' "linux-headers-$1" | grep -qx installed; }
arrives() { # KERNEL TEXT PACKAGE: apt is content, says so, and the kernel has no module
	local out

	out=$(apt install "$3" 2>&1) && configured "$1" && no_module "$1" && [[ $out == *"$2"* ]] && return
	echo "$out"
	return 1
}
good=6.1.0-903-test later=9.9.9-test bare=6.1.0-904-test bad=6.12.905-test
for kernel in $good $later $bare $bad; do
	rm -rf "/tmp/headers-$kernel"
done
ok "headers of a kernel that it builds for" apt install "$(make_headers $good)"
ok "which has the module" is_version "$old" $good
ok "a kernel that it is not for" arrives $later "not for kernel $later" "$(make_headers $later)"
ok "a kernel without an option that it needs" arrives $bare "not for kernel $bare" \
	"$(make_headers $bare "" CONFIG_NETFILTER)"
ok "a kernel that it does not build for" arrives $bad "DOES NOT BUILD for kernel $bad" "$(make_headers $bad yes)"
ok "DKMS passes that over by itself" dkms autoinstall --kernelver $bad
ok "its image may come too" run-parts --exit-on-error --arg=$bad /etc/kernel/postinst.d
ok "the others have theirs" is_version "$old" "${kernels[@]}" $good

sed -i 's/^FAIL :=.*/FAIL :=/' /lib/modules/$bad/build/Makefile
ok "once it builds, it is built" /usr/lib/atcp-dkms/build $bad
ok "and that kernel has it" is_version "$old" $bad
sed -i 's/^FAIL :=.*/FAIL := yes/' /lib/modules/$bad/build/Makefile

ok "upgrade with such kernels here" apt install "/packages/atcp-dkms_${new}_all.deb"
ok "each that it builds for has the new module" is_version "$new" "${kernels[@]}" $good
ok "the others have none" no_module $later $bare $bad
ok "the package is installed" grep -qx installed <(dpkg-query -W -f '${db:Status-Status}' atcp-dkms)

ok "a kernel goes" run-parts --exit-on-error --arg=$good /etc/kernel/prerm.d
ok "and its module" no_module $good
ok "those of the others stay" is_version "$new" "${kernels[@]}"

ok "purge" apt purge atcp-dkms
ok "and the kernels" apt purge linux-headers-{$good,$later,$bare,$bad}
for kernel in $good $later $bare $bad; do
	rm -rf "/lib/modules/$kernel"
done
ok "nothing is left behind" same_as_before
finish
