#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make dkms-install and dkms-uninstall, in a chroot, where the kernel that runs is not one of those that are here.
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"

set_up_kernels
first=${kernels[0]} second=${kernels[1]}
cp -r /src /tmp/tree
cd /tmp/tree || exit 1
remember

install_for() { make dkms-install VERSION="$1" KERNELDIR="/lib/modules/$2/build"; }

ok "for KERNELDIR's kernel" install_for "$old" "$second"
ok "that kernel has the module" is_version "$old" "$second"
ok "and no other" no_module "$first"
if [ "${KERNELS:-}" = real ]; then
	ok "uninstall" make dkms-uninstall
	ok "nothing is left behind" same_as_before
	finish
	exit
fi
ok "for another one" install_for "$old" "$first"
ok "each has its module" is_version "$old" "$first" "$second"

echo '#error stale' > /usr/src/atcp-"$old"/module/state/shared/stale.c
before=$(srcversion "$first")
echo '/* changed */' >> module/main.c
ok "again, after a source is gone and one has changed" install_for "$old" "$first"
ok "the source is gone there too" not test -e /usr/src/atcp-"$old"/module/state/shared/stale.c
ok "the module is another" not test "$before" = "$(srcversion "$first")"
ok "of the same version, in each" is_version "$old" "$first" "$second"

ok "a new version" install_for "$new" "$first"
ok "each kernel has it" is_version "$new" "$first" "$second"
ok "the old one is gone" test "$(dkms status atcp | sed 's/[,:].*//' | sort -u) $(echo /usr/src/atcp*)" = \
	"atcp/$new /usr/src/atcp-$new"
ok "back to the old one" install_for "$old" "$first"
ok "each kernel has that" is_version "$old" "$first" "$second"
ok "without KERNELDIR it is the newest here" make dkms-install VERSION="$old"

before="$(srcversion "$first") $(srcversion "$second")"
echo '#error broken' >> module/main.c
ok "what does not build is refused" not install_for "$new" "$first"
ok "the same version that does not build too" not install_for "$old" "$first"
ok "the modules stay" test "$before" = "$(srcversion "$first") $(srcversion "$second")"
sed -i '/^#error/d' module/main.c
sed -i 's/^FAIL :=.*/FAIL := yes/' "/lib/modules/$second/build/Makefile"
ok "a new version that does not build for another kernel" install_for "$new" "$first"
ok "is that of the one" is_version "$new" "$first"
ok "and the other keeps its own" is_version "$old" "$second"
make_kernel "" 9.9.9-test
ok "a kernel that it is not for is refused" not install_for "$new" 9.9.9-test
rm -rf /lib/modules/9.9.9-test
ok "a kernel that is not there is refused" not make dkms-install KERNELDIR=/nonexistent

sed -i 's/^FAIL :=.*/FAIL :=/' "/lib/modules/$second/build/Makefile"
ok "uninstall" make dkms-uninstall
ok "nothing is left behind" same_as_before
ok "uninstall again" make dkms-uninstall

ok "the package is installed" apt install "/packages/atcp-dkms_${old}_all.deb"
ok "each kernel has its module" is_version "$old" "$first" "$second"
ok "not beside the package" not install_for "$new" "$first"
ok "nor against it" not make dkms-uninstall
ok "whose modules stay" is_version "$old" "$first" "$second"
finish
