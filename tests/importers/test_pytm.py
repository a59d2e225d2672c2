"""pytm models in three dialects become the same rows; a source is read and never run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from piaskit.errors import InvalidData
from piaskit.importers.pytm import read_register, recognise
from piaskit.importers.register import Register

READ = {
    "name": "Shop",
    "boundaries": [{"name": "Internet"}, {"name": "Cloud"}],
    "data": [
        {"name": "E-mail", "classification": "SENSITIVE", "isPII": True},
        {"name": "Session token", "isCredentials": True},
    ],
    "elements": [
        {"__class__": "Actor", "name": "Customer", "inBoundary": "Internet"},
        {
            "__class__": "Server",
            "name": "Web",
            "inBoundary": "Cloud",
            "controls": {"usesMFA": True},
        },
        {"__class__": "Datastore", "name": "DB", "type": "SQL", "inBoundary": "Cellar"},
        {"__class__": "ExternalEntity", "name": "Acquirer"},
    ],
    "flows": [
        {"name": "Log in", "source": "Customer", "sink": "Web", "data": ["E-mail"]},
        {"name": "Save", "source": "Web", "sink": "DB", "tlsVersion": "TLSv12"},
        {"name": "Settle", "source": "Web", "sink": "Acquirer", "data": ["Card"]},
        {"name": "Lost", "source": "Web", "sink": "Ghost", "protocol": "HTTP"},
    ],
}
SOURCE = """
from pytm import *
import os

tm = TM("Shop")
internet, cloud = Boundary("Internet"), Boundary("Cloud")
mail = Data("E-mail", isPII=True, classification=Classification.SENSITIVE)
token = Data("Session token")
token.isCredentials = True
customer = Actor("Customer", inBoundary=internet)
web = Server("Web")
web.inBoundary = cloud
web.controls.usesMFA = True
db = Datastore("DB", type=DatastoreType.SQL)
acquirer = ExternalEntity("Acquirer")
login = Dataflow(customer, web, "Log" + " in")
login.data = [mail]
Dataflow(web, db, f"Save", tlsVersion=TLSVersion.TLSv12)
settle = Dataflow(web, acquirer, name="Settle", data=DataSet([token]))
web.OS = os.environ["OS"]
os.system("touch {mark}")
for n in range(3):
    Server(f"worker {n}")
if __name__ == "__main__":
    tm.process()
"""


def read(folder: Path, content: Any, name: str = "model.json") -> Register:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    assert recognise(path)
    return read_register([path])


@pytest.fixture
def shop(tmp_path: Path) -> Register:
    return read(tmp_path, READ)


def test_elements_data_and_flows_become_rows_by_their_names(shop: Register) -> None:
    tables = shop.tables
    flows = {id: (row["stage"], row.get("transport")) for id, row in tables["flows"].items()}

    assert list(tables["systems"]) == ["web", "db"]
    assert tables["systems"]["db"]["kind"] == "database"
    assert [row["role"] for row in tables["parties"].values()] == ["subject", "counterparty"]
    assert [row["category"] for row in tables["items"].values()] == [
        "contact.email",
        "secret.token",
    ]
    assert flows == {
        "log-in": ("collect", None),
        "save": ("store", "tls1.2"),
        "settle": ("provide", None),
        "lost": ("transmit", "plain"),
    }
    assert tables["flows"]["log-in"]["items"] == "shop-e-mail"
    assert [
        (row["title"], row["control"], row["scope"]) for row in tables["safeguards"].values()
    ] == [("uses MFA", "account.mfa", "systems/web")]


def test_what_points_nowhere_is_told(shop: Register) -> None:
    assert shop.contradictions == [
        "flow settle: carries Card, which the model does not hold",
        "flow lost: its target Ghost is no element of the model",
        "element DB: stands in the boundary Cellar, which the model does not hold",
    ]
    assert "items/shop-e-mail: classification = SENSITIVE" in shop.kept_as_text
    assert "trust boundary Cloud: around = Web" in shop.kept_as_text


def test_what_pytm_writes_repeats_elements_and_prints_its_enums(tmp_path: Path) -> None:
    server = {"__class__": "Server", "name": "Web", "inBoundary": None, "OS": "", "port": -1}
    server |= {"controls": {"isHardened": False, "authenticationScheme": ""}, "onAWS": False}
    finding = {"threat_id": "INP01", "description": "Overflow", "severity": "High"}
    finding |= {"target": "Web", "response": "", "cvss": "9.8", "likelihood": "Medium"}
    user = {"__class__": "Actor", "name": "User", "minTLSVersion": "TLSVersion.NONE"}
    flow = {"name": "Ask", "source": "User", "sink": "Web", "data": [], "srcPort": -1}
    flow |= {"tlsVersion": "TLSVersion.TLSv13", "isResponse": False, "responseTo": None}
    data = {"name": "Cookie", "classification": "Classification.PUBLIC", "carriedBy": ["Ask"]}
    written = {
        "name": "Shop",
        "actors": [user],
        "assets": [server | {"findings": [finding]}],
        "boundaries": [],
        "data": [data],
        "elements": [user, server],
        "findings": [finding, finding | {"target": "Gone"}],
        "flows": [flow],
        "onDuplicates": "Action.NO_ACTION",
    }
    register = read(tmp_path, written)

    assert tuple(list(register.tables[t]) for t in ("systems", "parties")) == (["web"], ["user"])
    assert register.tables["flows"]["ask"]["transport"] == "tls1.3"
    assert [row["problem"] for row in register.tables["judgements"].values()] == [
        "Web: INP01: Overflow",
        "Gone: INP01: Overflow",
    ]
    assert (
        (register.tables["judgements"]["finding-inp01-web"]["reason"])
        == "threat_id: INP01; severity: High; likelihood: Medium; cvss: 9.8"
    )
    assert register.contradictions == [
        "data Cookie: says it is carried by Ask, and that flow does not carry it",
        "finding INP01: concerns Gone, which the model does not hold",
    ]
    assert "safeguards" not in register.tables
    assert "items/shop-cookie: classification = Classification.PUBLIC" in register.kept_as_text


def test_a_source_gives_what_its_json_gives_and_is_not_run(tmp_path: Path, shop: Register) -> None:
    mark = tmp_path / "ran"
    register = read(tmp_path, SOURCE.replace("{mark}", str(mark)), "model.py")
    known = {"log-in", "save", "settle"}

    assert not mark.exists()
    for table in ("activities", "parties", "systems", "items", "safeguards"):
        assert shop.tables[table] == register.tables[table], table
    assert known == set(register.tables["flows"])
    assert register.tables["flows"]["save"] == shop.tables["flows"]["save"]
    assert register.tables["flows"]["settle"]["items"] == "shop-session-token"
    assert [line for line in register.missing if line.startswith("model.py")] == [
        "model.py: row 20: the value of OS is computed and not read",
        "model.py: row 22: what a loop, branch or function says is not read, for nothing is run",
    ]


def test_modules_and_other_names_of_classes_are_followed(tmp_path: Path) -> None:
    text = "import pytm as p\nfrom pytm.actor import Actor as Who\n"
    text += "m = p.TM(name='M')\na = Who('User')\nb: p.Server = p.Server('S')\n"
    register = read(tmp_path, text + "p.Dataflow(a, b, 'Ask')\nServer('not of pytm')\n", "m")

    assert list(register.tables["systems"]) == ["s"]
    assert tuple(register.tables["flows"]["ask"][e] for e in ("source", "target")) == ("user", "s")


def test_functions_are_followed_where_they_are_called_plainly(tmp_path: Path) -> None:
    text = """
try:
    from pytm import TM, Server, Dataflow
except ImportError:
    raise SystemExit
def build():
    global tm
    tm = TM("M")
    web, db = Server("Web"), Server("DB")
    Dataflow(web, db, "Ask")
def more(n):
    Server(f"worker {n}")
if __name__ == "__main__":
    build()
    more(3)
    for flow in tm.flows:
        flow.isEncrypted = True
"""
    register = read(tmp_path, text, "m.py")

    assert list(register.tables["systems"]) == ["web", "db"]
    assert list(register.tables["flows"]) == ["ask"]
    told = [line.split(": what")[0] for line in register.missing if line.startswith("m.py")]
    assert told == ["m.py: row 16", "m.py: row 11"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.py", "from pytm import TM\nTM(", "x.py row 2: is no Python: '(' was never closed"),
        ("x.py", "import pytm\n", "x.py, name: is not as pytm reads or writes it, expected the"),
        ("x.py", "import pytm\nx = " + "-" * 90_000 + "1", "x.py"),
        ("x.py", "import pytm\nx = " + "'a'+" * 5_000 + "'a'", "x.py"),
        ("x.json", '{"name": "a", "elements": [1], "flows": []}', "x.json, elements.0: is not as"),
        ("x.json", '{"name": "a", "elements": [{}], "flows": []}', "x.json, elements.0.name: is"),
        ("x.json", '{"name": "a", "flows": []}', "x.json, elements: is not as pytm reads"),
    ],
    ids=["python", "empty", "signs", "sum", "element", "name", "none"],
)
def test_a_malformed_model_is_refused_at_its_place(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InvalidData) as caught:
        read_register([path])

    assert str(caught.value).startswith(told)
