"use strict";
const screens = [...document.querySelectorAll(".screen")];
const chinese = document.documentElement.lang === "zh-CN";

// The size of the letters with which a screen fits into so many pixels.
function largest(screen, width, height, most) {
  const parts = [...screen.querySelectorAll("article, .verdict")];
  const fits = (size) => {
    screen.style = `width: ${width}px; min-height: 0; font-size: ${size}px`;
    return screen.offsetHeight <= height && parts.every((part) => part.scrollWidth <= part.clientWidth);
  };
  let size = most;
  while (size > SMALLEST && !fits(size)) size -= 0.5;
  screen.style = "";
  return `${size}px`;
}
const SMALLEST = 9;

// A sheet is A4 or Letter in landscape, less its margins.
const SHEET = { width: 970, height: 700 };

function fit() {
  for (const screen of screens) {
    const { clientWidth } = document.documentElement;
    const shown = largest(screen, clientWidth, innerHeight, innerHeight / 24);
    const printed = largest(screen, SHEET.width, SHEET.height, 24);
    screen.style.setProperty("--screen", shown);
    screen.style.setProperty("--print", printed);
  }
}
window.addEventListener("resize", fit);
document.fonts.ready.then(fit);
fit();

// What a line has printed, or which line has printed it, is told under its screen.
function tell(line) {
  const screen = line.closest(".screen");
  const peek = screen.querySelector(".peek");
  const others = [...document.querySelectorAll(`[data-link="${line.dataset.link}"]`)]
    .filter((other) => other.closest(".screen") !== screen);
  const last = (other) => other.lastElementChild.textContent.trim();
  const count = others.length;
  const lines = count === 1 ? "prints: " : `prints ${count} lines: `;
  const prints = chinese ? `打印了 ${count} 行：` : lines;
  const from = (other) => {
    const number = 1 + [...other.parentNode.children].indexOf(other);
    return chinese ? `第 ${number} 行：` : `line ${number}: `;
  };
  const before = screen.id === "code" ? prints : from(others[0]);
  peek.textContent = before + others.map(last).join("  ·  ");
  peek.classList.add("told");
}

function light(link) {
  for (const line of document.querySelectorAll("[data-link]")) {
    line.classList.toggle("lit", line.dataset.link === link);
  }
}

function point(target) {
  const line = target.closest?.("[data-link]");
  light(line?.dataset.link);
  for (const peek of document.querySelectorAll(".peek")) {
    peek.textContent = "";
    peek.classList.remove("told");
  }
  if (line) tell(line);
}

// Under a pointer that rests, the page may scroll: what is lit stays so.
let place = "";
document.addEventListener("pointermove", (event) => {
  const now = `${event.clientX} ${event.clientY}`;
  if (now !== place) point(event.target);
  place = now;
});
document.addEventListener("focusin", (event) => point(event.target));

// A click goes to the other screen, and lights all that belongs together.
function arrive() {
  const line = document.getElementById(location.hash.slice(1))?.closest("[data-link]");
  if (line) light(line.dataset.link);
}
window.addEventListener("hashchange", arrive);
arrive();

// A key goes to the next screen, or the one before; where a screen is longer than the
// window, the browser scrolls to its end first.
const STEPS = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1, ArrowDown: 1, ArrowUp: -1 };
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  const places = screens.map((screen) => screen.getBoundingClientRect());
  const here = places.findLastIndex((place) => place.top < innerHeight / 2);
  const { top, bottom } = places[here];
  const hidden = step > 0 ? bottom > innerHeight + 1 : top < -1;
  if (hidden || !screens[here + step]) return;
  event.preventDefault();
  screens[here + step].scrollIntoView();
});
