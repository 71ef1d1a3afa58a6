#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the tour's dataset: the real survey answers with GENERATED identity columns in front.

    make_survey.py yrbss_2013.csv.gz OUT.csv

The answers are those of the Youth Risk Behavior Survey 2013 (see README.md), untouched. The survey is anonymous;
names, e-mail addresses, telephone numbers, student numbers and ZIP codes are drawn here from a fixed seed, correct
in form and belonging to nobody: telephone numbers lie in the range 555-01xx that is reserved for fiction, addresses
in the reserved domain example.org. The same input gives the same file, byte for byte.
"""

import csv
import gzip
import io
import random
import sys

SEED = 2013
FIRST = (
    "Alice Ben Carla David Elena Farid Grace Hugo Ines Jamal Keiko Liam Maya Noah Olga Pablo "
    "Quinn Rosa Sami Tara Umar Vera Wei Ximena Yusuf Zoe"
).split()
LAST = (
    "Abbott Baker Castillo Dubois Evans Fischer Garcia Haddad Ivanova Johnson Kim Lopez Moreau "
    "Nguyen Okafor Patel Quispe Rossi Schmidt Tanaka Ueda Vargas Walker Xu Young Zimmermann"
).split()
IDENTITY = ["student_name", "student_email", "guardian_phone", "student_number", "home_zip"]


def check_digit(digits: str) -> str:
    """Luhn's check digit, as student and card numbers carry it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def identity(draw: random.Random, row: int) -> list[str]:
    first, last = draw.choice(FIRST), draw.choice(LAST)
    number = f"{2013}{row:06d}"
    return [
        f"{first} {last}",
        f"{first}.{last}.{row}@example.org".lower(),
        f"({draw.randrange(200, 990)}) 555-01{draw.randrange(100):02d}",
        number + check_digit(number),
        f"{draw.randrange(501, 99951):05d}",
    ]


def main(source: str, target: str) -> None:
    draw = random.Random(SEED)
    with gzip.open(source, "rt", encoding="utf-8", newline="") as answers:
        rows = csv.reader(answers)
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(IDENTITY + next(rows))
        for row, answer in enumerate(rows, start=1):
            writer.writerow(identity(draw, row) + answer)
    with open(target, "w", encoding="utf-8", newline="") as file:
        file.write(out.getvalue())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
