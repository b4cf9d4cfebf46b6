"""What plugins offer beside rules: commands under their own name, and public pages."""

import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from registry import logs
from registry.api.pages import PluginPages
from registry.domain.errors import NotFound, PluginError, Unavailable
from registry.domain.page import Page, PageView
from registry.metrics import Metrics
from registry.rulebook.rulebook import Rulebook
from registry.testing.clock import START

DAY = START.date()
VIEW = PageView({}, DAY, "en")


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin `odd_commands` whose commands do what commands must not."""
    (tmp_path / "odd_commands.py").write_text(
        "from registry.sdk import Command, hookimpl\n\n"
        "def fails(word): return 1 // 0\n\n"
        "def refuses(word): raise ValueError(f'{word} is no word')\n\n"
        "@hookimpl\n"
        "def registry_commands():\n"
        "    return [Command('fail', 'Fail.', ('word',), fails),\n"
        "            Command('refuse', 'Refuse.', ('word',), refuses),\n"
        "            Command('nothing', 'Give nothing.', (), lambda: None)]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("REGISTRY_PLUGINS", "token_auth,china")
    monkeypatch.setenv("REGISTRY_PLUGIN_MODULES", "odd_commands")


# --- commands -------------------------------------------------------------------------------------


def test_the_calendar_of_a_year_is_shown_with_its_notice(run):
    result = run("china", "calendar", "2026")

    assert result.exit_code == 0
    first, *days = result.output.splitlines()
    assert first.startswith("2026  国务院办公厅关于2026年部分节假日安排的通知")
    assert "2026-02-14  周六  worked 上班" in days
    assert "2026-10-01  周四  off 放假" in days


@pytest.mark.parametrize("year", ["2003", "2027", "x", "２０２６"])
def test_a_year_without_data_is_said_so(run, year):
    result = run("china", "calendar", year)

    assert result.exit_code == 1
    assert f"There are no data for {year}: deadlines in it are provisional" in result.output


def test_help_names_the_plugins_that_give_commands(run, odd, monkeypatch):
    listed = run("--help").output.partition("Commands:")[2]
    assert "\n  china " in listed
    assert "\n  odd_commands " in listed

    monkeypatch.setenv("REGISTRY_PLUGIN_MODULES", "not_there")
    broken = run("--help")
    assert broken.exit_code == 0
    assert "\n  migrate " in broken.output


def test_a_plugin_that_is_not_enabled_offers_no_command(run, monkeypatch):
    monkeypatch.setenv("REGISTRY_PLUGINS", "token_auth")

    result = run("china", "calendar", "2026")

    assert result.exit_code == 2
    assert "No such command 'china'" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fail", "x"), "Plugin odd_commands: fail failed: ZeroDivisionError"),
        (("refuse", "x"), "x is no word"),
        (("nothing",), "Plugin odd_commands: nothing gave NoneType instead of text"),
    ],
)
def test_a_command_that_fails_is_named_and_disturbs_no_other(run, odd, words, said):
    result = run("odd_commands", *words)

    assert result.exit_code == 1
    assert said in result.output
    assert run("china", "calendar", "2026").exit_code == 0


def test_our_own_commands_load_no_plugin(run, monkeypatch):
    monkeypatch.setenv("REGISTRY_PLUGINS", "there_is_no_such_plugin")

    assert run("plugin", "new", "energy").exit_code == 0


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.requirement("CRI-03")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN,zh;q=0.9", ["现行认定标准", "逃避缴纳税款", "黑名单", "待核实"]),
        ("en", ["Criteria in force on", "black list", "STA order 54", "to be verified"]),
        ("fr", ["现行认定标准"]),
    ],
)
def test_everybody_reads_the_criteria_in_force(client, language, words):
    response = client.get("/x/rule_pages/rules", headers={"Accept-Language": language})

    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Content-Language"] == ("en" if language == "en" else "zh-CN")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    for word in words:
        assert word in response.text


def test_the_page_shows_every_criterion_in_force_and_no_other(bundled):
    from plugins.rule_pages import render

    rulebook: Rulebook = bundled.rulebook()
    shown = render(PageView(rulebook.document, DAY, "zh-CN"))

    assert shown.count("<li>") == len(rulebook.criteria(on=DAY))


def test_what_a_rule_says_is_escaped():
    from plugins.rule_pages import render

    bad = "<script>alert(1)</script>"
    version = {
        "valid_from": "2020-01-01",
        "valid_to": None,
        "status": "verified",
        "basis": [{"instrument": "a", "article": bad}],
        "term": {"max": bad},
    }
    sector = {"title": bad, "title_zh": bad, "instruments": [{"code": "a", "title": bad}],
              "criteria": [{"title": bad, "list_kind": "black", "versions": [version]}],
    }  # fmt: skip

    assert "<script>" not in render(PageView({"sectors": {"a": sector}}, DAY, "en"))


@pytest.mark.parametrize("path", ["/x/rule_pages/nothing", "/x/nobody/rules", "/x/china/calendar"])
def test_a_page_that_nobody_gives_is_not_there(client, path):
    assert client.get(path).status_code == 404


def test_a_page_is_made_once_for_a_rulebook_a_day_and_a_language():
    made: list[str] = []

    def render(view: PageView) -> str:
        made.append(view.language)
        return view.language

    pages = PluginPages({("one", "p"): Page("p", "P", render)})
    for digest, view in (("a", VIEW), ("a", VIEW), ("b", VIEW), ("b", PageView({}, DAY, "zh-CN"))):
        assert pages.html("one", "p", digest, view) == view.language

    assert made == ["en", "en", "zh-CN"]


def test_a_page_that_hangs_holds_up_itself_alone():
    go_on, began = threading.Event(), threading.Event()

    def hangs(view: PageView) -> str:
        began.set()
        assert go_on.wait(30)
        return "late"

    pages = PluginPages(
        {("one", "p"): Page("p", "P", hangs), ("two", "p"): Page("p", "P", lambda view: "there")}
    )
    reader = threading.Thread(target=pages.html, args=("one", "p", "d", VIEW))
    reader.start()
    assert began.wait(30)

    with pytest.raises(Unavailable, match="is being made"):
        pages.html("one", "p", "d", VIEW)
    assert pages.html("two", "p", "d", VIEW) == "there"
    go_on.set()
    reader.join(30)
    assert pages.html("one", "p", "d", VIEW) == "late"


@pytest.mark.parametrize("render", [lambda view: 1 // 0, lambda view: b"x", lambda view: None])
def test_a_page_that_fails_names_its_plugin(render):
    pages = PluginPages({("one", "p"): Page("p", "P", render)})

    for _ in range(2):  # and does not stay locked
        with pytest.raises(PluginError, match="Plugin one: page p"):
            pages.html("one", "p", "d", VIEW)
    with pytest.raises(NotFound):
        pages.html("one", "q", "d", VIEW)


def test_a_failing_page_answers_503_is_logged_and_counted(application):
    application.metrics = Metrics()
    flask = application.flask()
    served = flask.extensions["registry"]
    broken = {("odd", "p"): Page("p", "P", lambda view: 1 // 0)}
    served.pages.pages = broken

    with capture_logs() as lines:
        response = flask.test_client().get("/x/odd/p")

    assert (response.status_code, response.json["code"]) == (503, "plugin-error")
    assert "plugin failed on a page" in [line["event"] for line in lines]
    assert 'registry_plugin_failures_total{plugin="odd"} 1.0' in served.metrics.text().decode()
    assert logs.get() is not None
