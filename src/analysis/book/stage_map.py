"""The map of stages: what each stage of dvc.yaml reads, runs and writes, and which others it needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analysis import closure, study


@dataclass(frozen=True)
class MappedStage:
    """A stage of dvc.yaml. reads, writes: its data; code: its modules; needs: stages whose outputs it reads."""

    name: str
    reads: tuple[str, ...]
    code: tuple[str, ...]
    writes: tuple[str, ...]
    needs: tuple[str, ...]


def stages(path: Path) -> list[MappedStage]:
    """The stages of a dvc.yaml in its order."""
    declared = closure.stages(study.read_yaml(path))
    mapped = []
    for name, stage in declared.items():
        code = tuple(dep for dep in stage.deps if dep.startswith("src/"))
        reads = tuple(dep for dep in stage.deps if dep not in code)
        others = {maker: other.outs for maker, other in declared.items() if maker != name}
        needs = (m for m, outs in others.items() if any(_overlap(dep, out) for dep in stage.deps for out in outs))
        mapped.append(MappedStage(name, reads, code, tuple(stage.outs), tuple(needs)))
    return mapped


def direct_needs(stage: MappedStage, mapped: list[MappedStage]) -> list[str]:
    """The stages that a stage needs, without those that another of them needs already (transitive reduction)."""
    needs = {each.name: each.needs for each in mapped}

    def upstream(name: str) -> set[str]:
        return {name}.union(*map(upstream, needs[name]))

    implied = set().union(*(upstream(far) for near in stage.needs for far in needs[near]))
    return [name for name in stage.needs if name not in implied]


def _overlap(dep: str, out: str) -> bool:
    """Whether the dependency is the output, is inside it or contains it."""
    a, b = f"{dep.rstrip('/')}/", f"{out.rstrip('/')}/"
    return a.startswith(b) or b.startswith(a)
