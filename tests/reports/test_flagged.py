"""Flags of trainings, and tables of classes, in reports."""

import dataclasses

from reports import made_up

from compare_gan_tf2.reports import gathering, page, tables

FLAG = "classes permuted: 0.30 of the samples show the class asked for, 0.98 by assignment"


def test_a_report_counts_flagged_trainings_and_its_page_shows_the_table_of_classes(tmp_path):
    study = made_up.factorial()
    task = next(each for each in study.tasks if each.state == "done")
    last = dataclasses.replace(task.points[-1], flags=FLAG, tables={"class_confusion": [[1, 3], [4, 0]]})
    flagged = dataclasses.replace(task, points=[*task.points[:-1], last])
    changed = dataclasses.replace(study, tasks=[flagged if each is task else each for each in study.tasks])
    assert list(gathering.flagged(changed.tasks)) == [
        f"1 of {len(study.tasks)} trainings have a flag at their last checkpoint (their scores count): classes permuted"
    ]
    before, after = (page.write(each, {}, [], tmp_path).read_text() for each in (study, changed))
    assert FLAG not in before and after.count(FLAG) == 2  # in the table of troubles, and in the task's own section
    assert "seen 1" in after and after.count(">75%<") == after.count(">100%<") == 1
    assert "Classes of samples of task" in after and "Classes of samples" not in before
    table = tables.tasks(changed)
    assert [row[table.head.index("flags")] for row in table.rows].count(FLAG) == 1
