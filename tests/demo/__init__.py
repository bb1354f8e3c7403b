# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job, shown: runs VM tests on stock kernels and tells what came of them."""
