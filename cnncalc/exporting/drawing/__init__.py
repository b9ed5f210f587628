"""A model as a drawing: one that says what is drawn, and writers that say it in a language of drawings."""
