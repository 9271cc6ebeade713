"""Licensed wording that a deployer lays over our labels: one file per instrument and language."""

from shared.text_packs.loader import LoadedPack, TextPacks, packs_of
from shared.text_packs.pack import TextPack
from shared.text_packs.wording import worded

__all__ = ["LoadedPack", "TextPack", "TextPacks", "packs_of", "worded"]
