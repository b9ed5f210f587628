"""What the exports to Python have in common: a model as parts, expressions and statements; the layout of the text.

Nothing here knows a framework: the writers say what a layer is there, in texts that become `expressions`.

    parts         the entries of a spec as parts (a block, a named group, …), with what each reads and gives
    expressions   a small tree of Python
    identifiers   names that are legal and different
    statements    the body of a function: which value gets which variable, and what is nested
    layout        the tree as lines, as a formatter leaves them
"""
