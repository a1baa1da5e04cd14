// The theme that was chosen, before anything is drawn.
const chosenTheme = localStorage.getItem("halodot-theme");
if (chosenTheme) document.documentElement.dataset.theme = chosenTheme;
