// The page is complete without this script, down to the failures and their figures. It adds the filter, the lists
// that are unpacked when somebody opens them, keys, and the table that accepts a failure.

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const index = JSON.parse($("#index").textContent);
const rows = new Map(index.rows.map(([id, run, statement, verdict, place]) => [id, {
  id, place, run: index.runs[run], key: index.statements[statement], family: index.families[statement],
  verdict: index.verdicts[verdict], claim: index.claims[statement], message: "", marks: "", config: null,
}]));
for (const row of rows.values()) row.text = [row.run, row.key, row.claim, row.place, row.verdict].join(" ").toLowerCase();

// What is shown later ------------------------------------------------------------------------------------------------

const unpacked = new Map();

function gunzip(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

function unpack(id) {
  if (!unpacked.has(id)) unpacked.set(id, gunzip(document.getElementById(id).textContent));
  return unpacked.get(id);
}

async function openStatement(details) {
  details.open = true;
  const body = $("tbody", details);
  if (!body.dataset.filled) {
    const { rows: html } = await unpack("pack-" + details.dataset.key);
    if (!body.dataset.filled) {
      body.dataset.filled = "yes";
      body.insertAdjacentHTML("beforeend", html);
      filterTable(body);
    }
  }
}

async function openCard(line) {
  const { id } = line.dataset;
  if (!document.getElementById(id)) {
    const { cards } = await unpack("pack-" + rows.get(id).key);
    if (!document.getElementById(id)) {
      line.insertAdjacentHTML("afterend", `<tr class="open"><td colspan="${line.cells.length}">${cards[id]}</td></tr>`);
      $$(".figure", line.nextElementSibling).forEach((figure) => seen.observe(figure));
    }
  }
  return document.getElementById(id);
}

async function unfold(button, open) {
  const tbody = button.closest("tbody");
  button.setAttribute("aria-expanded", open);
  if (open && !tbody.dataset.filled) {
    tbody.dataset.filled = "yes";
    tbody.insertAdjacentHTML("beforeend", (await unpack(button.dataset.fold)).join(""));
  }
  filterMatrix();
}

function show(figure) {
  const noscript = $("noscript", figure);
  if (!noscript) return;
  const button = Object.assign(document.createElement("button"), { type: "button" });
  button.insertAdjacentHTML("beforeend", noscript.textContent);
  button.setAttribute("aria-label", "Enlarge: " + $("img", button).alt);
  noscript.replaceWith(button);
}

const seen = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
  seen.unobserve(entry.target);
  show(entry.target);
}), { rootMargin: "800px" });

// The address: a target, a filter, or both ---------------------------------------------------------------------------

const FIELDS = ["q", "run", "family", "verdict"];

function readAddress() {
  const parts = location.hash.slice(1).split("&").filter(Boolean);
  const filter = new URLSearchParams(parts.filter((part) => part.includes("=")).join("&"));
  const [target] = new URLSearchParams(parts.find((part) => !part.includes("=")) ?? "").keys();
  return { target: target ?? "", filter };
}

function writeAddress() {
  const filter = new URLSearchParams();
  FIELDS.forEach((name) => state[name] && filter.set(name, state[name]));
  const { target } = readAddress();
  history.replaceState(null, "", "#" + [target, filter.toString()].filter(Boolean).join("&"));
}

async function follow() {
  const { target, filter } = readAddress();
  if (!target || [...filter].length) FIELDS.forEach((name) => { state[name] = filter.get(name) ?? ""; });
  else if (FIELDS.some((name) => state[name])) writeAddress();
  fillControls();
  if (state.q) await tell();
  applyFilter();
  if (!target) return;
  const element = await find(target);
  if (!element) return say("This page has no " + target);
  if (element.closest("[hidden]")) clearFilter();
  for (let up = element.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
  const body = $("details.body", element);
  if (body) body.open = true;
  element.scrollIntoView({ block: "start" });
  element.focus({ preventScroll: true });
}

async function find(target) {
  const element = document.getElementById(target);
  if (element?.matches(".statement")) await openStatement(element);
  if (element || !rows.has(target)) return element;
  const line = () => $(`tr[data-id="${CSS.escape(target)}"]`);
  if (!line()) await openStatement(document.getElementById(rows.get(target).key));
  return openCard(line());
}

// The filter ---------------------------------------------------------------------------------------------------------

const state = { q: "", run: "", family: "", verdict: "" };
let matching = new Set(rows.keys());

// Messages and settings are unpacked with the first search: they are most of the text of a session.
let told = false;

async function tell() {
  if (told) return;
  const { messages, marks, configs } = await unpack("pack-search");
  index.rows.forEach(([id, run], n) => {
    const row = rows.get(id);
    Object.assign(row, { message: messages[n], marks: marks[n] ?? "", config: configs[run] });
    if (!told) row.text += " " + messages[n].toLowerCase();
  });
  told = true;
}

function matches(row, terms, verdicts) {
  return (!state.family || row.family === state.family)
    && (!verdicts.length || verdicts.includes(row.verdict))
    && (!state.run || row.run.toLowerCase().includes(state.run.toLowerCase()))
    && found(row, terms);
}

function applyFilter() {
  const terms = parseSearch(state.q);
  const verdicts = state.verdict.split(",").filter(Boolean);
  matching = new Set([...rows.values()].filter((row) => matches(row, terms, verdicts)).map((row) => row.id));
  const filtered = matching.size < rows.size;
  $$("[data-ids]").forEach((element) => { element.hidden = !element.dataset.ids.split(" ").some((id) => matching.has(id)); });
  $$(".lead").forEach((card) => {
    const aside = !matching.has(card.id) && !card.hidden;
    card.classList.toggle("aside", aside);
    if (aside) $(".others", card).open = true;
  });
  filterCalls();
  const keys = new Set([...matching].map((id) => rows.get(id).key));
  $$(".statement").forEach((details) => { details.hidden = !keys.has(details.dataset.key); });
  $$("[data-causes]").forEach((section) => { section.hidden = !$$(".cause", section).some((cause) => !cause.hidden); });
  $$(".controls > .scroll").forEach((table) => { table.hidden = !$$("tbody tr", table).some((line) => !line.hidden); });
  $$("#controls").forEach((section) => { section.hidden = !$$(".scroll", section).some((table) => !table.hidden); });
  $$("[data-section]").forEach((section) => { section.hidden = !$$(".lead", section).some((card) => !card.hidden); });
  $$(".family").forEach((family) => { family.hidden = !$$(".statement", family).some((details) => !details.hidden); });
  $$("tbody").filter((body) => $("tr[data-id]", body)).forEach(filterTable);
  filterMatrix();
  $("#matches").textContent = filtered ? `${matching.size} of ${rows.size} statements` : "";
  $("#clear").hidden = !filtered;
  $("#nothing").hidden = matching.size > 0 || !filtered;
}

// Of what broke, the first that the filter lets through, and how many of how many they are.
const CALLS = $$("[data-call]").filter((line) => !line.hidden).length;

function filterCalls() {
  const lines = $$("[data-call]");
  const wanted = lines.filter((line) => line.dataset.call.split(" ").some((id) => matching.has(id)));
  lines.forEach((line) => { line.hidden = wanted.indexOf(line) < 0 || wanted.indexOf(line) >= CALLS; });
  if (!lines.length) return;
  $("#calls-shown").textContent = `${Math.min(wanted.length, CALLS)} of ${lines.length} statements`;
  $(".calls").hidden = !wanted.length;
}

function filterTable(body) {
  $$("tr[data-id]", body).forEach((line) => {
    line.hidden = !matching.has(line.dataset.id);
    if (line.nextElementSibling?.matches(".open")) line.nextElementSibling.hidden = line.hidden;
  });
}

function filterMatrix() {
  const runs = new Set([...matching].map((id) => rows.get(id).run));
  const crossings = new Set([...matching].map((id) => rows.get(id).run + "\0" + rows.get(id).key));
  $$(".matrix").forEach((table) => filterTableOfRuns(table, runs, crossings));
}

function filterTableOfRuns(table, runs, crossings) {
  const keys = $$("thead tr:nth-child(2) a", table).map((link) => link.hash.slice(1));
  const folders = new Set([...runs].map(parent));
  $$("tbody", table).forEach((folder) => {
    const head = $(".folder", folder), button = $("[data-fold]", folder);
    if (head) head.hidden = !folders.has(head.dataset.folder);
    const open = button?.getAttribute("aria-expanded") !== "false";
    if (!open && state.run && !head.hidden) unfold(button, true);
    $$("tr[data-run]", folder).forEach((line) => {
      const { run } = line.dataset;
      line.hidden = !runs.has(run) || (line.dataset.folded !== undefined && !open);
      [...line.cells].slice(1).forEach((cell, n) => cell.classList.toggle("dim", !crossings.has(run + "\0" + keys[n])));
    });
  });
  table.hidden = !$$("tr[data-run], .folder", table).some((line) => !line.hidden);
}

// As reports/matrix.py has it.
const parent = (run) => run.startsWith("group:") ? "groups of runs" : run.slice(0, Math.max(run.lastIndexOf("/"), 0)) || ".";

function fillControls() {
  ["q", "run", "family"].forEach((name) => { document.getElementById(name).value = state[name]; });
  $$("#verdict input").forEach((box) => { box.checked = state.verdict.split(",").includes(box.value); });
}

async function readControls() {
  ["q", "run", "family"].forEach((name) => { state[name] = document.getElementById(name).value; });
  state.verdict = $$("#verdict input:checked").map((box) => box.value).join(",");
  writeAddress();
  if (state.q) await tell();
  applyFilter();
}

// Keys, clicks, copies -----------------------------------------------------------------------------------------------

function say(text) {
  $("#said").textContent = text;
  setTimeout(() => { $("#said").textContent = ""; }, 2500);
}

async function copy(button) {
  const source = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
    document.execCommand("copy");
  }
  say("Copied");
}

function step(forward) {
  const cards = $$(".card").filter((card) => card.checkVisibility());
  const here = cards.indexOf(document.activeElement?.closest(".card"));
  const top = cards.findIndex((card) => card.getBoundingClientRect().top > 0);
  const next = here >= 0 ? here + (forward ? 1 : -1) : forward ? top : (top < 0 ? cards.length : top) - 1;
  const card = cards[Math.max(0, Math.min(next, cards.length - 1))];
  card?.scrollIntoView({ block: "start" });
  card?.focus({ preventScroll: true });
}

function moveInMatrix(event, link) {
  const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const lines = $$("tbody tr", link.closest("table")).filter((line) => !line.hidden);
  let y = lines.indexOf(link.closest("tr")), x = link.closest("td").cellIndex, next = null;
  while (!next && lines[y += down]?.cells[x += across]) next = $("a", lines[y].cells[x]);
  if (next?.closest("td")) next.focus();
  event.preventDefault();
}

const KEYS = {
  j: () => step(true),
  k: () => step(false),
  "/": () => $("#q").select(),
  m: () => ($$(".matrix td > a").find((link) => link.checkVisibility()))?.focus(),
  c: () => clearFilter(),
  "?": () => $("#help").showModal(),
};

function clearFilter() {
  FIELDS.forEach((name) => { state[name] = ""; });
  fillControls();
  writeAddress();
  applyFilter();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape" && typing) event.target.blur();
  if (event.key.startsWith("Arrow") && event.target.matches(".matrix td > a")) moveInMatrix(event, event.target);
  if (typing || !$("#keys").checked || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
}

function enlarge(image) {
  const large = image.cloneNode();
  $("#enlarged div").replaceChildren(large);
  $("#enlarged").classList.toggle("raster", Boolean(image.closest(".raster")));
  $("#enlarged").classList.remove("near");
  $("#enlarged").showModal();
}

// Three times as near, with what was clicked in the middle; and back.
function zoom({ clientX, clientY }) {
  const pane = $("#enlarged div"), image = $("img", pane), before = image.getBoundingClientRect();
  const [x, y] = [(clientX - before.left) / before.width, (clientY - before.top) / before.height];
  if (!$("#enlarged").classList.toggle("near")) return;
  pane.scrollTo(x * image.offsetWidth - pane.clientWidth / 2, y * image.offsetHeight - pane.clientHeight / 2);
}

function onClick(event) {
  const { target } = event;
  const button = target.closest("button");
  if (button?.matches("[data-copy]")) copy(button);
  else if (button?.matches("[data-close]")) button.closest("dialog").close();
  else if (button?.matches("[data-accept]")) openAccept(button);
  else if (button?.matches("[data-fold]")) unfold(button, button.getAttribute("aria-expanded") !== "true");
  else if (button?.matches("[data-csv]")) saveNumbers(button.closest(".figure"));
  else if (button?.matches(".figure button")) enlarge($("img", button));
  else if (target.matches("#enlarged img")) zoom(event);
  else if (target.matches("dialog")) target.close();
  // The same link followed twice changes no address, yet must lead there again.
  const link = target.closest("a[href^='#']");
  if (link && link.hash === location.hash) follow();
}

function start() {
  $("#runs").append(...index.runs.slice(0, 500).map((run) => new Option(run, run)));
  $(".matrix td > a")?.setAttribute("tabindex", "0");
  $$(".figure").forEach((figure) => seen.observe(figure));
  $$(".statement").forEach((details) => details.addEventListener("toggle", () => details.open && openStatement(details)));
  $(".filter").addEventListener("input", readControls);
  $("#clear").addEventListener("click", clearFilter);
  $("#ask").addEventListener("click", KEYS["?"]);
  $("#accept").addEventListener("input", previewAccept);
  addEventListener("click", onClick);
  addEventListener("pointermove", hover, { passive: true });
  addEventListener("keydown", onKey);
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => $$(".figure").filter((figure) => figure.checkVisibility()).forEach(show));
  follow();
}

start();
