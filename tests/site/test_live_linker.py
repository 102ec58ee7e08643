"""The linker joins what it promises to join, refuses the rest, and nothing in the data can break out of the page."""

import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from lab_utils.web import LinkError, LiveFigure, encode, figure_html, link
from tests.js.reference import TARGET, reference
from tests.site.live_support import opened


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / "main.js"


def test_dependencies_come_first_and_once(tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main='import { a } from "./a.js";\nimport {\n  b,\n} from "./b.js";\n'
        "export function mount() { return a() + b(); }\n",
        a='import { b } from "./b.js";\nexport function a() { return b(); }\n',
        b="/** @type {number} */\nexport const one = 1;\nexport function b() { return one; }\n",
    )
    script = link(entry)
    assert script.count("function b()") == 1
    assert script.index("function b()") < script.index("function a()") < script.index("function mount()")
    assert "import" not in script
    assert "export" not in script


@pytest.mark.parametrize(
    ("main", "message"),
    [
        ('import a from "./a.js";\n', "only `import { a, b }"),
        ('import * as a from "./a.js";\n', "only `import { a, b }"),
        ('import { a as b } from "./a.js";\n', "an import keeps its name"),
        ('import { a } from "lodash";\n', "only `import { a, b }"),
        ('import { a } from "https://example.org/a.js";\n', "only `import { a, b }"),
        ('import { nothing } from "./a.js";\n', "imports `nothing`, which .*/a.js does not export"),
        ('import { hidden } from "./a.js";\n', "imports `hidden`, which .*/a.js does not export"),
        ('import { a } from "./missing.js";\n', "no such module: .*missing.js, imported by .*/main.js"),
        ('const later = import("./a.js");\n', "a dynamic import"),
        ("export default function mount() {}\n", "write `export` in front"),
        ("function mount() {}\nexport { mount };\n", "write `export` in front"),
        ('import { a } from "./a.js";\nfunction hidden() {}\n', "main.js and .*/a.js both declare `hidden`"),
        ('import { a } from "./a.js";\nconst a = 1;\n', "both declare `a`"),
        ("const { x, y } = window;\n", "takes one name, not a pattern"),
        ('const end = "</script>";\n', "would end or disturb the inline script"),
        (
            'import { c } from "./circle.js";\nexport const d = 1;\n',
            "circular import: .*/main.js -> .*/circle.js -> .*/main.js",
        ),
    ],
)
def test_what_cannot_be_linked_is_refused(tmp_path: Path, main: str, message: str) -> None:
    entry = write(
        tmp_path,
        main=main,
        a="export function a() {}\nfunction hidden() {}\n",
        circle='import { d } from "./main.js";\nexport const c = 1;\n',
    )
    with pytest.raises(LinkError, match=message):
        link(entry)


def test_modules_of_one_name_in_two_folders_are_two_modules(tmp_path: Path) -> None:
    for folder, text in (
        ("figure", 'import { shared } from "../shared/model.js";\nexport const own = shared;\n'),
        ("shared", "export const shared = 1;\n"),
        ("clash", "export const own = 2;\nexport const shared = 3;\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.js").write_text(text, encoding="utf-8")
    assert link(tmp_path / "figure" / "model.js") == "const shared = 1;\nconst own = shared;\n"
    with pytest.raises(LinkError, match=r"clash/model.js and shared/model.js both declare `shared`"):
        link(tmp_path / "shared" / "model.js", tmp_path / "clash" / "model.js")


def test_a_figure_may_not_declare_a_name_of_boot(tmp_path: Path) -> None:
    entry = write(tmp_path, main="function revive() {}\nexport function mount() {}\n")
    with pytest.raises(LinkError, match=r"web/boot.js and .*/main.js both declare `revive`"):
        figure_html(entry, label="a")


def test_the_text_is_the_same_every_time(tmp_path: Path) -> None:
    entry = write(tmp_path, main="export function mount() {}\n")
    data = {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}
    assert figure_html(entry, data, label="a") == figure_html(entry, data, label="a")


def test_arrays_keep_dtype_and_shape_and_others_are_refused() -> None:
    half = encode(np.ones((2, 3), dtype=np.float16))
    assert (half["$array"], half["shape"]) == ("float16", [2, 3])
    assert encode({"a": [np.float64(0.5), np.zeros(1)]})["a"][1]["$array"] == "float32"
    with pytest.raises(TypeError, match="got complex128"):
        encode(np.ones(2, dtype=complex))


def test_data_cannot_end_its_script_and_labels_are_text(browser: Browser, tmp_path: Path) -> None:
    entry = write(
        tmp_path,
        main="export function mount(root, data) { root.append(data.text + data.w.data.join(' ')); }\n",
    )
    hostile = "</script><script>document.title = 'broken'</script><!--<script>"
    data = {"text": hostile, "w": np.array([1, -2], dtype=np.int8)}
    figure = LiveFigure(entry, data, label='a "quoted" <label>', caption="1 < 2 & so on")
    with opened(browser, tmp_path, figure.page("Hostile data")) as page:
        expect(page.locator(".lab-live-body")).to_contain_text(hostile + "1 -2")
        expect(page.locator("figcaption")).to_have_text("1 < 2 & so on")
        expect(page.locator("figure")).to_have_attribute("aria-label", 'a "quoted" <label>')
        assert page.title() == "Hostile data"


def test_a_figure_that_cannot_start_says_so(browser: Browser, tmp_path: Path) -> None:
    entry = write(tmp_path, main='export function mount() { throw new Error("no canvas here"); }\n')
    path = tmp_path / "broken.html"
    path.write_text(LiveFigure(entry, {}, label="Broken").page(), encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(path.as_uri())
        expect(page.locator(".lab-error")).to_have_text("This figure could not start: no canvas here")


def test_jupyter_gets_html_and_a_terminal_gets_a_name(tmp_path: Path) -> None:
    figure = LiveFigure(write(tmp_path, main="export function mount() {}\n"), {}, label="Small")
    bundle = figure._repr_mimebundle_()
    assert bundle["text/html"] == figure._repr_html_()
    assert bundle["text/plain"] == "LiveFigure('Small')"
    assert "onclick" not in bundle["text/html"]


def test_reference_numbers_are_torch_s_own() -> None:
    """The numbers that node's tests compare with are what this torch answers now."""
    kept, now = json.loads(TARGET.read_text(encoding="utf-8")), reference()
    assert kept["arithmetic"] == now["arithmetic"]
    for old, new in zip(kept["networks"], now["networks"], strict=True):
        assert old["name"] == new["name"]
        assert old["output"]["data"] == pytest.approx(new["output"]["data"], abs=1e-5)
