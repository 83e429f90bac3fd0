"""The engines that carry out talk's expressions: pandas, Polars, DuckDB, or Spark on one machine or many."""

from __future__ import annotations

import glob
import importlib
import os
import re
import shutil
import socket
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import narwhals as nw
import pandas as pd

from analysis.errors import InputError

ENGINES = ("duckdb", "polars", "pandas", "spark")
MODULES = {"duckdb": "duckdb", "polars": "polars", "pandas": "pandas", "spark": "pyspark.sql"}
SECRET = "GUYUB_SPARK_SECRET"  # environment variable: the shared secret of a Spark cluster that asks for one
ANSWERS_S = 5  # seconds in which a cluster's master must answer
INSTALL = "Install it with: pip install 'guyub[engines]', or set `engine: pandas`."
REREAD = "If a file of the corpus is damaged, delete it: guyub corpus DIR --out OUT makes it again."
JAVA = "Install Java 17 or later (apt-get install openjdk-17-jre-headless), or set `engine: duckdb`."


@dataclass(frozen=True)
class Engine:
    """An engine at work. read: the Parquet file, or all Parquet files of a folder and its folders, as one table, not
    read yet; session: the engine's own."""

    name: str
    read: Callable[[Path], nw.LazyFrame]
    session: Any = None


@contextmanager
def engine(name: str, *, master: str = "local[*]", memory: str = "4GB", spill: Path | None = None) -> Iterator[Engine]:
    """An engine, at work as long as it is needed.

    master, memory: as in settings.MEANINGS. spill: folder for what does not fit into memory; by default the engine's
    own. Raises InputError when it is unknown or not installed, cannot start, or fails at what it is given.
    """
    if name not in ENGINES:
        raise InputError(f"no engine is called {name!r}", fix=f"Engines are {', '.join(ENGINES)}.")
    module = _imported(name)
    with in_a_sentence(name):
        if name == "duckdb":
            with module.connect(config=_duckdb_config(memory, spill)) as connection:
                yield Engine(name, lambda path: nw.from_native(connection.read_parquet(_pattern(path))), connection)
        elif name == "spark":
            with _spark(module, master, memory, spill) as session:
                yield Engine(name, lambda path: nw.from_native(_spark_table(session, path)), session)
        elif name == "polars":
            yield Engine(
                name, lambda path: nw.from_native(module.scan_parquet(_pattern(path), hive_partitioning=False))
            )
        else:
            yield Engine(name, lambda path: nw.from_native(pd.read_parquet(path, partitioning=None)).lazy())


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(MODULES[name])
    except ImportError as error:
        raise InputError(f"the engine {name} is not installed", fix=INSTALL) from error


def _pattern(path: Path) -> str:
    """The pattern for a file, or for all files of a folder, for an engine that takes patterns."""
    place = glob.escape(str(path))
    return f"{place}/**/*.parquet" if path.is_dir() else place


@contextmanager
def in_a_sentence(name: str) -> Iterator[None]:
    """Turns an engine's own errors into an InputError: the first line of what it says."""
    try:
        yield
    except _errors(name) as error:
        first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        full = "space" in first.lower() or "memory" in first.lower()
        fix = "Make room on the disk, or raise `memory` in corpus.yaml." if full else REREAD
        raise InputError(f"{name} failed: {first}", fix=fix) from error


def _errors(name: str) -> tuple[type[Exception], ...]:
    """The exceptions that an engine raises for what it is given."""
    if name == "duckdb":
        return (importlib.import_module("duckdb").Error,)
    if name == "polars":
        return (importlib.import_module("polars.exceptions").PolarsError, OSError)
    if name == "spark":
        java = importlib.import_module("py4j.protocol").Py4JError
        return (importlib.import_module("pyspark.errors").PySparkException, java)
    return (importlib.import_module("pyarrow").ArrowException, OSError)


def _duckdb_config(memory: str, spill: Path | None) -> dict[str, str]:
    own = {"memory_limit": memory, "preserve_insertion_order": "false"}
    return own if spill is None else own | {"temp_directory": str(spill)}


# Spark


@contextmanager
def _spark(sql: Any, master: str, memory: str, spill: Path | None) -> Iterator[Any]:
    """A Spark session. Raises InputError without Java, or when the master does not answer."""
    _require_java()
    _require_answer(master)
    options = {
        "spark.master": master, "spark.app.name": "guyub", "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false", "spark.driver.memory": _jvm(memory),
        "spark.executor.memory": "1g" if master.startswith("local-cluster") else _jvm(memory),
        "spark.sql.session.timeZone": "UTC", "spark.pyspark.python": sys.executable,
        "spark.sql.shuffle.partitions": _partitions(master),
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        **({} if spill is None else {"spark.local.dir": str(spill)}), **_credentials(),
    }  # fmt: skip
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        builder = sql.SparkSession.builder
        for name, value in options.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        try:
            yield session
        finally:
            session.stop()


def _spark_table(session: Any, path: Path) -> Any:
    place = re.sub(r"[\[\]{}*?\\]", r"\\\g<0>", str(path))  # Hadoop takes every path for a pattern
    return session.read.option("recursiveFileLookup", "true").parquet(place)


def _jvm(memory: str) -> str:
    """An amount of memory as Java writes it: 4g for 4GB."""
    return memory.lower().removesuffix("b")


def _partitions(master: str) -> str:
    """The number of parts in which Spark sorts: few on one machine, as each costs a tenth of a second."""
    return "4" if master.startswith("local") else "200"


def _credentials() -> dict[str, str]:
    secret = os.environ.get(SECRET)
    return {"spark.authenticate": "true", "spark.authenticate.secret": secret} if secret else {}


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        raise InputError("Spark needs Java, which is not installed", fix=JAVA)


def _require_answer(master: str) -> None:
    """Raises InputError when nobody answers at the address; Spark itself would try for minutes."""
    place = urlsplit(master)
    if place.scheme == "spark":
        try:
            socket.create_connection((place.hostname or "", place.port or 7077), timeout=ANSWERS_S).close()
        except OSError as error:
            fix = "Start the cluster, or set `master: local[*]` in corpus.yaml to run on this machine."
            raise InputError(f"no Spark master answers at {master}: {error}", fix=fix) from error
