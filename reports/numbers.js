// The numbers behind a figure: on hover the nearest point, and all of them as CSV. They come with the figure.

async function numbersOf(figure) {
  const source = $("script", figure);
  if (!source) return [];
  if (!figure.numbers) figure.numbers = gunzip(source.textContent);
  return figure.numbers;
}

const scaled = { linear: (v) => v, log: Math.log10 };

function place(panel, x, y) {
  const [left, top, width, height] = panel.box;
  const share = (axis, v) => {
    const scale = scaled[axis.scale], [a, b] = axis.limits.map(scale);
    return (scale(v) - a) / (b - a);
  };
  return [left + share(panel.x, x) * width, top + (1 - share(panel.y, y)) * height];
}

function nearest(panels, across, down, box) {
  let best = null, least = 24 ** 2; // CSS pixels
  for (const panel of panels.filter((p) => scaled[p.x.scale] && scaled[p.y.scale])) {
    for (const series of panel.series) {
      series.x.forEach((x, n) => {
        const y = series.y[n];
        if (x === null || y === null) return;
        const [px, py] = place(panel, x, y);
        const distance = ((px - across) * box.width) ** 2 + ((py - down) * box.height) ** 2;
        if (distance < least) [best, least] = [{ panel, series, x, y, px, py }, distance];
      });
    }
  }
  return best;
}

async function hover(event) {
  const figure = event.target.closest?.(".figure"), image = figure && $("img", figure);
  if (!image || !$("script", figure)) return;
  const box = image.getBoundingClientRect(), from = figure.getBoundingClientRect();
  const { clientX, clientY } = event;
  const hit = nearest(await numbersOf(figure), (clientX - box.left) / box.width, (clientY - box.top) / box.height, box);
  const tip = $(".tip", figure) ?? figure.appendChild(Object.assign(document.createElement("div"), { className: "tip" }));
  tip.hidden = !hit;
  if (!hit) return;
  const short = (v) => String(Number(v.toPrecision(5))).replace("-", "−");
  const label = (axis, name) => axis.label || name;
  tip.textContent = `${hit.series.name ? hit.series.name + ": " : ""}${label(hit.panel.x, "x")} ${short(hit.x)}, ${label(hit.panel.y, "y")} ${short(hit.y)}`;
  const left = box.left - from.left + hit.px * box.width, top = box.top - from.top + hit.py * box.height;
  tip.classList.toggle("before", hit.px > 0.6);
  tip.style.setProperty("left", `${left}px`);
  tip.style.setProperty("top", `${top}px`);
}

async function saveNumbers(figure) {
  const cell = (text) => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = ["panel,series,x name,y name,x,y"];
  (await numbersOf(figure)).forEach((panel, n) => panel.series.forEach((series) => series.x.forEach((x, k) => {
    lines.push([panel.title || String(n + 1), series.name, panel.x.label, panel.y.label, String(x ?? ""), String(series.y[k] ?? "")].map(cell).join(","));
  })));
  const href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
  Object.assign(document.createElement("a"), { href, download: figure.dataset.name + ".csv" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
