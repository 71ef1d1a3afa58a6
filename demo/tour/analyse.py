# SPDX-License-Identifier: Apache-2.0
"""The tour's analysis: who sleeps how much? Ordinary Python, in a sealed cell, on the encrypted survey."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import cloister

survey = cloister.dataset("health_survey").to_pandas()

sleep = survey.dropna(subset=["school_night_hours_sleep", "grade"])
short = sleep["school_night_hours_sleep"].isin(["<5", "5", "6"])
by_grade = (
    sleep.assign(short_sleep=short)
    .groupby("grade")
    .agg(students=("short_sleep", "size"), short_sleepers=("short_sleep", "sum"))
)
by_grade["percent"] = (100 * by_grade["short_sleepers"] / by_grade["students"]).round(1)
by_grade = by_grade.loc[sorted(by_grade.index, key=lambda grade: (len(grade), grade))]
cloister.display(by_grade.reset_index())

figure, axes = plt.subplots(figsize=(7, 3.6), dpi=110)
order = ["<5", "5", "6", "7", "8", "9", "10+"]
counts = survey["school_night_hours_sleep"].value_counts().reindex(order).fillna(0)
axes.bar(order, counts.to_numpy(), color="#0072b2")
axes.set_xlabel("hours of sleep on a school night")
axes.set_ylabel("students")
axes.spines[["top", "right"]].set_visible(False)
figure.tight_layout()
cloister.display(figure)
figure.savefig("sleep.png")

# A new encrypted dataset; its lineage names the survey.
cohort = sleep.loc[short, ["age", "grade", "gender", "school_night_hours_sleep"]]
cloister.save(cohort, "short_sleepers")

for row in by_grade.reset_index().itertuples():
    print(f"grade {row.grade}: {row.short_sleepers} of {row.students} sleep six hours or less")
