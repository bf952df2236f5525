; What is named in a definition is known in it alone.

[
  (block_definition)
  (model_definition)
  (stage_definition)
] @local.scope

(parameter
  name: (identifier) @local.definition.parameter)

(let
  name: (identifier) @local.definition.var)

(share
  name: (identifier) @local.definition.var)

(element
  name: (identifier) @local.definition.var)

(for_loop
  name: (names
    (identifier) @local.definition.var))

(stated_input
  name: (identifier) @local.definition.var)

(identifier) @local.reference
