"""Studies: each file lists the tasks of one; the file's name is the experiment's name.

A file defines `tasks(seed)`, a search also `search`, `space()` and `configurations()`. It may state this fact of
itself, which is read without importing it:
    RECIPE: makes it a recipe, a training known by its name: what score to expect, on what hardware, from which source;
        flags of compare_gan_run_one_task, and options that score as the source did ("set"), if it needs any; and of one
        for a folder of the user's the options that name it ("data"), with FOLDER in its place. The tasks have it in
        their notes.
"""
