"""Where the data and the scores come from."""

CITATION = """@inproceedings{Urbanek_2024_CVPR,
    title = {A Picture is Worth More Than 77 Text Tokens: Evaluating CLIP-Style Models on Dense Captions},
    author = {Urbanek, Jack and Bordes, Florian and Astolfi, Pietro and Williamson, Mary and Sharma, Vasu and
              Romero-Soriano, Adriana},
    booktitle = {CVPR},
    year = {2024},
    eprint = {2312.08578},
    archiveprefix = {arXiv}
}"""

HOMEPAGE = "https://github.com/facebookresearch/DCI"

ARXIV = "https://arxiv.org/abs/2312.08578"

CLIP = "openai/clip-vit-base-patch32"
"""The model that the paper starts from, and whose scores choose its hard negatives."""
