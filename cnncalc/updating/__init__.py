"""A spec that was written by hand or changed, brought up to date with the model that it describes."""

from cnncalc.updating._update import Updated as Updated
from cnncalc.updating._update import update as update
