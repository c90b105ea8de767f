/** Counts and times as rows of tables. */

/**
 * What a result holds of each class.
 *
 * @param {import("../kseg/types.js").Result} result
 * @param {import("../kseg/types.js").FoundObject[]} objects Those that are to be seen.
 * @param {string[]} classes Their names by id.
 * @returns {{ id: number, name: string, objects: number | null, pixels: number }[]} Of
 *     the classes that there are. `objects` is null where none are looked for; pixels of
 *     instance networks are the sum of the masks.
 */
export function countClasses(result, objects, classes) {
  const numbers = classes.map((name, id) => ({
    id,
    name,
    objects: null,
    pixels: 0,
  }));
  if (result.task === "semantic") {
    for (const label of result.labels)
      if (label < numbers.length) numbers[label].pixels++;
  }
  for (const object of result.objects ? objects : []) {
    const row = numbers[object.class];
    row.objects = (row.objects ?? 0) + 1;
    if (result.task === "instances") row.pixels += object.area;
  }
  return numbers.filter((row) => row.pixels > 0 || row.objects);
}

/**
 * One sentence for the status line.
 *
 * @param {ReturnType<typeof countClasses>} rows
 * @param {import("../kseg/types.js").Result} result
 * @param {number} milliseconds From the picture's pixels to the result.
 * @returns {string}
 */
export function sentenceOf(rows, result, milliseconds) {
  const seconds = `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 1 : 0)} s`;
  if (!result.objects) {
    const share = (row) =>
      Math.round((100 * row.pixels) / (result.width * result.height));
    const largest = [...rows].sort((a, b) => b.pixels - a.pixels).slice(0, 3);
    const parts = largest.map((row) => `${row.name} ${share(row)} %`);
    return `Classes: ${parts.join(", ")}. ${seconds}.`;
  }
  const found = rows.filter((row) => row.objects);
  const total = found.reduce((sum, row) => sum + row.objects, 0);
  const parts = found.map((row) => `${row.name} ${row.objects}`);
  const what = total === 1 ? "1 object" : `${total || "no"} objects`;
  return `Found ${what}${total ? ` (${parts.join(", ")})` : ""}. ${seconds}.`;
}

/**
 * Fill the table of classes.
 *
 * @param {HTMLTableElement} table
 * @param {ReturnType<typeof countClasses>} rows
 * @param {[number, number, number][]} palette By class.
 * @param {number} pixels Of the image.
 */
export function fillCounts(table, rows, palette, pixels) {
  const counted = rows.some((row) => row.objects !== null);
  table.querySelector("th.objects").hidden = !counted;
  const lines = rows.map((row) => {
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = `rgb(${palette[row.id].join(" ")})`;
    const share = `${((100 * row.pixels) / pixels).toFixed(1)} %`;
    return line(
      [swatch, row.name],
      counted ? [row.objects ?? "", share] : [share],
    );
  });
  table.tBodies[0].replaceChildren(...lines);
  table.hidden = false;
}

/**
 * Fill the table of times.
 *
 * @param {HTMLTableElement} table
 * @param {[string, number][]} rows Names and milliseconds.
 */
export function fillTimes(table, rows) {
  const lines = rows.map(([name, time]) =>
    line([name], [time.toFixed(time < 10 ? 1 : 0)]),
  );
  table.tBodies[0].replaceChildren(...lines);
  table.hidden = false;
}

function line(head, cells) {
  const row = document.createElement("tr");
  const first = document.createElement("th");
  first.scope = "row";
  first.append(...head);
  row.append(first);
  for (const text of cells) row.insertCell().textContent = text;
  return row;
}
