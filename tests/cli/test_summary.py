"""`cnndsl summary`: the table, its totals, and the width of the terminal."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from textwrap import dedent

import pytest
from command_line import Command

from cnndsl.api import loads
from cnndsl.commands.summary import terminal_width
from cnndsl.report import layer_table

BLOCKS = """\
block unit(filters) { conv(filters, 3x3, pad=same, bias=false) -> batch_norm -> relu }
model net(filters = 4) {
    input 8x8x3
    unit(filters) as a_rather_long_name
    add { unit(filters)
          identity }
    global_avg_pool -> dense(10) as scores -> softmax
    output main, scores
}
"""


def test_table(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(BLOCKS)
    status, out, err = cnndsl("summary", "net.cnn")
    assert (status, err) == (0, "")
    assert out == dedent("""\
        net(filters=4), from net.cnn

        Layer  Path                           Op               Output shape  Parameters    MACs
        -----  -----------------------------  ---------------  ------------  ----------  ------
            1  a_rather_long_name.conv        conv             8x8x4                108   6,912
            2  a_rather_long_name.batch_norm  batch_norm       8x8x4                 16       0
            3  a_rather_long_name.relu        relu             8x8x4                  0       0
            4  unit.conv                      conv             8x8x4                144   9,216
            5  unit.batch_norm                batch_norm       8x8x4                 16       0
            6  unit.relu                      relu             8x8x4                  0       0
            7  add                            add              8x8x4                  0       0
            8  global_avg_pool                global_avg_pool  4                      0       0
            9  scores                         dense            10                    50      40
           10  softmax                        softmax          10                     0       0
        -----  -----------------------------  ---------------  ------------  ----------  ------
               Total                                                                334  16,168

        Input            8x8x3
        Outputs          main 10, scores 10
        Layers           10
        Parameters       334
          trainable      318
          non-trainable  16
        MACs             16,168 (16.2 k; one image, bias excluded)
        """)


def test_facts(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(BLOCKS)
    plain = cnndsl("summary", "net.cnn").out
    status, out, err = cnndsl("summary", "net.cnn", "--batch", "2")
    assert (status, err) == (0, "")
    assert out == plain + dedent("""\
        FLOPs            34,404 (34.4 k; one image)
        Activations      2 images, 4 bytes a value
          in inference   6,144 bytes (6.14 kB)
          in training    16,064 bytes (16.1 kB)
        Receptive field  5x5
        Smallest input   1x1x3
        """)
    out = cnndsl("summary", "net.cnn", "--facts", "--format", "json").out
    assert json.loads(out)["facts"] == {
        "flops": 34_404,
        "batch": 1,
        "inference_memory": 3_072,
        "training_memory": 8_032,
        "receptive_field": [5, 5],
        "smallest_input": [1, 1, 3],
    }
    assert "facts" not in json.loads(cnndsl("summary", "net.cnn", "--format", "json").out)
    assert cnndsl("summary", "net.cnn", "--batch", "0").status == 2


def test_facts_of_vectors(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text("model m { input 4\n dense(3) }\n")
    out = cnndsl("summary", "net.cnn", "--facts").out
    assert "FLOPs" in out
    assert "Receptive" not in out
    assert "Smallest" not in out


def test_settings_and_models(cnndsl: Command, folder: Path) -> None:
    assert (
        "small(classes=6), from small.cnn"
        in cnndsl("summary", "small.cnn", "--set", "classes=6").out
    )
    assert "second, from two.cnn" in cnndsl("summary", "two.cnn", "--model", "second").out


def test_findings(cnndsl: Command, folder: Path) -> None:
    status, out, err = cnndsl("summary", "broken.cnn")
    assert (status, err) == (1, "")
    assert out.startswith("broken, from broken.cnn, up to the first error\n")
    assert "\nCNN304 " in out
    assert "\nCNN201 " in out


def test_json(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(BLOCKS)
    found = json.loads(cnndsl("summary", "net.cnn", "--format", "json").out)
    layers = found.pop("layers")
    assert found == {
        "format_version": "1.0",
        "model": "net",
        "filename": "net.cnn",
        "parameters": {"filters": 4},
        "input_shape": [8, 8, 3],
        "inputs": [{"name": "input", "shape": [8, 8, 3]}],
        "pixels": None,
        "outputs": [
            {"name": "main", "shape": [10], "training_only": False},
            {"name": "scores", "shape": [10], "training_only": False},
        ],
        "layers_left_out": 0,
        "trainable_params": 318,
        "non_trainable_params": 16,
        "macs": 16168,
        "inference": {"params": 334, "macs": 16168},
    }
    assert len(layers) == 10
    assert layers[1] == {
        "path": "a_rather_long_name.batch_norm",
        "op": "batch_norm",
        "inputs": [0],
        "output_shape": [8, 8, 4],
        "trainable_params": 8,
        "non_trainable_params": 8,
        "macs": 0,
        "shared": False,
        "row": 1,
    }
    assert layers[0]["inputs"] == [-1]


def test_json_of_parameters_that_json_does_not_have(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(
        "model m(kernel = 3x3, pad = same, list = [1, (2, 3)], rate = 0.5, bias = none) {\n"
        "    input 8x8x3\n    conv(4, kernel, pad=pad)\n}\n"
    )
    found = json.loads(cnndsl("summary", "net.cnn", "--format", "json").out)
    assert found["parameters"] == {
        "kernel": "3x3", "pad": "same", "list": "[1, (2, 3)]", "rate": 0.5, "bias": None
    }  # fmt: skip


@pytest.mark.parametrize("width", [30, 60, 75, 80, 90, 200])
def test_a_terminal_is_not_exceeded_where_numbers_fit(width: int) -> None:
    text = layer_table.plain(loads(BLOCKS).network, width)
    table = text.split("\n\n")[1].splitlines()
    needed = 52  # a path of 12 columns, output shapes, parameters and MACs
    assert max(map(len, table)) <= max(width, needed)
    assert "10  " in text
    assert "16,168" in text


def test_paths_are_cut_in_the_middle() -> None:
    assert layer_table.elide("features.12.conv", 11) == "feat...conv"
    assert layer_table.elide("features.12.conv", 16) == "features.12.conv"
    text = layer_table.plain(loads(BLOCKS).network, 80)
    assert "a_rather_...batch_norm" in text


def test_a_wide_terminal_changes_nothing() -> None:
    network = loads(BLOCKS).network
    assert layer_table.plain(network, 500) == layer_table.plain(network)


def test_no_terminal_no_width(cnndsl: Command) -> None:
    assert terminal_width() is None


def test_with_rich(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", "100")
    assert layer_table.show(loads(BLOCKS).network)
    out = capsys.readouterr().out
    assert "a_rather_long_name.batch_norm" in out
    assert "16,168" in out
    assert "bias excluded" in out


def test_without_rich_the_plain_table_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    assert not layer_table.show(loads(BLOCKS).network)


def test_a_hundred_thousand_layers() -> None:
    network = loads("model m { input 8x8x4\n (conv(4, 1x1) -> relu) * 50_000 }").network
    started = time.process_time()
    text = layer_table.plain(network)
    assert time.process_time() - started < 5
    assert text.count("\n") == layer_table.MOST_ROWS + 15
    assert "  ... 90,000 more layers\n" in text
    assert "\nLayers           100,000\n" in text
    found = json.loads(layer_table.as_json(network))
    assert len(found["layers"]) + found["layers_left_out"] == 100_000
    assert not layer_table.show(network)


def test_folded_by_depth(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(BLOCKS)
    status, out, _ = cnndsl("summary", "net.cnn", "--depth", "1", "--format", "csv")
    assert status == 0
    rows = [line.split(",") for line in out.splitlines()]
    assert rows[0] == ["layer", "path", "op", "output_shape", "parameters", "macs", "shared"]
    assert rows[1][:4] == ["1-3", "a_rather_long_name", "3 layers", "8x8x4"]
    whole = cnndsl("summary", "net.cnn", "--format", "csv").out.splitlines()[1:]
    for column in (4, 5):
        counts = [int(line.split(",")[column]) for line in whole]
        assert sum(int(row[column]) for row in rows[1:]) == sum(counts)


def test_sorted_with_bars(cnndsl: Command, folder: Path) -> None:
    (folder / "net.cnn").write_text(BLOCKS)
    out = cnndsl("summary", "net.cnn", "--sort", "macs", "--bars").out
    rows = [line for line in out.splitlines() if line[:7].strip().isdigit()]
    listed = cnndsl("summary", "net.cnn", "--sort", "macs", "--format", "csv").out.splitlines()
    counts = [int(line.split(",")[5]) for line in listed[1:]]
    assert counts == sorted(counts, reverse=True)
    assert f" {counts[0]:,} " in rows[0]
    assert rows[0].endswith("\u2588" * 10)
    assert "\u2588" not in rows[-1]


def test_markdown(cnndsl: Command, folder: Path) -> None:
    out = cnndsl("summary", "small.cnn", "--format", "markdown").out
    assert "| 1 | conv | conv | 6x6x4 | 112 | 3,888 |\n" in out
    assert "|  | Total |  |  | 1,562 | 5,328 |\n" in out


def test_json_has_each_layer(cnndsl: Command, folder: Path) -> None:
    status, out, err = cnndsl("summary", "small.cnn", "--format", "json", "--depth", "1")
    assert (status, out) == (2, "")
    assert "--depth, --sort and --bars are about tables" in err


def test_csv_has_no_bars(cnndsl: Command, folder: Path) -> None:
    status, out, err = cnndsl("summary", "small.cnn", "--format", "csv", "--bars")
    assert (status, out) == (2, "")
    assert "--bars draws what CSV has as numbers" in err


@pytest.mark.parametrize("width", [48, 64, 76, 90, 120])
def test_bars_make_room_for_paths(width: int) -> None:
    """In a narrow terminal bars are shorter, or left out, before paths are cut to a few letters."""
    network = loads(BLOCKS).network
    view = layer_table.View(bar="#.")
    table = layer_table.plain(network, width, None, view).split("\n\n")[1].splitlines()
    assert max(map(len, table)) <= max(width, 52)
    bars = {len(bar) for line in table for bar in re.findall(r" ([#.]{3,})(?= |$)", line)}
    assert len(bars) <= 1
    assert bars or width < 70
    assert bars == {layer_table.BAR} or width < 120


def test_a_number_at_the_end_of_a_path_has_its_op_where_ops_have_no_column() -> None:
    text = "model m { input 8x8x3\n stage one { conv(4, 3x3) -> relu } }"
    network = loads(text).network
    assert re.search(r"^one.0 conv +6x6x4 +112", layer_table.plain(network, 40), re.M)
    assert "one.0 conv" not in layer_table.plain(network, 100)
