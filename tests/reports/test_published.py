"""Published scores stand beside ours only where both were measured alike."""

import pytest
from reports.paper_answers import CLASSIFIER, INCEPTION, column, study

from compare_gan_tf2.reports import published

MNIST = {"dataset": "mnist", "architecture": "infogan"}
NS, WGAN = MNIST | {"loss": "non_saturating"}, MNIST | {"loss": "wasserstein"}
SNDCGAN = {"dataset": "cifar10", "architecture": "sndcgan", "d_weight_normalization": "spectral"}
CIFAR = INCEPTION.replace("data=mnist", "data=cifar10")


def beside(trained, protocol=INCEPTION, **of):
    gathered, answer = study(trained, column(protocol, **of))
    return published.beside(answer, gathered)


def test_a_gan_stands_beside_its_row_of_the_table():
    found = beside([(NS, {0: 7.0, 1: 8.0}), (WGAN, {0: 9.0})])
    assert [(row["published"], row["published deviation"], row["ours"], row["seeds"]) for row in found.rows] == [
        (6.8, 0.5, 7.5, 2),
        (6.7, 0.4, 9.0, 1),
    ]
    assert {(row["paper"], row["place"]) for row in found.rows} == {
        ("Lucic et al. 2018, Are GANs Created Equal?", "table 2")
    }
    assert found.notes == []


def test_the_best_setting_of_a_configuration_stands_there_once():
    found = beside([(NS | {"beta1": 0.1}, {0: 7.0}), (NS | {"beta1": 0.9}, {0: 30.0})])
    assert [row["ours"] for row in found.rows] == [7.0]


def test_the_landscapes_best_models_need_their_own_constraint():
    found = beside([(SNDCGAN, {0: 27.0}), (SNDCGAN | {"penalty": "wgan_gp"}, {0: 28.0})], CIFAR)
    assert sorted((row["published"], row["ours"]) for row in found.rows) == [(25.27, 27.0), (26.0, 28.0), (26.16, 27.0)]
    assert all(row["place"] == "table 5" and "g_learning_rate=" in row["published setting"] for row in found.rows)


@pytest.mark.parametrize(
    "protocol",
    [
        CLASSIFIER,
        INCEPTION.replace("generated=10000", "generated=5000"),
        INCEPTION.replace("real=10000; generated=10000", "real=5000; generated=5000"),
        INCEPTION.replace("resize=tf1", "resize=clean"),
        INCEPTION.replace("quantisation=none", "quantisation=uint8"),
        INCEPTION.replace("mnist test", "mnist train"),
        INCEPTION.replace("float32", "bfloat16"),
        "",
    ],
)
def test_another_protocol_has_nothing_beside_it_and_says_so(protocol):
    found = beside([(NS, {0: 7.0})], protocol)
    assert not found.rows
    if protocol:
        (note,) = found.notes
        assert note.startswith("published numbers of mnist are FIDs by Inception over 10,000 images of its split test;")
        assert note.endswith("not comparable")


def test_celeb_a_is_compared_with_the_split_that_the_paper_used():
    celeb_a = {"dataset": "celeb_a", "architecture": "infogan", "loss": "wasserstein"}
    test = INCEPTION.replace("data=mnist test", "data=celeb_a test")
    assert beside([(celeb_a, {0: 40.0})], test) == published.Beside((), ())
    validation = INCEPTION.replace("data=mnist test", "data=celeb_a_validation validation")
    found = beside([(celeb_a | {"dataset": "celeb_a_validation"}, {0: 40.0})], validation)
    assert [row["published"] for row in found.rows] == [41.3]


def test_other_scores_and_data_have_nothing_to_say():
    assert beside([(NS, {0: 7.0})], score="kid") == published.Beside((), ())
    assert beside([(NS, {0: 7.0})], ability="reconstruct") == published.Beside((), ())
    assert beside([(NS | {"dataset": "triangles"}, {0: 7.0})]) == published.Beside((), ())


def test_a_running_average_is_remarked_and_a_setting_without_score_is_not_there():
    found = beside([(NS, {0: 7.0}), (WGAN, {})], INCEPTION.replace("weights=latest", "weights=average"))
    assert [row["ours"] for row in found.rows] == [7.0]
    assert found.notes == ["published numbers are of the latest weights; these are of a running average"]


def test_all_numbers_say_where_they_are_from():
    numbers = published.all_numbers()
    assert len(numbers) == 8 * 4 + 30
    assert all(each.paper and each.place and each.setting and each.fid > 0 for each in numbers)
    # The score that compare_gan lists for another loss is not among them.
    assert [each.options["loss"] for each in numbers if each.fid in (41.6, 41.60)] == ["least_squares"]


def test_people_read_a_line_for_each_number_and_one_for_what_is_missing():
    (line,) = published.lines(beside([(NS, {0: 7.0, 1: 8.0})]))
    assert line.startswith("published, ") and "FID 6.8 ± 0.5 (Lucic et al. 2018" in line
    assert "here 7.5, mean of 2 (" in line
    assert published.lines(beside([(NS, {0: 7.0})], CLASSIFIER))[0].endswith("not comparable")
