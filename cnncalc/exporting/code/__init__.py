"""What the exports to Python have in common: a model as parts, expressions and statements; the layout of the text.

Nothing here knows a framework: the writers say what a layer is there, in texts that become `expressions`.

    expressions   a small tree of Python
    identifiers   names that are legal and different
    framework     what a writer tells about its framework
    parts         the entries of a spec as parts (a block, a named group, …), with what each reads and gives
    values        what differs between the instances of a part, as an expression of parameters
    classes       all instances of a part as one class (or function): `Classes(…).blueprints`, the model last
    blocks        what the text says about its blocks
    statements    the body of a function: which value gets which variable, and what is nested
    layout        expressions, statements and docstrings as lines, as a formatter leaves them
    file          what stands at the top of a file

A writer goes this way: `parts_of` its equals, `Classes` of that part, and for each `Blueprint` its parameters
(`variables`) and its members (`rows`): `make` is what makes a member, `apply` how it is applied to what it reads,
`condition` when it is there at all. `body_of` makes statements of the members that are applied.
"""
