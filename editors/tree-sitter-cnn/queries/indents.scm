[
  (body)
  (recipe)
  (arguments)
  (parameters)
  (list)
  (chain)
] @indent.begin

[
  "}"
  ")"
  "]"
] @indent.branch

[
  "}"
  ")"
  "]"
] @indent.end
