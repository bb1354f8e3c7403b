# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion of tacet-callaudiod(1)
# shellcheck shell=bash

_tacet_callaudiod() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [[ $prev == --config ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W '--check --config= --help --version' -- "$cur")
	[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -F _tacet_callaudiod tacet-callaudiod
