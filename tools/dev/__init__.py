# SPDX-License-Identifier: Apache-2.0
"""./dev: set-up, build, tests, lint and the rest, with Debian's Python and its standard library alone."""
