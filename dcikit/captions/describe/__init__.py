"""Descriptions of masks and photos by a vision-language model, the innermost masks first (docs/protocol.md §8).

release = Release("mine")                                   # of `dci masks`
model = ChatServer("http://localhost:8000/v1", "name")
describe(release, Describer(model.identity, description_prompts()), names, client=Dispatcher(model))
"""

from .describer import CROPS, Describer, description_prompts
from .folder import STEP, describe

__all__ = ["CROPS", "STEP", "Describer", "describe", "description_prompts"]
