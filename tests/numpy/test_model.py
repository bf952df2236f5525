"""Models: names, weights and their seeds, memory, and what they refuse."""

import gc
import math
import weakref

import cnndsl_numpy as cn
import numpy as np
import pytest
from cnndsl_numpy.execution import run_forward
from cnndsl_numpy.graph import Mode, plan
from shares import mostly_slow


def small(**options):
    """Return a model with a branch, a nested name and every kind of weight."""
    inputs = cn.Input((8, 8, 3))
    x = cn.Conv(4, 3, pad="same", name="stem.0.conv")(inputs)
    x = cn.BatchNorm(name="stem.0.norm")(x)
    y = cn.SeparableConv(4, 3, pad="same", name="branch")(x)
    x = cn.Add(name="add")([x, y])
    x = cn.GlobalAvgPool(name="pool")(x)
    x = cn.Dense(5, name="head")(x)
    return cn.Model(inputs, cn.Softmax(name="softmax")(x), name="small", **options)


BATCH = np.random.default_rng(0).standard_normal((2, 8, 8, 3))


def test_parameters_are_named_by_path_in_the_order_of_the_layers():
    model = small()
    shapes = {path: array.shape for path, array in model.parameters.items()}
    assert list(shapes.items()) == [
        ("stem.0.conv/kernel", (3, 3, 3, 4)),
        ("stem.0.conv/bias", (4,)),
        ("stem.0.norm/gamma", (4,)),
        ("stem.0.norm/beta", (4,)),
        ("stem.0.norm/moving_mean", (4,)),
        ("stem.0.norm/moving_variance", (4,)),
        ("branch/depthwise_kernel", (3, 3, 1, 4)),
        ("branch/pointwise_kernel", (1, 1, 4, 4)),
        ("branch/bias", (4,)),
        ("head/kernel", (4, 5)),
        ("head/bias", (5,)),
    ]
    assert not {path for path in model.trainable if "moving" in path}
    assert model.count_parameters() == sum(array.size for array in model.parameters.values())
    assert model.count_parameters(trainable=False) == 8
    foretold = [(layer.name, shape) for layer, shape in model.layer_shapes()]
    assert foretold[2:5] == [("branch", (8, 8, 4)), ("add", (8, 8, 4)), ("pool", (4,))]


def test_summary_says_it_all():
    expected = """\
model small
layer        type           output  parameters
             Input           8x8x3
stem.0.conv  Conv            8x8x4         112
stem.0.norm  BatchNorm       8x8x4          16
branch       SeparableConv   8x8x4          56
add          Add             8x8x4
pool         GlobalAvgPool       4
head         Dense               5          25
softmax      Softmax             5
209 parameters, 8 of them not trainable"""
    assert small().summary() == expected


def test_two_layers_of_one_name_are_refused():
    inputs = cn.Input((4,))
    x = cn.Relu(name="a.relu")(cn.Dense(3, name="a.relu")(inputs))
    with pytest.raises(ValueError, match=r"two layers are named 'a\.relu'"):
        cn.Model(inputs, x)


def test_a_layer_used_twice_has_one_set_of_weights_and_two_of_a_name_are_refused():
    inputs = cn.Input((4,))
    layer = cn.Dense(4, name="twice")
    assert cn.Model(inputs, layer(layer(inputs))).count_parameters() == 20
    with pytest.raises(ValueError, match="two layers are named 'twice'"):
        cn.Model(inputs, cn.Dense(4, name="twice")(layer(inputs)))


def test_a_layer_without_a_name_is_refused():
    inputs = cn.Input((4,))
    with pytest.raises(ValueError, match="must not be empty"):
        cn.Model(inputs, cn.Relu(name="")(inputs))


def test_an_output_of_another_input_is_refused():
    inputs, other = cn.Input((4,)), cn.Input((5,))
    with pytest.raises(ValueError, match=r"another input \(5\)"):
        cn.Model(inputs, [cn.Relu(name="a")(inputs), cn.Relu(name="b")(other)])


@pytest.mark.parametrize("shape", [(4, 4), (), (0,), (3, 0, 1)])
def test_a_shape_that_is_neither_image_nor_vector_is_refused(shape):
    with pytest.raises(ValueError, match="an input is"):
        cn.Input(shape)


def test_a_vector_has_no_height():
    with pytest.raises(ValueError, match="a vector of 4 has no height"):
        _ = cn.Input(4).height


@pytest.mark.parametrize("shape", [(8, 8, 3), (1, 8, 8, 4), (1, 8, 7, 3), (1, 192)])
def test_a_batch_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="takes a batch") as caught:
        small()(np.zeros(shape))
    expected = f"model 'small' takes a batch of shape (m, 8, 8, 3), found shape {shape}"
    assert str(caught.value) == expected


def test_set_parameters_names_every_mismatch_and_changes_nothing():
    model = small(seed=0)
    before = {path: array.copy() for path, array in model.parameters.items()}
    wrong = {path: array + 1 for path, array in before.items()}
    del wrong["head/bias"]
    wrong["head/kernel"] = np.zeros((5, 4))
    wrong["extra/kernel"] = np.zeros(3)
    with pytest.raises(ValueError, match="do not fit") as caught:
        model.set_parameters(wrong)
    assert str(caught.value).splitlines() == [
        "the parameters do not fit model 'small':",
        "  head/kernel: expected shape (4, 5), found (5, 4)",
        "  head/bias: missing, expected shape (5,)",
        "  extra/kernel: unexpected, found shape (3,)",
    ]
    for path, array in model.parameters.items():
        np.testing.assert_array_equal(array, before[path])


@pytest.mark.parametrize("drawn", [False, True])
def test_set_parameters_copies(drawn):
    source, model = small(seed=0), small(seed=1)
    live = model.parameters if drawn else None
    values = {path: array.copy() for path, array in source.parameters.items()}
    model.set_parameters(values)
    if live:
        np.testing.assert_array_equal(live["head/kernel"], values["head/kernel"])
    np.testing.assert_array_equal(model(BATCH), source(BATCH))
    values["head/bias"] += 1
    np.testing.assert_array_equal(model(BATCH), source(BATCH))


def test_parameters_are_live_and_cannot_be_replaced():
    model = small(seed=0)
    before = model(BATCH)
    model.parameters["head/bias"][0] += 5
    assert (model(BATCH)[:, 0] > before[:, 0]).all()
    with pytest.raises(TypeError):
        model.parameters["head/bias"] = np.zeros(5)


def test_seeds_decide_the_weights():
    def kernel(seed, layer_seed=None, extra=False):
        inputs = cn.Input((3,))
        x = cn.Dense(3, name="extra")(inputs) if extra else inputs
        model = cn.Model(inputs, cn.Dense(4, seed=layer_seed, name="dense")(x), seed=seed)
        return model.parameters["dense/kernel"]

    np.testing.assert_array_equal(kernel(0), kernel(0))
    assert (kernel(0) != kernel(1)).any()
    assert (kernel(None) != kernel(None)).any()
    # A layer's own seed wins, and a layer starts alike whatever else there is.
    np.testing.assert_array_equal(kernel(0, 7), kernel(1, 7))
    np.testing.assert_array_equal(kernel(0), kernel(0, extra=True))


def test_layers_of_one_shape_start_differently():
    inputs = cn.Input((30,))
    x = cn.Dense(30, name="b")(cn.Dense(30, name="a")(inputs))
    parameters = cn.Model(inputs, x, seed=0).parameters
    assert (parameters["a/kernel"] != parameters["b/kernel"]).all()


@pytest.mark.parametrize("scheme", ["glorot", "he", "lecun"])
@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_kernels_have_the_variance_of_their_scheme(scheme, distribution):
    inputs = cn.Input((9, 9, 24))
    x = cn.Conv(80, (3, 2), groups=2, init=f"{scheme}_{distribution}", name="conv")(inputs)
    kernel = cn.Model(inputs, x, seed=0).parameters["conv/kernel"]
    fan_in, fan_out = 3 * 2 * 12, 3 * 2 * 80
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]
    assert kernel.dtype == np.float32
    assert kernel.mean() == pytest.approx(0, abs=0.05 * math.sqrt(variance))
    assert kernel.var() == pytest.approx(variance, rel=0.05)
    limit = math.sqrt(3 * variance)
    if distribution == "uniform":
        assert 0.98 * limit < np.abs(kernel).max() <= limit * (1 + 1e-6)
    else:
        # Not truncated.
        assert np.abs(kernel).max() > 3 * math.sqrt(variance)


def test_biases_start_at_zero_and_gains_at_the_average():
    inputs = cn.Input((6, 6, 2))
    x = cn.Subsample((2, 3), name="sub")(cn.BatchNorm(name="norm")(inputs))
    model = cn.Model(inputs, x)
    assert {path: array.tolist() for path, array in model.parameters.items()} == {
        "norm/gamma": [1, 1],
        "norm/beta": [0, 0],
        "norm/moving_mean": [0, 0],
        "norm/moving_variance": [1, 1],
        "sub/gain": pytest.approx([1 / 6, 1 / 6]),
        "sub/bias": [0, 0],
    }


def test_weights_are_drawn_only_when_needed():
    inputs = cn.Input((200_000,))
    # Drawing these 40 billion numbers would fail.
    model = cn.Model(inputs, cn.Dense(200_000, name="huge")(inputs))
    assert model.count_parameters() == 200_000**2 + 200_000
    assert "huge" in model.summary()


def test_precision_is_chosen_and_changed():
    single = small(seed=0)
    double = single.astype("float64")
    assert single(BATCH).dtype == np.float32
    assert double(BATCH).dtype == np.float64
    np.testing.assert_allclose(single(BATCH), double(BATCH), rtol=1e-5)
    single.forward(BATCH, training=True)
    found = [*single.activations(BATCH).values(), single.backward(np.ones((2, 5)))]
    found += [*single.gradients.values(), *single.parameters.values()]
    assert {array.dtype for array in found} == {np.dtype(np.float32)}
    with pytest.raises(ValueError, match="dtype must be"):
        small(dtype="float16")


def test_outputs_are_one_array_or_a_tuple():
    inputs = cn.Input((3,))
    x = cn.Dense(2, name="a")(inputs)
    y = cn.Relu(name="b")(x)
    batch = np.ones((4, 3))
    assert cn.Model(inputs, y)(batch).shape == (4, 2)
    found = cn.Model(inputs, [y])(batch)
    assert isinstance(found, tuple)
    assert len(found) == 1
    model = cn.Model(inputs, [x, y], seed=0)
    first, second = model(batch)
    np.testing.assert_array_equal(np.maximum(first, 0), second)
    np.testing.assert_array_equal(model.predict(batch, 3)[1], second)


def test_gradients_of_several_outputs_add_up():
    inputs = cn.Input((3,))
    x = cn.Dense(2, name="a")(inputs)
    model = cn.Model(inputs, [x, cn.Tanh(name="b")(x)], dtype="float64", seed=0)
    batch = np.array([[1.0, 2.0, 3.0]])
    ones, zeros = np.ones((1, 2)), np.zeros((1, 2))
    gradients = []
    for pair in ((ones, zeros), (zeros, ones), (ones, ones)):
        model.forward(batch, training=True)
        gradients.append((model.backward(*pair), model.gradients["a/kernel"]))
    for first, second, both in zip(*gradients, strict=True):
        assert second.any()
        np.testing.assert_allclose(first + second, both)


def test_activations_are_the_outputs_of_all_layers():
    model = small(seed=0)
    found = model.activations(BATCH)
    assert list(found) == [layer.name for layer in model.layers]
    np.testing.assert_array_equal(found["softmax"], model(BATCH))
    np.testing.assert_array_equal(found["add"], found["stem.0.norm"] + found["branch"])


def test_predict_is_forward_in_batches():
    model = small(seed=0)
    batch = np.random.default_rng(1).standard_normal((7, 8, 8, 3))
    np.testing.assert_allclose(model.predict(batch, 3), model(batch), rtol=1e-5)
    assert model.predict(batch[:0]).shape == (0, 5)


def test_dropout_draws_from_the_seed():
    inputs = cn.Input((50,))
    x = cn.Dropout(0.5, name="drop")(inputs)
    ones = np.ones((2, 50))
    model, same = cn.Model(inputs, x, seed=0), cn.Model(inputs, x, seed=0)
    first = model.forward(ones, training=True)
    assert set(np.unique(first)) == {0, 2}
    assert (model.forward(ones, training=True) != first).any()
    np.testing.assert_array_equal(same.forward(ones, training=True), first)
    np.testing.assert_array_equal(model(ones), ones)
    seeded = [model.forward(ones, training=True, seed=3) for _ in range(2)]
    np.testing.assert_array_equal(*seeded)


def test_backward_needs_a_forward_before_it():
    model = small()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="needs a forward"):
            model.backward(np.ones((2, 5)))
        model(BATCH)
    model.forward(BATCH, training=True)
    model.backward(np.ones((2, 5)))
    with pytest.raises(RuntimeError, match="needs a forward"):
        model.backward(np.ones((2, 5)))


def test_backward_refuses_gradients_of_another_shape():
    model = small()
    model.forward(BATCH, training=True)
    with pytest.raises(ValueError, match=r"gradients of shape \(2, 5\), found \(2, 4\)"):
        model.backward(np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"shape \(2, 5\), found \(3, 5\)"):
        model.backward(np.ones((3, 5)))
    with pytest.raises(ValueError, match=r"found \(2, 5\), \(2, 5\)"):
        model.backward(np.ones((2, 5)), np.ones((2, 5)))
    # The forward pass still serves.
    model.backward(np.ones((2, 5)))


@pytest.mark.parametrize("keeps", mostly_slow([False, True], []))
def test_inference_lets_go_of_what_no_later_layer_needs(keeps):
    """No more than a layer's input and output are alive while a chain of layers runs."""
    inputs = x = cn.Input((4, 4, 2))
    for at in range(6):
        x = cn.Conv(2, 1, name=f"conv{at}")(x)
    model = cn.Model(inputs, x, seed=0)
    alive, most = [], 0

    def observe(layer, value):
        nonlocal most
        gc.collect()
        # A view keeps its base alive, so that is what to watch.
        alive.append(weakref.ref(value if value.base is None else value.base))
        del value
        most = max(most, sum(each() is not None for each in alive))

    run_forward(
        plan((inputs,), (x,)),
        [inputs],
        [np.ones((1, 4, 4, 2), np.float32)],
        model.weights_by_layer(),
        Mode(False, np.random.default_rng(0)),
        observe=observe,
        tape={} if keeps else None,
    )
    assert most == (6 if keeps else 2)


def test_a_branch_is_kept_until_its_last_use():
    inputs = cn.Input((3,))
    early = cn.Dense(3, name="early")(inputs)
    x = early
    for at in range(3):
        x = cn.Tanh(name=f"tanh{at}")(x)
    x = cn.Multiply(name="product")([cn.Add(name="sum")([x, early]), early])
    model = cn.Model(inputs, x, seed=0, dtype="float64")
    found = model.activations(np.ones((1, 3)))
    expected = (np.tanh(np.tanh(np.tanh(found["early"]))) + found["early"]) * found["early"]
    np.testing.assert_allclose(model(np.ones((1, 3))), expected)
