; What colours a text. No two patterns take the same node, so that it does not matter which comes first.

(comment) @comment

(string) @string

[
  (integer)
  (decimal)
  (size)
] @number

[
  (true)
  (false)
  (none)
] @constant.builtin

; Keywords

[
; keywords: written by `python -m cnndsl.generate`

    "as" "block" "defaults" "expect" "input" "let" "model" "output" "pixels" "recipe" "share"
    "stage" "training"

; end of keywords
] @keyword

[
; keywords of imports: written by `python -m cnndsl.generate`

    "from" "import"

; end of keywords of imports
] @keyword.import

[
; keywords of control: written by `python -m cnndsl.generate`

    "else" "for" "if" "in"

; end of keywords of control
] @keyword.control

[
; keywords that are operators: written by `python -m cnndsl.generate`

    "and" "not" "or"

; end of keywords that are operators
] @keyword.operator

; Definitions

(block_definition
  name: (identifier) @function)

(pixels_definition
  name: (identifier) @function)

[
  (model_definition
    name: (identifier) @type)
  (variant
    name: (identifier) @type)
  (recipe
    name: (identifier) @type)
]

[
  (stage_definition
    name: (identifier) @label)
  (stage
    name: (identifier) @label)
]

(parameter
  name: (identifier) @variable.parameter)

(argument
  name: (identifier) @variable.parameter)

(setting
  name: (identifier) @property)

(dimension
  axis: (identifier) @property)

; What is called

(
  (call
    name: (identifier) @function.builtin)
  (#any-of? @function.builtin
; ops and functions: written by `python -m cnndsl.generate`

    "conv" "standardized_conv" "depthwise_conv" "separable_conv" "conv_transpose" "dense"
    "pixel_dense" "flatten" "reshape" "dropout" "spatial_dropout" "drop_path" "identity"
    "placeholder" "max_pool" "avg_pool" "lp_pool" "blur_pool" "adaptive_avg_pool"
    "global_avg_pool" "global_max_pool" "subsample" "upsample" "resize" "pad" "crop"
    "center_crop" "batch_norm" "layer_norm" "group_norm" "instance_norm" "rms_norm"
    "global_response_norm" "l2_normalize" "layer_scale" "normalize" "lrn" "add" "multiply"
    "subtract" "maximum" "minimum" "average" "concat" "zero_pad" "scale" "rescale" "slice"
    "split" "channel_shuffle" "permute" "channel_mean" "channel_max" "depth_to_space"
    "space_to_depth" "channel_conv" "path_softmax" "multi_head_attention" "attention"
    "position_embedding" "scalar_affine" "relu" "relu6" "leaky_relu" "prelu" "relu_squared"
    "threshold" "clip" "hard_tanh" "elu" "selu" "gelu" "silu" "mish" "sigmoid" "hard_sigmoid"
    "hard_swish" "tanh" "softplus" "softsign" "softmax" "log_softmax" "min" "max" "round"
    "floor" "ceil" "make_divisible" "abs" "sum" "range" "len" "enumerate" "zip"

; end of ops and functions
  ))

(
  [
    (merge
      name: (identifier) @function.builtin)
    (element
      .
      (identifier) @function.builtin)
    (share
      value: (identifier) @function.builtin)
    (argument
      value: (identifier) @function.builtin)
    (parameter
      default: (identifier) @function.builtin)
  ]
  (#any-of? @function.builtin
; ops: written by `python -m cnndsl.generate`

    "conv" "standardized_conv" "depthwise_conv" "separable_conv" "conv_transpose" "dense"
    "pixel_dense" "flatten" "reshape" "dropout" "spatial_dropout" "drop_path" "identity"
    "placeholder" "max_pool" "avg_pool" "lp_pool" "blur_pool" "adaptive_avg_pool"
    "global_avg_pool" "global_max_pool" "subsample" "upsample" "resize" "pad" "crop"
    "center_crop" "batch_norm" "layer_norm" "group_norm" "instance_norm" "rms_norm"
    "global_response_norm" "l2_normalize" "layer_scale" "normalize" "lrn" "add" "multiply"
    "subtract" "maximum" "minimum" "average" "concat" "zero_pad" "scale" "rescale" "slice"
    "split" "channel_shuffle" "permute" "channel_mean" "channel_max" "depth_to_space"
    "space_to_depth" "channel_conv" "path_softmax" "multi_head_attention" "attention"
    "position_embedding" "scalar_affine" "relu" "relu6" "leaky_relu" "prelu" "relu_squared"
    "threshold" "clip" "hard_tanh" "elu" "selu" "gelu" "silu" "mish" "sigmoid" "hard_sigmoid"
    "hard_swish" "tanh" "softplus" "softsign" "softmax" "log_softmax"

; end of ops
  ))

(
  (call
    name: (identifier) @function.call)
  (#not-any-of? @function.call
; ops and functions, which other calls are not: written by `python -m cnndsl.generate`

    "conv" "standardized_conv" "depthwise_conv" "separable_conv" "conv_transpose" "dense"
    "pixel_dense" "flatten" "reshape" "dropout" "spatial_dropout" "drop_path" "identity"
    "placeholder" "max_pool" "avg_pool" "lp_pool" "blur_pool" "adaptive_avg_pool"
    "global_avg_pool" "global_max_pool" "subsample" "upsample" "resize" "pad" "crop"
    "center_crop" "batch_norm" "layer_norm" "group_norm" "instance_norm" "rms_norm"
    "global_response_norm" "l2_normalize" "layer_scale" "normalize" "lrn" "add" "multiply"
    "subtract" "maximum" "minimum" "average" "concat" "zero_pad" "scale" "rescale" "slice"
    "split" "channel_shuffle" "permute" "channel_mean" "channel_max" "depth_to_space"
    "space_to_depth" "channel_conv" "path_softmax" "multi_head_attention" "attention"
    "position_embedding" "scalar_affine" "relu" "relu6" "leaky_relu" "prelu" "relu_squared"
    "threshold" "clip" "hard_tanh" "elu" "selu" "gelu" "silu" "mish" "sigmoid" "hard_sigmoid"
    "hard_swish" "tanh" "softplus" "softsign" "softmax" "log_softmax" "min" "max" "round"
    "floor" "ceil" "make_divisible" "abs" "sum" "range" "len" "enumerate" "zip"

; end of ops and functions, which other calls are not
  ))

(
  (argument
    value: (identifier) @constant.builtin)
  (#any-of? @constant.builtin
; words of attributes: written by `python -m cnndsl.generate`

    "bicubic" "bilinear" "ceil" "chw" "circular" "constant" "crd" "cwh" "dcr" "distances" "drc"
    "edge" "floor" "glorot_normal" "glorot_uniform" "hcw" "he_normal" "he_uniform"
    "lecun_normal" "lecun_uniform" "mlp" "nearest" "nearest_floor" "offsets" "reflect" "same"
    "valid" "wch" "whc"

; end of words of attributes
  ))

; Marks

[
  "->"
  "="
  "=="
  "!="
  "<="
  ">="
  "<"
  ">"
  "+"
  "-"
  "*"
  "**"
  "/"
  "//"
  "%"
] @operator

[
  ","
  ":"
  "."
] @punctuation.delimiter

[
  "("
  ")"
  "["
  "]"
  "{"
  "}"
] @punctuation.bracket
