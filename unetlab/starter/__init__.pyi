from .model import load_starter as load_starter
