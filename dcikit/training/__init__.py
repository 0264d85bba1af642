"""Fine-tuning on sDCI: losses, batches, recipes and the trainer.

from dcikit.training import load_recipe, train
train("openai/clip-vit-base-patch32", load_dataset("dci", "sdci", ..., split="train"), load_recipe("p1"), Path("out"))
"""

from .batches import Batches
from .crops import Crops
from .learning_curve import learning_curve
from .losses import contrastive_loss, negatives_loss, sigmoid_loss
from .recipe import Recipe, load_recipe
from .regions import TrainingRegions
from .scoring import EvalSplit
from .train import train
from .trained import Trained

__all__ = [
    "Batches",
    "Crops",
    "EvalSplit",
    "Recipe",
    "Trained",
    "TrainingRegions",
    "contrastive_loss",
    "learning_curve",
    "load_recipe",
    "negatives_loss",
    "sigmoid_loss",
    "train",
]
