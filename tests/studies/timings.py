"""What a task of any kind costs where nothing is timed."""

from compare_gan_tf2.studies.forecast import Timings

TIMINGS = Timings(
    build=10.0, again=1.0, step=0.1, save=0.5, load=2.0, reference=7.0, draw=3.0, metrics={"fid": 1.0, "kid": 2.0},
    export=4.0, checkpoint_bytes=1000, sample_bytes=10, step_bytes=2, task_bytes=5, export_bytes=300,
    reference_bytes=50,
)  # fmt: skip
