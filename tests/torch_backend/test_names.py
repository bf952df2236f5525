"""Names: layers' paths are module paths, and no name of a spec breaks the emitted code."""

from __future__ import annotations

import ast
import builtins

import pytest
from cnndsl_torch import live
from cnndsl_torch.dialect import HELPERS, MODULE_ATTRIBUTES
from shares import mostly_slow
from spec_text import codes_of, network_of
from torch import nn
from torch_emission import assert_exact, built, emitted

from cnndsl.backend import find_backend
from cnndsl.semantics.reserved import RESERVED

ATTRIBUTES = sorted(
    name for name in dir(nn.Sequential()) if not name.startswith("_") and name.isidentifier()
)


def test_all_attributes_of_modules_are_reserved() -> None:
    assert set(ATTRIBUTES) <= MODULE_ATTRIBUTES <= RESERVED.keys()


@pytest.mark.parametrize("name", ["append", "pop", "T_destination", "forward", "l2_penalty"])
def test_an_attribute_cannot_name_a_layer(name: str) -> None:
    assert codes_of(f"model m {{ input 2x2x2\nstage s {{ relu as {name} }} }}") == ["CNN206"]


@pytest.mark.parametrize("name", ["append", "half", "type", "training"])
def test_a_block_named_like_an_attribute_numbers_its_layers(name: str) -> None:
    code = assert_exact(f"block {name} {{ relu }}\nmodel m {{ input 2x2x2\n{name} }}")
    assert f"self.{name}1 = " in code


@pytest.mark.parametrize(
    "name", ["x", "module", "device", "input", "path1", "residual", "channels", "condition"]
)
@pytest.mark.parametrize("kind", ["parameter", "value", "loop"])
def test_local_names(name: str, kind: str) -> None:
    if (name, kind) == ("input", "value"):
        pytest.skip("a line that starts with `input` is the model's input")
    text = {
        "parameter": f"""
            block b({name}, deep) {{
                add {{ conv({name}, 1x1) -> relu
                    conv({name}, 1x1) }}
                if deep {{ relu -> tanh }} else {{ sigmoid }}
                (conv({name} + 1, 1x1) -> relu) * 2
            }}
            model m {{ input 2x2x2
                b(3, true) -> b(2, false) }}""",
        "value": f"""
            model m {{ input 2x2x2
                conv(2, 1x1) as {name} -> relu
                add {{ conv(2, 1x1) -> tanh
                    identity
                    {name} -> relu }}
                multiply(main, {name}) }}""",
        "loop": f"""
            model m {{ input 2x2x2
                for {name} in [2, 3] {{ conv({name}, 1x1) }}
                stage s {{ for {name} in [3, 1] {{ conv({name}, 1x1) -> relu }} }} }}""",
    }[kind]
    assert_exact(text)


@pytest.mark.parametrize(
    "name", ["nn", "torch", "F", "Tensor", "super", "isinstance", "OrderedDict"]
)
def test_a_parameter_that_the_code_needs_itself_gets_an_underscore(name: str) -> None:
    code = assert_exact(
        f"block b({name}) {{ conv({name}, 1x1) }}\nmodel m {{ input 2x2x2\nb(2) -> b(3) }}"
    )
    assert f"def __init__(self, in_channels: int, {name}_: int)" in code


def test_a_parameter_named_in_channels() -> None:
    code = assert_exact(
        "block b(in_channels) { conv(in_channels, 1x1) }\nmodel m { input 2x2x2\nb(2) -> b(3) }"
    )
    assert "def __init__(self, input_channels: int, in_channels: int)" in code


BLOCKS = ["tensor", "nn", "F", "module", "conv2d", "list", "none", "ordered_dict", "any"]
BLOCKS += list(HELPERS)


@pytest.mark.parametrize("name", mostly_slow(BLOCKS, BLOCKS[::4]))
def test_blocks_named_like_classes(name: str) -> None:
    """The block and what it is named after are both needed."""
    assert_exact(
        f"""
        block {name}(n) {{
            conv(n, 2x2, stride=2, pad=same, seed=1, l2=0.1) -> conv(n, 2x2, pad=(0, 1, 0, 1))
            avg_pool(2x2, stride=1, pad=(0, 1, 1, 0)) -> subsample(1) -> scale(2)
            batch_norm(scale=false) -> batch_norm(center=false)
            stage s {{ relu as a -> tanh * 2 }}
        }}
        model m {{ input 6x6x2
            {name}(2) -> {name}(3) -> max_pool(1)
            let side = flatten
            flatten -> add(main, side) }}"""
    )


@pytest.mark.parametrize("name", ["Tensor", "nn", "none", "true_", "isinstance", "M", "resnet"])
def test_models_with_any_name(name: str) -> None:
    assert_exact(
        f"block resnet(n) {{ conv(n, 1x1) }}\nmodel {name} {{ input 2x2x2\nresnet(2) }}"
        if name != "resnet"
        else "model resnet { input 2x2x2\nconv(2, 1x1) }"
    )


def test_a_model_named_like_a_block_in_other_letters() -> None:
    code = assert_exact(
        "block conv_net(n) { conv(n, 1x1) }\nmodel ConvNet { input 2x2x2\nconv_net(3) }"
    )
    assert 'class ConvNet2(nn.Module):\n    """Block `conv_net`' in code
    assert 'class ConvNet(nn.Module):\n    """Model `ConvNet`' in code


def test_blocks_whose_class_names_collide() -> None:
    code = assert_exact(
        """
        block conv_bn(n) { conv(n, 1x1) -> batch_norm }
        block ConvBn(n) { conv(n, 1x1) }
        block convBn(n) { conv(n, 1x1) -> relu }
        model m { input 2x2x2
            conv_bn(2) -> ConvBn(3) -> convBn(4) }"""
    )
    assert all(f"class {name}(nn.Module)" in code for name in ("ConvBn", "ConvBn2", "ConvBn3"))


def test_documentation_does_not_bring_imports() -> None:
    code = emitted(
        """
        # After torch. And F. Chollet, with math. and OrderedDict( of his.
        model m { input 2x2x2
            relu }"""
    )
    assert "import" not in code.replace("from torch import Tensor, nn", "")


def test_paths_are_module_paths() -> None:
    text = """
        block part(n) { stage body { conv(n, 1x1) -> (relu -> conv(n, 1x1)) * 2 } }
        model m { input 2x2x2
            part(2) as first -> part(3) * 2
            stage tail { relu -> part(2) as last } }"""
    network = network_of(text)
    modules = dict(built(text).named_modules())
    assert [layer.path for layer in network.layers if layer.path not in modules] == []
    assert list(live.read_weights(built(text), network)) == [
        f"{layer.path}/{weight.name}" for layer in network.layers for weight in layer.weights
    ]


def test_a_block_with_leading_underscores() -> None:
    """Python would write an attribute `__part1` of a class otherwise."""
    code = assert_exact(
        """block __part { conv(2, 1x1) -> relu }
        block _part { conv(3, 1x1) }
        block __ { __part -> _part }
        model m { input 3x3x1
            __part -> _part -> __ }
        """
    )
    assert "self.part1 = " in code
    assert "self.block = " in code


@pytest.mark.parametrize("backend", ["torch", "keras", "numpy"])
def test_nothing_has_the_name_of_a_builtin(backend: str) -> None:
    code = (
        find_backend(backend)
        .emit(
            network_of(
                "block open(filters) { conv(filters, 1x1) as list -> relu }\n"
                "block value_error(type) { conv(type, 1x1) }\n"
                "model input_(filter = 3, hash = true) { input 4x4x3\n open(filter) as id\n"
                " relu as x\n if hash { value_error(filter) }\n"
                " for all in [1, 2] { conv(all, 1x1) }\n"
                " concat(id, x) }"
            )
        )
        .text
    )
    given: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.arg):
            given.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            given.add(node.id)
    assert {"filter_", "hash_"} <= given
    assert given.isdisjoint(vars(builtins))
