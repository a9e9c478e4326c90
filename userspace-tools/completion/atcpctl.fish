# SPDX-License-Identifier: GPL-2.0
# fish completion for atcpctl(8), which says itself what may stand next.

function __atcpctl_complete
    set -l typed (commandline -opc)
    for line in ($typed[1] complete -- $typed[2..-1] (commandline -ct) 2>/dev/null)
        switch $line
            case @file
                __fish_complete_path (commandline -ct)
            case '@command *'
                set -l first (math (string replace '@command ' '' -- $line) + 1)
                if test $first -gt (count $typed)
                    __fish_complete_command
                else
                    complete -C "$(string join ' ' -- (string escape -- $typed[$first..-1]) (commandline -ct))"
                end
            case '*'
                echo $line
        end
    end
end

complete -c atcpctl -f -a '(__atcpctl_complete)'
