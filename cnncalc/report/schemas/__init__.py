"""JSON Schemas (2020-12): of the spec language, for editors, and of the JSON that cnncalc writes."""
