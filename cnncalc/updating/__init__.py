"""A spec that was written by hand or changed, brought up to date with the model that it describes."""

from cnncalc.updating.update import Updated as Updated
from cnncalc.updating.update import update as update
