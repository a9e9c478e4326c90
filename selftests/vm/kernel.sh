#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds a debug kernel once and keeps it in the cache: kernel.sh uml|debug|kcsan prints its build directory,
# kernel.sh source that of the unpacked sources; kernel.sh if-built KIND does not build it, and fails if it is not there.
#
# A build is named after the source package's version, the configuration and the patches, so that a
# change of any of them makes a new one and nothing else does.

set -eu
. "$(dirname "$0")/../../scripts/lib.sh"

kind=${1:?uml, debug or kcsan}
if_built=
if [ "$kind" = if-built ]; then
	if_built=yes
	kind=${2:?uml, debug or kcsan}
fi
vm=$TOP/selftests/vm
tarball=/usr/src/linux-source-6.1.tar.xz
case $kind in
uml)	arch=um; image=vmlinux; fragments="common uml debug" ;;
debug)	arch=x86_64; image=arch/x86/boot/bzImage; fragments="common debug vm-debug" ;;
kcsan)	arch=x86_64; image=arch/x86/boot/bzImage; fragments="common kcsan vm-debug" ;;
source)	arch=none; image=; fragments= ;;
*)	die "no kernel called $kind" ;;
esac

[ -e "$tarball" ] || die "$tarball is missing: run scripts/deps"
version=$(dpkg-query -W -f '${Version}' linux-source-6.1)
srckey=$({ echo "$version"; cat "$vm"/patches/*.patch; } | key_of)
src=$CACHE/src/linux-$version-$srckey

unpack()
{
	local tmp=$src.tmp

	rm -rf "$tmp" && mkdir "$tmp"
	tar -xJf "$tarball" -C "$tmp" --strip-components=1
	for patch in "$vm"/patches/*.patch; do
		patch -d "$tmp" -p1 < "$patch"
	done
	mv "$tmp" "$src"
}

mkdir -p "$CACHE/src" "$CACHE/kernel"
[ -n "$if_built" ] || (
	flock 8
	[ -d "$src" ] || quietly "$CACHE/logs/unpack.log" "unpacking linux-source $version" unpack
) 8> "$CACHE/src/lock"
if [ "$kind" = source ]; then
	echo "$src"
	exit 0
fi

configs=()
for name in $fragments; do
	configs+=("$vm/config/$name.config")
done
# The patches are for User Mode Linux only.
[ "$arch" = um ] && patched=$srckey || patched=
key=$({ echo "$version $patched $arch"; gcc -dumpfullversion; grep -hv "^#" "${configs[@]}"; } | key_of)
out=$CACHE/kernel/$kind-$key

if [ -e "$out/.complete" ]; then
	echo "$out"
	exit 0
fi
[ -z "$if_built" ] || exit 1

build()
{
	mkdir -p "$out"
	cd "$src"
	ARCH=$arch ./scripts/kconfig/merge_config.sh -n -O "$out" "${configs[@]}"
	nice make ARCH="$arch" O="$out" -j"$JOBS" "$(basename "$image")" modules
}

# Symbols that Kconfig drops because something they need is off vanish without a word: name them.
unmet()
{
	local line

	cat "${configs[@]}" | grep -E '^CONFIG_[A-Z0-9_]+=[ym]$' | sort -u | while read -r line; do
		grep -qx "$line" "$out/.config" || printf '%s ' "${line%=*}"
	done
}

# Two runs may want the same kernel: the second waits for the first.
exec 8> "$CACHE/kernel/lock"
flock -n 8 || { say "waiting for another kernel build"; flock 8; }
if [ ! -e "$out/.complete" ]; then
	quietly "$CACHE/logs/kernel-$kind.log" "building the $kind kernel (about 10 minutes, once)" build
	dropped=$(unmet)
	[ -z "$dropped" ] || say "not available in this kernel: $dropped"
	touch "$out/.complete"
fi
echo "$out"
