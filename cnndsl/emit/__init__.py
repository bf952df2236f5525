"""What backends share: the structure of a network as code would have it.

`outline` turns definitions into trees that keep blocks, loops, branches and merges; `planning`
decides which block instances can share one class or function; `formulas` turns the language's
expressions into Python's; `functional` renders outlines in the functional style.
"""
