"use strict";
const screens = [...document.querySelectorAll(".screen")];

// What a line has printed, or which line has printed it, is told under its screen.
function tell(line) {
  const screen = line.closest(".screen");
  const peek = screen.querySelector(".peek");
  const others = [...document.querySelectorAll(`[data-link="${line.dataset.link}"]`)]
    .filter((other) => other.closest(".screen") !== screen);
  const last = (other) => other.lastElementChild.textContent.trim();
  const number = (other) => 1 + [...other.parentNode.children].indexOf(other);
  const from = (other) => `line ${number(other)}: ${last(other)}`;
  const count = others.length === 1 ? "prints: " : `prints ${others.length} lines: `;
  const printed = count + others.map(last).join("  ·  ");
  peek.textContent = screen.id === "code" ? printed : others.map(from).join("  or  ");
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

function go(step) {
  const tops = screens.map((screen) => Math.abs(screen.getBoundingClientRect().top));
  const here = tops.indexOf(Math.min(...tops));
  screens[here + step]?.scrollIntoView();
}
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const fit = screens.every((screen) => screen.offsetHeight <= innerHeight + 1);
  const next = ["ArrowRight", "PageDown"].concat(fit ? ["ArrowDown"] : []);
  const last = ["ArrowLeft", "PageUp"].concat(fit ? ["ArrowUp"] : []);
  const step = next.includes(event.key) ? 1 : last.includes(event.key) ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  go(step);
});
