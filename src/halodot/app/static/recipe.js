// Where the keyboard is while parts of the recipe are made anew: on the same field, or on the step that was moved or added.
const EVERY = 25, TRIES = 60; // ms, times
let last = null; // the field that had the keyboard
let going = 0;

document.addEventListener("focusin", event => {
  const box = event.target.closest?.("[data-path]");
  last = box && { path: box.dataset.path, tag: event.target.tagName };
});
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => (going = 0), true);

function again(find, serial, tries = TRIES) {
  if (serial !== going || tries <= 0) return;
  const one = find();
  if (one && document.activeElement !== one) one.focus();
  setTimeout(() => again(find, serial, tries - 1), EVERY);
}

window.halodotRecipe = {
  // to the sentence of a step, as soon as it is there and until something else is done
  go(path) {
    const find = () =>
      [...document.querySelectorAll(".steps > li")].find(one => one.dataset.layer === path)?.querySelector(".sentence");
    again(find, (going = performance.now()));
  },
  // back to the field that had the keyboard, where its part was made anew under it
  back() {
    if (!last || going) return;
    const { path, tag } = last;
    const find = () =>
      document.activeElement === document.body &&
      [...document.querySelectorAll("[data-path]")].find(one => one.dataset.path === path)?.querySelector(tag);
    again(find, (going = performance.now()));
  },
};
