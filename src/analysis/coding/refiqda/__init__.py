"""REFI-QDA 1.5, the format in which programs for qualitative analysis exchange projects (.qdpx) and codebooks (.qdc).

write_qdpx("study.qdpx", sources, codings, codebook)
project = read_qdpx("study.qdpx")        # .sources .codings .codebook .report
write_qdc("codebook.qdc", codebook)
codebook = read_qdc("codebook.qdc")
"""

from analysis.coding.refiqda.codes import read_qdc, write_qdc
from analysis.coding.refiqda.project import Project
from analysis.coding.refiqda.reading import read_qdpx
from analysis.coding.refiqda.report import Deviation, Report
from analysis.coding.refiqda.writing import write_qdpx

__all__ = ["Deviation", "Project", "Report", "read_qdc", "read_qdpx", "write_qdc", "write_qdpx"]
