"""The formats in which agencies send files: CSV, JSON Lines and workbooks, read row by row."""

from collections.abc import Iterable

from plugins.intake import delimited, json_lines, workbook
from registry.sdk import RecordAdapter, hookimpl


@hookimpl
def registry_record_adapters() -> Iterable[RecordAdapter]:
    """Give one adapter a format."""
    return (delimited.ADAPTER, json_lines.ADAPTER, workbook.ADAPTER)
