from .scenes import draw_examples as draw_examples
from .scenes import draw_ground as draw_ground
from .scenes import draw_scene as draw_scene
from .scenes import load_shapes as load_shapes
from .scenes import trimap as trimap
