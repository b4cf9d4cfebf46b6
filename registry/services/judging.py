"""Judging: a criterion on records, its condition first and then the predicate that it may name.

The condition is data and always enough to say no. Only where it is met is the plugin's function
asked, in a process of its own; what it gives or fails to give never reaches a check.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from registry.domain.criterion import CriterionVersion, decided_last
from registry.domain.errors import Undetermined
from registry.domain.finding import Finding
from registry.domain.predicate import Verdict, joined, question
from registry.domain.record import Record

# code of a predicate, question -> verdict; Undetermined if there is none
Ask = Callable[[str, Mapping[str, Any]], Verdict]


def nobody(code: str, _: Mapping[str, Any]) -> Verdict:
    """Where no plugin runs."""
    raise Undetermined(code, "", "no plugin is run here")


class AskFirst(Exception):
    """A plugin has to be asked, and no transaction waits for one."""

    def __init__(self, code: str, question: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code, self.question = code, question


class Verdicts:
    """What plugins said before a transaction began. AskFirst for whatever nobody was asked yet:
    a question holds the fields of its records, so that a record changed meanwhile is asked anew."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], Verdict] = {}

    def __call__(self, code: str, question: Mapping[str, Any]) -> Verdict:
        verdict = self._told.get(_key(code, question))
        if verdict is None:
            raise AskFirst(code, question)
        return verdict

    def tell(self, wanted: AskFirst, verdict: Verdict) -> None:
        """Keep what the plugin said."""
        self._told[_key(wanted.code, wanted.question)] = verdict


def _key(code: str, question: Mapping[str, Any]) -> tuple[str, str]:
    return code, json.dumps(question, sort_keys=True)


def judge(rule: CriterionVersion, records: Sequence[Record], ask: Ask) -> Finding:
    """The finding; Undetermined, naming the plugin, if its predicate gives no verdict."""
    return with_predicate(rule, rule.evaluate(records), records, ask)


def with_predicate(
    rule: CriterionVersion, finding: Finding, records: Sequence[Record], ask: Ask
) -> Finding:
    """What the condition found, and what the predicate of the rule says of the records that it
    rests on; Undetermined as for `judge`."""
    if rule.predicate is None or not finding.met:
        return finding
    used = [record for record in records if record.id in finding.record_ids]
    asked = question(rule.code, rule.version, decided_last(records), used)
    return joined(finding, ask(rule.predicate.code, asked), rule.predicate)
