[
  (body)
  (recipe)
  (arguments)
  (parameters)
  (list)
  (chain)
] @indent

[
  "}"
  ")"
  "]"
] @outdent
