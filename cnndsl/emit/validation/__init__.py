"""Translation validation: emitted text is run and held against the network before it is handed out.

The text runs against stand-ins for the framework, which record what it constructs and how it wires
it; every call is read as primitive ops in the language's terms (`parts`), independently of what
emitted it, and compared path by path with the checked network (`recorder`). This happens for the
arguments given and for other values of the parameters in the emitted signature, alone and several
at once (`variants`). Where a form of the text fails, `ladder` falls back to a plainer one.
"""
