# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host side of Tacet's VM harness; tests/vm/README says how it is used."""
