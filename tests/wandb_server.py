"""A W&B server on the loopback interface: the part of its GraphQL interface that reads runs, as its client asks it."""

import base64
import http.server
import json
import re
from contextlib import contextmanager

from tests.loopback import serving

KEY = "s3cr3tV4lue" * 4  # as long as a key is
RUNS_A_PAGE = 2  # at most, whatever is asked for


def a_run(name, rows, *, state="finished", config=None, **more):
    """One run as the server keeps it: its fields, and its history by step."""
    history = [{"_step": step, "_timestamp": 1.7e9 + step, "_runtime": step, **row} for step, row in rows]
    config = {key: {"value": value, "desc": None} for key, value in (config or {}).items()}
    keys = sorted({key for row in history for key in row})
    return {
        "id": f"id-{name}",
        "name": name,
        "displayName": f"nice {name}",
        "state": state,
        "tags": ["t"],
        "group": None,
        "jobType": None,
        "sweepName": None,
        "commit": "abc",
        "createdAt": "2026-11-25T00:00:00Z",
        "heartbeatAt": "2026-11-25T01:00:00Z",
        "config": json.dumps({**config, "_wandb": {"value": {"version": "0.31.0"}}}),
        "summaryMetrics": json.dumps({**(history[-1] if history else {}), "_wandb": {"runtime": 3}}),
        "historyLineCount": len(history),
        "historyKeys": {"lastStep": history[-1]["_step"] if history else -1, "keys": {key: {} for key in keys}},
        "history": history,
        **more,
    }


class Api(http.server.BaseHTTPRequestHandler):
    """Answers one project; keeps what it was asked."""

    runs, asked = (), None

    def do_POST(self):
        if self.path != "/graphql":  # the client also tells how it is used
            self.rfile.read(int(self.headers["Content-Length"]))
            return self.reply({}, 404)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode()
        if self.headers.get("Authorization") != key:
            return self.reply({"errors": [{"message": f"not {self.headers.get('Authorization')}"}]}, 401)
        name = re.search(r"query\s+(\w+)", body["query"])[1]
        self.asked.append((name, body.get("variables") or {}))
        return self.reply({"data": self.answer(name, body.get("variables") or {})})

    def answer(self, query, variables):
        if "project" not in variables:  # the client asks who it is
            return {"viewer": {"id": "me", "username": "me", "entity": "team", "email": "", "flags": "{}"}}
        if (variables.get("entity"), variables.get("project")) != ("team", "digits"):
            return {"project": None}
        if query == "Runs":
            return {"project": {"runs": self.page(variables)}}
        wanted = {variables.get(key) for key in ("run", "runName", "name")}
        run = next((run for run in self.runs if run["name"] in wanted), None)
        if query == "RunParquetHistory":  # what the client's own scan begins with: nothing was exported yet
            return {"project": {"run": {"parquetHistory": {"parquetUrls": [], "liveData": run["history"]}}}}
        if query == "RunHistoryKeys":
            return {"project": {"run": {"historyKeys": run["historyKeys"]}}}
        if run is None or query != "HistoryPage":
            return {"project": {"run": None}}
        rows = [row for row in run["history"] if variables["minStep"] <= row["_step"] < variables["maxStep"]]
        if len(rows) > variables["pageSize"]:  # a sample, as the real one gives
            rows = rows[:: -(-len(rows) // variables["pageSize"])]
        return {"project": {"run": {"history": [json.dumps(row) for row in rows]}}}

    def page(self, variables):
        wanted = json.loads(variables.get("filters") or "{}").get("$and", [])
        runs = [run for run in self.runs if all(self.has(run, clause) for clause in wanted)]
        start = int(variables.get("cursor") or 0)
        end = start + min(RUNS_A_PAGE, variables["perPage"])
        nodes = [{key: value for key, value in run.items() if key != "history"} for run in runs[start:end]]
        more = {"endCursor": str(end), "hasNextPage": end < len(runs)}
        return {"edges": [{"node": node, "cursor": str(end)} for node in nodes], "pageInfo": more}

    @staticmethod
    def has(run, clause):
        (key, value), *_ = clause.items()
        section, _, name = key.partition(".")
        return (json.loads(run[section]).get(name, {}).get("value") if name else run[section]) == value

    def reply(self, document, status=200):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def wandb_server(runs):
    """Serve runs as the project ``team/digits``; yields the environment that reaches it, and the handler's class."""
    handler = type("Handler", (Api,), {"runs": runs, "asked": []})
    with serving(handler) as server:
        yield {"WANDB_BASE_URL": f"http://127.0.0.1:{server.server_port}", "WANDB_API_KEY": KEY}, handler
