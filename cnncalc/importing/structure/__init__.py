"""The structure of a draft: entries inside entries, blocks, copies, and the text that a person would have written."""

from cnncalc.importing.structure._readable import readable as readable
