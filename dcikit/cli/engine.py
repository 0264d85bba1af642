"""Where the photos of a command are worked on."""

from enum import Enum


class Engine(str, Enum):
    local = "local"
    ray = "ray"
