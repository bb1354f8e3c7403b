# SPDX-License-Identifier: LGPL-2.1-or-later
# bash completion for tacet-ucm-import(1)

_tacet_ucm_import() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local options='--card --directory --force --dry-run --output --input --output-use
		--input-use --output-pcm --input-pcm --bytes --help --version'

	case $prev in
	-o | --directory)
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	-c | --card | --output | --input | --output-use | --input-use | --output-pcm | --input-pcm | --bytes)
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(
			compgen -f -X '!*.xml' -- "$cur"
			compgen -d -- "$cur"
		)
	fi
}
complete -F _tacet_ucm_import tacet-ucm-import
