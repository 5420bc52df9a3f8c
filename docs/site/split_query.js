// As Search.split in conf.py: words, and of Chinese every two characters in a row.
var splitQuery = (query) =>
  (query.match(/[\u3400-\u9fff\uf900-\ufaff]+|(?:(?![\u3400-\u9fff\uf900-\ufaff])[\p{L}\p{N}_])+/gu) || [])
    .flatMap((run) =>
      /^[\u3400-\u9fff\uf900-\ufaff]{2}/.test(run)
        ? [...run].slice(1).map((_, i) => run.slice(i, i + 2))
        : [run]
    );
