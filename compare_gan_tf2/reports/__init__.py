"""From the rows of studies to an answer: tables, statistics with verdicts, figures, and a page.

`gathering` reads work directories into `records.Gathered`; `answering` makes of it, for one score, a `records.Answer`
with all statistics; `tables`, `figures` and `page` show an answer and compute nothing themselves. Nothing here imports
TensorFlow, and pandas, matplotlib and pyarrow (extra `[report]`) are imported only where they are used.
"""
