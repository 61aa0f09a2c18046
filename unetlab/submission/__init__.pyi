from .run_length import decode_run_length as decode_run_length
from .run_length import encode_run_length as encode_run_length
from .submission import SubmissionReport as SubmissionReport
from .submission import write_submission as write_submission
