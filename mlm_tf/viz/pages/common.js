"use strict";
// What both pages share. The data are in the document, as JSON; text enters the page as text alone.

const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// === Words, with what is not seen made visible ===

const SIGNS = { " ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥" };
// Spaces, controls, marks of direction, blank letters, a variant of no character; but not what
// joins the parts of an emoji.
const UNSEEN = new RegExp(
  "((?<!\\p{Extended_Pictographic}[\\p{M}\\p{Emoji_Modifier}]*(?=\\u200D\\p{Extended_Pictographic}))" +
  "(?:[\\s\\p{C}\\p{Z}\\u034F\\u115F\\u1160\\u2800\\u3164\\uFFA0]|^[\\uFE00-\\uFE0F]))", "u");

// -> [text, whether it is a sign that stands for something unseen, what is written], several times.
function parts(word) {
  if (word === "") return [["∅", true, ""]];
  return word.split(UNSEEN).map((piece, i) => {
    if (i % 2 === 0) return [piece, false, piece]; // what is between two unseen ones
    const code = piece.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    return [SIGNS[piece] || `U+${code}`, true, piece];
  }).filter(([text]) => text);
}

function shownWord(word) {
  const pieces = document.createDocumentFragment();
  for (const [text, isSign] of parts(word)) {
    pieces.append(isSign ? make("span", { class: "mark" }, text) : text);
  }
  return pieces;
}

const asText = (word) => parts(word).map(([text]) => text).join("");

function spokenWord(word) {
  const names = { " ": say("space"), "\n": say("newline"), "\t": say("tab"), "": say("empty") };
  return parts(word).map(([text, , written]) => names[written] || text).join(" ");
}

function percent(share) {
  const value = 100 * share;
  if (value === 0) return "0%";
  if (value < 0.0001) return "<0.0001%";
  return `${Number(value.toPrecision(value > 99 ? 3 : 2))}%`; // 99.8% is not all
}

// === Two languages ===

const COMMON = {
  en: {
    space: "space", newline: "line break", tab: "tab", empty: "empty", other: "中文",
    otherLabel: "中文：用中文显示标签", word: "word", place: "place",
    asTable: "The same as a table", comma: ", ",
    keys: "Hover a word, tap it, or reach the text by Tab and move by the arrow keys.",
  },
  zh: {
    space: "空格", newline: "换行", tab: "制表符", empty: "空", other: "English",
    otherLabel: "English: show the labels in English", word: "词", place: "位置",
    asTable: "以表格显示", comma: "，",
    keys: "把鼠标移到词上，或点一下；也可以按 Tab 键进入文本，再用方向键移动。",
  },
};
let language = DATA.language;
if (language === "auto") language = navigator.language.startsWith("zh") ? "zh" : "en";

function say(key, ...values) {
  const said = SAYS[language][key] ?? COMMON[language][key];
  return typeof said === "function" ? said(...values) : said;
}

function sayAll() {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  byId("language").textContent = say("other");
  byId("language").setAttribute("aria-label", say("otherLabel"));
}

byId("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  sayAll();
  render();
});

// === One stop for Tab, arrow keys among the items ===

// choose(index): an item was reached by a key, a click or focus; hover(index or null): the mouse.
function rove(container, items, choose, hover) {
  let current = 0;
  const indexOf = (target) => items.indexOf(target.closest ? target.closest("[data-item]") : null);
  const move = (index) => {
    items[current].tabIndex = -1;
    current = index;
    items[current].tabIndex = 0;
  };
  items.forEach((item, index) => {
    item.dataset.item = "";
    item.tabIndex = index ? -1 : 0;
  });
  container.onkeydown = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const moves = {
      ArrowRight: () => current + 1, ArrowLeft: () => current - 1,
      ArrowDown: () => inNextLine(items, current, 1), ArrowUp: () => inNextLine(items, current, -1),
      Home: () => 0, End: () => items.length - 1,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const index = Math.min(Math.max(moves[event.key](), 0), items.length - 1);
    if (hover) hover(null); // the mouse may rest on a word that was clicked
    items[index].focus(); // and focus moves there
  };
  container.addEventListener("focusin", (event) => {
    const index = indexOf(event.target);
    if (index < 0) return;
    move(index);
    choose(index);
  });
  container.onclick = (event) => {
    const index = indexOf(event.target);
    if (index >= 0) items[index].focus();
  };
  if (hover) {
    container.onpointerover = (event) => {
      const index = indexOf(event.target);
      if (index >= 0 && event.pointerType !== "touch") hover(index);
    };
    container.onpointerleave = () => hover(null);
  }
  return move;
}

// The item nearest below (or above) another one.
function inNextLine(items, index, direction) {
  const from = items[index].getBoundingClientRect();
  const middle = from.left + from.width / 2;
  let best = index, bestLine = null, bestGap = Infinity;
  for (let i = index + direction; i >= 0 && i < items.length; i += direction) {
    const box = items[i].getBoundingClientRect();
    if (direction > 0 ? box.top < from.bottom - 2 : box.bottom > from.top + 2) continue;
    if (bestLine === null) bestLine = box.top;
    if (Math.abs(box.top - bestLine) > from.height / 2) break;
    const gap = Math.abs(box.left + box.width / 2 - middle);
    if (gap < bestGap) [best, bestGap] = [i, gap];
  }
  return best;
}

// A row of a table: its word, its share as a number and as a bar.
function shareRow(rank, word, share, most, isHere) {
  const bar = make("span");
  bar.style.width = `${most ? (100 * share) / most : 0}%`;
  return make("tr", isHere ? { class: "is-here", "aria-current": "true" } : {},
    make("td", { class: "number" }, rank),
    make("td", { class: "token" }, shownWord(word)),
    make("td", { class: "number" }, percent(share)),
    make("td", { class: "bar", "aria-hidden": "true" }, bar));
}

// A table that is made when it is opened.
function tableOnDemand(details, rows) {
  const fill = () => {
    if (details.open) details.querySelector("tbody").replaceChildren(...rows());
  };
  details.ontoggle = fill;
  fill();
}

// === Light or dark: as the page around shows itself, or as the system does ===

function frame() {
  try {
    return window.frameElement; // none where the page stands alone, or is kept apart
  } catch {
    return null;
  }
}

function isDarkAround() {
  for (let element = frame(); element; element = element.parentElement) {
    const style = element.ownerDocument.defaultView.getComputedStyle(element);
    const [red, green, blue, alpha = 1] = (style.backgroundColor.match(/[\d.]+/g) || []).map(Number);
    if (alpha > 0.5) return 0.299 * red + 0.587 * green + 0.114 * blue < 128;
  }
  return null;
}

const system = matchMedia("(prefers-color-scheme: dark)");

function setTheme() {
  const theme = (isDarkAround() ?? system.matches) ? "dark" : "light";
  if (document.documentElement.dataset.theme === theme) return;
  document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new Event("theme"));
}

setTheme();
system.addEventListener("change", setTheme);
if (frame()) {
  const around = frame().ownerDocument;
  const watched = new MutationObserver(() => setTimeout(setTheme, 50));
  watched.observe(around.documentElement, { attributes: true });
  watched.observe(around.body, { attributes: true });
  const image = frame().previousElementSibling; // it stands in where this is not run
  if (image && image.tagName === "IMG") image.style.display = "none";
  // The frame is as high as the page.
  new ResizeObserver(() => {
    frame().style.height = `${Math.ceil(document.documentElement.offsetHeight) + 2}px`;
  }).observe(document.documentElement);
}
