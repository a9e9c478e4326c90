#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks the completion of atcpctl in bash, zsh and fish against a made-up /proc and /sys. Prints KTAP.

cd "$(dirname "$0")/.." || exit 1
make -s all >&2 || exit 1

# shellcheck source=lib/tools.sh
. tests/lib/tools.sh

# What is typed, and words that are to be offered; those behind ! must not be.
table() {
	cat <<- END
		atcpctl li|list listener listeners !load !complete
		atcpctl --all|--all-netns
		atcpctl get synack_retr|synack_retries synack_retries_limit
		atcpctl set overflow_p|overflow_policy=
		atcpctl set overflow_policy=|overflow_policy=drop overflow_policy=park !overflow_policy=2
		atcpctl set somaxconn=|somaxconn=4096
		atcpctl set congestion_control=r|congestion_control=reno !congestion_control=cubic
		atcpctl set listener/10|listener/10.0.0.1:443/backlog= listener/10.0.0.1:443/wake=
		atcpctl set listener/:443/overflow=in|listener/:443/overflow=inherit
		atcpctl listener |10.0.0.1:443 :443 id:1 [::]:80 id:3
		atcpctl listener id:|id:1 id:2 id:3
		atcpctl listener :443 |get reset set show
		atcpctl listener :443 set syncook|syncookies=
		atcpctl listener :443 set syncookies=|syncookies=auto syncookies=inherit !syncookies=4096
		atcpctl listener :443 get drai|drain
		atcpctl listeners --so|--sort !--state
		atcpctl listeners --sort ac|acceptq accepted !drops
		atcpctl listeners --state |listen drain
		atcpctl listeners --program |nginx !-
		atcpctl top --sort |syn acceptq local !program
		atcpctl metrics --format |openmetrics prometheus
		atcpctl metrics --format=|--format=openmetrics --format=prometheus
		atcpctl metrics --labels |listener id program
		atcpctl metrics --labels listener,|listener,id listener,program !id
		atcpctl metrics --labels=id,pro|--labels=id,program !--labels=id,id
		atcpctl listeners --sort=ac|--sort=acceptq --sort=accepted !--sort=drops
		atcpctl listeners --state=|--state=listen --state=drain
		atcpctl listeners --port=4|--port=443 !--port=80
		atcpctl top --sort=sy|--sort=syn --sort=synq
		atcpctl --color=|--color=always --color=auto --color=never
		atcpctl list --color=n|--color=never !--color=auto
		atcpctl listener -n nonesuch |:443 id:1 !set
		atcpctl listener -n nonesuch :443 |get set !:443
		atcpctl help liste|listener listeners !list !complete
		atcpctl hel|help
		atcpctl trace --read=|@file
		atcpctl advise :4|:443 !:80
		atcpctl save --|--all --changed
	END
}

test_words() {
	make_listeners
	put "$dirs/1/owner" "7 nginx"
	local typed want word status
	while IFS='|' read -r typed want; do
		local -a words
		read -ra words <<< "${typed#atcpctl}"
		[[ $typed != *' ' ]] || words+=("")
		run complete -- "${words[@]}"
		status=$rc
		for word in $want; do
			if [[ $word == !* ]]; then
				! cut -f1 <<< "$out" | grep -qxF -- "${word#!}" || status=1
			else
				cut -f1 <<< "$out" | grep -qxF -- "$word" || status=1
			fi
		done
		[ $status -eq 0 ] || sed 's/^/# /' <<< "$out"
		result $status "words: $typed"
	done < <(table)
	run complete -- load ''
	is "words: a file" 0 "@file"
	run complete -- run -p cur
	is "words: another program" 0 "@command 3"
	run complete -- get synack_retries
	[[ $out == *$'synack_retries\t'* ]]
	result $? "words: with what they mean"
	rm -rf "$tree/net" "$tree/sys"
	run complete -- listener :
	[ "$rc" -eq 0 ] && [ -z "$out$err" ]
	result $? "words: nothing without the module, and no message"
	run complete
	[ "$rc" -eq 0 ] && [ -z "$out$err" ]
	result $? "words: nothing of nothing"
	run --help
	[[ $out != *complete* ]]
	result $? "words: it is not for people"
}

# bashes LINE: what bash offers at its end, a word a line.
bashes() {
	PATH=$PWD:$PATH bash --norc -c '
		for f in /usr/share/bash-completion/bash_completion; do . "$f"; done
		. completion/atcpctl
		compopt() { :; }
		COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=() COMP_TYPE=9 COMP_KEY=9
		# As readline cuts it: "=" and ":" are words.
		mapfile -t COMP_WORDS < <(grep -oE "[^ =:]+|[=:]+" <<< "$1")
		[[ $1 != *[" "] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_atcpctl
		printf "%s\n" "${COMPREPLY[@]}"' bash "$1" 2> "$tree/err"
}

test_bash() {
	make_listeners
	[ -e /usr/share/bash-completion/bash_completion ] || { skip "bash" "no bash-completion"; return; }
	local typed want
	while IFS='|' read -r typed want; do
		out=$(bashes "$typed" | sort | paste -sd' ')
		[ "$out" = "$want" ] || sed 's/^/# /' <<< "$out" "$tree/err"
		[ "$out" = "$want" ]
		result $? "bash: $typed"
	done <<- END
		atcpctl liste|listener listeners
		atcpctl set overflow_p|overflow_policy=
		atcpctl set overflow_policy=p|park
		atcpctl listeners --sort ac|accepted acceptq
		atcpctl listener 10.0.0.1:4|443
		atcpctl listener :443 set overflow=r|reset
		atcpctl run atcpctl top --so|--sort
		atcpctl load Makef|Makefile
		atcpctl listeners --sort=ac|accepted acceptq
		atcpctl metrics --labels=id,pro|id,program
		atcpctl trace --read=Makef|Makefile
	END
}

test_fish() {
	make_listeners
	command -v fish > /dev/null || { skip "fish" "no fish"; return; }
	local typed want
	while IFS='|' read -r typed want; do
		out=$(HOME=$tree PATH=$PWD:$PATH fish --no-config -c 'source completion/atcpctl.fish; complete -C "$argv[1]"' "$typed" 2> "$tree/err" |
			cut -f1 | sort -u | paste -sd' ')
		[ "$out" = "$want" ] || cat "$tree/err" | sed "s/^/# /; 1i# $out"
		[ "$out" = "$want" ]
		result $? "fish: $typed"
	done <<- END
		atcpctl liste|listener listeners
		atcpctl set overflow_p|overflow_policy=
		atcpctl set overflow_policy=p|overflow_policy=park
		atcpctl listeners --sort ac|accepted acceptq
		atcpctl listener 10.0|10.0.0.1:443
		atcpctl listener :443 set overflow=r|overflow=reset
		atcpctl load Makef|Makefile
		atcpctl run atcpctl liste|listener listeners
	END
}

test_zsh() {
	make_listeners
	put "$dirs/1/owner" "7 nginx"
	command -v zsh > /dev/null || { skip "zsh" "no zsh"; return; }
	mkdir -p "$tree/home"
	cat > "$tree/home/.zshrc" <<- END
		PATH=$PWD:\$PATH
		fpath=($PWD/completion \$fpath)
		autoload -Uz compinit && compinit -u -d $tree/home/dump
		PS1='> '
		zstyle ':completion:*' list-colors ''
		unsetopt beep
	END
	local status
	while IFS='|' read -r typed want; do
		HOME=$tree/home ZDOTDIR=$tree/home python3 tests/lib/terminal.py xterm 120x40 zsh -i > "$tree/err" 2>&1 <<- STEPS
			see >
			send $typed\\t
			see $want
			send \\x15exit 0\\n
		STEPS
		status=$?
		[ $status -eq 0 ] || cut -c1-500 "$tree/err" | tail -n 3 | sed 's/^/# /'
		result $status "zsh: $typed"
	done <<- END
		atcpctl liste\\t|listeners -- SYN queue
		atcpctl set overflow_p|olicy=
		atcpctl listener 10|.0.0.1:443
		atcpctl listener :443 set overflow=p|ark
		atcpctl top --so|rt
		atcpctl load Makef|ile
		atcpctl run atcpctl top --so|rt
	END
}

groups ${ATCP_GROUPS:-words bash fish zsh}
