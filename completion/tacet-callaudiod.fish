# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion of tacet-callaudiod(1)
complete -c tacet-callaudiod -f
complete -c tacet-callaudiod -s h -l help -d 'Show help'
complete -c tacet-callaudiod -l version -d 'Show the version'
complete -c tacet-callaudiod -l check -d 'Check the configuration and exit'
complete -c tacet-callaudiod -l config -r -F -d 'Read this configuration'
