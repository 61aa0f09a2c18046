from .background import Teaching as Teaching
from .doubt import measure_doubt as measure_doubt
from .doubt import rank_by_doubt as rank_by_doubt
from .features import KeptFeatures as KeptFeatures
from .proposals import propose as propose
from .scribbles import NOT_SAID as NOT_SAID
from .scribbles import scribbles_to_mask as scribbles_to_mask
from .teaching import teach as teach
