"""parameters.yaml: numbers of a sector's law that no rule reads, kept as dated, cited data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import fields

from registry.domain.legal import Instrument
from registry.domain.sector import SectorParameter
from registry.rulebook.citations import build_basis, build_interval
from registry.rulebook.fields import DOTTED_CODE, LABEL, Day, Label, OneOf, Points, Text
from registry.rulebook.place import Place
from registry.rulebook.schemas import BasisSchema, RuleSchema

Json = Mapping[str, Any]
PARAMETERS = Place("parameters", "parameters")
LARGEST = 10**12  # yuan; a figure of the law is below
UNITS = ("yuan", "days", "months", "years", "percentage_points", "share", "count")


class SectorParameterSchema(RuleSchema):
    code = Text(DOTTED_CODE, required=True)
    version = Label(LABEL, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)
    value = Points(LARGEST, required=True)
    unit = OneOf(UNITS, required=True)
    basis = fields.List(fields.Nested(BasisSchema), required=True)
    valid_from = Day(required=True)
    valid_to = Day(load_default=None, allow_none=True)


class SectorParametersSchema(RuleSchema):
    """parameters.yaml"""

    parameters = fields.List(fields.Nested(SectorParameterSchema), required=True)


def build_parameters(
    entries: Sequence[Json], instruments: Mapping[str, Instrument]
) -> tuple[SectorParameter, ...]:
    """The parameters of a sector's document."""
    return tuple(
        SectorParameter(
            code=one["code"],
            version=one["version"],
            title=one["title"],
            title_zh=one["title_zh"],
            value=Decimal(one["value"]),
            unit=one["unit"],
            validity=build_interval(one, PARAMETERS.at(index)),
            basis=build_basis(one["basis"], instruments, PARAMETERS.at(index, "basis")),
        )
        for index, one in enumerate(entries)
    )


def check_parameters(parameters: Sequence[SectorParameter], sector: str) -> None:
    """Codes, bases and versions; RuleMistake names the first that fails."""
    for index, one in enumerate(parameters):
        place = PARAMETERS.at(index)
        if not one.code.startswith(f"{sector}."):
            raise place.at("code").mistake(f"{one.code} must begin with {sector}.")
        if not one.basis:
            raise place.at("basis").mistake("must cite at least one article")
        for other in parameters[:index]:
            if other.code == one.code and other.validity.overlaps(one.validity):
                raise place.at("code").mistake(f"{one.code} stands here twice for the same day")
