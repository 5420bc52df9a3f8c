// The page of attention weights: DATA.texts is [words] or [words, key words]; DATA.layers has of each
// layer its name, the places in DATA.texts of the text that looks and of the text that is read, and
// its heads: rows of thousandths, without the zeros at their ends.

const SAYS = {
  en: {
    title: "Which word reads which?",
    layer: "Layer", head: "Head", text: "Text", target: "Target", source: "Source",
    look: (text) => `${text}: the words that look (queries)`,
    both: (text) => `${text}: the words that look, and are looked at`,
    readIn: (text) => `${text}: the words that are read (keys)`,
    allHeads: "All heads",
    picture: "A row for each word that looks, a column for each that is read; choose one.",
    headOf: (layer, head) => `layer ${layer}, head ${head}`,
    wordRead: "word read", weight: "weight", readMost: "reads most",
    here: (place, word) => `What “${word}” in place ${place} reads`,
    rest: (count, share) =>
      `and ${count} more ${count === 1 ? "word" : "words"}, ${share} in all`,
    option: (word, place) => `${word}, place ${place}`,
    share: (word, share) => `${word}, ${share}`,
    live: (word, list) => `${word} reads ${list || "nothing"}`,
  },
  zh: {
    title: "哪个词关注哪个词？",
    layer: "层", head: "头", text: "文本", target: "目标", source: "源",
    look: (text) => `${text}：在看的词（查询）`,
    both: (text) => `${text}：在看的词，也是被看的词`,
    readIn: (text) => `${text}：被看的词（键）`,
    allHeads: "所有的头",
    picture: "每一行是一个在看的词，每一列是一个被看的词；点选其中一个头。",
    headOf: (layer, head) => `层 ${layer}，头 ${head}`,
    wordRead: "被看的词", weight: "权重", readMost: "最关注的词",
    here: (place, word) => `第 ${place} 个位置的“${word}”关注什么`,
    rest: (count, share) => `其余 ${count} 个词合计 ${share}`,
    option: (word, place) => `${word}，位置 ${place}`,
    share: (word, share) => `${word}，${share}`,
    live: (word, list) => (list ? `${word} 关注 ${list}` : `${word} 什么也不关注`),
  },
};
const MOST_READ = 10; // rows of the table
const DARKEST = 0.55; // of the accent behind a word: letters still stand out

const { texts, layers } = DATA;
// First seen is the last word, which reads most where none reads ahead, and what is between two texts.
let layer = layers.find(({ query, key }) => query !== key) || layers[0];
let head = 0, chosen = texts[layer.query].length - 1, hovered = null;
let options = [], readWords = [], marked = null;

const rowOf = (place) => {
  const row = layer.heads[head][place];
  return texts[layer.key].map((_, key) => (row[key] || 0) / 1000);
};
const nameOf = (index) => layers[index].name || String(index + 1);

// === The words ===

function textName(index) {
  return say(texts.length === 1 ? "text" : index ? "source" : "target");
}

function wordsOf(index, role) {
  return texts[index].map((word) => make("span", { class: "word", role }, shownWord(word)));
}

function line(items, words) {
  const pieces = [];
  items.forEach((item, place) => {
    pieces.push(item);
    if (words[place].includes("\n")) pieces.push(make("br", { role: "presentation" }));
  });
  return pieces;
}

function showTexts() {
  const { query, key } = layer;
  options = wordsOf(query, "option");
  options.forEach((option, place) => option.setAttribute("aria-label",
    say("option", spokenWord(texts[query][place]), place + 1)));
  const heading = say(query === key ? "both" : "look", textName(query));
  const list = make("div", { id: "words", class: "words", role: "listbox", "aria-label": heading },
    ...line(options, texts[query]));
  const shown = [make("h2", {}, heading), list];
  readWords = options;
  if (query !== key) {
    readWords = wordsOf(key, "listitem");
    const label = say("readIn", textName(key));
    shown.push(make("h2", {}, label), make("div",
      { id: "readWords", class: "words", role: "list", "aria-label": label },
      ...line(readWords, texts[key])));
  }
  byId("texts").replaceChildren(...shown);
  chosen = Math.min(chosen, options.length - 1);
  hovered = marked = null;
  rove(list, options, (place) => {
    chosen = place;
    showRow();
    const read = ranked(place).slice(0, 3);
    byId("live").textContent = say("live", spokenWord(texts[query][place]),
      read.map(([other, share]) => `${spokenWord(texts[key][other])} ${percent(share)}`).join(say("comma")));
  }, (place) => {
    hovered = place;
    showRow();
  })(chosen);
}

// Which places are read, the most first: [place, weight].
function ranked(place) {
  return rowOf(place).map((share, key) => [key, share]).filter(([, share]) => share > 0)
    .sort(([, one], [, other]) => other - one);
}

function showRow() {
  const place = hovered ?? chosen;
  if (marked) marked.classList.remove("shown");
  marked = options[place];
  marked.classList.add("shown");
  options.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
  const row = rowOf(place), words = texts[layer.key], read = ranked(place);
  const most = read.length ? read[0][1] : 0;
  readWords.forEach((word, key) => {
    const shade = most ? (DARKEST * row[key]) / most : 0;
    word.style.backgroundColor = `rgb(var(--accent-parts) / ${shade.toFixed(3)})`;
    if (readWords !== options) {
      word.setAttribute("aria-label", say("share", spokenWord(words[key]), percent(row[key])));
    }
  });
  byId("here").textContent = say("here", place + 1, asText(texts[layer.query][place]));
  byId("read").replaceChildren(...read.slice(0, MOST_READ).map(([key, share]) =>
    shareRow(key + 1, words[key], share, most, layer.query === layer.key && key === place)));
  const others = read.slice(MOST_READ);
  const left = others.reduce((sum, [, share]) => sum + share, 0);
  byId("rest").textContent = others.length ? say("rest", others.length, percent(left)) : "";
}

// === Layers and heads ===

const pictures = layers.flatMap((one, index) =>
  one.heads.map((_, number) => ({ index, number })));
let setPicture = null;

function showHeads() {
  const items = pictures.map(({ index, number }) => {
    const canvas = make("canvas", { "aria-hidden": "true" });
    const item = make("div", { class: "head", role: "radio",
      "aria-label": say("headOf", nameOf(index), number + 1) }, canvas, String(number + 1));
    draw(canvas, index, number);
    return item;
  });
  const rows = layers.map((_, index) => make("div", { class: "heads", role: "presentation" },
    make("div", { class: "layer-name quiet", "aria-hidden": "true" },
      `${say("layer")} ${nameOf(index)}`),
    ...items.filter((_, i) => pictures[i].index === index)));
  const group = make("div", { id: "heads", role: "radiogroup", "aria-labelledby": "allHeads" },
    ...rows);
  byId("heads").replaceWith(group);
  setPicture = rove(group, items, (i) => pick(pictures[i].index, pictures[i].number));
}

// Each weight a pixel, as strong as it is against the largest of the page.
const largest = Math.max(...layers.flatMap((one) =>
  one.heads.map((rows) => Math.max(...rows.map((row) => Math.max(0, ...row))))));

function draw(canvas, index, number) {
  const { query, key, heads } = layers[index];
  [canvas.width, canvas.height] = [texts[key].length, texts[query].length];
  const image = canvas.getContext("2d").createImageData(canvas.width, canvas.height);
  const style = getComputedStyle(document.documentElement);
  const accent = style.getPropertyValue("--accent-parts").trim().split(" ").map(Number);
  heads[number].forEach((row, y) => row.forEach((weight, x) => {
    image.data.set([...accent, (255 * weight) / (largest || 1)], 4 * (y * canvas.width + x));
  }));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function pick(index, number) {
  const before = layer;
  [layer, head] = [layers[index], number];
  byId("layer").value = String(index);
  if (before !== layer) showHeadNumbers();
  byId("head").value = String(number);
  const at = pictures.findIndex((one) => one.index === index && one.number === number);
  document.querySelectorAll("#heads .head").forEach((item, i) =>
    item.setAttribute("aria-checked", String(i === at)));
  setPicture(at);
  if (before.query !== layer.query || before.key !== layer.key) showTexts();
  showRow();
  showTable();
}

function showHeadNumbers() {
  byId("head").replaceChildren(...layer.heads.map((_, i) =>
    make("option", { value: String(i) }, String(i + 1))));
}

byId("layer").replaceChildren(...layers.map((_, i) =>
  make("option", { value: String(i) }, nameOf(i))));
byId("layer").onchange = () => {
  const index = Number(byId("layer").value);
  pick(index, Math.min(head, layers[index].heads.length - 1));
};
byId("head").onchange = () => pick(layers.indexOf(layer), Number(byId("head").value));
document.addEventListener("theme", () => document.querySelectorAll("#heads canvas").forEach(
  (canvas, i) => draw(canvas, pictures[i].index, pictures[i].number)));

// === The same as a table ===

function showTable() {
  tableOnDemand(byId("all"), () => texts[layer.query].map((word, place) => make("tr", {},
    make("td", { class: "number" }, String(place + 1)),
    make("td", { class: "token" }, shownWord(word)),
    make("td", { class: "token" }, ranked(place).slice(0, 3).map(([key, share]) =>
      `${asText(texts[layer.key][key])} ${percent(share)}`).join(say("comma"))))));
}

function render() {
  showHeadNumbers();
  showTexts();
  showHeads();
  pick(layers.indexOf(layer), head);
}

sayAll();
render();
