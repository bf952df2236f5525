"""What other frameworks and papers call ops and attributes, and what this language has for that.

One table of concepts: the name that the language has for one, or would have, and those of others.
Where there is no such op, `LACKING` says what it would be. An op that is added takes its concept's
other names by itself. Names count without case and `_`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import OPS
from .base import call_form

SAME = {
    "silu": "swish siluactivation",
    "dense": "linear fc connected fullyconnected innerproduct denselayer fclayer gemm",
    "global_avg_pool": "gap globalaveragepool globalaveragepooling globalaveragepooling2d "
    "globalavgpooling globalavgpooling2d globalavgpool2d gapool avgpoolglobal",
    "global_max_pool": "gmp globalmaxpooling globalmaxpooling2d globalmaxpool2d",
    "add": "sum eltwiseadd plus addn tensoradd",
    "multiply": "mul prod times eltwisemul elementwisemultiply hadamard",
    "concat": "cat concatenate concatenation depthconcat channelconcat",
    "hard_swish": "hswish hardswishactivation hardsilu",
    "relu6": "relun6 clippedrelu6",
    "mish": "mishactivation",
    "softsign": "",
    "log_softmax": "logsoftmax2d",
    "relu_squared": "squaredrelu sqrelu",
    "subtract": "sub minus difference eltwisesub",
    "maximum": "eltwisemax maximumlayer",
    "minimum": "eltwisemin",
    "average": "averagelayer averagemerge",
    "flatten": "flattenlayer",
    "dropout": "dropoutlayer",
    "drop_path": "droppathlayer",
    "spatial_dropout": "dropout2d spatialdropout2d",
    "rescale": "rescaling",
    "identity": "noop id linearactivation",
    "zero_pad": "zeropadding zeropadding2d zeropad2d",
    "max_pool": "maxpool2d maxpooling maxpooling2d maxp maximumpooling",
}
"""Names of the same op with the same first argument; more arguments may stand otherwise."""

OTHERWISE = {
    "add": ("eltwise elementwise residual shortcut", "`multiply` is the product"),
    "concat": ("merge", "`add` is the sum"),
    "maximum": (
        "max",
        "over height and width it is `global_max_pool`, over channels `channel_max`",
    ),
    "minimum": ("min", "it is that of paths"),
    "average": (
        "mean",
        "over height and width it is `global_avg_pool`, over channels `channel_mean`",
    ),
    "relu_squared": ("relu2", "a second relu is `relu`, too"),
    "identity": (
        "skip passthrough",
        "a value that skips layers has a name, and Darknet's passthrough is `space_to_depth`",
    ),
    "dense": ("affine", "a factor for each channel alone is `layer_scale`"),
    "global_avg_pool": (
        "reducemean",
        "it goes over height and width; over channels it is `channel_mean`",
    ),
    "global_max_pool": (
        "reducemax",
        "it goes over height and width; over channels it is `channel_max`",
    ),
    "conv": (
        "conv2d convolution convolution2d convolutional spatialconvolution convlayer conv2dlayer "
        "pointwiseconv pointwiseconv2d groupconv groupedconv dilatedconv atrousconv",
        "the channels that enter are not written",
    ),
    "depthwise_conv": (
        "depthwiseconv2d depthwiseconvolution dwconv dwconv2d depthwiseconv depthwise",
        "the channels that enter are not written",
    ),
    "separable_conv": (
        "separableconv2d sepconv sepconv2d separableconvolution separable depthwiseseparableconv",
        "the depthwise part has no bias of its own",
    ),
    "avg_pool": (
        "avgpool2d averagepool averagepooling averagepooling2d avgpooling meanpool meanpooling",
        "padding counts with `count_padding=true`, as in PyTorch",
    ),
    "adaptive_avg_pool": (
        "adaptiveavgpool2d adaptiveaveragepooling2d adaptiveaveragepool adaptivepool",
        "of `1x1`, `global_avg_pool` gives a vector",
    ),
    "upsample": (
        "upsampling upsampling2d upsample2d upsamplingnearest2d upsamplingbilinear2d "
        "nearestupsample bilinearupsample upscale upscale2d upscaling",
        "its mode is nearest unless it is written",
    ),
    "batch_norm": (
        "batchnormalization batchnorm2d bn batchnormlayer spatialbatchnormalization bnorm",
        "Keras has `momentum=0.99, epsilon=1e-3`, and PyTorch's momentum is 1 minus this one",
    ),
    "lrn": (
        "localresponsenorm localresponsenormalization responsenorm crossmaplrn acrosschannellrn",
        "frameworks differ in all of its defaults",
    ),
    "leaky_relu": ("lrelu leaky leakyrectify", "write its slope: frameworks differ in the default"),
    "hard_sigmoid": ("hsigmoid", "Keras 2 and ONNX have another slope: `hard_sigmoid(0.2)`"),
    "gelu": ("gelunew geluactivation gelutanh", "the tanh formula is `approximate=true`"),
    "sigmoid": ("logistic expit", "its values lie between 0 and 1"),
    "softmax": ("softmax2d normalizedexponential", "it goes over the channels"),
    "subsample": ("subsampling trainablepool", "it has a trained factor and bias for a channel"),
    "scale": ("multiplyscalar mulconstant", "`rescale` also adds an offset"),
    "relu": ("rectifier rectify rectifiedlinear relulayer", "`relu6` is the one that stops at 6"),
    "prelu": (
        "parametricrelu preluactivation",
        "its slopes begin at 0.25, and at 0 in Keras: `prelu(0)`",
    ),
    "hard_tanh": ("htanh hardtanhactivation", "other bounds than -1 and 1 are `clip(low, high)`"),
    "clip": ("clamp clipbyvalue relun clippedrelu", "both bounds are written: `clip(0, 6)`"),
    "threshold": ("thresholdedrelu", "its limit is written: `threshold(1)`"),
    "elu": ("exponentiallinear", "its scale below zero is `alpha`"),
    "tanh": ("hyperbolictangent tanhactivation", "LeCun's scaled tanh needs `scale`s around it"),
}
"""Names of an op whose arguments or defaults stand otherwise there, and in what they differ."""

FURTHER = {
    "resize": ("interpolate resizing resize2d resizeimage resizebilinear resizenearest",
               "PyTorch's `nearest` is `nearest_floor` here"),
    "conv_transpose": ("deconv deconv2d deconvolution conv2dtranspose convtranspose2d "
                       "transposedconv transposeconv upconv fractionallystridedconv "
                       "convtranspose transposedconvolution conv2dt",
                       "the channels that enter are not written, and `pad` takes pixels off"),
    "max_unpool": ("unpool unpool2d maxunpool2d unpooling unpooling2d maxunpooling maxunpooling2d",
                   "a pooling undone"),
    "rrelu": ("randomizedleakyrelu randomrelu", "a relu with random slopes"),
    "softmin": ("softmin2d", "the softmax of -x"),
    "log_sigmoid": ("logsig", "the logarithm of sigmoid"),
    "celu": ("", "elu with a continuous derivative"),
    "glu": ("gatedlinearunit geglu swiglu reglu", "one half of the channels gating the other"),
    "shrink": ("softshrink hardshrink tanhshrink shrinkage", "x moved towards 0"),
    "quick_gelu": ("", "x * sigmoid(1.702 * x)"),
    "crelu": ("concatenatedrelu", "the relus of x and of -x"),
    "star_relu": ("apl arelu drelu relu1 plrelu plu hardelu bnll lisht telu swish6 silu6 sinlu "
                  "smish phish serf tanhsoft bentidentity sinc brelu crelu6 squareplus heaviside "
                  "frelu funnelrelu dyrelu dynamicrelu srelu smoothrelu hardmish aconc metaacon "
                  "snake tanhexp elish hardelish pelu isru isrlu", "another activation"),
    "maxout": ("maxoutlayer", "the largest of several maps"),
    "sparsemax": ("hardmax sparseplus", "a softmax with zeros"),
    "square": ("mod floor ceil cosine sqr pow power sqrt rsqrt abs absval exp exponential log "
               "logarithm reciprocal neg negative sin cos erf sign round",
               "a function of each value"),
    "layer_norm": ("layernormalization ln layernorm2d", "normalisation over one sample"),
    "group_norm": ("groupnormalization gn", "normalisation over groups of channels"),
    "instance_norm": ("instancenormalization instancenorm2d",
                      "normalisation of each map of a sample; PyTorch's has neither scale nor "
                      "shift: `center=false, scale=false`"),
    "rms_norm": ("rmsnormalization", "division by the root of the mean square"),
    "global_response_norm": ("grn globalresponsenormalization", "ConvNeXt V2's normalisation"),
    "l2_normalize": ("l2norm normalizel2 unitnormalization normalizelayer lpnorm",
                     "division by the length"),
    "adaptive_instance_norm": ("adain spade film conditionalbatchnorm",
                               "a norm whose factors are those of another value"),
    "filter_response_norm": ("pixelnorm frn evonorm switchablenorm batchinstancenorm cosinenorm",
                             "another normalisation"),
    "spectral_norm": ("spectralnormalization weightnorm weightnormalization",
                      "normalised weights"),
    "sync_batch_norm": ("syncbn syncbatchnormalization batchrenorm batchrenormalization",
                        "a batch norm over several devices"),
    "normalize": ("normalization standardize imagenormalize meanvariancenormalization mvn",
                  "mean and deviation taken away"),
    "layer_scale": ("layerscale2d gamma", "a learned factor for each channel"),
    "drop_path": ("stochasticdepth dropconnect survival",
                  "paths left out at random, not single weights"),
    "spatial_dropout": ("featuredropout channeldropout",
                        "dropout of whole channels"),
    "alpha_dropout": ("featurealphadropout", "the dropout for selu"),
    "drop_block": ("dropblock2d cutout", "dropout of squares"),
    "gaussian_noise": ("randomnormal multinomial bernoulli gaussiandropout noise uniformnoise "
                       "randomnoise", "noise in training"),
    "dropout3d": ("spatialdropout3d spatialdropout1d dropout1d", "dropout of sequences or volumes"),
    "conv1d": ("convolution1d separableconv1d depthwiseconv1d conv1dtranspose",
               "a convolution over a sequence: make that an image of height 1, `1x4096x256`, "
               "and write `conv(filters, 1x3)`"),
    "conv3d": ("convolution3d conv3dtranspose convtranspose3d", "a convolution over a volume"),
    "max_pool1d": ("maxpooling1d avgpool1d averagepooling1d globalmaxpool1d globalmaxpooling1d "
                   "globalavgpool1d globalaveragepooling1d adaptiveavgpool1d",
                   "a pooling of sequences: make those images of height 1, and pool by "
                   "`max_pool(1x2)`"),
    "max_pool3d": ("maxpooling3d avgpool3d averagepooling3d globalmaxpooling3d "
                   "globalaveragepooling3d adaptiveavgpool3d", "a pooling of volumes"),
    "batch_norm1d": ("batchnorm3d instancenorm1d instancenorm3d",
                     "a batch norm of sequences or volumes"),
    "deform_conv": ("deformableconv deformconv2d dcn deformableconvolution dcnv2",
                    "a convolution at learned places"),
    "dynamic_conv": ("odconv skconv repconv ghostconv crossconv pconv wtconv convlocal splatconv "
                     "convinteger condconv involution octaveconv coordconv partialconv gatedconv "
                     "maskedconv locallyconnected locallyconnected2d local",
                     "a special convolution"),
    "standardized_conv": ("stdconv stdconv2d scaledstdconv scaledstdconv2d wsconv wsconv2d "
                          "weightstandardization",
                          "with `scale`, kernels are scaled by a gain, too"),
    "depth_to_space": ("pixelshuffle pixelshuffle2d subpixel subpixelconv depth2space d2s",
                       "PyTorch's order of channels is `crd`, TensorFlow's `dcr`, a Focus's `drc`"),
    "space_to_depth": ("pixelunshuffle reorg focus passthroughlayer space2depth s2d",
                       "PyTorch's order of channels is `crd`, TensorFlow's `dcr`, a Focus's `drc`"),
    "channel_shuffle": ("shufflechannel shuffle", "channels in another order"),
    "split": ("chunk unbind unstack tensorsplit channelsplit", "a value cut in parts"),
    "slice": ("narrow stridedslice getitem select", "a part of a value"),
    "crop": ("cropping cropping2d croplayer", "its sides are top, bottom, left, right"),
    "center_crop": ("centercrop centrecrop centercropping middlecrop",
                    "half of an odd rest is rounded to the even number"),
    "pad": ("reflectionpad2d replicationpad2d reflectionpad circularpad constantpad2d "
            "reflectpadding mirrorpad replicationpad circularpad2d constantpad padding2d",
            "its modes are constant, reflect, edge (replication) and circular"),
    "symmetric_pad": ("symmetricpadding", "padding by a mirror that repeats the edge"),
    "downsample": ("downsampling downscale",
                   "a smaller image: a pooling, `resize` or a `stride` makes one"),
    "bias_add": ("bias addbias biasadd biaslayer addconstant", "a bias alone"),
    "reduce_sum": ("reducesumsquare reduceprod reducemin logsumexp", "a reduction of another kind"),
    "reshape": ("view unflatten reshapelayer reshape2d",
                "it takes height and width, and the channels follow"),
    "squeeze": ("unsqueeze expanddims", "an axis more or less"),
    "permute": ("transpose swapaxes rearrange einsum moveaxis",
                "it names height, width and channels: `permute(whc)` swaps rows and columns"),
    "repeat_vector": ("repeat tile expand broadcast repeat2d", "a value repeated"),
    "divide": ("div truediv quotient", "the quotient of two paths"),
    "dot": ("einsumdense matmul bmm bilinear tensordot outer crossproduct", "a product of two "
            "values"),
    "stack": ("pack vstack hstack", "values on a new axis"),
    "adaptive_max_pool": ("adaptivemaxpool2d adaptivemaxpooling2d",
                          "the largest of windows of any size"),
    "gem_pool": ("gem gempool generalizedmeanpooling", "a mean of powers, with a learned exponent"),
    "lp_pool": ("lppool2d powerpool l2pool",
                "a pooling by powers"),
    "min_pool": ("minpool2d minpooling medianpool sumpool globalsumpool globalminpool",
                 "a pooling of another kind"),
    "max_blur_pool": ("", "a `max_pool` of stride 1 and a `blur_pool` behind it"),
    "blur_pool": ("blurpool2d antialias blurpooling", "a low-pass filter with a stride"),
    "fractional_max_pool": ("fractionalmaxpool2d stochasticpool stochasticpooling mixedpool",
                            "a pooling by chance"),
    "spatial_pyramid_pool": ("spp sppf spatialpyramidpooling aspp ppm", "several poolings joined"),
    "roi_pool": ("maxroipool roialign psroipool roipooling", "a pooling of boxes"),
    "squeeze_excite": ("coordattention tripletattention se selayer squeezeexcitation "
                       "squeezeandexcite cbam seblock "
                       "channelattention spatialattention bam",
                       "attention over channels or pixels; a `block` with `multiply` can say it"),
    "channel_mean": ("channelavgpool channelavg channelaverage channelaveragepool meanchannel",
                     "it keeps one channel"),
    "channel_max": ("amax channelmaxpool channelmaxpooling maxchannel",
                    "it goes over the channels and keeps one"),
    "channel_conv": ("eca ecalayer ecamodule efficientchannelattention",
                     "its kernel goes along the channels, behind `global_avg_pool(true)`"),
    "spatial_softmax": ("softargmax", "a softmax over the pixels"),
    "path_softmax": ("rsoftmax radixsoftmax", "its parts are those of `split`"),
    "multi_head_attention": ("mha selfattention mhsa mhsa2d attention2d",
                             "all pixels see each other, without a position"),
    "attention": ("scaleddotproductattention windowattention gridattention relativepositionbias "
                  "windowpartition gridpartition multiqueryattention",
                  "it takes queries, keys and values as channels, also within windows"),
    "position_embedding": ("positionalembedding posembed abspos",
                           "a learned value for each place"),
    "scalar_affine": ("learnableaffine learnableaffineblock lab skipinit",
                      "one learned factor and offset for all channels"),
    "cross_attention": ("additiveattention nonlocal transformer "
                        "transformerencoder", "attention of other kinds"),
    "embedding": ("embed embeddingbag onehot cls",
                  "a table of vectors"),
    "lstm": ("gru rnn lstmcell grucell simplernn convlstm convlstm2d bidirectional "
             "timedistributed", "a recurrent layer"),
    "fold": ("unfold im2col col2im extractpatches", "patches of an image"),
    "grid_sample": ("spatialtransformer affinegrid stn warp", "an image sampled elsewhere"),
    "lambda_layer": ("lambda masking mask customlayer", "a layer of Python's"),
    "activity_regularization": ("regularization gradientreversal stopgradient detach",
                                "a term of training alone"),
    "yolo": ("detection region nms nonmaxsuppression priorbox anchor", "the boxes of a detector"),
    "loss": ("contrastiveloss hingeloss euclideanloss crossentropy crossentropyloss "
             "softmaxwithloss mseloss accuracy nllloss",
             "what training compares"),
    "augment": ("randomflip randomcrop randomrotation randomzoom randomcontrast randomtranslation "
                "colorjitter mixup cutmix", "a change of images in training"),
    "argmax": ("topk argmin sort cumsum gather indexselect", "a choice of positions"),
    "quantize": ("fakequantize quantstub dequantize dequantstub binarize", "rounded values"),
}  # fmt: skip
"""Further ops of the field: their other names, and what each is."""

KNOWN = frozenset(OPS)
OTHERWISE |= {op: entry for op, entry in FURTHER.items() if op in KNOWN}
LACKING = {op: entry for op, entry in FURTHER.items() if op not in KNOWN}
"""Those of them that the language does not have."""

FORMS = {
    "write its layers one by one: `conv(...) -> batch_norm -> relu`, or a block of these": "bnrelu "
    "batchnormrelu convbnact convbn convblock convbnrelu basicconv2d conv2dbn convnormact "
    "conv2dnormactivation convnormactivation fusedconv biasgelu",
    "write the kind of pooling: `max_pool(size)`, `avg_pool(size)`, `global_avg_pool`": "pool "
    "pool2d pooling poolinglayer",
    "write the kind of normalisation: `batch_norm`, `layer_norm`, `group_norm`": "norm normlayer "
    "norm2d",
    "write `resize(size)` or `upsample(factor)`, with its `mode`": "interp carafe dysample nearest "
    "bilinearresize bicubic",
    'write `import mbconv from "zoo:blocks"` above the model': "mbconv",
    "the language has no such op, and no other op stands in for it": "flip rot90 roll filter scan "
    "loop cast castlike trilu shape constantofshape silence pipeline fusedmbconv transition cost "
    "where scatternd centercroppad",
    "write the activation itself as a layer, such as `relu`": "activation activationlayer act "
    "nonlinearity",
    "write its layers in order, with `->` between them": "sequential modulelist moduledict layers "
    "layer container chain",
    "write `input 224x224x3` as the first line of the model": "input inputlayer placeholder data "
    "inputspec",
    "name a layer with `as NAME`; the name starts a chain, and `concat(a, b)` joins two": "route",
    "layers are joined with `->`, and each line goes on from the one above": "net model module "
    "forward call apply",
    "write `block global_lp_pool(power = 2) { lp_pool(in.size, power) -> flatten }`, and call it": (
        "globallppool globallppool2d globall2pool"
    ),
    "each layer brings its own weights": "parameter variable constant buffer weight weights",
    "each line goes on from the line's own value; `identity as NAME` names it, and merges read it "
    "as `main`": "main",
}
"""What is said of words that are layers elsewhere, and that the language writes otherwise."""

ATTRIBUTES = {
    "kernel": "size kernelsize ksize kernelshape filtersize windowsize k kernels windowshape",
    "size": "poolsize kernelsize ksize poolingsize windowsize windowshape k outputsize",
    "filters": "outchannels nfilters numfilters filternum nbfilter outputchannels outplanes "
    "features numoutput cout channelsout nfilter outdepth",
    "units": "outfeatures numunits numoutput numoutputs outputdim outdim neurons nout hidden "
    "numhidden features",
    "stride": "s strides subsample subsampling step",
    "pad": "p padding pads bordermode",
    "output_padding": "outputpadding outputpad",
    "dilation": "dilationrate dilations atrousrate holes atrous",
    "groups": "group numgroups ngroups cardinality featuregroupcount numgroup",
    "bias": "usebias biasterm withbias hasbias addbias",
    "init": "kernelinitializer initializer weightfiller kernelinit weightinit",
    "multiplier": "depthmultiplier channelmultiplier",
    "rate": "p droprate dropprob dropoutrate dropoutratio dropoutprob probability prob lr "
    "learningrate",
    "decay": "weightdecay wd l2",
    "every": "stepsize",
    "epsilon": "eps variancepsilon varianceepsilon",
    "slope": "negativeslope alpha leak leakiness negativeslopecoefficient",
    "factor": "gamma scalefactor multiplierfactor value scale",
    "keepdims": "keepdim keepdimensions",
    "std": "deviation stddev sigma standarddeviation",
    "mode": "interpolation interpolationmode paddingmode",
    "cut": "cropping crop border",
    "value": "constant constantvalue constantvalues fillvalue",
    "count_padding": "countincludepad countincludepadding",
    "center": "usebeta bias",
    "scale": "usegamma",
    "approximate": "tanhapproximation",
}
"""Attributes, and what others call the same; values mean the same but for `DIFFERING`."""

DIFFERING = frozenset(
    "subsample subsampling holes prob probability features value scalefactor hidden lr "
    "learningrate weightdecay wd l2 stepsize gamma".split()
)
"""Of those, the words that can mean something else."""
DIFFERING_IN = frozenset({("avg_pool", "pad")})
"""The ops and attributes of which that is so: padding counts in PyTorch, unless it is told."""

ADVICE = {
    "the channels that enter are known: leave it out": "inchannels infeatures inputdim inputshape "
    "inplanes inputchannels cin numfeatures numchannels ninputplane normalizedshape inputsize",
    "a layer gets its name behind it, with `as NAME`": "name layername scope id",
    "`rounding=ceil` is what PyTorch calls `ceil_mode=True`": "ceilmode ceil",
    "the rate is what is dropped: 1 minus the share that is kept": "keepprob keeprate keep "
    "survivalprob survivalprobability survivalrate",
    "it is `momentum`, the share of the running value that is kept": "decay bnmomentum",
    "the weight decay of a kernel is `l2=NUMBER`": "kernelregularizer weightdecay regularizer "
    "wregularizer l2reg",
    "padding is by zeros; `pad` puts other values around an image": "paddingmode paddingvalue",
    "backends choose the layout: leave it out": "dataformat layout channelslast dimordering "
    "channelsfirst",
    "channels are what it goes over: leave it out": "axis dim channelaxis",
    "`center=false, scale=false` leave both out": "affine elementwiseaffine",
    "that is the affair of training, not of the network: leave it out": "inplace device dtype "
    "trainable training trackrunningstats istraining reuse batchsize noiseshape",
    "the language has no such term": "biasregularizer activityregularizer kernelconstraint "
    "biasconstraint betaregularizer gammaregularizer",
    "biases begin at 0": "biasinitializer biasfiller biasinit",
    "`relu6` stops at 6, and `leaky_relu` has a slope below 0": "maxvalue threshold negativeslope",
    "write `batch_norm` as a layer behind this one": "batchnormalize batchnorm normalizerfn bn "
    "normlayer norm usebn",
}  # fmt: skip
"""What is said of attributes that the language does not have."""

FUNCTIONS_OF_OTHERS = {
    "write `floor(...)` to round down": "int trunc",
    "write `round(...)` to round to the nearest": "rint",
    "write `ceil(...)` to round up": "roundup",
    "write `make_divisible(..., 8)` for a multiple of 8": "rounddivisible roundfilters",
    "a loop counts down: `for i in range(len(list) - 1, -1, -1)`, and `list[i]`": "reversed",
    "write `[2 * n for n in list]`": "map",
    "write `[n for n in list if n > 8]`": "filter",
    "a power is written as in `n ** 2`, a root as in `n ** 0.5`": "pow power square sqrt",
}
"""What is said of functions that the language does not have."""

ACTIVATIONS = frozenset("activation act activationfn activationlayer nonlinearity actlayer".split())
"""What others call the layer behind a layer."""
NO_ACTIVATION = frozenset("none null linear identity no false".split())
"""What others give as the layer behind a layer where there is none."""


@lru_cache(maxsize=1024)  # the language's own names are folded for each unknown one
def folded(name: str) -> str:
    """A name without case and separators; those between digits tell numbers apart and stay."""
    return re.sub(r"(?<=[A-Za-z])[_-](?=\w)|(?<=[0-9])[_-](?=[A-Za-z])", "", name).lower()


def plain(name: str) -> str:
    """A name as the tables have it."""
    return folded(name).replace("_", "")


def alike(word: str, known: tuple[str, ...]) -> str | None:
    """The one known name that differs in case or separators alone, or None."""
    wanted = folded(word)
    found = {name for name in known if folded(name) == wanted}
    return found.pop() if len(found) == 1 and len(word) > 2 else None


def _table() -> dict[str, tuple[str, str | None, bool]]:
    same = [(op, names, None) for op, names in SAME.items()]
    others = [(op, *entry) for op, entry in (*OTHERWISE.items(), *LACKING.items())]
    table: dict[str, tuple[str, str | None, bool]] = {}
    for op, names, note in (*same, *others):
        for name in (plain(op), *names.split()):
            if table.setdefault(name, (op, note, note is None))[0] != op:
                raise ValueError(f"the vocabulary has `{name}` twice")
    return table


WORDS_OF_OTHERS = _table()
"""By the plain name: the op that is or would be meant, what to say of it, and if it is the same."""


def is_lacking(op: str) -> bool:
    """Whether the language does not have an op of the field."""
    return op not in KNOWN


def answer(word: str) -> tuple[str, str | None, bool] | None:
    """The op that a word of the field means, what to say of it, and whether arguments stay."""
    return WORDS_OF_OTHERS.get(plain(word))


def advice_for(word: str) -> str | None:
    """What to write for a layer's name of others, or None."""
    op, note, _ = answer(word) or (alike(word, tuple(OPS)), None, True)
    if op is None:
        return said_of(word, FORMS)
    if is_lacking(op):
        return f"the language has no such op ({note})"
    form = f"`{call_form(op, OPS[op].attributes)}`"
    if OPS[op].merges:
        form = f"`{op}(a, b)` of named values, or `{op} {{ ... }}` with a path on each line"
    return f"write {form}" + (f"; {note}" if note else "")


def attribute_meant(word: str, known: tuple[str, ...]) -> str | None:
    """The attribute that a word of others stands for in an op that has these, or None."""
    wanted = plain(word)
    found = [one for one in known if wanted in ATTRIBUTES.get(one, "").split()]
    return found[0] if len(found) == 1 else None


def said_of(word: str, table: dict[str, str]) -> str | None:
    """The text that a table has for a word, or None."""
    wanted = plain(word)
    return next((text for text, words in table.items() if wanted in words.split()), None)


def attribute_advice(word: str) -> str | None:
    return said_of(word, ADVICE)
