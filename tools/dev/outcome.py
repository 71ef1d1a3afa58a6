# SPDX-License-Identifier: Apache-2.0
"""What a suite of tests came to, and how ./dev test prints it."""

import dataclasses


@dataclasses.dataclass
class Outcome:
    """Results of one suite. failures and skipped are [(test name, text)]; passed is a count."""

    suite: str
    passed: int = 0
    failures: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    def lines(self):
        """The suite's line, then each failure in full and each skipped test with its reason."""
        text = f"{self.suite}: {self.passed} passed, {len(self.failures)} failed"
        text += f", {len(self.skipped)} skipped" if self.skipped else ""
        yield f"{text} ({self.seconds:.1f} s)"
        for name, why in self.skipped:
            yield f"  skipped {name}: {' '.join(why.split()) or 'no reason given'}"
        for name, why in self.failures:
            yield f"  FAILED {name}"
            yield from (f"    {line}" for line in why.rstrip().splitlines())


def closing_line(outcomes):
    """`N passed, N failed`, and `, N skipped` where some were: the last line of ./dev test."""
    passed, failed, skipped = (
        sum(outcome.passed for outcome in outcomes),
        sum(len(outcome.failures) for outcome in outcomes),
        sum(len(outcome.skipped) for outcome in outcomes),
    )
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
