// A page is found that has half of what was asked for, below those that have all of it: whoever
// asks for 自注意力机制 finds the page that says 自注意力.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  // What is asked for is marked whole, and only then its pairs of characters.
  const parse = Search._parseQuery;
  Search._parseQuery = (query) => {
    const parsed = parse(query);
    parsed[3] = new Set([...(query.match(/[\u3400-\u9fff\uf900-\ufaff]{3,}/g) || []), ...parsed[3]]);
    localStorage.setItem("sphinx_highlight_terms", [...parsed[3]].join(" "));
    return parsed;
  };
  const pagesWithAll = Search.performTermsSearch;
  Search.performTermsSearch = (terms, excluded) => {
    const pages = new Map();
    for (const term of terms)
      for (const result of pagesWithAll(new Set([term]), excluded)) {
        const page = pages.get(result[0]) || { count: 0, best: result };
        page.count += 1;
        if (result[4] > page.best[4]) page.best = result;
        pages.set(result[0], page);
      }
    return [...pages.values()]
      .filter((page) => 2 * page.count >= terms.size)
      .map(({ count, best }) => best.with(4, best[4] - 20 * (1 - count / terms.size)));
  };
});
