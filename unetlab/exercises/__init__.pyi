from .checking import Verdict as Verdict
from .checking import check_answer as check_answer
from .exercise import Exercise as Exercise
from .series import EXERCISES as EXERCISES
from .series import solution_text as solution_text
