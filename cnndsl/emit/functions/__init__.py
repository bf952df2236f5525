"""The functional style: a block is a function from tensor to tensor, the model one that builds it.

What differs between libraries that share it, such as Keras and the NumPy library, is a `Dialect`.
"""
