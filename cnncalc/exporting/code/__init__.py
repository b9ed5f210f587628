"""What the exports to Python have in common: a model as parts, expressions and statements; the layout of the text.

Nothing here knows a framework: the writers say what a layer is there, in texts that become `expressions`.

    expressions   a small tree of Python
    identifiers   names that are legal and different
    framework     what a writer tells about its framework
    parts         the entries of a spec as parts (a block, a named group, …), with what each reads and gives
    values        what differs between the instances of a part, as an expression of parameters (`finder`)
    classes       all instances of a part as one class (or function): `Classes(…).blueprints`, the model last;
                  `generalising` finds what its members have in common, `instances` reads the text behind them
    modules       the entries of a model whose file tells of modules: a module as a block that is called after its class
    structured    a model of another file, as the spec with blocks that `cnncalc import` makes of it
    blocks        what the text says about its blocks
    numbers       how often a part is there, what it makes of what, and its parameters, in words
    statements    the body of a function: `actions` become statements in `body`: which value gets which variable, and
                  what is nested; `rewriting` is how an expression is written
    layout        expressions, statements and docstrings as lines, as a formatter leaves them
    file          what stands at the top of a file

A writer goes this way: `parts_of` its equals, `Classes` of that part, and for each `Blueprint` its parameters
(`variables`) and its members (`rows`): `make` is what makes a member, `apply` how it is applied to what it reads,
`condition` when it is there at all. `body_of` makes statements of the members that are applied.
"""
