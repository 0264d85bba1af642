"""sDCI from dense captions: summaries and negatives of every region that is scored (PROTOCOL §8).

release = Release("densely_captioned_images")
tokens = Tokens(AutoTokenizer.from_pretrained("openai/clip-vit-base-patch32"))
generate(Store(release, Path("mine")), Rules(tokens), release.names("test"))
"""

from .asked import Asked
from .asking import Limits
from .dispatch import Budget, Dispatcher
from .made import STEPS
from .prompt_files import load_prompts
from .rules import Rules
from .run import Outcome, generate
from .server import Server
from .store import Store
from .tokens import Tokens

__all__ = [
    "STEPS",
    "Asked",
    "Budget",
    "Dispatcher",
    "Limits",
    "Outcome",
    "Rules",
    "Server",
    "Store",
    "Tokens",
    "generate",
    "load_prompts",
]
