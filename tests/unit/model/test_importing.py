"""Tables of stores: every fault by row and column, nothing half-taken."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from retailops.errors import FleetError
from retailops.model import load_fleet
from retailops.model.importing import Imported, import_table
from retailops.model.mapping import load_mapping
from retailops.model.swap import add_files
from retailops.model.table import read_table
from retailops.model.writing import store_text

MAPPING = """
apiVersion: retailops/v1
kind: Import
columns:
  门店编号: id
  店名: name.zh
  英文名: name.en
  区域: region
  店型: format
  开业日: opens
  线路1: uplinks[0].carrier
  线路2: uplinks[1].carrier
  ERP: externalIds.erp
values:
  region: {华东: east}
  format: {社区店: compact, 旗舰店: flagship}
defaults:
  timezone: Asia/Shanghai
  hours: daily 08:00-22:00; sat,sun 22:00-23:00
  uplinks[0].id: a
  uplinks[0].kind: fibre
  uplinks[0].plane: A
  uplinks[1].id: b
  uplinks[1].kind: cable
  uplinks[1].plane: B
"""
HEADER = "门店编号,店名,英文名,区域,店型,开业日,线路1,线路2,ERP\n"
GOOD = "nb0001,宁波天一店,Tianyi,华东,社区店,2027-03-01,tianyi,shixun,S9\n"
TODAY = date(2026, 11, 22)


def imported(chain: Path, text: str, mapping: str = MAPPING) -> Imported:
    table, map_file = chain / "t.csv", chain / "m.yaml"
    table.write_text(text, "utf-8")
    map_file.write_text(mapping, "utf-8")
    return import_table(load_fleet(chain), load_mapping(map_file), read_table(table), "t.csv", TODAY)


def test_rows_become_stores_with_indices(chain: Path) -> None:
    done = imported(chain, HEADER + GOOD + GOOD.replace("nb0001", "nb0002"))
    assert not done.problems
    assert [(path, document["index"]) for path, document in done.new.items()] == [
        ("stores/east/nb0001.yaml", 0),
        ("stores/east/nb0002.yaml", 2),
    ]
    assert done.new["stores/east/nb0001.yaml"] == {
        "apiVersion": "retailops/v1",
        "kind": "Store",
        "id": "nb0001",
        "name": {"zh": "宁波天一店", "en": "Tianyi"},
        "region": "east",
        "index": 0,
        "generation": 1,
        "format": "compact",
        "timezone": "Asia/Shanghai",
        "hours": ["daily 08:00-22:00", "sat,sun 22:00-23:00"],
        "opens": date(2027, 3, 1),
        "uplinks": [
            {"id": "a", "kind": "fibre", "carrier": "tianyi", "plane": "A"},
            {"id": "b", "kind": "cable", "carrier": "shixun", "plane": "B"},
        ],
        "externalIds": {"erp": "S9"},
    }


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (
            GOOD.replace("nb0001", "../x"),
            ["t.csv:2:1: column 门店编号: id: '../x' is no id: small letters, digits and"],
        ),
        (GOOD.replace("华东", "华西"), ["t.csv:2:4: column 区域: region: '华西' is no id"]),
        (GOOD.replace("华东", "eest"), ["t.csv:2:4: column 区域: region: no region eest in fleet.yaml"]),
        (GOOD.replace("2027-03-01", "1 March"), ["t.csv:2:6: column 开业日: opens: '1 March' is no date"]),
        (GOOD.replace("shixun", ""), ["t.csv:2:1: uplinks: 1 of the 2 that format compact asks for"]),
        (GOOD.replace("shixun", "shixn"), ["t.csv:2:8: column 线路2: uplinks[1].carrier: no carrier shixn"]),
        (GOOD.replace("宁波天一店", ""), ["t.csv:2:1: name: lacks zh"]),
        (GOOD + GOOD, ["t.csv:3:1: column 门店编号: id: nb0001 stands in row 2 too"]),
        (
            GOOD.replace("华东", "x").replace("社区店", "y").replace("nb0001", "NB"),
            [
                "t.csv:2:1: ",
                "t.csv:2:4: column 区域: region: no region x",
                "t.csv:2:5: column 店型: format: no format y",
            ],
        ),
    ],
)
def test_faults_name_row_and_column(chain: Path, row: str, faults: list[str]) -> None:
    done = imported(chain, HEADER + row)
    shown = [str(problem) for problem in sorted(done.problems)]
    assert len(shown) == len(faults), shown
    assert all(line.startswith(fault) for line, fault in zip(shown, faults, strict=True)), shown


def test_an_index_that_is_taken_is_refused(chain: Path) -> None:
    mapping = MAPPING.replace("columns:\n", "columns:\n  序号: index\n")
    done = imported(chain, HEADER.replace("门店", "序号,门店", 1) + "1," + GOOD, mapping)
    assert [str(problem) for problem in done.problems] == [
        "t.csv:2:1: column 序号: index: 1 is the index of hz0001 too"
    ]


def test_a_store_that_is_there_is_unchanged_or_refused(chain: Path) -> None:
    first = imported(chain, HEADER + GOOD)
    add_files(chain, {path: store_text(document) for path, document in first.new.items()})
    again = imported(chain, HEADER + GOOD)
    assert (again.new, again.unchanged, again.problems) == ({}, ["nb0001"], [])
    other = imported(chain, HEADER + GOOD.replace("Tianyi", "Drum Tower").replace("shixun", "yidong"))
    assert [str(problem) for problem in other.problems] == [
        "t.csv:2:1: column 门店编号: id: nb0001 is there already and differs in name, uplinks; an import only adds"
    ]


def test_fields_that_the_table_does_not_have_are_left_as_they_are(chain: Path) -> None:
    mapping = MAPPING.split("defaults:")[0].replace("  线路1: uplinks[0].carrier\n  线路2: uplinks[1].carrier\n", "")
    row = "hz0001,杭州文三路店,Hangzhou Wensan Road,华东,社区店,2026-12-01,,,S000001\n"
    assert imported(chain, HEADER + row, mapping).unchanged == ["hz0001"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("店名: name.zh", "店名: nmae.zh", "'nmae.zh' is no field of a store; did you mean name.zh?"),
        ("店名: name.zh", "店名: uplinks[0]", "is no field of a store"),
        ("店名: name.zh", "店名: uplinks.carrier", "is no field of a store"),
        ("店名: name.zh", "店名: format.x", "is no field of a store"),
        ("店名: name.zh", "店名: apiVersion", "is no field of a store"),
        ("店名: name.zh", "店名: name", "columns: name is named whole and by language"),
        ("店名: name.zh", "店名: region", "region comes from more than one column"),
        ("kind: Import", "kind: Store", "is none of Import"),
        ("values:", "valeus:", "unknown key 'valeus'; did you mean values?"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(chain: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(FleetError) as caught:
        imported(chain, HEADER + GOOD, MAPPING.replace(old, new))
    assert fault in str(caught.value.details)
    assert all(problem.line for problem in caught.value.problems)


def test_a_column_that_is_not_there(chain: Path) -> None:
    done = imported(chain, HEADER.replace("英文名", "英文") + GOOD)
    assert [str(problem) for problem in done.problems] == ["t.csv:1:1: no column '英文名'; did you mean 英文?"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xd0\xc5", "is no utf-8-sig text"),
        (b'a,b\n"x', "unexpected end of data"),
        (b"a,a\n1,2\n", "column 'a' for the second time"),
        (b"a\n1,2\n", "a cell under no header"),
        (b"a\n" + b"x" * 5000, "5,000 characters"),
    ],
)
def test_a_broken_table(tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    with pytest.raises(FleetError) as caught:
        read_table(file)
    assert fault in f"{caught.value.message} {caught.value.details}"


def test_rows_count_lines_even_where_a_cell_has_two(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('a,b\n"x\ny",1\n\nz,2\n', "utf-8", newline="")
    assert [(row.number, row.cells) for row in read_table(file).rows] == [
        (2, {"a": "x\ny", "b": "1"}),
        (5, {"a": "z", "b": "2"}),
    ]


def test_gb18030_by_the_mapping(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes("店名\n天一店\n".encode("gb18030"))
    assert read_table(file, encoding="gb18030").rows[0].cells == {"店名": "天一店"}
    with pytest.raises(FleetError, match="no encoding 'x'"):
        read_table(file, encoding="x")


def test_xlsx_cells_become_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["a", "b", "c", "d", "e"])
    sheet.append([datetime(2027, 3, 1), 7, 7.0, True, None])
    book.create_sheet("门店").append(["x"])
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, {"a": "2027-03-01", "b": "7", "c": "7", "d": "true"})
    ]
    assert read_table(tmp_path / "t.xlsx", sheet="门店").columns == {"x": 1}
    with pytest.raises(FleetError, match="no sheet 'y'"):
        read_table(tmp_path / "t.xlsx", sheet="y")


def test_what_is_no_xlsx(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(FleetError, match="no XLSX file"):
        read_table(tmp_path / "t.xlsx")
    (tmp_path / "t.ods").write_bytes(b"")
    with pytest.raises(FleetError, match=r"neither \.csv nor \.xlsx"):
        read_table(tmp_path / "t.ods")
