#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Run Tacet's tests: everything, `quick` (2 minutes, no VM), or those whose names match.
# Installs what it needs. Ends with a line "N passed, N failed[, N skipped]".
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
case " $* " in
*" --list "* | *" --help "* | *" -h "*) ;;
*) scripts/install-deps ;;
esac
exec python3 -m tests.suite "$@"
