from .gpu import Card as Card
from .gpu import Evidence as Evidence
from .gpu import explain_gpu as explain_gpu
from .report import describe_machine as describe_machine
from .report import show_machine as show_machine
