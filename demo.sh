#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A phone in a box plays music while its route is switched, without Tacet and with it.
# Installs what it needs; leaves a table, a timeline and the sound of each back end in build/demo/.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
case " $* " in
*" --help "* | *" -h "*) ;;
*) scripts/install-deps ;;
esac
exec python3 -m tests.demo "$@"
