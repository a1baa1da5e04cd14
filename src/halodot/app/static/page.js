// What the browser does by itself: charts and numbers of every frame, tabs, theme, keys. What is computed comes from
// the server; what is set goes to it.
import { echarts } from "nicegui-echart";

const charts = new Map(); // panel -> chart
const inSight = new Set();
const kept = new Set(); // charts of results that stay
const waiting = new Map(); // id of a place that is not in sight yet -> option
const SAID_FROM = 4; // seconds of waiting from which they are counted
let serial = -1;
let awaited = -1; // of the frame that shows the last step
let busySince = 0; // when the page began to wait for a frame
let unpainted = false; // whether a frame was drawn that the screen does not show yet

function panelOf(name) {
  return document.querySelector(`.panel[data-panel="${name}"]`);
}

function chartOf(name, box) {
  const place = box.querySelector(".chart");
  let chart = charts.get(name);
  if (chart && chart.getDom() !== place) {
    chart.dispose();
    chart = undefined;
  }
  if (!chart) {
    chart = echarts.init(place, null, { renderer: "canvas", devicePixelRatio: Math.min(devicePixelRatio, 2) });
    charts.set(name, chart);
    new ResizeObserver(() => chart.isDisposed() || chart.resize()).observe(place);
  }
  return chart;
}

function draw(name, option) {
  const box = panelOf(name);
  if (!box) return;
  const empty = box.querySelector(".empty");
  const place = box.querySelector(".chart");
  place.hidden = "empty" in option;
  empty.hidden = !place.hidden;
  if (place.hidden) {
    empty.textContent = option.empty;
    return;
  }
  chartOf(name, box).setOption(option, { replaceMerge: ["series"], lazyUpdate: false });
}

function made(tag, text, className) {
  const one = document.createElement(tag);
  if (className) one.className = className;
  if (text) one.textContent = text;
  return one;
}

// Hundreds of lines, which are made once somebody looks at them.
function standsOn(source) {
  source.querySelector("ul").replaceChildren(...(source.open ? source.lines : []).map(text => made("li", text)));
}

function numbers(rows) {
  const list = document.getElementById("numbers");
  for (const row of rows) {
    let box = list.querySelector(`[data-number="${row.name}"]`);
    if (!box) {
      box = made("div");
      box.dataset.number = row.name;
      const source = made("details", "", "source");
      source.append(made("summary", "What it stands on"), made("ul"));
      source.addEventListener("toggle", () => standsOn(source));
      const value = made("dd", "", "value");
      const role = made("dd", "", "role");
      const where = made("dd");
      where.append(source);
      box.append(made("dt", row.label), value, made("dd", "", "spread"), role, where);
      list.append(box);
    }
    put(box.querySelector("dt"), row.label);
    const value = box.querySelector(".value");
    put(value, row.text);
    value.dataset.si = row.value ?? ""; // the whole number, which the text rounds
    if (row.colour) {
      value.querySelector(".swatch")?.remove();
      const swatch = made("span", "", "swatch");
      swatch.style.background = row.colour;
      value.prepend(swatch);
    }
    put(box.querySelector(".spread"), row.where ?? "");
    put(box.querySelector(".role"), row.role);
    const source = box.querySelector("details");
    if (row.stands_on) source.lines = row.stands_on;
    source.hidden = !source.lines?.length;
    if (row.stands_on) standsOn(source);
  }
  const names = new Set(rows.map(row => row.name));
  for (const box of [...list.children]) if (!names.has(box.dataset.number)) box.remove();
}

function notes(frame) {
  const box = document.getElementById("notes");
  const old_below = frame.failure && charts.size ? "Numbers and charts below are those of the study before." : "";
  const why = frame.failure ? frame.problems ?? [] : [];
  const texts = [frame.failure, ...why, old_below, ...(frame.notes ?? [])].filter(Boolean);
  const old = [...box.querySelectorAll("li")].map(one => one.textContent);
  if (JSON.stringify(texts) === JSON.stringify(old)) return;
  const list = made("ul");
  list.append(...texts.map(text => made("li", text)));
  const folded = made("details");
  folded.append(made("summary", `${texts.length} ${texts.length === 1 ? "remark" : "remarks"}`), list);
  folded.open = Boolean(frame.failure) || (box.querySelector("details")?.open ?? false);
  box.replaceChildren(...(texts.length ? [folded] : []));
}

function tables(frame) {
  for (const [name, [headings, rows]] of Object.entries(frame.tables ?? {})) {
    const place = panelOf(name)?.querySelector(".values");
    if (!place) continue;
    const table = made("table");
    const head = made("tr");
    head.append(...headings.map(text => Object.assign(made("th", text), { scope: "col" })));
    table.append(head);
    for (const row of rows) {
      const line = made("tr");
      line.append(...row.map(text => made("td", String(text ?? ""))));
      table.append(line);
    }
    place.replaceChildren(table);
  }
}

function put(one, text) {
  if (one.textContent !== text) one.textContent = text;
}

function state(text, kind) {
  const box = document.getElementById("state");
  if (!box || (box.textContent === text && box.dataset.kind === kind)) return;
  if (kind === "busy" && box.dataset.kind !== "busy") busySince = Date.now();
  box.textContent = text;
  box.dataset.kind = kind;
  delete box.dataset.seconds;
}

// Say how long something is computed already, and at the first start why that may be minutes.
function waited() {
  const box = document.getElementById("state");
  const seconds = Math.round((Date.now() - busySince) / 1000);
  if (box?.dataset.kind !== "busy" || seconds < SAID_FROM) return;
  box.dataset.seconds = seconds;
  const place = document.getElementById("notes");
  if (serial >= 0 || place.querySelector(".first")) return;
  const text = "Nothing is computed yet. The first time after it was installed, halodot compiles its kernels, once: "
    + "that takes one to several minutes. The study can be edited meanwhile.";
  place.append(made("p", text, "first"));
}

function painted() {
  unpainted = false;
  window.halodot.frames += 1;
}

window.halodot = {
  frames: 0, // drawn since the page was opened
  summary: {}, // every exact number, in SI
  serial: () => serial,
  show(frame) {
    serial = frame.serial;
    document.querySelector("#notes .first")?.remove();
    emitEvent("halodot_drawn", serial); // so that the next is on its way while this one is drawn
    for (const [name, option] of Object.entries(frame.panels)) draw(name, option);
    if (frame.numbers?.length || !frame.problems?.length) numbers(frame.numbers ?? []);
    if (frame.exact || frame.failure) notes(frame);
    if (frame.exact) window.halodot.summary = frame.summary;
    for (const [name, text] of Object.entries(frame.texts ?? {})) {
      panelOf(name)?.querySelector(".chart").setAttribute("aria-label", text);
    }
    tables(frame);
    if (serial < awaited) state("computing", "busy");
    else if (frame.failure) state("not computed", "wrong");
    else if (frame.exact) state("exact", "exact");
    else state("preview", "preview");
    document.documentElement.toggleAttribute("data-old", Boolean(frame.failure));
    document.documentElement.dataset.serial = serial;
    if (!unpainted) requestAnimationFrame(painted);
    unpainted = true;
  },
  set(id, value) {
    const one = document.getElementById(`c${id}`);
    if (one && one.value !== value && !(one.type === "range" && one.matches(":active"))) one.value = value;
  },
  // A value that stands there as long as nobody has typed another.
  propose(id, before, value) {
    const one = document.getElementById(`c${id}`);
    if (one && one.value === before) one.value = value;
  },
  tick(id, on) {
    const one = document.getElementById(`c${id}`);
    if (one) one.checked = on;
  },
  say(id, text) {
    const one = document.getElementById(`c${id}`);
    if (one) one.textContent = text;
  },
  // How far long work is, without a change of the page's elements.
  progress(said, bar, text, counted) {
    this.say(said, text);
    const one = document.getElementById(`c${bar}`);
    if (!one) return;
    if (counted) [one.max, one.value] = [counted[1], counted[0]];
    else one.removeAttribute("value");
  },
  // A chart of a result that stays: it is drawn when its place is there and in sight.
  chart(id, option) {
    const place = document.getElementById(`c${id}`);
    if (!place || !place.clientWidth) {
      waiting.set(id, option);
      return;
    }
    waiting.delete(id);
    const chart = echarts.getInstanceByDom(place) ?? echarts.init(place, null, { renderer: "canvas" });
    chart.setOption(option, { notMerge: true });
    if (!kept.has(chart)) new ResizeObserver(() => chart.isDisposed() || chart.resize()).observe(place);
    kept.add(chart);
  },
  // Save a file of the session, as a click on its link does.
  save(url) {
    const link = made("a");
    link.href = url;
    link.download = "";
    document.body.append(link);
    link.click();
    link.remove();
  },
  // Show a line of a text, counted from 1.
  line(id, number) {
    const area = document.getElementById(`c${id}`);
    const lines = area.value.split("\n");
    const start = lines.slice(0, number - 1).reduce((sum, one) => sum + one.length + 1, 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
    area.scrollTop = Math.max(0, (number - 4) * (area.scrollHeight / Math.max(lines.length, 1)));
  },
  busy(asked) {
    awaited = asked;
    if (serial < awaited) state("computing", "busy");
  },
  table(name) {
    const box = panelOf(name);
    const place = box.querySelector(".values");
    place.hidden = !place.hidden;
    box.querySelector(":scope > button").setAttribute("aria-expanded", String(!place.hidden));
    const open = [...document.querySelectorAll(".panel[data-panel]")].filter(one => !one.querySelector(".values").hidden);
    emitEvent("halodot_tables", open.map(one => one.dataset.panel));
  },
  theme(name) {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
    localStorage.setItem("halodot-theme", name);
    tellTheme();
  },
};

setInterval(waited, 1000);
setInterval(() => {
  for (const [id, option] of [...waiting]) window.halodot.chart(id, option);
  for (const chart of kept) {
    if (chart.getDom().isConnected) continue;
    kept.delete(chart);
    chart.dispose();
  }
}, 150);

// ------------------------------------------------------------------------------------------------------------- theme

const dark = matchMedia("(prefers-color-scheme: dark)");
function tellTheme() {
  const chosen = document.documentElement.dataset.theme;
  emitEvent("halodot_theme", chosen ?? (dark.matches ? "dark" : "light"));
}
dark.addEventListener("change", tellTheme);

// -------------------------------------------------------------------------------------------------------------- tabs

function choose(button, focused) {
  const row = button.closest("[role=tablist]");
  for (const one of row.querySelectorAll("[role=tab]")) {
    const chosen = one === button;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
  }
  sessionStorage.setItem("halodot-tab", button.dataset.tab);
  if (focused) button.focus();
}
document.addEventListener("click", event => {
  const button = event.target.closest?.("[role=tab]");
  if (button) choose(button, false);
});
document.addEventListener("keydown", event => {
  const button = event.target.closest?.("[role=tab]");
  const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -99, End: 99 };
  if (button && event.key in steps) {
    const all = [...button.parentElement.querySelectorAll("[role=tab]")];
    const at = all.indexOf(button) + steps[event.key];
    choose(all[steps[event.key] === 99 ? all.length - 1 : steps[event.key] === -99 ? 0 : (at + all.length) % all.length], true);
    event.preventDefault();
    return;
  }
  const typing = event.target.matches?.("input:not([type=range]):not([type=checkbox]), textarea");
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !typing) {
    const key = event.key.toLowerCase();
    if (key === "z" || key === "y") {
      emitEvent("halodot_key", key === "y" || event.shiftKey ? "redo" : "undo");
      event.preventDefault();
    }
  }
});

// ----------------------------------------------------------------------------------------------------------- sliders

// A browser tells of no change where a slider is let go at the place at which it was taken: what was followed on the way
// is to give way to what holds all the same, once its last position is sent.
const SENT_WITHIN = 100; // ms
let moved = null; // the slider that was moved and has told of no change since
document.addEventListener("input", event => {
  if (event.target.matches?.("input[type=range]")) moved = event.target;
});
document.addEventListener("change", event => {
  if (event.target === moved) moved = null;
});
function letGo() {
  if (moved) {
    setTimeout(() => {
      if (moved && !moved.matches(":active")) {
        moved = null;
        emitEvent("halodot_let_go");
      }
    }, SENT_WITHIN);
  }
}
for (const name of ["pointerup", "pointercancel", "blur"]) addEventListener(name, letGo);

// ------------------------------------------------------------------------------------------------- what is in sight

const watcher = new IntersectionObserver(
  entries => {
    for (const entry of entries) {
      const name = entry.target.dataset.panel;
      if (entry.isIntersecting) inSight.add(name);
      else inSight.delete(name);
    }
    emitEvent("halodot_panels", [...inSight]);
  },
  { rootMargin: "120px" },
);

function begin() {
  const panels = document.querySelectorAll(".panel[data-panel]");
  if (!panels.length || typeof window.emitEvent !== "function" || !window.did_handshake) {
    setTimeout(begin, 20);
    return;
  }
  if (serial < 0) state("computing", "busy");
  panels.forEach(panel => watcher.observe(panel));
  const tab = sessionStorage.getItem("halodot-tab");
  const button = tab && document.querySelector(`[role=tab][data-tab="${tab}"]`);
  if (button) choose(button, false);
  tellTheme();
}
begin();
