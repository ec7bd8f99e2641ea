"""The page: whole in one file, quiet, in both languages, and safe whatever a name holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from retailops.onboarding.certificate import Basis, certify
from retailops.render.certificate import page
from retailops.render.topology import WIDTH, draw, fit

Make = Callable[[Mapping[str, Any]], Basis]
VOID = {"meta", "input", "br", "img", "link", "hr"}
HOSTILE = [
    "</script><script>alert(1)</script>",
    "{{ 7*7 }}{% for x in y %}",
    "\"'><img src=x onerror=alert(1)>",
    "<!-- <script> -->",
    "]]>&amp;&#60;\u2028",
    "杭州😀店" * 12,
    "$(touch /tmp/x)`id`",
]


class Page(HTMLParser):
    """Elements, attributes and text; every element closed in order, but those that HTML lets stand open at the end."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


def document_of(case: Mapping[str, Any], make: Make, **store: Any) -> dict[str, Any]:
    return certify(make({**case, "store": {**case["store"], **store}})).to_json()


@pytest.fixture(scope="module")
def document(case: Mapping[str, Any], make: Make) -> dict[str, Any]:
    return document_of(case, make)


@pytest.fixture(scope="module")
def html(document: dict[str, Any]) -> str:
    return page(document).decode()


def data(html: str) -> Any:
    return json.loads(html.split('<script type="application/json" id="certificate">')[1].split("</script>")[0])


def test_the_same_document_gives_the_same_bytes(document: dict[str, Any]) -> None:
    assert page(document) == page(json.loads(json.dumps(document)))


def test_the_page_carries_its_document(html: str, document: dict[str, Any]) -> None:
    assert data(html) == json.loads(json.dumps(document))
    assert html.endswith("</script>\n")


def test_elements_close_in_order_and_nothing_is_left_open_but_the_body(html: str) -> None:
    assert Page(html).open == ["html", "body"]


def test_nothing_is_fetched_and_nothing_runs(html: str) -> None:
    found = Page(html)
    assert [attributes for tag, attributes in found.elements if tag == "script"] == [
        {"type": "application/json", "id": "certificate"}
    ]
    loud = {"src", "href", "srcset", "action", "data", "poster", "xlink:href", "background"}
    assert [tag for tag, attributes in found.elements if loud & set(attributes)] == []
    assert [tag for tag, attributes in found.elements if any(name.startswith("on") for name in attributes)] == []
    assert not re.search(r"https?:|url\(|@import|//[a-z]", html.split("<style>")[1].split("</style>")[0])
    assert "default-src 'none'" in html


def test_both_languages_are_there(html: str) -> None:
    text = "".join(Page(html).text)
    for words in ("技术验收证书", "Certificate of Technical Acceptance", "杭州湖滨银泰店", "Hangzhou Hubin Intime"):
        assert words in text
    assert len(re.findall('class="zh"', html)) == len(re.findall('class="en"', html)) > 100


def test_every_check_stands_with_its_evidence_or_its_reason(html: str, document: dict[str, Any]) -> None:
    text = "".join(Page(html).text)
    for gate in document["gates"]:
        for check in gate["checks"]:
            assert check["title"]["en"] in text
            if check["evidence"]:
                assert check["evidence"]["hash"][:12] in text
    for line in document["standsIn"]:
        assert line in text
    assert "812 ms" in text


def test_the_zone_matrix_shows_what_was_tried(html: str, document: dict[str, Any]) -> None:
    table = html.split('<table class="matrix">')[1].split("</table>")[0]
    cells = document["matrix"]["cells"]
    assert len(re.findall('class="may"', table)) == sum(bool(cell["open"]) for cell in cells) == 6
    assert len(re.findall('class="shut"', table)) == sum(not cell["open"] for cell in cells)
    assert "tcp/443, tcp/8080" in html


def test_a_simulated_one_says_so_and_calls_itself_no_certificate(case: Mapping[str, Any], make: Make) -> None:
    html = page(certify(make({**case, "world": "SIMULATED"})).to_json()).decode()
    assert '<body class="world-simulated">' in html
    assert "".join(Page(html).text).count("SIMULATED") >= 2
    assert "技术验收演练" in html
    assert '<span lang="zh-CN">技术验收证书' not in html


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_carried_as_data(name: str, document: dict[str, Any]) -> None:
    store = {**document["store"], "name": {"zh": name, "en": name + "!"}}
    chain = {"id": "lanxing", "name": {"zh": name, "en": name}}
    html = page({**document, "store": store, "chain": chain, "standsIn": [name]}).decode()
    found = Page(html)
    assert found.open == ["html", "body"]
    assert data(html)["store"]["name"] == store["name"]
    assert [tag for tag, _ in found.elements].count("script") == 1
    assert "img" not in [tag for tag, _ in found.elements]
    assert name in "".join(found.text)


def test_a_big_store_is_drawn_on_its_sheet(case: Mapping[str, Any], make: Make) -> None:
    lines = [
        {"id": n, "kind": k, "carrier": "tianyi", "plane": p}
        for n, k, p in zip("abc", ("fibre", "cable", "lte"), "ABC", strict=True)
    ]
    tills = [
        {"id": f"pos{n}", "kind": "pos", "zone": "pos", "mac": f"02:00:5e:00:02:{n:02x}", "slot": 9 + n}
        for n in range(1, 8)
    ]
    big = {**case, "format": {**case["format"], "gateways": 2, "servers": 3, "agents": 4}}
    from retailops.render.certificate import _texts

    document = document_of(big, make, uplinks=lines, devices=tills)
    drawing = draw(document, _texts())
    for shape in drawing.shapes:
        assert 0 <= shape.x <= shape.x + shape.width <= WIDTH, shape
        assert 0 <= shape.y <= shape.y + shape.height <= drawing.height, shape
    chips = [shape for shape in drawing.shapes if shape.kind in ("node", "device")]
    assert len(chips) == 7 + 7
    assert len({(shape.x, shape.y) for shape in chips}) == len(chips)
    assert [link.kind for link in drawing.links].count("line") == 3, "each line goes to the gateway that owns its plane"


def test_names_are_cut_by_the_columns_they_take() -> None:
    assert fit("hub1", 10) == "hub1"
    assert fit("杭州湖滨银泰店", 14) == "杭州湖滨银泰店"
    assert fit("杭州湖滨银泰店", 9) == "杭州湖…"
