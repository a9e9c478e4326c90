#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fetches the kernels of the next Debian, with their headers and the compiler that these want, into the cache:
# debian.sh trixie|backports prints a directory that holds both kernels, debian.sh release trixie|backports
# the kernel's release.
#
# The host stays what it is. The packages are asked for with a configuration of apt's of our own, from the
# mirror that the host uses, and unpacked, not installed. The headers' programs (objtool, modpost) want their
# own libc and make: scripts/in-root runs a build in there. A kernel that is newer than what is here is fetched
# when the lists are a day old; without a network what is here is good enough.

set -eu
. "$(dirname "$0")/../../scripts/lib.sh"

[ "${1:-}" != release ] || { print=release; shift; }
suite=${1:?trixie or backports}
codename=trixie
apt=$CACHE/debian/apt
# What a build in there calls; the headers bring the compiler.
tools=(base-files bash coreutils sed grep mawk findutils perl-base diffutils make libelf1t64 xz-utils)
case $suite in
trixie|backports) ;;
*)	die "no suite called $suite" ;;
esac
mkdir -p "$apt" "$CACHE/logs"

configure()
{
	local host main security

	mkdir -p "$apt"/{state/lists/partial,cache/archives/partial}
	: > "$apt/status"
	host=$(. /etc/os-release && echo "$VERSION_CODENAME")
	main=$(apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$host/.*|\1|p" | head -n 1)
	security=$(apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$host-security/.*|\1|p" | head -n 1)
	[ -n "$main" ] || die "apt's sources name no mirror of Debian $host"
	{
		echo "deb $main $codename main"
		echo "deb $main $codename-backports main"
		[ -z "$security" ] || echo "deb $security $codename-security main"
	} > "$apt/sources.list"
	cat > "$apt/apt.conf" <<-CONF
	Dir::State "$apt/state";
	Dir::State::status "$apt/status";
	Dir::Cache "$apt/cache";
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	CONF
}

ours() { APT_CONFIG=$apt/apt.conf "$@"; }

refresh()
{
	[ -z "$(find "$apt/fresh" -mmin -1440 2> /dev/null)" ] || return 0
	configure
	ours apt-get -q -o APT::Update::Error-Mode=any update > "$CACHE/logs/debian-update.log" 2>&1 &&
		touch "$apt/fresh" && return
	[ -e "$apt/current" ] || { tail -n 5 "$CACHE/logs/debian-update.log" >&2; die "cannot fetch Debian's lists"; }
	say "no new lists of Debian's: going on with the kernels that are here"
	return 1
}

release_in() # [-t SUITE]: of the kernel that its meta package depends on
{
	ours apt-cache "$@" depends linux-headers-amd64 | sed -n 's/.*Depends: linux-headers-\([0-9].*\)/\1/p' |
		head -n 1
}

# The image is one package, or an empty one and two others that hold the kernel and its modules.
image_packages() # RELEASE
{
	if ours apt-cache show "linux-binary-$1" > /dev/null 2>&1; then
		echo "linux-binary-$1 linux-modules-$1"
	else
		echo "linux-image-$1"
	fi
}

# Nothing is configured and no script of a package is run: a compiler needs none of that.
unpack() # RELEASE...
{
	local tmp=$root.tmp release package

	rm -rf "$tmp" && mkdir -p "$tmp/packages" "$tmp/system"
	cd "$tmp/packages"
	ours apt-get -q -y -o Dir::Cache::archives="$tmp/packages" --download-only install "${tools[@]}" \
		linux-headers-amd64
	ours apt-get -q -y -o Dir::Cache::archives="$tmp/packages" --download-only install make \
		-t "$codename-backports" linux-headers-amd64
	for release in "$@"; do
		# shellcheck disable=SC2046 # one name or two
		ours apt-get -q download $(image_packages "$release")
	done
	dpkg -x base-files_*.deb "$tmp/system"
	for package in *.deb; do
		dpkg -x "$package" "$tmp/system"
	done
	# What a package's script would have made.
	ln -sf bash "$tmp/system/usr/bin/sh"
	ln -sf mawk "$tmp/system/usr/bin/awk"
	for release in "$@"; do
		[ -e "$tmp/system/boot/vmlinuz-$release" ] ||
			mv "$tmp/system/usr/lib/modules/$release/vmlinuz" "$tmp/system/boot/vmlinuz-$release"
		depmod -b "$tmp/system" "$release"
	done
	rm -rf "$root"
	mv "$tmp/system" "$root"
	rm -rf "$tmp"
}

exec 8> "$CACHE/debian/lock"
flock 8
if refresh || [ ! -e "$apt/current" ]; then
	trixie=$(release_in)
	backports=$(release_in -t "$codename-backports")
	[ -n "$trixie" ] && [ -n "$backports" ] || die "Debian's lists name no kernel"
	printf '%s %s\n' "$trixie" "$backports" > "$apt/wanted"
else
	cp "$apt/current" "$apt/wanted"
fi
read -r trixie backports < "$apt/wanted"
root=$CACHE/debian/$(key_of < "$apt/wanted")-$(key_of < "$0")
if [ ! -d "$root" ]; then
	quietly "$CACHE/logs/debian.log" "fetching Debian's $trixie and $backports, and their compiler (once)" \
		unpack "$trixie" "$backports"
	cp "$apt/wanted" "$apt/current"
fi
touch "$root"
# Those that nothing has asked for in a month.
find "$CACHE/debian" -mindepth 1 -maxdepth 1 -name '*-*' -mtime +30 -exec rm -rf {} +

case ${print:-root} in
release) echo "${!suite}" ;;
*)	echo "$root" ;;
esac
