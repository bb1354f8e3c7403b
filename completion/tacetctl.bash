# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for tacetctl(1); names come from the running tacetd, which is never started.
# shellcheck shell=bash

# Offer the lines of $2 that begin with $1, quoted for the command line.
_tacetctl_offer() {
	local cur=$1 line quote=
	[[ $cur == [\'\"]* ]] && quote=${cur:0:1} && cur=${cur:1}
	cur=${cur//\\/}
	while IFS= read -r line; do
		[[ $line && $line == "$cur"* ]] || continue
		if [[ $quote ]]; then
			COMPREPLY+=("$quote$line$quote")
		else
			COMPREPLY+=("$(printf '%q' "$line")")
		fi
	done <<<"$2"
}

_tacetctl_words() {
	local IFS=$' \t\n'
	# The words are options and modes, without any character that the shell knows.
	# shellcheck disable=SC2207
	COMPREPLY=($(compgen -W "$2" -- "$1"))
}

_tacetctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' card='' word last='' i
	COMPREPLY=()

	# "--verb=V" comes as three words.
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $last in
		--verb | --enable | --disable | --to | --enable-modifier | --disable-modifier | \
			--quiesce | --timeout | --svg | --input | -n | --last)
			[[ $word == '=' ]] || last=
			continue
			;;
		esac
		last=$word
		[[ $word == -* || $word == '=' ]] && continue
		if [[ -z $command ]]; then
			command=$word
		elif [[ -z $card ]]; then
			card=$word
		fi
	done

	case $prev in
	--verb)
		_tacetctl_offer "$cur" "$("${COMP_WORDS[0]}" __names verbs "$card" 2>/dev/null)"
		return
		;;
	--enable | --disable | --to)
		_tacetctl_offer "$cur" "$("${COMP_WORDS[0]}" __names devices "$card" 2>/dev/null)"
		return
		;;
	--enable-modifier | --disable-modifier)
		_tacetctl_offer "$cur" "$("${COMP_WORDS[0]}" __names modifiers "$card" 2>/dev/null)"
		return
		;;
	--quiesce)
		_tacetctl_words "$cur" 'auto pause drain drop live'
		return
		;;
	--svg | --input)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--timeout | -n | --last)
		return
		;;
	esac

	if [[ $cur == -* ]]; then
		case $command in
		'')
			_tacetctl_words "$cur" '--json --help -h --version'
			;;
		switch)
			_tacetctl_words "$cur" '--verb --enable --disable --to --enable-modifier
				--disable-modifier --quiesce --timeout --dry-run --json --help -h'
			;;
		trace)
			_tacetctl_words "$cur" '--last -n --svg --input --json --help -h'
			;;
		status | monitor | doctor)
			_tacetctl_words "$cur" '--json --help -h'
			;;
		esac
		return
	fi
	case $command in
	'')
		_tacetctl_words "$cur" 'status switch monitor trace doctor'
		;;
	status | switch | monitor)
		[[ $card ]] ||
			_tacetctl_offer "$cur" "$("${COMP_WORDS[0]}" __names cards 2>/dev/null)"
		;;
	esac
}

complete -F _tacetctl tacetctl
