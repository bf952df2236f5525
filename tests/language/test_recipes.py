"""Recipes: what they say, and what is wrong with those that do not hold."""

import pytest

from cnndsl.diagnostics.base import SpecError
from cnndsl.project.loading import Loader, check_module
from cnndsl.project.training import choose_recipe
from cnndsl.text import Source

MODEL = """
model net(classes = 10) {
    input 32x32x3
    stage trunk {
        conv(8, 3x3) as first -> batch_norm as norm -> relu
        conv(8, 3x3) as second -> relu
    }
    global_avg_pool -> dense(classes) as head -> softmax
}
"""
TWO = """
model net {
    input 8x8x3
    conv(4, 3x3) -> global_avg_pool as features
    dense(3) as main_scores -> softmax as kinds
    features -> dense(1) -> sigmoid as is_new
    output kinds, is_new
}
"""


def training(text, changes=(), name=None, model=None, **values):
    module = Loader().module(Source("net.cnn", text))
    assert not module.findings, [one.diagnostic.message for one in module.findings]
    return choose_recipe(module, name, model, values, changes)


def recipe(lines, model=MODEL, **more):
    return training(f"{model}\nrecipe usual {{\n{lines}\n}}\n", **more).recipe


def faults(lines, model=MODEL):
    module = Loader().module(Source("net.cnn", f"{model}\nrecipe usual {{\n{lines}\n}}\n"))
    return [(one.diagnostic.code, one.diagnostic.message) for one in check_module(module)]


def test_every_setting_is_read():
    found = recipe(
        """
        data "photos"
        hold_out 0.1
        loss cross_entropy(smoothing=0.1)
        optimizer sgd(0.1, momentum=0.9, nesterov=true, decay=1e-4)
        schedule cosine(warm_up=5)
        clip 1
        accumulate 4
        epochs 90
        batch 256
        metrics accuracy, top(3)
        patience 7
        average 0.999
        seed 3
        precision bfloat16
        augment mirror
        weights "base.npz"
        missing "head"
        freeze "trunk.first", "trunk.norm" for 5
        freeze "trunk.second"
        rate 0.1 for "trunk.*"
        """
    )
    assert (found.name, found.model, found.data, found.hold_out) == ("usual", "net", "photos", 0.1)
    assert [(one.output, str(one.use), one.fused) for one in found.losses] == [
        ("main", "cross_entropy(smoothing=0.1, weight=1.0)", "softmax")
    ]
    assert str(found.optimizer) == "sgd(rate=0.1, momentum=0.9, nesterov=true, decay=0.0001)"
    assert str(found.schedule) == "cosine(end=0.0, warm_up=5.0)"
    assert (found.clip, found.accumulate, found.epochs, found.batch) == (1.0, 4, 90, 256)
    assert [str(one) for one in found.metrics] == ["accuracy", "top(k=3)"]
    assert (found.patience, found.average, found.seed) == (7, 0.999, 3)
    assert (found.precision, found.weights, found.missing) == ("bfloat16", "base.npz", ("head",))
    assert [one.name for one in found.augment] == ["mirror"]
    assert [(one.paths, one.epochs) for one in found.frozen] == [
        (("trunk.first", "trunk.norm"), 5),
        (("trunk.second",), None),
    ]
    assert [(one.paths, one.factor) for one in found.rates] == [
        (("trunk.first", "trunk.norm", "trunk.second"), 0.1)
    ]


def test_without_a_recipe_the_usual_one_holds():
    found = training(MODEL)
    assert found.recipe.name == "net"
    assert str(found.recipe.losses[0].use) == "cross_entropy(smoothing=0.0, weight=1.0)"
    assert [str(one) for one in found.recipe.metrics] == ["accuracy"]
    assert str(found.recipe.optimizer).startswith("adam(")


def test_what_is_said_on_the_command_line_stands_in_for_a_setting():
    text = f'{MODEL}\nrecipe usual {{\nepochs 90\nfreeze "trunk"\n}}\n'
    changed = training(text, changes=["epochs 3", 'freeze "head"'], classes=6)
    assert changed.recipe.epochs == 3
    assert [one.paths for one in changed.recipe.frozen] == [("head",)]
    assert changed.network.scope.output_shapes[0].dims == (6,)
    with pytest.raises(SpecError, match="CNN902"):
        training(text, changes=["epochs none"])
    with pytest.raises(SpecError, match="CNN1"):
        training(text, changes=["epochs ("])


def test_each_output_has_a_loss_by_its_last_layer_or_as_is_said():
    usual = recipe("epochs 1", TWO)
    assert [(one.output, one.use.name) for one in usual.losses] == [
        ("kinds", "cross_entropy"),
        ("is_new", "binary_cross_entropy"),
    ]
    said = recipe("loss binary_cross_entropy(weight=0.3) for is_new\nepochs 1", TWO)
    assert {one.output: one.use["weight"] for one in said.losses} == {"kinds": 1, "is_new": 0.3}


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("trunk", ("trunk",)),
        ("trunk.*", ("trunk.first", "trunk.norm", "trunk.second")),
        ("*", ("trunk", "head")),
        ("..trunk.norm", ("trunk.first", "trunk.norm")),
        ("..trunk", ("trunk.first", "trunk.norm", "trunk.second")),
        ("*.norm", ("trunk.norm",)),
        ("t?unk.[fs]*", ("trunk.first", "trunk.second")),
    ],
)
def test_patterns_stand_for_paths(pattern, paths):
    assert recipe(f'freeze "{pattern}"').frozen[0].paths == paths


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("optimiser adam", "CNN901", "no setting `optimiser`"),
        ("epochs 0", "CNN902", "an integer of at least 1"),
        ("epochs 2, 3", "CNN902", "an integer of at least 1"),
        ("epochs", "CNN902", "an integer of at least 1"),
        ('epochs "ten"', "CNN902", "an integer of at least 1"),
        ("epochs 3 for head", "CNN902", "an integer of at least 1"),
        ("hold_out 1", "CNN902", "less than 1"),
        ("data photos", "CNN902", "in quotes"),
        ("data digits(3)", "CNN902", "in quotes"),
        ("precision float8", "CNN902", "one of float32"),
        ("freeze head", "CNN902", "in quotes"),
        ('freeze "head" for "ever"', "CNN902", "number of epochs"),
        ("weights 3", "CNN902", "one file in quotes"),
        ("optimizer adam, sgd", "CNN902", "one optimizer"),
        ("optimizer adams", "CNN903", "`adams` is not an optimizer"),
        ("optimizer adam(rat=1)", "CNN202", "no attribute `rat`"),
        ("optimizer adam(rate=0)", "CNN401", "greater than 0"),
        ("optimizer adam(rate=in.width)", "CNN406", "cannot read `in`"),
        ("optimizer adam(rate=slow)", "CNN203", "unknown name `slow`"),
        ("loss cross_entropy(smoothing=classes)", "CNN203", "unknown name `classes`"),
        ("augment crop(pad=relu)", "CNN418", "`relu` is a layer"),
        ("optimizer sgd(nesterov=batch_norm)", "CNN418", "`batch_norm` is a layer"),
        ("loss binary_cross_entropy", "CNN905", "it ends in softmax"),
        ("loss cross_entropy for other", "CNN204", "no value is named `other`"),
        ("epochs 3\nepochs 4", "CNN", "epochs"),
        ("loss cross_entropy\nloss cross_entropy", "CNN", "`loss`"),
        ('freeze "stem.*"', "CNN906", 'no layer with weights matches "stem.*"'),
        ("metrics top(10)", "CNN907", "true of every sample"),
        ("augment miror", "CNN903", "`miror` is not an augmentation"),
        ("augment mirror, rotate(degrees=200)", "CNN401", "0 to 180 degrees"),
        ("augment zoom(factors=(2, 1))", "CNN401", "low at most high"),
        ("relu -> relu", "CNN103", "unexpected `->` after `relu`"),
        ("epochs = 20", "CNN103", "unexpected `=` after `epochs`"),
        ("epochs: 20", "CNN103", "unexpected `:` after `epochs`"),
        ("freeze trunk.conv", "CNN103", "unexpected `.` after `trunk`"),
        ("rate 0.1 for", "CNN103", "unexpected end of the line after `for`"),
        ("optimizer adam(rate 3)", "CNN103", "unexpected `3` after `rate`"),
        ('data "photos"\n20', "CNN103", "unexpected `20` at the start of a line"),
    ],
)
def test_mistakes_are_named(line, code, words):
    found = faults(line)
    assert len(found) == 1, found
    assert found[0][0].startswith(code)
    assert words in found[0][1]


@pytest.mark.parametrize(
    ("end", "loss", "is_right"),
    [
        ("dense(10)", "cross_entropy", True),
        ("dense(1)", "cross_entropy", False),
        ("dense(1)", "binary_cross_entropy", True),
        ("dense(10) -> log_softmax", "cross_entropy", False),
        ("dense(10) -> sigmoid", "cross_entropy", False),
        ("dense(10) -> sigmoid", "binary_cross_entropy", True),
        ("dense(10) -> softmax", "mean_squared_error", True),
    ],
)
def test_a_loss_fits_what_an_output_ends_in(end, loss, is_right):
    model = f"model net {{\n    input 8x8x3\n    flatten -> {end}\n}}\n"
    assert [code for code, _ in faults(f"loss {loss}", model)] == [] if is_right else ["CNN905"]


MASKS = """
model masks {
    input 8x8x1
    conv(1, 1x1) -> sigmoid
}
"""
VECTOR = "model vector {\n    input 12\n    dense(3)\n}\n"


@pytest.mark.parametrize(
    ("model", "words", "reason"),
    [
        (VECTOR, "mirror", "`augment` is for images, and the input is 12"),
        (MASKS, "hue", "`hue` takes images of 3 channels, and the input has 1"),
        (MASKS, "mixup, cutmix", "`cutmix` moves what is in the input, and the targets of main"),
        (MASKS, "brightness, crop(pad=2)", "`crop` moves what is in the input"),
        (MASKS, "brightness, contrast, cutout, mixup", None),
    ],
)
def test_an_augmentation_suits_the_model(model, words, reason):
    loss = "" if model is VECTOR else "loss mean_squared_error\n"
    found = faults(f"{loss}augment {words}", model)
    assert [code for code, _ in found] == ([] if reason is None else ["CNN907"])
    assert reason is None or found[0][1].startswith(reason)


def test_models_are_found_by_name_in_the_file_and_among_imports():
    imported = 'import lenet5 from "zoo:lenet5"\n'
    text = f"{imported}{MODEL}\nrecipe a for lenet5 {{}}\nrecipe b for net {{}}\n"
    assert not check_module(Loader().module(Source("net.cnn", text)))
    assert training(text, name="a").network.name == "lenet5"
    assert training(text, model="net").recipe.name == "b"
    module = Loader().module(Source("net.cnn", f"{imported}{MODEL}\nrecipe a {{}}\n"))
    assert [one.diagnostic.code for one in check_module(module)] == ["CNN904"]


def test_models_of_several_inputs_are_refused():
    model = """
    model net {
        input left: 4, right: 4
        concat(left, right) -> dense(2)
    }
    """
    assert [code for code, _ in faults("epochs 3", model)] == ["CNN907"]
    with pytest.raises(SpecError, match="trains models of one input, and net has several"):
        training(model)


def test_recipe_is_still_a_name():
    text = "model recipe {\n    input 8x8x3\n    conv(4, 3x3) as recipe\n}\n"
    assert not check_module(Loader().module(Source("net.cnn", text)))


@pytest.mark.parametrize(
    ("heading", "code"),
    [("recipe {", "CNN125"), ("recipe a for {", "CNN125"), ("recpe a for net {", "CNN114")],
)
def test_headings_are_mended(heading, code):
    module = Loader().module(Source("net.cnn", f"{MODEL}\n{heading}\nepochs 3\n}}\n"))
    assert [one.diagnostic.code for one in check_module(module)] == [code]


def test_a_faulty_model_has_its_own_findings_alone():
    broken = MODEL.replace("dense(classes)", "dens(classes)")
    assert [code for code, _ in faults('freeze "stem"', broken)] == ["CNN201"]
