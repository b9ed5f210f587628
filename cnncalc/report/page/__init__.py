"""One page to look at: the graph, every layer with its numbers and reasons, fields, charts and values of models.

`model_page` is the report; `_assembly` writes it into the template, which is built from `web/`. What each part of the
page shows is put together by a module with its name, `_graph`, `_details`, `_field`, and so on, for `web/src/`.
"""
