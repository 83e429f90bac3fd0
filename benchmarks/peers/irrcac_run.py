"""A coefficient of irrCAC with its interval, by the name of its method, of the codings given."""

import sys

import pandas as pd
from irrCAC.raw import CAC
from timed import report

codings = pd.read_csv(sys.argv[2])
report(lambda: getattr(CAC(codings.copy()), sys.argv[1])(), lambda made: made["est"]["coefficient_value"], "irrCAC")
