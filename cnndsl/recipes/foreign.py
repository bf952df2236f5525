"""What is said of other frameworks' words in recipes. Asked for unknown words alone."""

from __future__ import annotations

from ..ops.vocabulary import plain, said_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

OF_SETTINGS = {
    "write `batch 32`": "batchsize minibatch bs batches",
    "write `epochs 10`": "epoch numepochs maxepochs nepochs niter",
    "the rate is the optimizer's: `optimizer adam(rate=0.001)`": "lr learningrate baselr stepsize",
    "the decay is the optimizer's: `optimizer adamw(decay=0.01)`": "weightdecay wd decay l2",
    "the momentum is the optimizer's: `optimizer sgd(momentum=0.9)`": "momentum nesterov",
    "write `hold_out 0.2`": "validationsplit valsplit validation testsplit split valfraction",
    "write `patience 5`": "earlystopping earlystop",
    "write `average 0.999`": "ema emadecay movingaverage swa modelema",
    "write `clip 1.0`": "clipgrad gradientclip clipnorm gradclip maxgradnorm gradientclipping",
    "write `precision bfloat16`": "amp mixedprecision fp16 bf16 halfprecision dtype autocast",
    "write `schedule cosine`": "scheduler lrscheduler lrschedule annealing",
    "write `augment mirror`": "augmentation augmentations transform transforms flip aug",
    "write `optimizer adam`": "optim optimiser",
    "write `loss cross_entropy`": "criterion objective lossfunction lossfn",
    'write `weights "FILE"`, a file to start from': "pretrained checkpoint initweights resume",
    'write `data "FOLDER"`': "dataset traindata trainset dataloader",
    "samples are shuffled in each epoch, by what `seed` says": "shuffle",
    "dropout is a layer of the model: `dropout(0.5)`": "dropout",
}
"""Settings of others, by what to write."""

OF_WORDS = {
    "write `sgd(momentum=0.9, nesterov=true)`": "nag",
    "write `cross_entropy`": "ce crossentropy crossentropyloss categoricalcrossentropy "
    "sparsecategoricalcrossentropy softmaxcrossentropy nll nllloss",
    "write `binary_cross_entropy`": "bce bceloss bcewithlogits binarycrossentropy",
    "write `mean_squared_error`": "mse mseloss l2 l2loss",
    "write `mean_absolute_error`": "mae l1 l1loss maeloss",
    "write `accuracy`": "acc top1 categoricalaccuracy sparsecategoricalaccuracy",
    "write `top(5)`": "top5 topk topkaccuracy topkcategoricalaccuracy",
    "write `mirror`": "flip fliplr hflip horizontalflip randomflip randomhorizontalflip",
    "write `mirror(vertical=true)`": "vflip flipud verticalflip randomverticalflip",
    "write `crop(pad=4)`": "randomcrop padcrop",
    "write `rotate(degrees=10)`": "rotation randomrotation",
    "write `brightness(0.4), contrast(0.4), saturation(0.4)`": "colorjitter colourjitter jitter",
    "write `cutout`": "erasing randomerasing randomerase",
    "what the numbers of an image are is said by the model's `pixels`": "normalize normalization "
    "rescale totensor standardize",
    "write `cosine`": "cosineannealing cosineannealinglr cosinedecay",
    "write `step(every=30, factor=0.1)`": "steplr exponential exponentiallr multistep multisteplr",
    "write `plateau`": "reduceonplateau reducelronplateau",
}
"""Words of others, by what to write."""

LACKING = frozenset(
    "nadam radam adamax adadelta adagrad lamb lion lars ftrl adafactor adabelief lbfgs rprop "
    "ranger yogi muon shampoo focal hinge huber dice kl triplet contrastive poisson onecycle "
    "cyclic linear polynomial f1 precision recall auc iou randaugment autoaugment "
    "trivialaugment augmix".split()
)
"""Words of the field that recipes do not have, to which no other is near."""


def advice_on(word: str, table: dict[str, str], known: Iterable[str]) -> str | None:
    """What to write for a word; None where a near one may be suggested."""
    said = said_of(word, table)
    is_lacking = plain(word) in LACKING
    return said or (f"there are {', '.join(known)}" if is_lacking else None)
