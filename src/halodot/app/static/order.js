// Lists whose items are put in another order: dragged by a handle with a mouse or a pen, or moved with Alt and the arrow
// keys. The list hears "moved" with the old and the new place, counted from its top.
const FAR = 5; // px, from which a press is a drag
let held = null;

const itemsOf = list => [...list.children].filter(one => one.tagName === "LI");
const handleOf = event => event.target.closest?.("[data-order] [data-handle]");

function tell(list, old, next) {
  if (next !== old && next >= 0 && next < itemsOf(list).length)
    list.dispatchEvent(new CustomEvent("moved", { detail: { old, new: next } }));
}

function placeAt(list, old, y) {
  const others = itemsOf(list).filter((_, place) => place !== old);
  const at = others.findIndex(one => {
    const box = one.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  return at < 0 ? others.length : at;
}

function clear() {
  if (!held) return;
  for (const one of itemsOf(held.list)) one.classList.remove("held", "drop-before", "drop-after");
  held = null;
}

function mark(next) {
  const items = itemsOf(held.list);
  const others = items.filter((_, place) => place !== held.old);
  for (const one of items) one.classList.remove("drop-before", "drop-after");
  items[held.old].classList.add("held");
  if (next === held.old) return;
  if (next < others.length) others[next].classList.add("drop-before");
  else others.at(-1)?.classList.add("drop-after");
}

document.addEventListener("pointerdown", event => {
  const handle = handleOf(event);
  if (!handle || event.button !== 0 || event.pointerType === "touch") return;
  const list = handle.closest("[data-order]");
  const old = itemsOf(list).indexOf(handle.closest("li"));
  held = { list, old, y: event.clientY, next: old, dragged: false };
});
document.addEventListener("pointermove", event => {
  if (!held) return;
  if (!held.dragged && Math.abs(event.clientY - held.y) < FAR) return;
  held.dragged = true;
  held.next = placeAt(held.list, held.old, event.clientY);
  mark(held.next);
  event.preventDefault();
});
document.addEventListener("pointerup", () => {
  if (!held) return;
  const { list, old, next, dragged } = held;
  clear();
  if (!dragged) return;
  addEventListener("click", event => event.stopPropagation(), { capture: true, once: true });
  setTimeout(() => tell(list, old, next), 0);
});
document.addEventListener("pointercancel", clear);
document.addEventListener("dragstart", event => held && event.preventDefault());
document.addEventListener("keydown", event => {
  if (event.key === "Escape") clear();
  const handle = handleOf(event);
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!handle || !event.altKey || !step) return;
  const list = handle.closest("[data-order]");
  const old = itemsOf(list).indexOf(handle.closest("li"));
  tell(list, old, old + step);
  event.preventDefault();
});

window.halodotOrder = {
  // Puts the keyboard back on the handle of an item that was moved, whenever the page has drawn the list anew.
  focus(name, tries = 60) {
    const item = [...document.querySelectorAll("[data-order] > li")].find(one => one.dataset.layer === name);
    if (document.activeElement === document.body) item?.querySelector("[data-handle]")?.focus();
    if (tries > 0) setTimeout(() => this.focus(name, tries - 1), 20);
  },
};
