"""Guyub's methods as a library: read chats and interviews, infer replies, measure agreement, test relations.

Everything here is one function or class of `analysis`, the code that studies run. `import guyub` finds that code though
a file or folder called analysis lies next to a notebook. A name is imported when it is first used.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.coding.agreement import Agreement as Agreement
    from analysis.coding.agreement import agreement as agreement
    from analysis.coding.agreement import unitizing_alpha as unitizing_alpha
    from analysis.coding.refiqda import read_qdc as read_qdc
    from analysis.coding.refiqda import read_qdpx as read_qdpx
    from analysis.coding.refiqda import write_qdc as write_qdc
    from analysis.coding.refiqda import write_qdpx as write_qdpx
    from analysis.errors import InputError as InputError
    from analysis.ingest import read_chat as read_chat
    from analysis.ingest import read_transcript as read_transcript
    from analysis.network.qap import logistic_qap as logistic_qap
    from analysis.network.qap import mrqap as mrqap
    from analysis.network.qap import qap_correlation as qap_correlation
    from analysis.network.replies import infer_replies as infer_replies
    from analysis.privacy import Pseudonymiser as Pseudonymiser
    from analysis.sharing import concentration as concentration
    from analysis.simulate import simulate_community as simulate_community
    from analysis.themes.ena import EpistemicNetwork as EpistemicNetwork
    from guyub.results import Results as Results
    from guyub.results import load_results as load_results

PLACES = {  # where each name comes from, in the order of the reference
    "read_chat": "analysis.ingest",
    "read_transcript": "analysis.ingest",
    "Pseudonymiser": "analysis.privacy",
    "agreement": "analysis.coding.agreement",
    "Agreement": "analysis.coding.agreement",
    "unitizing_alpha": "analysis.coding.agreement",
    "read_qdpx": "analysis.coding.refiqda",
    "write_qdpx": "analysis.coding.refiqda",
    "read_qdc": "analysis.coding.refiqda",
    "write_qdc": "analysis.coding.refiqda",
    "infer_replies": "analysis.network.replies",
    "qap_correlation": "analysis.network.qap",
    "mrqap": "analysis.network.qap",
    "logistic_qap": "analysis.network.qap",
    "EpistemicNetwork": "analysis.themes.ena",
    "concentration": "analysis.sharing",
    "simulate_community": "analysis.simulate",
    "load_results": "guyub.results",
    "Results": "guyub.results",
    "InputError": "analysis.errors",
}
__all__ = [*PLACES]


def _own_code() -> None:
    """Import the package `analysis` that came with this one, whatever else Python would find by that name.

    Raises ImportError when another one has been imported before.
    """
    place = Path(__file__).resolve().parents[1] / "analysis" / "__init__.py"
    if (other := sys.modules.get("analysis")) is not None:
        if Path(other.__file__ or "").resolve() != place:
            what = f"another module called 'analysis' was imported before guyub: {other.__file__}"
            raise ImportError(f"{what}. Import guyub first, or give that one another name.")
        return
    spec = importlib.util.spec_from_file_location("analysis", place, submodule_search_locations=[str(place.parent)])
    if spec is None or spec.loader is None:
        raise ImportError(f"guyub came without its code: {place} is missing")
    module = sys.modules["analysis"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


_own_code()


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return importlib.metadata.version("guyub")
    if name not in PLACES:
        raise AttributeError(f"module 'guyub' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(PLACES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *PLACES, "__version__"})
