"""What the panel of a layer shows, a module for each of its parts; `_details` puts them together."""
