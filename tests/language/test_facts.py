"""What `expect` and `summary --facts` say of a network, held against published and real numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
import torch
from spec_text import codes_of, findings_of, in_model, network_of
from torch.utils.flop_counter import FlopCounterMode

import cnndsl
from cnndsl.api import CheckedNetwork
from cnndsl.ir import measures
from cnndsl.ir.network import Network
from cnndsl.project.facts import facts_of
from cnndsl.semantics.facts import FACTS
from cnndsl.semantics.models import Elaboration
from cnndsl.values import Shape

# Receptive fields


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        # Araujo, Norris and Sim 2019, table 1
        ("alexnet", 195),
        ("vgg16", 212),
        ("keras/mobilenet", 315),
        ("resnet50", 483),
        ("resnet101", 1027),
        ("resnet152", 1507),
        ("inception_v2", 699),
        ("inception_v3", 1311),
        ("inception_v4", 2071),
        ("keras/inception_resnet_v2", 3039),
    ],
)
def test_published_receptive_fields(name: str, pixels: int) -> None:
    assert measures.receptive_field(cnndsl.load(name).network) == (pixels, pixels)


WINDOWS = (
    "conv(2, {k}x{j}, pad={p})",
    "conv(2, {k}x{j}, stride={s}, pad=same)",
    "conv(2, 3x{j}, dilation={s}x1, pad=2)",
    "depthwise_conv({j}x{k}, pad=valid)",
    "avg_pool({k}x2, stride={s})",
    "subsample({s}x{s})",
    "zero_pad((1, 0, 2, {p}))",
    "upsample({s})",
    "upsample(2, bilinear)",
)


def windows(draw: random.Random, count: int) -> str:
    """Some layers in a row, with windows of random sizes."""
    return " -> ".join(
        draw.choice(WINDOWS).format(
            k=draw.randint(1, 4), j=draw.randint(1, 3), s=draw.randint(1, 3), p=draw.randint(0, 2)
        )
        for _ in range(count)
    )


def specs() -> Iterator[str]:
    """Windows in a row, and such behind paths side by side."""
    draw = random.Random(7)
    yield "space_to_depth(2, crd) -> conv(8, 3x1) -> depth_to_space(2, dcr) -> conv(2, 1x3)"
    yield "conv_transpose(2, 4x3, 2) -> conv(2, 3x3)"
    yield "resize(64x70, bilinear) -> conv(2, 3x1) -> pad(1, edge) -> center_crop(40)"
    paths = "pad((2, 1, 0, 3)) -> conv(2, 4x4)\n crop((1, 1, 1, 0)) -> zero_pad((1, 1, 1, 0))"
    yield f"concat {{\n {paths} \n}} -> conv(2, 2x2)"
    for _ in range(5):
        yield windows(draw, 3)
    for left, right in ((1, 2), (3, 2), (2, 4)):
        paths = f"conv(2, {left}x3, pad=same)\n conv(2, {right}x1, pad=same, dilation=2) -> relu"
        yield f"conv(2, 3x3, 2) -> concat {{\n {paths} \n}} -> {windows(draw, 1)}"


def seen(network: CheckedNetwork) -> tuple[int, int]:
    """Height and width of the pixels that a value in the middle of the output depends on."""
    model = network.build("torch").double()
    for parameter in model.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1.0)
    height, width, channels = network.input_shape
    widest = (0, 0)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 2)):
        image = torch.rand(1, channels, height, width, dtype=torch.float64, requires_grad=True)
        output = model(image)
        middle = output[0, :, output.shape[2] // 2 + row, output.shape[3] // 2 + column]
        middle.sum().backward()
        assert image.grad is not None
        rows, columns = (image.grad.abs().sum((0, 1)).sum(axis).nonzero() for axis in (1, 0))
        found = (int(rows.max() - rows.min()) + 1, int(columns.max() - columns.min()) + 1)
        widest = max(widest[0], found[0]), max(widest[1], found[1])
    return widest


@pytest.mark.parametrize("body", list(specs()))
def test_a_receptive_field_is_what_a_value_depends_on(body: str) -> None:
    network = cnndsl.loads(in_model(body, "96x108x2"))
    field, found = measures.receptive_field(network.network), seen(network)
    if re.search(r"upsample\([23]\)|transpose|edge", body):  # which copies it sees decides
        assert field is not None
        assert all(most - 2 <= real <= most for most, real in zip(field, found, strict=True))
    else:
        assert field == found


# Memory and operations


def sized(network: Network) -> dict[int, int]:
    return {-1: network.input_shape.elements} | {
        view.index: view.shape.elements for view in network.layers
    }


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "inception_v1", "torchvision/densenet121"])
def test_memory_is_that_of_the_values_that_are_still_to_be_read(name: str) -> None:
    network = cnndsl.load(name).network
    sizes = sized(network)
    assert measures.training_memory(network) == 4 * sum(sizes.values())
    inference = network.in_inference
    views = inference.needed_layers
    outputs = {value for _, value in inference.outputs}
    alive = []
    for view in views:
        later = [one for one in views if one.index > view.index]
        read = {value for one in later for value in one.inputs} | outputs
        made = {-1, *(one.index for one in views if one.index <= view.index)}
        alive.append(sum(sizes[value] for value in (read & made) | {view.index, *view.inputs}))
    assert measures.inference_memory(network) == 4 * max(alive)


def test_memory_by_hand() -> None:
    body = "conv(2, 3x3) as early -> relu -> conv(4, 1x1)\nconcat(early, main)"
    network = network_of(in_model(body, "6x6x1"))
    assert measures.training_memory(network) == 4 * (36 + 32 + 32 + 64 + 96)
    assert measures.inference_memory(network) == 4 * (32 + 64 + 96)
    assert facts_of(network, batch=3).inference_memory == 3 * 4 * (32 + 64 + 96)


def test_training_memory_is_what_torch_modules_give() -> None:
    network = cnndsl.load("lenet5_modern")
    model = network.build("torch")
    given = [network.network.input_shape.elements]
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _, __, output: given.append(output.numel()))
    with torch.no_grad():
        model(torch.zeros(1, 1, 32, 32))
    assert network.facts().training_memory == 4 * sum(given)


@pytest.mark.parametrize(
    ("layer", "flops"),
    [
        ("conv(5, 3x3)", 2 * 6 * 6 * 5 * 9 * 4 + 6 * 6 * 5),
        ("conv(5, 3x3, bias=false)", 2 * 6 * 6 * 5 * 9 * 4),
        ("relu", 8 * 8 * 4),
        ("batch_norm", 2 * 8 * 8 * 4),
        ("max_pool(2x2)", 4 * 4 * 4 * 4),
        ("global_avg_pool", 8 * 8 * 4),
        ("adaptive_avg_pool(2)", 8 * 8 * 4),
        ("upsample(2)", 0),
        ("upsample(2, bilinear)", 4 * 16 * 16 * 4),
        ("resize(5x7, nearest_floor) -> crop(1) -> pad(2)", 0),
        ("conv_transpose(3, 2x2, 2)", 2 * 8 * 8 * 4 * 4 * 3 + 16 * 16 * 3),
        ("add { identity\n relu\n tanh }", 4 * 8 * 8 * 4),
        ("concat { identity\n relu }", 8 * 8 * 4),
        ("dropout(0.5) -> flatten -> dense(3)", 2 * 256 * 3 + 3),
        ("split(2) as a, b\n zero_pad(1) -> channel_shuffle(2)\n output main, a, b", 0),
    ],
)
def test_operations_by_hand(layer: str, flops: int) -> None:
    assert measures.flops(network_of(in_model(layer, "8x8x4"))) == flops


def test_torch_counts_two_for_each_multiply_accumulate() -> None:
    network = cnndsl.load("lenet5_modern")
    model = network.build("torch").eval()
    height, width, channels = network.input_shape
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, channels, height, width))
    assert counter.get_total_flops() == 2 * network.macs < network.facts().flops


# The smallest input


def checks(network: Network, side: int) -> bool:
    image = Shape((side, side, network.input_shape.channels))
    trial = Elaboration(network.template, dict(network.parameters), False, [image])
    return trial.network is not None


U_NET = in_model(
    """
    conv(4, 3x3) -> conv(4, 3x3) as wide -> max_pool(2x2) -> space_to_depth(2, crd)
        -> conv(8, 3x3) -> depth_to_space(2, crd) -> upsample(2) -> zero_pad(4)
    let skip = wide -> conv(2, 1x1)
    add(skip, main)
    """,
    "36x36x1",
)


@pytest.mark.parametrize(
    ("spec", "side"),
    [("lenet5", 32), ("alexnet", 67), ("inception_v3", 75), ("resnet50", 1), (U_NET, 16)],
)
def test_the_smallest_input_is_the_first_that_checks(spec: str, side: int) -> None:
    network = (cnndsl.loads if "{" in spec else cnndsl.load)(spec)
    assert network.facts().smallest_input == (side, side, network.input_shape[2])
    assert checks(network.network, side)
    assert not any(checks(network.network, smaller) for smaller in range(1, side))


def test_the_smallest_input_of_an_image_that_is_no_square() -> None:
    assert cnndsl.loads(in_model("conv(2, 5x1)", "6x9x1")).facts().smallest_input == (5, 5, 1)
    assert cnndsl.loads(in_model("conv(2, 1x9)", "6x9x1")).facts().smallest_input == (9, 9, 1)


def test_a_search_without_end_is_a_finding_at_the_budget() -> None:
    blocks = "block b(n) { conv(n, 1x1) -> relu }\n"
    body = "for i in range(900) { b(i + 1) }\nconv(1, 3999x3999)\nexpect smallest_input < 1"
    (finding,) = findings_of(blocks + in_model(body, "4000x4000x3"))
    assert finding.startswith("CNN417 6:1-26 checking this file takes more than")
    network = cnndsl.loads(blocks + in_model(body.partition("expect")[0], "4000x4000x3"))
    assert network.facts().smallest_input is None


# Budgets


def test_budgets_read_every_fact() -> None:
    network = network_of(in_model("conv(2, 3x3) -> relu -> flatten -> dense(3)", "8x6x4"))
    facts = facts_of(network)
    values = {
        "flops": facts.flops,
        "inference_memory": facts.inference_memory,
        "training_memory": facts.training_memory,
        "receptive_field": 3,
        "smallest_input": 3,
    }
    assert values.keys() < FACTS.keys()
    for name, value in values.items():
        body = f"conv(2, 3x3) -> relu -> flatten -> dense(3)\nexpect {name} == "
        assert findings_of(in_model(f"{body}{value}", "8x6x4")) == []
        (finding,) = findings_of(in_model(f"{body}{value + 1}", "8x6x4"))
        assert finding.endswith(f"does not hold: {name} = {value:,}")


def test_vectors_have_no_field_and_no_side() -> None:
    body = "dense(3)\nexpect receptive_field == none and smallest_input == none"
    assert findings_of(in_model(body, "8")) == []


def test_what_no_budget_reads_is_not_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    for name in ("flops", "inference_memory", "training_memory", "receptive_field"):
        monkeypatch.setattr(measures, name, fail)
    monkeypatch.setitem(FACTS, "smallest_input", fail)  # type: ignore[arg-type]  # it gives nothing
    assert codes_of(in_model("dense(3)\nexpect params == 27 and depth == 1", "8")) == []


@pytest.mark.parametrize("name", ["depth", "params", "flops"])
def test_a_fact_with_the_name_of_a_parameter_or_number(name: str) -> None:
    body = f"conv({name}, 1x1)\nexpect macs > 1\nexpect macs > 0 and {name} > 0"
    (finding,) = findings_of(in_model(body, parameters=f"({name} = 2)"))
    assert finding.startswith(f"CNN212 5:8-{25 + len(name)} `{name}` is a fact")
    (finding,) = findings_of(in_model(f"let {name} = 2\n{body}"))
    assert finding.startswith("CNN212 6:8-")
    assert findings_of(in_model(f"conv({name}, 1x1)", parameters=f"({name} = 2)")) == []


def test_budgets_read_named_numbers() -> None:
    body = (
        "let width = in.channels * 2\nconv(width, 1x1)\nlet most = [1, width]\n"
        "for i in [3] { let inner = i\n conv(inner, 1x1) }\nexpect width == {} and most[1] == 8"
    )
    assert findings_of(in_model(body.replace("{}", "8"))) == []
    (finding,) = findings_of(in_model(body.replace("{}", "9")))
    assert finding.endswith("does not hold: most = [1, 8], width = 8")
    assert codes_of(in_model(body.replace("{}", "inner"))) == ["CNN203"]
