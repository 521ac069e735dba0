"""Text to image on polygons with captions: «a small red triangle, top left»."""

from __future__ import annotations

from benchmarks.translation_demos import Demo, Number, baseline

OPTIONS = {
    "batch_size": 32,
    "d_learning_rate": 4e-4,
    "dataset": "polygon_caption",
    "ema_decay": 0.99,
    "evaluated_abilities": "generate",
    "evaluation_samples": 1_000,
    "extractor": "pixels",
    "g_learning_rate": 4e-4,
    "gan": "text_to_image",
    "learning_rate_decay": 0.3,
    # After 1,000 steps captions that differ in the shape alone still have nearly the same vector.
    "text_steps": 6_000,
    "text_units": 128,
    "training_steps": 11_000,
    "width": 0.375,
}

DEMO = Demo(
    "text_to_image",
    "Pictures show what their captions say, word by word.",
    options=OPTIONS,
    controls={"baseline": baseline(OPTIONS, evaluated_abilities="illustrate_nearest_caption")},
    metrics="word_accuracy,caption_retrieval",
    numbers=(
        Number(
            "word_accuracy",
            control="baseline/illustrate_nearest_caption/word_accuracy",
            expected="at least .8",
            least=0.8,
        ),
        Number("word_accuracy_size"),
        Number("word_accuracy_hue"),
        Number("word_accuracy_shape"),
        Number("word_accuracy_place"),
        Number("caption_retrieval", expected=".01 by chance"),
    ),
    finding="pictures have the hue and the place that the caption asks for, and most have the size. Of the shapes, "
    "triangles look like triangles; many pentagons and hexagons are round spots",
)
