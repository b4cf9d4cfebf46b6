"""The bundled matters are those of the contract, each in its purpose."""

from registry.rulebook.matters import bundled
from registry.rulebook.schemas import PURPOSES

CONTRACT = {
    "licensing": [
        "permit.general",
        "permit.construction",
        "permit.commitment",
        "inspection.plan",
    ],
    "procurement_and_funding": [
        "procurement.bid",
        "tender.bid",
        "grant.fiscal",
        "land.transfer",
        "concession.award",
        "medicine.listing",
    ],
    "residence": ["residence.settle"],
    "public_office": ["public_office.hire"],
    "awards": ["honour.award"],
    "other_management": ["tax.refund", "finance.loan"],
    None: ["other"],
}


def test_the_bundled_matters_are_those_of_the_contract():
    found = {matter.code: matter.purpose for matter in bundled().matters.values()}

    assert found == {code: purpose for purpose, codes in CONTRACT.items() for code in codes}


def test_there_are_six_purposes_with_titles():
    purposes = bundled().document["purposes"]

    assert tuple(one["code"] for one in purposes) == PURPOSES
    assert len(PURPOSES) == 6
    assert all(one["title"] and one["title_zh"] for one in purposes)
