"""Every layer: its attributes, the shapes that it foretells, and its gradients by differences."""

import dataclasses
import inspect

import cnndsl_numpy as cn
import numpy as np
import pytest
import samples
from cnndsl_numpy.layers import LAYERS
from cnndsl_numpy.layers.derived import MergeLayer, UnaryLayer
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import accepted, plain

from cnndsl.ops import OPS
from cnndsl.values import Shape

IMAGE, VECTOR = (6, 5, 4), (7,)

# Layers with attributes that matter, and the shape (or shapes) of their input.
CASES = [
    (cn.Conv(6, 3, name="x"), IMAGE),
    (cn.Conv(6, (2, 3), (2, 1), "same", 2, groups=2, name="x"), IMAGE),
    (cn.Conv(3, 1, bias=False, name="x"), IMAGE),
    (cn.Conv(4, 3, pad=(0, 2, 1, 0), name="x"), IMAGE),
    (cn.DepthwiseConv(3, 2, "same", name="x"), IMAGE),
    (cn.DepthwiseConv((2, 3), multiplier=2, bias=False, name="x"), IMAGE),
    (cn.SeparableConv(5, 3, pad=1, multiplier=2, name="x"), IMAGE),
    (cn.SeparableConv(5, 3, bias=False, name="x"), IMAGE),
    (cn.Dense(5, name="x"), VECTOR),
    (cn.Dense(5, bias=False, name="x"), VECTOR),
    (cn.MaxPool(2, name="x"), IMAGE),
    (cn.MaxPool(3, 2, 1, "ceil", name="x"), IMAGE),
    (cn.AvgPool((3, 2), 2, "same", name="x"), IMAGE),
    (cn.AvgPool(3, 2, 1, "ceil", True, name="x"), IMAGE),
    (cn.AdaptiveAvgPool((4, 7), name="x"), IMAGE),
    (cn.GlobalAvgPool(name="x"), IMAGE),
    (cn.GlobalMaxPool(name="x"), IMAGE),
    (cn.Subsample((2, 3), name="x"), IMAGE),
    (cn.BatchNorm(name="x"), IMAGE),
    (cn.BatchNorm(center=False, epsilon=0.1, name="x"), VECTOR),
    (cn.BatchNorm(scale=False, name="x"), VECTOR),
    (cn.Lrn(3, 0.5, name="x"), IMAGE),
    (cn.Flatten(name="x"), IMAGE),
    (cn.Flatten(name="x"), VECTOR),
    (cn.Dropout(0.4, name="x"), IMAGE),
    (cn.ZeroPad((1, 2), name="x"), IMAGE),
    (cn.ZeroPad((0, 1, 2, 3), name="x"), IMAGE),
    (cn.Scale(-0.3, name="x"), IMAGE),
    (cn.Add(name="x"), [IMAGE, IMAGE, IMAGE]),
    (cn.Multiply(name="x"), [VECTOR, VECTOR, VECTOR]),
    (cn.Multiply(name="x"), [(1, 1, 4), (3, 2, 1), (3, 2, 4)]),
    (cn.Multiply(name="x"), [(3, 2, 1), (1, 1, 4)]),
    (cn.Concat(name="x"), [(3, 2, 1), (3, 2, 4), (3, 2, 2)]),
    (cn.Concat(name="x"), [VECTOR, (2,)]),
    (cn.Identity(name="x"), IMAGE),
    *((getattr(cn, kind)(name="x"), IMAGE) for kind in ("Relu", "Relu6", "Selu", "Silu", "Gelu")),
    (cn.LeakyRelu(0.3, name="x"), VECTOR),
    (cn.Elu(0.5, name="x"), VECTOR),
    (cn.Gelu(approximate=True, name="x"), VECTOR),
    *((getattr(cn, kind)(name="x"), VECTOR) for kind in ("Sigmoid", "HardSigmoid", "HardSwish")),
    *((getattr(cn, kind)(name="x"), IMAGE) for kind in ("Tanh", "Softplus", "Softmax")),
    (cn.Softmax(name="x"), VECTOR),
]


def cases():
    """Every op with each value of each attribute, on an image or a vector."""
    for op in samples.LAYERS:
        for call in samples.calls_of(op):
            given = {name: plain(value) for name, value in accepted(op, call.given).items()}
            layer = LAYERS[op](**given, name="x")
            shape = IMAGE if 3 in op.ranks else VECTOR
            if call.shape(Shape(shape)) is not None:
                yield layer, shape


CASES += cases()


def build(layer, shapes):
    """Return a model of one layer in double precision, and the layer's output.

    A model has one input: the inputs of a merge are dense layers or 1x1 convolutions of it.
    """
    if isinstance(layer, MergeLayer):
        inputs = cn.Input((*shapes[0][:-1], 3))
        kind = cn.Dense if len(shapes[0]) == 1 else lambda n, name: cn.Conv(n, 1, name=name)
        x = layer([kind(shape[-1], name=f"path{at}")(inputs) for at, shape in enumerate(shapes)])
    else:
        inputs = cn.Input(shapes)
        x = layer(inputs)
    model = cn.Model(inputs, x, dtype="float64", seed=1)
    # Biases and the like must not hide in zeros and ones.
    random = np.random.default_rng(2)
    model.set_parameters(
        {path: array + random.random(array.shape) / 2 for path, array in model.parameters.items()}
    )
    return model, x


def case_name(case):
    return type(case).__name__ if isinstance(case, cn.Layer) else ""


@pytest.mark.parametrize("op", LAYERS, ids=lambda op: op.name)
def test_attributes_are_those_of_the_language(op):
    parameters = list(inspect.signature(LAYERS[op]).parameters.values())
    name = parameters.pop()
    assert (name.name, name.kind) == ("name", inspect.Parameter.KEYWORD_ONLY)
    assert [each.name for each in parameters] == list(op.attributes)
    for each in parameters:
        attribute = op.attributes[each.name]
        if attribute.is_required:
            assert each.default is each.empty
        elif attribute.default is None or each.default is None:
            assert each.default is attribute.default
        else:
            assert attribute.kind.accept(each.default) == attribute.default


def test_attributes_of_a_convolution():
    found = ", ".join(map(str, inspect.signature(cn.Conv).parameters.values()))
    kernel = "bias: Any = True, init: Any = 'glorot_uniform', seed: Any = None, l2: Any = 0.0"
    window = "stride: Any = 1, pad: Any = 'valid', dilation: Any = 1, groups: Any = 1"
    assert found == f"filters: Any, kernel: Any, {window}, {kernel}, name: str"


def test_every_op_has_a_layer():
    layers = {
        name
        for name in cn.__all__
        for value in [getattr(cn, name)]
        if inspect.isclass(value) and issubclass(value, (UnaryLayer, MergeLayer))
    } - {"UnaryLayer"}
    assert set(LAYERS) == set(OPS.values())
    assert layers == {each.__name__ for each in LAYERS.values()}
    assert set(cn.__all__) <= set(dir(cn))


def test_an_unknown_name():
    with pytest.raises(AttributeError, match="module 'cnndsl_numpy' has no attribute 'Convolve'"):
        cn.Convolve  # noqa: B018  # looking it up is what fails


@pytest.mark.parametrize(("layer", "shapes"), CASES, ids=case_name)
@pytest.mark.parametrize("training", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_gradients_are_the_differences_of_the_output(layer, shapes, training):
    model, x = build(layer, shapes)
    random = np.random.default_rng(3)
    batch = random.uniform(-4, 4, (3, *model.inputs[0].shape))
    weigh = random.standard_normal((3, *x.shape))

    def value():
        # The seed gives dropout the same mask each time.
        return float((model.forward(batch, training, seed=5) * weigh).sum())

    output = model.forward(batch, training, seed=5, differentiable=True)
    assert output.shape == (3, *x.shape)
    gradients = {"input": (batch, model.backward(weigh))}
    for path in model.trainable:
        gradients[path] = model.parameters[path], model.gradients[path]
    assert set(model.gradients) == set(model.trainable)
    step = 1e-5
    for path, (array, gradient) in gradients.items():
        assert gradient.shape == array.shape
        for at in random.permutation(list(np.ndindex(array.shape)))[:12]:
            cell, before = tuple(at), array[tuple(at)]
            array[cell] = before + step
            above = value()
            array[cell] = before - step
            below = value()
            array[cell] = before
            assert gradient[cell] == pytest.approx(
                (above - below) / (2 * step), rel=1e-5, abs=1e-6
            ), (path, cell)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_window_layers_foretell_their_output(data):
    """What the graph accepts runs, with exactly the foretold shape."""
    pair = st.integers(1, 4) | st.tuples(st.integers(1, 4), st.integers(1, 4))
    pad = (
        st.sampled_from(["valid", "same"])
        | st.integers(0, 2)
        | st.tuples(*[st.integers(0, 2)] * 2)
        | st.tuples(*[st.integers(0, 2)] * 4)
    )
    kernel, stride, padding, dilation = (data.draw(each) for each in (pair, pair, pad, pair))
    rounding = data.draw(st.sampled_from(["floor", "ceil"]))
    layer = data.draw(
        st.sampled_from(
            [
                cn.Conv(2, kernel, stride, padding, dilation, name="x"),
                cn.DepthwiseConv(kernel, stride, padding, dilation, 2, name="x"),
                cn.SeparableConv(3, kernel, stride, padding, dilation, name="x"),
                cn.MaxPool(kernel, stride, padding, rounding, name="x"),
                cn.AvgPool(kernel, stride, padding, rounding, name="x"),
                cn.Subsample(kernel, name="x"),
            ]
        )
    )
    inputs = cn.Input((data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9)), 2))
    try:
        x = layer(inputs)
    except ValueError:
        with pytest.raises(ValueError, match=f"^{type(layer).__name__} 'x': "):
            layer(inputs)
        return
    batch = np.ones((2, *inputs.shape))
    model = cn.Model(inputs, x)
    assert model.forward(batch, training=True).shape == (2, *x.shape)
    assert model.backward(np.ones((2, *x.shape))).shape == batch.shape
    assert (x.height, x.width, x.channels) == x.shape


@pytest.mark.parametrize(
    ("layer", "shapes", "message"),
    [
        (cn.Conv(2, 3, name="a.b"), VECTOR, "Conv 'a.b': needs an image .* a vector of 7"),
        (cn.Dense(2, name="x"), IMAGE, "needs a vector, got an image .* 6x5x4"),
        (cn.Conv(2, 7, name="x"), IMAGE, r"needs height 7 .* 0 \+ 6 \+ 0 = 6"),
        (cn.Conv(4, 3, groups=3, name="x"), IMAGE, "3 groups must divide both 4 channels and 4"),
        (cn.Conv(0, 3, name="x"), IMAGE, "filters must be at least 1, got 0"),
        (cn.Conv(1, 3, 0, name="x"), IMAGE, "stride must be at least 1, got 0x0"),
        (cn.Dense(0, name="x"), VECTOR, "units must be at least 1"),
        (cn.DepthwiseConv(3, multiplier=0, name="x"), IMAGE, "multiplier must be at least 1"),
        (cn.MaxPool(3, pad=2, name="x"), IMAGE, "pad 2 is more than half"),
        (cn.MaxPool(3, rounding="up", name="x"), IMAGE, "rounding must be"),
        (cn.Lrn(0, name="x"), IMAGE, "size must be at least 1, got 0"),
        (cn.Dropout(1.0, name="x"), IMAGE, "rate must be .* less than 1, got 1.0"),
        (cn.ZeroPad(-1, name="x"), IMAGE, "pad must not be negative"),
        (cn.ZeroPad("same", name="x"), IMAGE, "no meaning"),
        (cn.Conv(2, 3, init="xavier", name="x"), IMAGE, "init must be one of .* 'xavier'"),
        (cn.Add(name="x"), [IMAGE, (6, 5, 3)], "one shape, got 6x5x4, 6x5x3"),
        (cn.Add(name="x"), [], "at least one input"),
        (cn.Concat(name="x"), [IMAGE, (5, 5, 4)], "equal height and width.* 6x5x4, 5x5x4"),
        (cn.Concat(name="x"), [IMAGE, VECTOR], "equal height and width"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_by_name(layer, shapes, message):
    is_merge = isinstance(layer, MergeLayer)
    x = [cn.Input(shape) for shape in shapes] if is_merge else cn.Input(shapes)
    with pytest.raises(ValueError, match=message) as caught:
        layer(x)
    assert str(caught.value).startswith(str(layer))


def test_layers_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        cn.Conv(2, 3, name="x").filters = 3


def test_batch_norm_moves_its_statistics_only_in_training():
    inputs = cn.Input((2,))
    model = cn.Model(inputs, cn.BatchNorm(momentum=0.8, name="bn")(inputs), dtype="float64")
    x = np.array([[1.0, 10.0], [3.0, 30.0]])
    model(x)
    np.testing.assert_array_equal(model.parameters["bn/moving_mean"], 0)
    model.forward(x, training=True)
    np.testing.assert_allclose(model.parameters["bn/moving_mean"], [0.2 * 2, 0.2 * 20])
    # The biased variance: 1 and 100, not 2 and 200.
    variance = [0.8 + 0.2 * 1, 0.8 + 0.2 * 100]
    np.testing.assert_allclose(model.parameters["bn/moving_variance"], variance)


def test_flatten_is_in_reading_order():
    inputs = cn.Input((2, 3, 4))
    x = np.arange(24.0).reshape(1, 2, 3, 4)
    output = cn.Model(inputs, cn.Flatten(name="flatten")(inputs))(x)
    np.testing.assert_array_equal(output[0], np.arange(24))
