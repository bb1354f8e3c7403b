# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for tacet-ucm-import(1)

complete -c tacet-ucm-import -s c -l card -x -d 'Name of the profile'
complete -c tacet-ucm-import -s o -l directory -x -a '(__fish_complete_directories)' -d 'Where its files go'
complete -c tacet-ucm-import -s f -l force -d 'Write over files that are there'
complete -c tacet-ucm-import -s n -l dry-run -d 'Write nothing'
complete -c tacet-ucm-import -l output -x -d 'PATH=VERB/DEVICE that plays'
complete -c tacet-ucm-import -l input -x -d 'PATH=VERB/DEVICE that records'
complete -c tacet-ucm-import -l output-use -x -d 'PATH=VERB: a use case that plays'
complete -c tacet-ucm-import -l input-use -x -d 'PATH=VERB: a use case that records'
complete -c tacet-ucm-import -l output-pcm -x -d 'VERB=NUMBER of the PCM that plays'
complete -c tacet-ucm-import -l input-pcm -x -d 'VERB=NUMBER of the PCM that records'
complete -c tacet-ucm-import -l bytes -x -d 'A control of bytes'
complete -c tacet-ucm-import -s h -l help -d 'Show help'
complete -c tacet-ucm-import -l version -d 'Show the version'
