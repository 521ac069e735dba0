"""Studies: each file lists the tasks of one; the file's name is the experiment's name."""
