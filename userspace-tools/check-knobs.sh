#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Fails if atcpctl's table of knobs, atcp(7) and Documentation/sysctl.rst do not say the same.

cd "$(dirname "$0")" || exit 1
doc=../Documentation/sysctl.rst
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/sys/net/atcp"

make -s atcpctl >&2 || exit 1

# NAME|RANGE|DEFAULT of each section that has a range; the name is the line above dashes.
awk '
	/^-+$/		{ name = last }
	/^:Range:/	{ sub(/^:Range: */, ""); sub(/,.*/, ""); range[name] = $0; order[++n] = name }
	/^:Default:/	{ sub(/^:Default: */, ""); def[name] = $0 }
			{ last = $0 }
	END		{ for (i = 1; i <= n; i++) print order[i] "|" range[order[i]] "|" def[order[i]] }
' "$doc" | sort > "$tree/doc"
cut -d'|' -f1 "$tree/doc" | while read -r name; do
	echo 0 > "$tree/sys/net/atcp/$name"
done

# The table has "N of " before a vector's range; what is no range or number is words.
ATCP_PROC_ROOT=$tree ./atcpctl list | awk -F '   *' '
	NR > 1 { sub(/^[0-9]+ of /, "", $4); print $1 "|" $4 "|" $5 }
' | sort > "$tree/tool"

status=0
while IFS='|' read -r name range default; do
	line=$(grep "^$name|" "$tree/tool")
	tool_range=$(echo "$line" | cut -d'|' -f2)
	tool_default=$(echo "$line" | cut -d'|' -f3)
	if [ "$tool_range" = '?' ]; then
		echo "check-knobs: $name is in $doc but not in knobs.c"
		status=1
		continue
	fi
	case $range in
	[0-9]*)
		if [ "$range" != "$tool_range" ]; then
			echo "check-knobs: $name: range $range in $doc, $tool_range in knobs.c"
			status=1
		fi ;;
	esac
	if [ "$tool_default" != 'by memory' ] && [ "$default" != "$tool_default" ]; then
		echo "check-knobs: $name: default $default in $doc, $tool_default in knobs.c"
		status=1
	fi
done < "$tree/doc"

# The other way round: rows that no section describes.
sed -n 's/^\t\(ATCP_KNOBS_[A-Z]*(\|{ \)"\([a-z0-9_]*\)".*/\2/p' knobs.c | sort > "$tree/names"
cut -d'|' -f1 "$tree/doc" | sort > "$tree/described"
for name in $(comm -23 "$tree/names" "$tree/described"); do
	echo "check-knobs: $name is in knobs.c but not in $doc"
	status=1
done

# A meaning is read alone, in whatever order: it points at no other.
ATCP_PROC_ROOT=$tree ./atcpctl list | awk -F '   *' 'NR > 1 { print $1 ": " $6 }' |
	grep -E '(the same|those,|those$|\bit must\b|before that|that one$|likewise|the other)' > "$tree/pointing"
awk '/^\.It Va / { name = $3; getline; print name ": " $0 }' man/atcp.7 |
	grep -E '(The same|the same|those,|beyond those|\bit must\b|before that|that one\.$|likewise|the other)' >> "$tree/pointing"
if [ -s "$tree/pointing" ]; then
	sed 's/^/check-knobs: it does not stand by itself: /' "$tree/pointing"
	status=1
fi
# And atcp(7) lists them all.
sed -n 's/^\.It Va \([a-z0-9_]*\)$/\1/p' man/atcp.7 | sort > "$tree/manual"
for name in $(comm -23 "$tree/names" "$tree/manual"); do
	echo "check-knobs: $name is in knobs.c but not in man/atcp.7"
	status=1
done
# A listener's options are numbered in <linux/atcp.h>, and told of in atcp(7).
sed -n '/^#define ATCP_SYN_BACKLOG/,/^#define ATCP_GUARD/s/^#define \(ATCP_[A-Z0-9_]*\).*/\1/p' \
	../uapi/linux/atcp.h | sort > "$tree/options"
sed -n 's/^\.It Dv \(ATCP_.*\)$/\1/p' man/atcp.7 | sed 's/ , /\n/g' | sort > "$tree/manual"
for name in $(comm -23 "$tree/options" "$tree/manual"); do
	echo "check-knobs: $name is in <linux/atcp.h> but not in man/atcp.7"
	status=1
done
[ "$(wc -l < "$tree/options")" -gt 15 ] || { echo "check-knobs: <linux/atcp.h> was not understood"; status=1; }
# A listener's knobs: NAME MIN MAX, in the module's table and in atcpctl's.
sed -n 's/^ATCP_KNOB([A-Z0-9_]*, \([a-z0-9_]*\), "[^"]*", \([^,]*\), \([^,]*\),.*/\1 \2 \3/p' \
	../module/state/listen/knob_list.h | sort > "$tree/module"
sed -n -e 's/.*ATCP_LKNOB_NUM("\([a-z0-9_]*\)", "[^"]*", \([^,]*\), \([^,]*\),.*/\1 \2 \3/p' \
	-e 's/.*ATCP_LKNOB_WORD("\([a-z0-9_]*\)", "[^"]*", \([^,]*\),.*/\1 0 \2/p' lknob.c | sort > "$tree/lknobs"
if ! diff "$tree/module" "$tree/lknobs"; then
	echo "check-knobs: < module/state/listen/knob_list.h and > lknob.c differ"
	status=1
fi
[ "$(wc -l < "$tree/lknobs")" -gt 15 ] || { echo "check-knobs: lknob.c was not understood"; status=1; }
[ "$(wc -l < "$tree/names")" -gt 30 ] || { echo "check-knobs: knobs.c was not understood"; status=1; }
exit $status
