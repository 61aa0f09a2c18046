from .loading import load_annotations as load_annotations
from .saving import save_annotations as save_annotations
