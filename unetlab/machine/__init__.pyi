from .report import show_machine as show_machine
from .settings import check_settings as check_settings
