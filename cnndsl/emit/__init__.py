"""From a network to code: what backends share.

`outline` turns definitions into trees of items that keep blocks, loops, branches and merges, and
`items` says what can be asked of them; `planning` decides which block instances can share one class
or function; `formulas` turns the language's expressions into Python's, and `channels` follows the
channels in them. `functions` and `classes` write what a library of the functional or of the class
style runs, in the words of its dialect.
"""
