from .exports import CLASS_FILE as CLASS_FILE
from .loading import load_annotations as load_annotations
from .saving import save_annotations as save_annotations
