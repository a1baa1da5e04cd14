"""How every page looks: on a light and a dark screen, on paper, and on a telephone."""

from __future__ import annotations

#: colours by name, on a light and a dark screen: every text on its ground has a contrast of 4.5 or more
LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b1d1f",
    "quiet": "#54595f",
    "line": "#d5d9dd",
    "panel": "#f4f6f8",
    "accent": "#005c99",
    "warning": "#a03c00",
    "bar": "#0072b2",
}
DARK = {
    "paper": "#14171a",
    "ink": "#e6e9ec",
    "quiet": "#a7aeb5",
    "line": "#3b4249",
    "panel": "#1d2226",
    "accent": "#7cc4f5",
    "warning": "#ffb27a",
    "bar": "#56b4e9",
}


def _colours(values: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in values.items())


STYLE = (
    f":root{{color-scheme:light dark;{_colours(LIGHT)}}}\n"
    f"@media screen and (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}\n"
    """
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}
.page{max-width:78rem;margin:0 auto;padding:1rem 1.25rem 3rem}
h1{font-size:1.45rem;line-height:1.2;margin:.2rem 0;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.4rem 0 .6rem;padding-top:.5rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.4rem 0;max-width:52rem}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem}
.small,td.about,figcaption,.place{font-size:.85em;color:var(--quiet)}
.place,td.path,code{font-family:ui-monospace,monospace;font-size:.82rem;overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;list-style:none;padding:0;margin:.5rem 0 0}
.conclusions{border-left:4px solid var(--accent);padding:.1rem 0 .1rem .9rem}
.conclusions p{margin:.3rem 0}
.failed,.warning{border-left:4px solid var(--warning);padding-left:.7rem}
.failed strong,.warning strong{color:var(--warning)}
.notes{border-left:4px solid var(--warning);padding-left:1rem}
.notes h3{margin:.7rem 0 .2rem}
.notes ul{margin:0;padding-left:1.2rem}
.notes li{margin:.35rem 0;overflow-wrap:anywhere;max-width:52rem}
.notes .place{display:block}
.numbers{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:.7rem;margin:.7rem 0}
.numbers>div{background:var(--panel);border-radius:.4rem;padding:.5rem .7rem}
.numbers dt{font-size:.85rem;color:var(--quiet)}
.numbers dd{margin:0}
.numbers .value{font-size:1.35rem;font-weight:600;line-height:1.25;font-variant-numeric:tabular-nums}
.numbers .interval{font-size:.85rem}
.numbers .where{font-size:.8rem;color:var(--quiet)}
.overview{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.4rem 1.6rem;align-items:start}
.overview h2{border:0;margin:.5rem 0 .3rem;padding:0;font-size:1.05rem}
.overview.two{grid-template-columns:repeat(2,minmax(0,1fr))}
.figures.two{grid-template-columns:repeat(2,minmax(0,30rem))}
.overview.one{grid-template-columns:minmax(0,1fr)}
.overview figure svg,.overview figure img{display:block;width:100%;height:auto;max-height:31rem}
.swatch{display:inline-block;width:1.1em;height:1.1em;border-radius:.2em;vertical-align:-.2em;margin-right:.45em;
 border:1px solid var(--quiet);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.bars{list-style:none;margin:.2rem 0;padding:0}
.bars li{display:grid;grid-template-columns:3.6rem minmax(0,1fr);column-gap:.6rem;margin:.22rem 0;font-size:.92rem}
.bars .share{text-align:right;font-variant-numeric:tabular-nums}
.bars .bar{grid-column:2;height:.45rem;background:var(--bar);border-radius:.2rem;min-width:1px;
 print-color-adjust:exact;-webkit-print-color-adjust:exact}
.scroll{overflow-x:auto;max-width:100%}
.long{max-height:34rem;overflow:auto;border:1px solid var(--line)}
.long thead th{position:sticky;top:0;background:var(--paper)}
.long th,.long td{padding-left:.5rem}
table{border-collapse:collapse;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}
th.group{padding-top:.9rem;color:var(--accent)}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
td.number{white-space:nowrap}
.long td.number,td.number.loose{white-space:normal}
.long td.number{min-width:6rem}
td.path{min-width:10rem}
.option{white-space:nowrap}
td.unit{white-space:nowrap}
td.name{min-width:11rem}
.command{display:block;font-size:.75rem;margin-top:.15rem}
td.about{min-width:15rem}
th button{font:inherit;font-weight:600;color:inherit;background:none;border:0;padding:0;cursor:pointer;
 text-align:inherit}
th button::after{content:" \\2195";color:var(--quiet)}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
.filter{margin:.6rem 0 .2rem;font-size:.9rem}
.filter input{font:inherit;padding:.2rem .4rem;width:min(22rem,100%);color:inherit;background:var(--paper);
 border:1px solid var(--quiet);border-radius:.25rem}
abbr{text-decoration:underline dotted;text-underline-offset:.15em}
.figures{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:1.2rem 1.6rem;align-items:start}
.figures.four{grid-template-columns:repeat(4,minmax(0,1fr))}
.figures.flowing{display:block;columns:3;column-gap:1.6rem}
.figures.flowing figure{break-inside:avoid;margin-bottom:1.2rem}
.figures .wide{grid-column:1/-1}
figure{margin:0;min-width:0}
figure svg,figure img,.analysis img{width:100%;height:auto}
figure img,.analysis img{background:#fff}
figcaption{margin-top:.2rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem}
.columns{columns:2 24rem;column-gap:2rem}
.halves{columns:2 30rem;column-gap:2.5rem}
.halves section{break-inside:avoid}
.halves h3{margin-top:.6rem}
.beside{display:grid;grid-template-columns:minmax(0,26rem) minmax(0,1fr);gap:1.2rem 2.5rem;align-items:start}
.analysis{display:grid;grid-template-columns:minmax(0,85mm) minmax(0,1fr);gap:1.2rem;margin:1.2rem 0}
.analysis h3{margin:0}
.analysis table,details{font-size:.9rem}
.warning{font-size:.9rem;margin:.4rem 0}
footer{margin-top:2.5rem;border-top:1px solid var(--line)}
@media (max-width:62rem){.figures,.figures.four,.overview{grid-template-columns:repeat(2,minmax(0,1fr))}
 .figures.flowing{columns:2}
 .numbers{grid-template-columns:repeat(3,minmax(0,1fr))}}
@media (max-width:44rem){td.about{min-width:26rem}
 .figures,.figures.two,.figures.four,.overview,.overview.two,.analysis,.beside{grid-template-columns:minmax(0,1fr)}
 .figures.flowing{columns:1}
 .numbers{grid-template-columns:repeat(2,minmax(0,1fr))}.page{padding:.6rem .8rem 2rem}}
@page{size:A4;margin:13mm}
@media print{
 html{font-size:8.6pt}
 body{font-size:8.6pt;line-height:1.32;background:none}
 .page{max-width:none;padding:0}
 nav,.filter,.skip,th button::after{display:none}
 .scroll,.long{overflow:visible;max-height:none;border:0}
 .long thead th{position:static}
 table{font-size:7.6pt;width:100%}
 th,td{padding:.1rem .45rem .1rem 0}
 td.path,td.about,.long td.number{min-width:0}
 .sortable{table-layout:fixed}
 .sortable .path{display:none}
 .sortable th:first-child{width:23%}
 .sortable th.about{width:36%}
 .sortable td{overflow-wrap:anywhere}
 .command{display:none}
 .halves{columns:2;column-gap:1.2rem}
 .beside{grid-template-columns:minmax(0,85mm) minmax(0,1fr)}
 td.path{font-size:6.8pt}
 h1{font-size:14pt}
 h2{font-size:11pt;margin-top:1.2rem}
 .numbers{grid-template-columns:repeat(5,minmax(0,1fr));gap:.4rem}
 .numbers>div{border:1px solid var(--line);padding:.3rem .4rem}
 .numbers .value{font-size:11pt}
 .overview{grid-template-columns:repeat(3,minmax(0,1fr));gap:.3rem .9rem}
 .figures,.figures.four{grid-template-columns:repeat(2,minmax(0,1fr));gap:.7rem 1.2rem}
 .figures.flowing,.figures.four{display:block;columns:2;column-gap:1.2rem}
 .figures svg{max-height:235mm}
 .analysis,figure,tr,.numbers>div,.notes li{break-inside:avoid}
 h2,h3{break-after:avoid}
}
"""
)

#: sorts and filters tables of class ``sortable``, by mouse and keyboard, and opens what is folded before printing
SCRIPT = """
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows];
      const numbers = rows.every(row => key(row, column) === "" || isFinite(key(row, column)));
      const order = (one, two) => numbers ? one - two : one.localeCompare(two, "en", {numeric: true});
      const filled = rows.filter(row => key(row, column) !== "");
      filled.sort((one, two) => order(key(one, column), key(two, column)) * (down ? -1 : 1));
      body.append(...filled, ...rows.filter(row => key(row, column) === ""));
    });
  });
  const box = document.createElement("p");
  box.className = "filter";
  const label = document.createElement("label");
  label.textContent = "Show rows with ";
  const field = document.createElement("input");
  field.type = "search";
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  field.addEventListener("input", () => {
    const words = field.value.normalize("NFKC").toLowerCase().split(/\\s+/);
    let left = 0;
    for (const row of body.rows) {
      const text = row.textContent.normalize("NFKC").toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
      left += row.hidden ? 0 : 1;
    }
    count.textContent = ` ${left} of ${body.rows.length} rows`;
  });
  label.append(field);
  box.append(label, count);
  (table.closest(".scroll") ?? table).before(box);
}
addEventListener("beforeprint", () => {
  for (const part of document.querySelectorAll("details:not(.source)")) part.open = true;
});
"""
