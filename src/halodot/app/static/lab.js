// The lab's folder in the browser: files are dropped and sent one by one, ranges are dragged in the charts.
import { echarts } from "nicegui-echart";

const charts = new Map(); // id of the element -> chart
const AT_ONCE = 3; // uploads under way together
const GRIP = 8; // px around the end of a range that take hold of it
const PAUSE = 350; // ms without a key after which a range that is moved by keys counts

// ------------------------------------------------------------------------------------------------------------ uploads

const session = () => location.pathname.split("/").filter(Boolean).pop();
const later = entry => new Promise((done, failed) => entry.file(done, failed));
const some = reader => new Promise((done, failed) => reader.readEntries(done, failed));

// Files of an entry that was dropped, with their names below it; a folder tells a hundred entries at a time.
async function* filesOf(entry, above = "") {
  const name = `${above}${entry.name}`;
  if (entry.name.startsWith(".") || entry.name.startsWith("~$")) return;
  if (entry.isFile) {
    yield { name, file: await later(entry) };
    return;
  }
  const reader = entry.createReader();
  for (let entries = await some(reader); entries.length; entries = await some(reader)) {
    for (const one of entries) yield* filesOf(one, `${name}/`);
  }
}

async function sendOne({ name, file }) {
  try {
    const answer = await fetch(`/upload/${session()}?name=${encodeURIComponent(name)}`, {
      method: "POST",
      body: file,
      headers: { "content-type": "application/octet-stream" },
    });
    const mb = Math.round(file.size / 1e6);
    const why = answer.status === 413 ? `${mb} MB are more than is taken at once; export less of it` : answer.status;
    const said = await answer.json().catch(() => ({ refused: `${name}: refused (${why})` }));
    return said.refused ?? "";
  } catch {
    return `${name}: it could not be sent; is halodot app still running?`;
  }
}

async function send(files) {
  const bar = document.getElementById("lab-bar");
  const text = document.getElementById("lab-sent");
  const list = document.getElementById("lab-refused");
  if (!files.length) return;
  list.replaceChildren();
  bar.hidden = false;
  bar.max = files.length;
  bar.value = 0;
  const refused = [];
  const waiting = [...files];
  const worker = async () => {
    while (waiting.length) {
      const why = await sendOne(waiting.shift());
      if (why) refused.push(why);
      bar.value += 1;
      text.textContent = `${bar.value} of ${files.length} files sent`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  bar.hidden = true;
  const kept = files.length - refused.length;
  text.textContent = `${kept} ${kept === 1 ? "file" : "files"} taken${refused.length ? `, ${refused.length} refused:` : ""}`;
  list.replaceChildren(...refused.map(why => Object.assign(document.createElement("li"), { textContent: why })));
  emitEvent("halodot_uploaded", kept);
}

const zone = target => target?.closest?.("#lab-drop");
document.addEventListener("dragover", event => {
  if (!zone(event.target)) return;
  event.preventDefault();
  document.getElementById("lab-drop").classList.add("over");
});
document.addEventListener("dragleave", event => zone(event.target)?.classList.remove("over"));
document.addEventListener("drop", async event => {
  const place = zone(event.target);
  if (!place) return;
  event.preventDefault();
  place.classList.remove("over");
  const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [];
  if (entries.length) {
    for (const entry of entries) for await (const one of filesOf(entry)) files.push(one);
  } else {
    for (const file of event.dataTransfer.files) files.push({ name: file.name, file });
  }
  send(files);
});
document.addEventListener("change", event => {
  if (!event.target.matches?.("#lab-drop input[type=file]")) return;
  const files = [...event.target.files].map(file => ({ name: file.webkitRelativePath || file.name, file }));
  event.target.value = "";
  send(files.filter(one => !one.name.split("/").some(part => part.startsWith(".") || part.startsWith("~$"))));
});

// ------------------------------------------------------------------------------------------------------------- ranges

const rangesOf = place => [...(place.closest(".lab-picture")?.querySelectorAll(".lab-window") ?? [])];
const parts = box => ({ low: box.querySelector(".low"), high: box.querySelector(".high") });

function valuesOf(box) {
  const { low, high } = parts(box);
  return [Number(low.value), Number(high.value)].sort((one, other) => one - other);
}

function said(box) {
  const [low, high] = valuesOf(box);
  const digits = Math.max(0, -Math.floor(Math.log10(Number(box.dataset.step))));
  box.querySelector(".low-number").value = String(Number(low.toFixed(digits)));
  box.querySelector(".high-number").value = String(Number(high.toFixed(digits)));
  for (const one of Object.values(parts(box))) one.setAttribute("aria-valuetext", `${one.value} ${box.dataset.unit}`);
}

function shade(box) {
  const chart = charts.get(box.closest(".lab-picture")?.querySelector(".lab-chart")?.id);
  const [low, high] = valuesOf(box);
  chart?.setOption({
    series: [{ id: `range-${box.dataset.setting}`, markArea: { data: [[{ xAxis: low }, { xAxis: high }]] } }],
  });
}

const pauses = new WeakMap();
function count(box, low, high) {
  clearTimeout(pauses.get(box));
  pauses.set(box, setTimeout(() => {
    emitEvent("halodot_window", [box.dataset.item, box.dataset.setting, String(low), String(high)]);
  }, PAUSE));
}

let typed = null; // the end of a range that is typed into and does not count yet
document.addEventListener("focusout", event => {
  if (event.target === typed) typed = null;
});
document.addEventListener("input", event => {
  const box = event.target.closest?.(".lab-window");
  if (box && event.target.type === "text") typed = event.target;
  if (!box || event.target.type !== "range") return;
  said(box);
  shade(box);
});
document.addEventListener("change", event => {
  const box = event.target.closest?.(".lab-window");
  if (!box) return;
  typed = null;
  if (event.target.type === "range") count(box, ...valuesOf(box));
  else count(box, box.querySelector(".low-number").value, box.querySelector(".high-number").value);
});

// A range is also taken hold of in the chart itself, at its nearer end.
function gripped(chart, place) {
  const screen = chart.getZr();
  let held = null;
  const at = event => chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX);
  const nearest = event => {
    let found = null;
    let best = GRIP;
    for (const box of rangesOf(place)) {
      for (const one of Object.values(parts(box))) {
        const off = Math.abs(chart.convertToPixel({ xAxisIndex: 0 }, Number(one.value)) - event.offsetX);
        if (off <= best) [found, best] = [{ box, one }, off];
      }
    }
    return found;
  };
  screen.on("mousedown", event => {
    held = nearest(event);
    if (held) event.event.preventDefault();
  });
  screen.on("mousemove", event => {
    screen.setCursorStyle(held || nearest(event) ? "ew-resize" : "default");
    if (!held) return;
    held.one.value = String(at(event));
    said(held.box);
    shade(held.box);
  });
  const released = () => {
    if (!held) return;
    count(held.box, ...valuesOf(held.box));
    held = null;
  };
  screen.on("mouseup", released);
  screen.on("globalout", released);
}

window.halodotLab = {
  draw(id, option, tries = 50) {
    const place = document.getElementById(`c${id}`);
    if (!place || !place.clientWidth) {
      if (tries) setTimeout(() => window.halodotLab.draw(id, option, tries - 1), 40);
      return;
    }
    let chart = charts.get(place.id);
    if (chart && chart.getDom() !== place) {
      chart.dispose();
      chart = undefined;
    }
    if (!chart) {
      chart = echarts.init(place, null, { renderer: "canvas", devicePixelRatio: Math.min(devicePixelRatio, 2) });
      charts.set(place.id, chart);
      new ResizeObserver(() => chart.isDisposed() || (place.clientWidth && chart.resize())).observe(place);
      gripped(chart, place);
    }
    chart.setOption(option, { notMerge: true });
    place.dataset.drawn = String(Number(place.dataset.drawn ?? 0) + 1);
  },
  // Values of a range as the server knows them, unless somebody holds it or types into it.
  range(id, low, high) {
    const box = document.getElementById(`c${id}`);
    if (!box) return;
    const ends = parts(box);
    if (Object.values(ends).some(one => one.matches(":active")) || box.contains(typed)) return;
    ends.low.value = low;
    ends.high.value = high;
    said(box);
    shade(box);
  },
};

// The files of the session are looked at once somebody looks at this part of the page.
function begin() {
  const place = document.getElementById("lab-drop");
  if (!place || typeof window.emitEvent !== "function" || !window.did_handshake) {
    setTimeout(begin, 50);
    return;
  }
  const watcher = new IntersectionObserver(entries => {
    if (!entries.some(entry => entry.isIntersecting)) return;
    watcher.disconnect();
    emitEvent("halodot_lab_seen");
  });
  watcher.observe(place);
}
begin();
