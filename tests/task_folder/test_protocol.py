"""A protocol's text and its value are two forms of one thing."""

import dataclasses

import pytest

from compare_gan_tf2.task_folder.protocol import Protocol

# As rows of version 0.1.0 hold them; of older ones some facts are missing.
WRITTEN = [
    "data=polygons test 39a02d40; extractor=random convolutions, 4 layers of 64, recipe 3afab659; resize=none; "
    "quantisation=none; real=64; generated=64; repeats=1; seed=42; weights=latest; statistics=moving; metrics=fid; "
    "kid (blocks of at most 1024)",
    "data=mnist test 5c1f0a1b; extractor=classifier of MNIST, test accuracy 0.9940, weights c28361d9; resize=none; "
    "quantisation=none; real=10000; generated=10000; repeats=3; seed=42; weights=average; "
    "statistics=standing over 16 batches; metrics=authenticity (against the training split, first 100000 of mnist "
    "5c1f0a1b); fid; inception_score (natural logarithm, float64); ms_ssim (8 batches of at most 128)",
    "data=/data/a; b=c; d/e.npz evaluation 0af3; extractor=pixels as 8x8; real=10; generated=10; weights=as given; "
    "statistics=as given; metrics=fid",
    "data=triangles test b9b9d03e; real=200; metrics=fid",
    "not scored",
    "",
    "=; ;; =a; metrics=",
    "; metrics=fid",
    "metrics=fid",
    "real=10; metrics=a=b; ; metrics=c",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_any_text_comes_back_as_it_was(text):
    protocol = Protocol.parse(text)
    assert str(protocol) == text and Protocol.parse(str(protocol)) == protocol and hash(protocol)
    # What had to be equal before, by the text, is what has to be equal now.
    assert str(protocol.without_metrics()) == text.partition("; metrics=")[0]


def test_facts_are_known_by_name_and_an_old_row_may_lack_them():
    new, old = Protocol.parse(WRITTEN[0]), Protocol.parse(WRITTEN[3])
    assert new.weights == "latest" and new.fact("extractor").endswith("recipe 3afab659") and new.fact("real") == "64"
    assert old.weights == "" == old.fact("extractor") and old.fact("data") == "triangles test b9b9d03e"
    assert new.by_metric() == {"fid": "fid", "kid": "kid (blocks of at most 1024)"}
    assert Protocol.parse("not scored").facts == (("", "not scored"),)


@pytest.mark.parametrize("place", ["a", "/a; b", "/a; b=c", "/a; metrics=d", "x=y", ""])
def test_one_that_is_made_equals_the_one_that_is_read(place):
    made = Protocol.of(data=place, real=10, metrics=["fid", "kid (blocks of at most 4)"])
    assert str(made) == f"data={place}; real=10; metrics=fid; kid (blocks of at most 4)"
    assert Protocol.parse(str(made)) == made


def test_a_value_with_the_separator_in_it_stays_together():
    assert Protocol.of(data="/a; b", real=10).fact("data") == "/a; b"


def test_protocols_agree_by_facts_and_by_what_is_said_of_metrics_of_both():
    base = Protocol.of(real=10, weights="latest", metrics=["fid", "kid (blocks of 5)"])
    assert base.agrees_with(Protocol.of(real=10, weights="latest", metrics=["kid (blocks of 5)", "prd"]))
    assert base.agrees_with(base.without_metrics())
    assert not base.agrees_with(Protocol.of(real=10, weights="latest", metrics=["kid (blocks of 6)"]))
    assert not base.agrees_with(Protocol.of(real=10, weights="average", metrics=["fid"]))
    assert base.includes(Protocol.of(real=10)) and not base.includes(Protocol.of(real=11))


def test_joined_protocols_list_each_metric_once_by_name():
    old, new = Protocol.of(real=10, metrics=["kid", "fid"]), Protocol.of(real=10, metrics=["prd (k=5)", "fid"])
    assert str(old.joined(new)) == "real=10; metrics=fid; kid; prd (k=5)"
    assert Protocol.parse("a").joined(Protocol.parse("a")) == Protocol.parse("a")


def test_a_protocol_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Protocol.of(real=10).facts = ()
