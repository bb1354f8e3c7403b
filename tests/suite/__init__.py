# SPDX-License-Identifier: LGPL-2.1-or-later
"""The order in which everything is tested, and the one line that sums it up."""
