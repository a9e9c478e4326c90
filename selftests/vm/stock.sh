#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes Debian's own kernel bootable in the VM: stock.sh stock|trixie|backports prints a directory with vmlinuz,
# modules/ and initramfs.gz. The kernel package is unpacked into the cache, not installed, unless it is there already.

set -eu
. "$(dirname "$0")/../../scripts/lib.sh"

kind=${1:-stock}
if [ "$kind" = stock ]; then
	release=$(stock_release)
	[ -n "$release" ] || die "no headers of a stock 6.1 kernel: run scripts/deps"
else
	system=$("$TOP/selftests/vm/debian.sh" "$kind")
	release=$("$TOP/selftests/vm/debian.sh" release "$kind")
fi
self=$(key_of < "$0")
out=$CACHE/kernel/stock-$release-$self

if [ -e "$out/.complete" ]; then
	echo "$out"
	exit 0
fi

fetch()
{
	local tmp=$out/package

	rm -rf "$tmp" && mkdir -p "$tmp"
	(cd "$tmp" && apt-get download "linux-image-$release" && dpkg -x ./*.deb .)
	mv "$tmp/boot/vmlinuz-$release" "$out/vmlinuz"
	mkdir -p "$out/modules"
	mv "$tmp/lib/modules/$release" "$out/modules/$release"
	rm -rf "$tmp"
	mkdir -p "$out/depmod/lib"
	ln -s "$out/modules" "$out/depmod/lib/modules"
	depmod -b "$out/depmod" "$release"
}

installed()
{
	cp "/boot/vmlinuz-$release" "$out/vmlinuz"
	ln -sfn /lib/modules "$out/modules"
}

# Out of the other Debian, where it has been unpacked.
elsewhere()
{
	cp "$system/boot/vmlinuz-$release" "$out/vmlinuz"
	ln -sfn "$system/usr/lib/modules" "$out/modules"
}

# The initramfs does one thing: it loads what the root file system needs and goes there.
initramfs()
{
	local tmp=$out/initramfs module file name order=

	rm -rf "$tmp"
	mkdir -p "$tmp"/{bin,dev,proc,root,modules}
	cp "$(command -v busybox)" "$tmp/bin/busybox"
	for module in virtio_pci 9pnet_virtio 9p; do
		while read -r _ file _; do
			[ -e "$file" ] || continue
			name=${file##*/}
			[[ " $order " == *" ${name%.xz} "* ]] && continue
			order+=" ${name%.xz}"
			case $name in
			*.xz)	xz -dc "$file" > "$tmp/modules/${name%.xz}" ;;
			*)	cp "$file" "$tmp/modules/" ;;
			esac
		done < <(modprobe -d "$1" -S "$release" --show-depends "$module")
	done
	cat > "$tmp/init" <<-INIT
	#!/bin/busybox sh
	/bin/busybox mount -t proc proc /proc
	for module in$order; do
		/bin/busybox insmod /modules/\$module
	done
	/bin/busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose root /root &&
		exec /bin/busybox switch_root /root "\$ATCP_STAGE/selftests/vm/guest-init"
	echo "initramfs: no root file system"
	/bin/busybox poweroff -f
	INIT
	chmod +x "$tmp/init"
	(cd "$tmp" && find . | cpio -o -H newc --quiet | gzip -1) > "$out/initramfs.gz"
	rm -rf "$tmp"
}

mkdir -p "$CACHE/kernel"
exec 8> "$CACHE/kernel/stock.lock"
flock 8
if [ ! -e "$out/.complete" ]; then
	rm -rf "$out" && mkdir -p "$out"
	if [ "$kind" != stock ]; then
		elsewhere
		initramfs "$system"
	elif [ -e "/boot/vmlinuz-$release" ] && [ -e "/lib/modules/$release/modules.dep" ]; then
		installed
		initramfs /
	else
		quietly "$CACHE/logs/stock.log" "fetching linux-image-$release" fetch
		initramfs "$out/depmod"
	fi
	touch "$out/.complete"
fi
echo "$out"
