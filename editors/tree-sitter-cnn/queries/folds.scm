[
  (body)
  (recipe)
  (list)
  (arguments)
] @fold

(comment)+ @fold
