"""Studies: many tasks as one, to ask which GAN is better under a budget, and how sure one can be.

A study is a work directory with a study file. Each of its tasks is a folder with a number for its name, which
compare_gan_run_one_task reads as well:

    <workdir>/study.json           what is fixed, what is varied, seeds, threads of a task (`study`)
    <workdir>/<number>/task.json   all options of one task (`task_folder.tasks`)
    <workdir>/<number>/machine.json the threads it computes with (`task_folder.threads`)
    <workdir>/<number>/...         what its training and its evaluation leave
    <workdir>/rounds/<round>.json  what a round of a search tries (`rounds`)

Who calls whom: commands.study -> adding (new tasks), engines (run them), state (what became of them), cleaning and
archives. Nothing here imports TensorFlow before a task is run.
"""
