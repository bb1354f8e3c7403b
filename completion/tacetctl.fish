# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for tacetctl(1); names come from the running tacetd, which is never started.

function __tacetctl_command
    set -l words (commandline -opc)
    for word in $words[2..-1]
        contains -- $word status switch monitor trace doctor; and echo $word; and return
    end
    return 1
end

function __tacetctl_is
    contains -- (__tacetctl_command; or echo none) $argv
end

# The card on the command line: the first word after the command that is no option's value.
function __tacetctl_card
    set -l words (commandline -opc)
    set -l seen no
    set -l skip no
    for word in $words[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word --verb --enable --disable --to --enable-modifier \
                --disable-modifier --quiesce --timeout
            set skip yes
        else if string match -q -- '-*' $word
            continue
        else if test $seen = yes
            echo $word
            return
        else
            set seen yes
        end
    end
end

function __tacetctl_names
    tacetctl __names $argv[1] (__tacetctl_card) 2>/dev/null
end

complete -c tacetctl -f
complete -c tacetctl -l json -d 'Print JSON instead of text'
complete -c tacetctl -s h -l help -d 'Show the options'

set -l none 'not __tacetctl_command >/dev/null'
complete -c tacetctl -n $none -l version -d 'Show the version'
complete -c tacetctl -n $none -a status -d 'Cards, their routes, jacks and streams'
complete -c tacetctl -n $none -a switch -d 'Change the route of a card'
complete -c tacetctl -n $none -a monitor -d 'Follow switches and cards'
complete -c tacetctl -n $none -a trace -d 'Show the last switches'
complete -c tacetctl -n $none -a doctor -d 'Say what is wrong on this system'

complete -c tacetctl -n '__tacetctl_is status switch monitor; and test -z (__tacetctl_card | string collect -a)' \
    -a '(tacetctl __names cards 2>/dev/null)' -d Card

set -l switch '__tacetctl_is switch'
complete -c tacetctl -n $switch -l verb -x -a '(__tacetctl_names verbs)' -d 'Use a verb'
complete -c tacetctl -n $switch -l enable -x -a '(__tacetctl_names devices)' -d 'Enable a device'
complete -c tacetctl -n $switch -l disable -x -a '(__tacetctl_names devices)' -d 'Disable a device'
complete -c tacetctl -n $switch -l to -x -a '(__tacetctl_names devices)' \
    -d 'Use a device instead of the present one'
complete -c tacetctl -n $switch -l enable-modifier -x -a '(__tacetctl_names modifiers)' \
    -d 'Enable a modifier'
complete -c tacetctl -n $switch -l disable-modifier -x -a '(__tacetctl_names modifiers)' \
    -d 'Disable a modifier'
complete -c tacetctl -n $switch -l quiesce -x -a 'auto pause drain drop live' \
    -d 'How streams are brought to rest'
complete -c tacetctl -n $switch -l timeout -x -d 'Give up after so many seconds'
complete -c tacetctl -n $switch -l dry-run -d 'Plan only, and show the steps'

set -l trace '__tacetctl_is trace'
complete -c tacetctl -n $trace -s n -l last -x -d 'So many switches'
complete -c tacetctl -n $trace -l svg -r -F -d 'Draw them into a file'
complete -c tacetctl -n $trace -l input -r -F -d 'Read the JSON of a trace'
