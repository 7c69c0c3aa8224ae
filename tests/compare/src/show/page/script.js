"use strict";
const screens = [...document.querySelectorAll(".screen")];

// The largest letters with which a screen fits into so many pixels.
function largest(screen, width, height) {
  const parts = [...screen.querySelectorAll("article, .verdict")];
  const fits = (size) => {
    screen.style = `width: ${width}px; min-height: 0; font-size: ${size}px`;
    return screen.offsetHeight <= height && parts.every((part) => part.scrollWidth <= part.clientWidth);
  };
  let size = height / 24;
  while (size > 9 && !fits(size)) size -= 0.5;
  return `${size}px`;
}

function fit() {
  for (const screen of screens) {
    const shown = largest(screen, document.documentElement.clientWidth, innerHeight);
    // A sheet is A4 or Letter in landscape, less its margins.
    const printed = largest(screen, 970, 700);
    screen.style = `--screen: ${shown}; --print: ${printed}`;
  }
}
window.addEventListener("resize", fit);
fit();

// Lights a line and those of the other screen that belong to it; under its own screen
// they are told.
function point(line) {
  for (const peek of document.querySelectorAll(".peek")) peek.textContent = "";
  for (const other of document.querySelectorAll("[data-link]")) {
    other.classList.toggle("lit", other.dataset.link === line?.dataset.link);
  }
  if (!line) return;
  const screen = line.closest(".screen");
  const others = [...document.querySelectorAll(".lit")].filter((other) => !screen.contains(other));
  const texts = others.map((other) => other.lastElementChild.textContent.trim());
  screen.querySelector(".peek").textContent = `${screen.id === "code" ? "→" : "←"} ${texts.join("  ·  ")}`;
}

// Under a pointer that rests, the page may scroll: what is lit stays so.
let place = "";
document.addEventListener("pointermove", (event) => {
  const now = `${event.clientX} ${event.clientY}`;
  if (now !== place) point(event.target.closest("[data-link]"));
  place = now;
});
document.addEventListener("focusin", (event) => point(event.target.closest("[data-link]")));

// A click goes to the other screen.
const arrive = () => point(document.getElementById(location.hash.slice(1))?.closest("[data-link]"));
window.addEventListener("hashchange", arrive);
arrive();

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const screen = screens[["ArrowLeft", "ArrowRight"].indexOf(event.key)];
  screen?.scrollIntoView();
});
