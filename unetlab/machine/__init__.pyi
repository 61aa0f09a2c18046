from .report import show_machine as show_machine
