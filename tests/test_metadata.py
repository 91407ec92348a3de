"""What Home Assistant, HACS and people read about the component, and who may import whom."""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
import string
import tomllib
from typing import Any

from homeassistant.components import brands
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.translation import async_get_translations
from homeassistant.loader import async_get_integration
from homeassistant.util.yaml import load_yaml_dict
from PIL import Image
import pytest

from custom_components.elevenlabs_streaming.account.circuit_breaker import PASSING_ERRORS
from custom_components.elevenlabs_streaming.account.setting_kinds import STABILITIES
from custom_components.elevenlabs_streaming.account.settings import SETTINGS
from custom_components.elevenlabs_streaming.account.validation import refusal
from custom_components.elevenlabs_streaming.announcements import Priority
from custom_components.elevenlabs_streaming.api import REGIONS
from custom_components.elevenlabs_streaming.api.errors import (
    ConcurrencyLimitError,
    ElevenLabsError,
)
from custom_components.elevenlabs_streaming.chimes import CHIMES
from custom_components.elevenlabs_streaming.config_flow import ElevenLabsStreamingConfigFlow
from custom_components.elevenlabs_streaming.const import (
    CONF_ANNOUNCEMENT_VOICE,
    CONF_ASSISTANT_ANNOUNCES,
    CONF_DAILY_BUDGET,
    CONF_ENDPOINT,
    CONF_LATENCY,
    CONF_MONTHLY_BUDGET,
    CONF_QUIET_FROM,
    CONF_QUIET_PRIORITY,
    CONF_QUIET_TO,
    CONF_REPLACEMENTS,
    CONF_ROUTE,
    CONF_SPOKEN,
    CONF_STABILITY,
    CONF_TEXT_NORMALIZATION,
    CONF_WRITTEN,
    DOMAIN,
    LATENCIES,
    ROUTES,
    TEXT_NORMALIZATIONS,
)

ROOT = Path(__file__).parent.parent
COMPONENT = ROOT / "custom_components" / DOMAIN

URL = re.compile(r"((ftps?|https?|mqtts?|wss?)://|www\.)\S", re.IGNORECASE)
QUOTED_PLACEHOLDER = re.compile(r"'\{\w+\}'")
KEY = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
ICON = re.compile(r"mdi:[a-z0-9-]+")
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # \S+")


def read(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def manifest() -> Any:
    """Read the manifest."""
    return read(COMPONENT / "manifest.json")


@pytest.fixture(scope="module")
def english() -> Any:
    """Read the English texts."""
    return read(COMPONENT / "translations" / "en.json")


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Walk over all texts of a tree."""
    if isinstance(tree, str):
        yield path, tree
        return
    for key, value in tree.items():
        yield from leaves(value, (*path, key))


def placeholders(text: str) -> set[str]:
    """Return the names that a text leaves open."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def trees(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Read all Python files of a folder."""
    paths = sorted(folder.rglob("*.py"))
    assert paths
    for path in paths:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, tree: ast.Module) -> Iterator[str]:
    """Walk over the full names of what a file imports."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    """Whether an imported name belongs to a package."""
    return name == package or name.startswith(f"{package}.")


def error_kinds(kind: type[ElevenLabsError] = ElevenLabsError) -> Iterator[type[ElevenLabsError]]:
    """Walk over all errors of the wire."""
    yield kind
    for child in kind.__subclasses__():
        yield from error_kinds(child)


# Manifest and HACS


async def test_home_assistant_reads_the_manifest(hass: HomeAssistant, manifest: Any) -> None:
    integration = await async_get_integration(hass, DOMAIN)
    assert integration.manifest["version"] == manifest["version"]
    assert integration.config_flow
    assert integration.integration_type == "service"
    for name in manifest["dependencies"] + manifest["after_dependencies"]:
        assert (await async_get_integration(hass, name)).is_built_in


def test_the_manifest_says_what_is_so(manifest: Any) -> None:
    assert list(manifest) == ["domain", "name", *sorted(set(manifest) - {"domain", "name"})]
    assert manifest["domain"] == DOMAIN == COMPONENT.name
    assert manifest["name"] == "ElevenLabs Streaming"
    assert manifest["requirements"] == []
    assert manifest["iot_class"] == "cloud_push"
    assert manifest["documentation"].startswith("https://github.com/")
    assert manifest["issue_tracker"].startswith(manifest["documentation"])
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert manifest["loggers"] == [f"custom_components.{DOMAIN}"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["version"] == project["version"]


def test_every_integration_we_import_is_declared(manifest: Any) -> None:
    declared = {*manifest["dependencies"], *manifest["after_dependencies"]}
    prefix = "homeassistant.components."
    used = {
        name.removeprefix(prefix).split(".")[0]
        for path, tree in trees(COMPONENT)
        for name in imports(path, tree)
        if name.startswith(prefix)
    }
    # What is always there, and folders of entities whose platforms Home Assistant loads itself.
    always = {
        "binary_sensor",
        "diagnostics",
        "event",
        "llm",
        "media_player",
        "notify",
        "number",
        "repairs",
        "sensor",
        "switch",
        "system_health",
    }
    assert used - always <= declared


def test_hacs_is_told_the_least_version_that_is_tested() -> None:
    hacs = read(ROOT / "hacs.json")
    assert hacs == {"name": "ElevenLabs Streaming", "homeassistant": "2026.6.0"}
    tested = sorted(pinned_versions(), key=lambda v: [int(part) for part in v.split(".")])
    assert tested[0].rsplit(".", 1)[0] == hacs["homeassistant"].rsplit(".", 1)[0]


def test_the_license_is_there() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License")
    assert "The ElevenLabs Streaming authors" in text


# Texts


def test_texts_follow_home_assistants_rules(english: Any) -> None:
    for path, text in leaves(english):
        where = ".".join(path)
        assert text, where
        assert text == text.strip(), where
        assert cv.string_with_no_html(text) == text, where
        assert not URL.search(text), where
        assert not QUOTED_PLACEHOLDER.search(text), where
        assert "[%key" not in text, where
        assert all(name.isidentifier() for name in placeholders(text)), where
        assert all(KEY.fullmatch(key) for key in path), where


def test_the_top_of_the_texts_is_what_home_assistant_knows(english: Any) -> None:
    known = {
        "common", "conditions", "config", "config_subentries", "device", "entity", "exceptions",
        "issues", "options", "selector", "services", "system_health", "title", "triggers",
    }  # fmt: skip
    assert set(english) <= known


def test_every_field_is_named_and_explained(english: Any) -> None:
    access = {"api_key", "endpoint"}
    voice = {setting.name for setting in SETTINGS.values() if setting.in_form}
    expected = {
        "user": access,
        "voice": voice,
        "reauth_confirm": {"api_key"},
        "reconfigure": access,
    }
    steps = english["config"]["step"]
    assert {name: set(step["data"]) for name, step in steps.items()} == expected
    for step in steps.values():
        assert step["title"]
        assert step["description"]
        assert set(step["data_description"]) == set(step["data"])
    assert english["config_subentries"]["voice"]["step"] == {"voice": steps["voice"]}
    options = english["options"]["step"]["init"]
    about_money = {CONF_DAILY_BUDGET, CONF_MONTHLY_BUDGET}
    about_assistants = {CONF_ASSISTANT_ANNOUNCES, CONF_ANNOUNCEMENT_VOICE}
    about_quiet = {CONF_QUIET_FROM, CONF_QUIET_TO, CONF_QUIET_PRIORITY}
    about_all = {*about_money, CONF_REPLACEMENTS, *about_quiet, *about_assistants}
    assert set(options["data"]) == about_all
    assert set(options["data_description"]) == set(options["data"])
    sides = english["selector"][CONF_REPLACEMENTS]["fields"]
    assert list(sides) == [CONF_WRITTEN, CONF_SPOKEN]
    assert all(side["name"] and side["description"] for side in sides.values())


def test_placeholders_of_forms_are_given_by_the_flow(english: Any) -> None:
    given = {
        "user": {"keys_page"},
        "voice": set(),
        "reauth_confirm": {"keys_page", "name"},
        "reconfigure": {"keys_page"},
    }
    for name, step in english["config"]["step"].items():
        assert placeholders(step["description"]) == given[name]
    for path, text in leaves(english["config"]):
        assert path[-1] == "description" or not placeholders(text)
    for path, text in leaves(english["config_subentries"]):
        assert path[-1] == "description" or not placeholders(text)


def test_a_subentry_has_what_its_dialogs_need(english: Any) -> None:
    types = ElevenLabsStreamingConfigFlow.async_get_supported_subentry_types(None)  # type: ignore[arg-type]  # not looked at
    assert set(english["config_subentries"]) == set(types)
    for texts in english["config_subentries"].values():
        assert texts["entry_type"]
        assert set(texts["initiate_flow"]) == {"user", "reconfigure"}
        assert "reconfigure_successful" in texts["abort"]


CHIME_CAUSES = ("chime_not_found", "chime_unreadable", "chime_too_long", "chime_silent")


def test_the_form_of_an_announcement_target_has_its_texts(english: Any) -> None:
    texts = english["config_subentries"]["notifier"]
    ((name, step),) = texts["step"].items()
    assert name == "notifier"
    fields = {"name", "voice", "target", "chime", "volume", "priority", "time_to_live"}
    assert set(step["data"]) == set(step["data_description"]) == fields
    source = (COMPONENT / "account/notifier_form.py").read_text(encoding="utf-8")
    raised = re.findall(r'FormError\(\w+, "(\w+)"\)', source)
    assert {*raised, *CHIME_CAUSES} == set(texts["error"])
    assert set(texts["abort"]) == {"no_voices", "reconfigure_successful"}


def flow_keys() -> set[str]:
    """Return every message that the flow names, and those of the errors it passes on."""
    files = ("account/validation.py", "account/voice_form.py", "config_flow.py")
    source = "".join((COMPONENT / name).read_text(encoding="utf-8") for name in files)
    written = re.findall(r'FormError\(\w+, "(\w+)"\)', source)
    assert len(written) > 5
    passed = [
        refusal(kind(), endpoint).key for kind in error_kinds() for endpoint in ("global", "eu")
    ]
    return {*written, *passed}


def test_every_error_of_the_forms_has_a_text(english: Any) -> None:
    keys = flow_keys()
    config, voice = english["config"], english["config_subentries"]["voice"]
    assert keys == set(config["error"])
    about_access = {"invalid_endpoint", "wrong_account"}
    assert keys - about_access == set(voice["error"])
    opening = {refusal(kind(), where).key for kind in error_kinds() for where in ("global", "eu")}
    assert {*opening, "reconfigure_successful"} == set(voice["abort"])
    for texts in (voice["error"], voice["abort"]):
        assert all(config["error"].get(key, text) == text for key, text in texts.items())
    ends = {"already_configured", "reauth_successful", "reconfigure_successful"}
    assert set(config["abort"]) == ends


def test_every_cause_has_a_text_that_says_what_to_do(english: Any) -> None:
    raised = {
        **{one.kind.error: {"option", *one.kind.placeholders} for one in SETTINGS.values()},
        "text_too_long": {"limit"},
        "choose_engine": {"engines"},
        "no_such_engine": {"engine", "engines"},
        "notifier_voice_missing": {"name"},
        "fallback_not_found": {"engine"},
        "player_not_found": {"player"},
        "voice_ambiguous": {"voice", "voices"},
        "no_such_voice": {"voice"},
        "too_many_voices": {"limit"},
        "line_without_words": {"line"},
        **{cause: {"chime"} for cause in CHIME_CAUSES},
        "place_not_found": {"place"},
        "place_ambiguous": {"place"},
        "announced_too_often": {"limit"},
        "announcement_voice_missing": {"account"},
        "assistant_may_not_announce": {"account"},
        "invalid_tool_call": {"problem"},
    }
    causes = {kind.cause for kind in error_kinds()}
    texts = {key: value["message"] for key, value in english["exceptions"].items()}
    assert causes <= set(texts)
    assert set(raised) <= set(texts)
    for key, text in texts.items():
        assert placeholders(text) == raised.get(key, set()), key
    assert "key itself is still valid" in texts["quota_exceeded"]


def test_every_cause_of_an_issue_has_a_text(english: Any) -> None:
    issues = english["issues"]
    causes = {kind.cause for kind in error_kinds()}
    assert causes == {key.removeprefix("fallback_used_") for key in issues if "_used_" in key}
    lasting = {kind.cause for kind in error_kinds() if issubclass(kind, PASSING_ERRORS)}
    shown = {key.removeprefix("service_unreachable_") for key in issues if "_unreachable_" in key}
    assert shown == lasting - {ConcurrencyLimitError.cause}
    for key, issue in issues.items():
        if "_used_" in key:
            assert placeholders(issue["title"]) == {"fallback", "voice"}
            assert placeholders(issue["description"]) <= {"fallback", "voice", "limit"}
        if "_unreachable_" in key:
            assert placeholders(issue["description"]) == {"account"}


def test_every_repair_has_its_picture(english: Any) -> None:
    of_causes = ("fallback_used", "service_unreachable")
    kinds = {
        next((kind for kind in of_causes if key.startswith(kind)), key) for key in english["issues"]
    }
    pictures = {path.stem for path in (ROOT / "docs" / "repairs").glob("*.png")}
    assert pictures == kinds | {"all", "budgets", "integration", "voice"}


def test_every_failure_of_a_repair_has_a_text(english: Any) -> None:
    opening = {refusal(kind(), where).key for kind in error_kinds() for where in ("global", "eu")}
    issues = english["issues"]
    about_assistant = issues["assistant_voice"]["fix_flow"]
    assert set(about_assistant["abort"]) == {"assistant_changed"}
    flows = [issue["fix_flow"] for issue in issues.values() if "fix_flow" in issue]
    flows.remove(about_assistant)
    assert len(flows) == 4
    for flow in flows:
        assert {*opening, "voice_removed"} == set(flow["abort"])
        about_voice = {*opening, "voice_not_found", "invalid_voice_id"}
        expected = about_voice if "voice" in flow["step"] else {"model_not_found"}
        assert expected == set(flow["error"])


def test_what_the_tool_of_assistants_refuses_has_a_text(english: Any) -> None:
    files = ("llm.py", "announcements/named_players.py")
    source = "".join((COMPONENT / name).read_text(encoding="utf-8") for name in files)
    named = re.findall(r'(?:_refused|Error)\(\s*"(\w+)"', source)
    assert {"place_not_found", "announced_too_often", "only_asking_player"} <= set(named)
    assert set(named) <= set(english["exceptions"])


def test_every_exception_raised_has_a_text(english: Any) -> None:
    for path, tree in trees(COMPONENT):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if not name.endswith(("Error", "Failed", "NotReady")):
                continue
            for keyword in call.keywords:
                if keyword.arg == "translation_key" and isinstance(keyword.value, ast.Constant):
                    assert keyword.value.value in english["exceptions"], path


def test_every_choice_has_a_label(english: Any) -> None:
    chosen = english["selector"].items()
    labels = {key: list(value["options"]) for key, value in chosen if "options" in value}
    assert labels == {
        CONF_ENDPOINT: list(REGIONS),
        CONF_ROUTE: list(ROUTES),
        "use_speaker_boost": ["on", "off"],
        CONF_TEXT_NORMALIZATION: list(TEXT_NORMALIZATIONS),
        CONF_STABILITY: list(STABILITIES),
        CONF_LATENCY: list(LATENCIES),
        "priority": [priority.name.lower() for priority in Priority],
        "chime": list(CHIMES),
        CONF_QUIET_PRIORITY: ["high", "critical", "none"],
        "only_if": ["home", "occupied"],
        "repeat": ["until_acknowledged", "2", "3", "5"],
    }


def test_actions_are_named_explained_and_drawn(english: Any) -> None:
    described = load_yaml_dict(str(COMPONENT / "services.yaml"))
    texts, icons = english["services"], read(COMPONENT / "icons.json")["services"]
    assert set(described) == set(texts) == set(icons)
    for key, action in described.items():
        fields, sections = set[str](), set[str]()
        for name, one in ((action or {}).get("fields") or {}).items():
            inner = one.get("fields")
            sections |= {name} if inner else set()
            fields |= set(inner) if inner else {name}
        assert set(texts[key].get("fields", {})) == fields, key
        assert set(texts[key].get("sections", {})) == sections, key
        for named in (texts[key], *texts[key].get("fields", {}).values()):
            assert named["name"]
            assert named["description"]


@pytest.mark.parametrize("kind", ["trigger", "condition"])
def test_triggers_and_conditions_are_named_explained_and_drawn(english: Any, kind: str) -> None:
    described = load_yaml_dict(str(COMPONENT / f"{kind}s.yaml"))
    keys = [key for key in described if not key.startswith(".")]
    texts, icons = english[f"{kind}s"], read(COMPONENT / "icons.json")[f"{kind}s"]
    assert keys == list(texts) == list(icons)
    for key in keys:
        assert set(icons[key]) == {kind}
        assert set(texts[key]["fields"]) == set(described[key]["fields"])
        for named in (texts[key], *texts[key]["fields"].values()):
            assert named["name"]
            assert named["description"]


async def test_home_assistant_loads_the_texts(hass: HomeAssistant, english: Any) -> None:
    categories = "conditions", "config", "config_subentries", "exceptions", "selector", "triggers"
    for category in categories:
        loaded = await async_get_translations(hass, "en", category, {DOMAIN})
        expected = {
            f"component.{DOMAIN}.{category}.{'.'.join(path)}": text
            for path, text in leaves(english[category])
        }
        assert loaded == expected


# Pictures


def test_icons_are_material_design_icons() -> None:
    icons = read(COMPONENT / "icons.json")
    assert set(icons) <= {"conditions", "entity", "services", "triggers"}
    assert icons["entity"]
    names = [text for _, text in leaves(icons)]
    assert all(ICON.fullmatch(name) for name in names)


@pytest.mark.parametrize(
    ("name", "height"),
    [
        ("icon.png", 256),
        ("icon@2x.png", 512),
        ("logo.png", 256),
        ("logo@2x.png", 512),
        ("dark_logo.png", 256),
        ("dark_logo@2x.png", 512),
    ],
)
def test_brand_images_have_the_sizes_home_assistant_asks_for(name: str, height: int) -> None:
    path = COMPONENT / "brand" / name
    assert path.stat().st_size < 150_000
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.height == height
        assert image.mode == "RGBA"
        assert image.getbbox() == (0, 0, *image.size)
        assert image.getpixel((0, 0)) == (0, 0, 0, 0)
        if "icon" in name:
            assert image.width == height
        else:
            assert image.width > height


def test_every_brand_image_is_one_that_home_assistant_serves() -> None:
    images = {path.name for path in (COMPONENT / "brand").glob("*.png")}
    assert images <= brands.ALLOWED_IMAGES


# What runs on GitHub


def pinned_versions() -> list[str]:
    """Return the versions of Home Assistant that have pins."""
    paths = (ROOT / "requirements").glob("ha-*.txt")
    return sorted(path.stem.removeprefix("ha-") for path in paths)


def workflows() -> list[Path]:
    """Return the workflow files."""
    return sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_workflows_have_few_permissions_and_pinned_actions() -> None:
    assert [path.name for path in workflows()] == ["tests.yml", "validate.yml"]
    for path in workflows():
        text = path.read_text(encoding="utf-8")
        workflow = load_yaml_dict(str(path))
        assert workflow["permissions"] == {}
        assert workflow["concurrency"]["cancel-in-progress"] is True
        for job in workflow["jobs"].values():
            assert job["permissions"] == {"contents": "read"}
            assert job["timeout-minutes"]
        used = [line.strip() for line in text.splitlines() if "uses:" in line]
        assert used
        assert all(PINNED.match(line) for line in used)


def test_github_tests_every_version_that_has_pins() -> None:
    workflow = load_yaml_dict(str(ROOT / ".github/workflows/tests.yml"))
    assert sorted(workflow["jobs"]["tests"]["strategy"]["matrix"]["ha"]) == pinned_versions()


def test_ci_runs_what_developers_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "scripts/test" in script.read_text(encoding="utf-8")


def test_the_quality_scale_knows_only_real_states() -> None:
    rules = load_yaml_dict(str(COMPONENT / "quality_scale.yaml"))["rules"]
    assert len(rules) > 50
    for name, rule in rules.items():
        status = rule if isinstance(rule, str) else rule["status"]
        assert status in ("done", "todo", "exempt"), name
        if status == "exempt":
            assert rule["comment"], name
