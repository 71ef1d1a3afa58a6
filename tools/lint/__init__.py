# SPDX-License-Identifier: Apache-2.0
"""The house's own rules, one a file: check(tree) yields Findings. tools/tests shows each of them failing."""
