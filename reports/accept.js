// Accepting a failure ------------------------------------------------------------------------------------------------

let accepted = { runs: [], check: "" };

// TOML's basic strings are JSON's, but for DEL; a run's name is a glob in the table, so its own wildcards are escaped.
const toml = (text) => JSON.stringify(text.toWellFormed?.() ?? text).replaceAll("\x7f", "\\u007f");
const literally = (text) => text.replace(/[*?[]/g, "[$&]");

function knownTables(runs, check, reason, owner, until) {
  return runs.map((run) => [
    "[[known]]", `run = ${toml(literally(run))}`, `check = ${toml(check)}`, `reason = ${toml(reason)}`,
    `owner = ${toml(owner)}`, `until = ${until}`, "",
  ].join("\n")).join("\n");
}

function openAccept(button) {
  accepted = { runs: JSON.parse(button.dataset.runs), check: button.dataset.check };
  $("#scope").hidden = accepted.runs.length < 2;
  $("#scope span").textContent = accepted.runs.length;
  $("#all").checked = false;
  $("#until").value ||= new Date(Date.now() + 30 * 864e5).toISOString().slice(0, 10);
  previewAccept();
  $("#accept").showModal();
}

function previewAccept() {
  const [owner, reason, until] = ["owner", "reason", "until"].map((id) => document.getElementById(id).value.trim());
  const runs = $("#all").checked ? accepted.runs : accepted.runs.slice(0, 1);
  const lacking = [!owner && "a name", !reason && "a reason", !until && "a day"].filter(Boolean);
  $("#known").textContent = knownTables(runs, accepted.check, reason, owner, until || "YYYY-MM-DD");
  $("#lacking").textContent = lacking.length ? `Still needs ${lacking.join(", ")}.` : "";
  $("#accept [data-copy]").disabled = lacking.length > 0;
}
