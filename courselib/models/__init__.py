"""Networks of the course, one file per family, in Keras 3."""

from courselib.models.alexnet import AlexNet
from courselib.models.backbone import SmallBackbone, load_backbone
from courselib.models.cost import LayerCost, ModelCost, count_costs, without_weights
from courselib.models.inception import GoogLeNet, auxiliary_head, inception_module, naive_inception
from courselib.models.lenet import LeNet5
from courselib.models.nin import NiN, mlpconv_block
from courselib.models.resnet import ResNet50, convolutional_block, identity_block, plain_net, residual_net
from courselib.models.vgg import VGG16
from courselib.models.yolo import DASHCAM_ANCHORS, TinyYOLO, load_tiny_yolo

__all__ = [
    "DASHCAM_ANCHORS",
    "VGG16",
    "AlexNet",
    "GoogLeNet",
    "LayerCost",
    "LeNet5",
    "ModelCost",
    "NiN",
    "ResNet50",
    "SmallBackbone",
    "TinyYOLO",
    "auxiliary_head",
    "convolutional_block",
    "count_costs",
    "identity_block",
    "inception_module",
    "load_backbone",
    "load_tiny_yolo",
    "mlpconv_block",
    "naive_inception",
    "plain_net",
    "residual_net",
    "without_weights",
]
