"""unetlab: image segmentation with U-Net, taught in notebooks.

Models are plain `keras.Model`s, data is plain `tf.data`; this package holds what the notebooks
build in the open the first time and import afterwards.
"""

from unetlab.augmentation import Augmentation as Augmentation
from unetlab.augmentation import augment as augment
from unetlab.carvana import load_carvana as load_carvana
from unetlab.cats import load_cats as load_cats
from unetlab.chairs import load_chairs as load_chairs
from unetlab.datasets import SegmentationData as SegmentationData
from unetlab.datasets import load_pets as load_pets
from unetlab.decoders import DECODERS as DECODERS
from unetlab.encoders import ENCODERS as ENCODERS
from unetlab.encoders import build_encoder as build_encoder
from unetlab.files import list_images as list_images
from unetlab.files import load_image as load_image
from unetlab.folders import load_folder as load_folder
from unetlab.folds import k_folds as k_folds
from unetlab.losses import DiceCrossEntropy as DiceCrossEntropy
from unetlab.losses import DiceLoss as DiceLoss
from unetlab.metrics import Dice as Dice
from unetlab.metrics import MeanIoU as MeanIoU
from unetlab.pipeline import prepare_batches as prepare_batches
from unetlab.prediction import predict_logits as predict_logits
from unetlab.prediction import predict_mask as predict_mask
from unetlab.shapes import load_shapes as load_shapes
from unetlab.training import ShowPredictions as ShowPredictions
from unetlab.unet import build_plain_unet as build_plain_unet
from unetlab.unet import build_unet as build_unet
