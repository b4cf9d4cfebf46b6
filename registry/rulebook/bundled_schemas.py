"""The shape of the tables that come with the registry itself: matters, catalogue, categories."""

from __future__ import annotations

from marshmallow import fields

from registry.domain.check import PURPOSES
from registry.rulebook.fields import LABEL, NAME, Distinct, OneOf, Text
from registry.rulebook.schemas import MatterSchema, RuleSchema


class BundledMatterSchema(MatterSchema):
    """Of the bundled matters, `other` alone is no dotted code and belongs to any purpose."""

    code = Text(required=True)
    purpose = OneOf(PURPOSES, required=True, allow_none=True)


class PurposeSchema(RuleSchema):
    code = OneOf(PURPOSES, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)


class BundledMattersSchema(RuleSchema):
    """matters.yaml of the core: the contract's closed lists."""

    purposes = fields.List(fields.Nested(PurposeSchema), required=True)
    matters = fields.List(fields.Nested(BundledMatterSchema), required=True)


class CatalogueItemSchema(RuleSchema):
    code = Text(required=True)
    title = Text(required=True)
    title_zh = Text(required=True)


class OccupationsSchema(RuleSchema):
    """occupations.yaml"""

    occupations = fields.List(fields.Nested(CatalogueItemSchema), required=True)


class CatalogueSchema(RuleSchema):
    """catalogue.yaml of the core: the default catalogue of misconduct."""

    items = fields.List(fields.Nested(CatalogueItemSchema), required=True)


class ParameterWordsSchema(RuleSchema):
    name = Text(required=True)
    words = Distinct(Text(NAME), required=True)


class ParametersWordsSchema(RuleSchema):
    """parameter_words.yaml of the core: the words that a parameter of a profile may hold."""

    parameters = fields.List(fields.Nested(ParameterWordsSchema), required=True)


class CategorySchema(RuleSchema):
    code = Text(NAME, required=True)
    title = Text(required=True)
    title_zh = Text(required=True)


class CategorySetSchema(RuleSchema):
    code = Text(LABEL, required=True)
    title = Text(required=True)
    source = Text(required=True)
    categories = Distinct(Text(NAME), required=True)


class CategoriesSchema(RuleSchema):
    """categories.yaml of the core: categories of misconduct, and the set each source names."""

    categories = fields.List(fields.Nested(CategorySchema), required=True)
    sets = fields.List(fields.Nested(CategorySetSchema), required=True)
