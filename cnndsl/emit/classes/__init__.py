"""The class style: a block is a class whose constructor makes modules and whose method runs them.

What differs between frameworks that share it, such as PyTorch, is a `ClassDialect`.
"""
