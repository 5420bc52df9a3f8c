// The page of a generated text: DATA.words, .probabilities, .candidates (lists of [word, probability],
// the likeliest first) and .entropies, each with one entry a place.

const SAYS = {
  en: {
    title: "How probable is each word?",
    text: "The text, a word at a time", rank: "rank", probability: "probability",
    entropy: "entropy, bits", likeliest: "likeliest",
    entropyTitle: "Entropy along the text: how uncertain the model is before each word",
    candidatesTitle: "The likeliest words in this place",
    legend: ["50% and more", "10 to 50%", "1 to 10%", "0.1 to 1%", "below 0.1%"],
    summary: (count, perplexity, entropy) =>
      `${count} ${count === 1 ? "word" : "words"}, perplexity ${perplexity}, ` +
      `entropy ${entropy} bits in the mean. The more orange a word, the less probable it was.`,
    range: (least, most, word) =>
      `From ${least} to ${most} bits, the highest before “${word}”.`,
    here: (place, count, word) => `Place ${place} of ${count}: “${word}”`,
    facts: (probability, rank, bits, words) =>
      `Probability ${probability}, ${rank}. Entropy ${bits} bits: as uncertain as among ` +
      `${words} equally likely words.`,
    ranked: (rank) => `rank ${rank}`, unranked: (count) => `not among the first ${count}`,
    option: (word, probability) => `${word}, ${probability}`,
    live: (list) => `Likeliest here: ${list}`,
  },
  zh: {
    title: "每个词的概率有多大？",
    text: "逐词显示的文本", rank: "名次", probability: "概率",
    entropy: "熵（比特）", likeliest: "最可能的词",
    entropyTitle: "沿文本的熵：在每个词之前，模型有多不确定",
    candidatesTitle: "这个位置上最可能的词",
    legend: ["50% 及以上", "10% 到 50%", "1% 到 10%", "0.1% 到 1%", "低于 0.1%"],
    summary: (count, perplexity, entropy) =>
      `共 ${count} 个词，困惑度 ${perplexity}，平均熵 ${entropy} 比特。词的橙色越深，概率越小。`,
    range: (least, most, word) => `从 ${least} 到 ${most} 比特，在“${word}”之前最高。`,
    here: (place, count, word) => `第 ${place} 个位置（共 ${count} 个）：“${word}”`,
    facts: (probability, rank, bits, words) =>
      `概率 ${probability}，${rank}。熵 ${bits} 比特：相当于在 ${words} 个等可能的词中选一个。`,
    ranked: (rank) => `排第 ${rank}`, unranked: (count) => `不在前 ${count} 名之内`,
    option: (word, probability) => `${word}，${probability}`,
    live: (list) => `这里最可能的词：${list}`,
  },
};
const BOUNDS = [0.5, 0.1, 0.01, 0.001]; // of the colours

const { words, probabilities, candidates, entropies } = DATA;
const short = (value) =>
  Number(value.toPrecision(value >= 100 ? 3 : 2)).toLocaleString("en", { maximumFractionDigits: 6 });
const colourOf = (p) => BOUNDS.filter((bound) => p < bound).length;
const highest = Math.max(...entropies);

let chosen = 0, hovered = null;

const options = words.map((word, place) => make("span",
  { class: `word p${colourOf(probabilities[place])}`, role: "option", "aria-selected": "false" },
  shownWord(word)));
options.forEach((option, place) => {
  byId("words").append(option);
  if (words[place].includes("\n")) byId("words").append(make("br", { role: "presentation" }));
});
rove(byId("words"), options, (place) => {
  options[chosen].setAttribute("aria-selected", "false");
  options[place].setAttribute("aria-selected", "true");
  chosen = place;
  showPlace();
  const best = candidates[place].slice(0, 3);
  byId("live").textContent = say("live",
    best.map(([word, p]) => `${spokenWord(word)} ${percent(p)}`).join(say("comma")));
}, (place) => {
  hovered = place;
  showPlace();
});

const width = 1000 / words.length;
byId("entropy").setAttribute("d", entropies.map((bits, place) => {
  const height = highest ? (100 * bits) / highest : 0;
  const side = width > 4 ? 0.1 * width : 0; // a gap between bars that are broad enough
  return `M${(place * width + side).toFixed(2)} 100v${-height.toFixed(2)}` +
    `h${(width - 2 * side).toFixed(2)}V100z`;
}).join(""));
byId("chart").onpointermove = (event) => {
  const box = byId("chart").getBoundingClientRect();
  const place = Math.floor((words.length * (event.clientX - box.left)) / box.width);
  hovered = Math.min(Math.max(place, 0), words.length - 1);
  showPlace();
};
byId("chart").onpointerleave = () => {
  hovered = null;
  showPlace();
};
byId("chart").onclick = () => options[hovered ?? chosen].focus();

let marked = null;

function showPlace() {
  const place = hovered ?? chosen;
  if (marked) marked.classList.remove("shown");
  marked = options[place];
  marked.classList.add("shown");
  byId("marker").setAttribute("x", (place + 0.5) * width - 1.5);
  const rows = candidates[place];
  const rank = rows.findIndex(([word]) => word === words[place]) + 1;
  const ranked = rank ? say("ranked", rank) : say("unranked", rows.length);
  byId("here").textContent = say("here", place + 1, words.length, asText(words[place]));
  byId("facts").textContent = say("facts", percent(probabilities[place]), ranked,
    short(entropies[place]), short(2 ** entropies[place]));
  const most = Math.max(rows[0][1], probabilities[place]);
  byId("candidates").replaceChildren(
    ...rows.map(([word, p], i) => shareRow(i + 1, word, p, most, i + 1 === rank)));
  if (!rank) {
    byId("candidates").append(shareRow("…", words[place], probabilities[place], most, true));
  }
}

function render() {
  const logs = probabilities.map((p) => Math.log(Math.max(p, 1e-30)));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  byId("summary").textContent =
    say("summary", words.length, short(Math.exp(-mean(logs))), short(mean(entropies)));
  byId("legend").replaceChildren(...say("legend").map((text, i) =>
    make("li", {}, make("span", { class: `p${i}` }), text)));
  options.forEach((option, place) => option.setAttribute("aria-label",
    say("option", spokenWord(words[place]), percent(probabilities[place]))));
  byId("range").textContent = say("range", short(Math.min(...entropies)), short(highest),
    asText(words[entropies.indexOf(highest)]));
  tableOnDemand(byId("all"), () => words.map((word, place) => make("tr", {},
    make("td", { class: "number" }, String(place + 1)),
    make("td", { class: "token" }, shownWord(word)),
    make("td", { class: "number" }, percent(probabilities[place])),
    make("td", { class: "number" }, short(entropies[place])),
    make("td", { class: "token" },
      candidates[place].slice(0, 3).map(([w, p]) => `${asText(w)} ${percent(p)}`).join(say("comma"))))));
  showPlace();
}

sayAll();
render();
