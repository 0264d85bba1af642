"""sDCI from dense captions: summaries and negatives of every region that is scored (docs/protocol.md §8).

release = Release("densely_captioned_images")
tokens = Tokens(clip_tokenizer())
generate(Store(release, Path("mine")), Rules(tokens), release.names("test"))
"""

from .chat_server import ChatServer
from .clip_tokenizer import clip_tokenizer
from .conversation import Limits
from .dispatcher import Budget, Dispatcher
from .generate import generate
from .generation_result import STEPS
from .prompt_files import load_prompts
from .prompted_writer import PromptedWriter
from .rules import Rules
from .run import Outcome
from .store import Store
from .tokens import Tokens

__all__ = [
    "STEPS",
    "Budget",
    "ChatServer",
    "Dispatcher",
    "Limits",
    "Outcome",
    "PromptedWriter",
    "Rules",
    "Store",
    "Tokens",
    "clip_tokenizer",
    "generate",
    "load_prompts",
]
