// Sphinx's own scores, but pages of the course come first, and what they say before what the code says.
var Scorer = {
  score: ([docname, , , , score, , kind]) =>
    score + (docname.startsWith("course/") ? 10 : 0) - (kind === "object" ? 15 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
