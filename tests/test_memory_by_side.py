"""The benchmark of memory by the side of the images: its table, what it leaves out, and one row measured."""

import pytest

from benchmarks import memory_by_side
from compare_gan_tf2.errors import UserError

MB = 1_000_000


def test_rows_are_processes_of_their_own_and_what_did_not_fit_has_no_peak(capsys, monkeypatch):
    asked = []

    def start(module, given, environment):
        asked.append(given)
        return module

    def results(children):
        side = asked[-1]["options"]["image_size"]
        counts = {"generator": 10 * side, "discriminator": 20 * side}
        return [{"planned": side * MB, "peak": 0 if side > 256 else 3 * side * MB, **counts}]

    monkeypatch.setattr(memory_by_side, "start", start)
    monkeypatch.setattr(memory_by_side, "results", results)
    assert memory_by_side.main(["--networks=stylegan2,r3gan", "--sides=256,1024", "--batch=8", "--width=0.5"]) == 0
    assert capsys.readouterr().out.splitlines()[-4:] == [
        "| stylegan2 | 256 | 2,560 | 5,120 | 256 | 768 |", "| stylegan2 | 1024 | 10,240 | 20,480 | 1,024 |  |",
        "| r3gan | 256 | 2,560 | 5,120 | 256 | 768 |", "| r3gan | 1024 | 10,240 | 20,480 | 1,024 |  |",
    ]  # fmt: skip
    assert [each["options"]["gan"] for each in asked] == ["stylegan2", "stylegan2", "r3gan", "r3gan"]
    assert all((each["options"]["batch_size"], each["options"]["width"]) == (8, 0.5) for each in asked)


@pytest.mark.slow
@pytest.mark.parametrize("network", memory_by_side.NETWORKS)
def test_a_row_is_measured(network, capsys):
    arguments = [f"--networks={network}", "--sides=16", "--batch=2", "--width=0.02", "--steps=1"]
    assert memory_by_side.main(arguments) == 0
    cells = capsys.readouterr().out.splitlines()[-1].strip("| ").split(" | ")
    assert cells[:2] == [network, "16"] and all(float(each.replace(",", "")) > 0 for each in cells[2:])


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("--networks=dcgan", "there is no network 'dcgan'; known are pggan, stylegan,"),
        ("--sides=100", "there is no side '100'; known are 8, 16,"),
        ("--steps=-1", "--steps has to be 0 or more"),
    ],
)
def test_what_is_not_known_is_refused(argument, message):
    with pytest.raises(UserError, match=message):
        memory_by_side.main([argument])
