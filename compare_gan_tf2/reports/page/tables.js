// Tables: a click on a head sorts, words and menus filter.

const mostChoices = 12;
const fewestRows = 8;

function cellValue(row, column) {
  const cell = row.cells[column];
  const number = cell.dataset.v;
  return number === undefined ? cell.textContent : number === "" ? null : Number(number);
}

// Sorts rows by a column; cells without a value come last in both directions.
function sortBy(table, column, sign) {
  const compare = (one, other) => {
    const [a, b] = [cellValue(one, column), cellValue(other, column)];
    if (a === null || b === null) return (a === null) - (b === null);
    const isText = typeof a === "string" || typeof b === "string";
    return sign * (isText ? String(a).localeCompare(String(b), "en", { numeric: true }) : a - b);
  };
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort(compare));
}

function makeSortable(table, changed) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const isAscending = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
      sortBy(table, column, isAscending ? 1 : -1);
      changed();
    });
  });
}

// Controls before `place` that hide those of `elements` in which a word is missing, or that a menu leaves out.
function makeFilter(place, elements, what, menus, changed) {
  const search = make("input", { type: "search", placeholder: "words to look for", "aria-label": `Filter ${what}` });
  const count = make("output");
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of elements) {
      const text = each.textContent.toLowerCase();
      const fits = words.every((word) => text.includes(word)) && menus.every((menu) => menu.lets(each));
      each.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown.toLocaleString("en")} of ${elements.length.toLocaleString("en")} ${what}`;
    changed();
  };
  search.addEventListener("input", filter);
  menus.forEach((menu) => menu.control.addEventListener("change", filter));
  count.textContent = `${elements.length.toLocaleString("en")} ${what}`;
  place.before(make("div", { class: "tools" }, search, ...menus.map((menu) => menu.label), count));
}

// A menu of the values of a column; null where there are too few or too many of them.
function menuOf(rows, column, name) {
  const values = [...new Set(rows.map((row) => row.cells[column].textContent))];
  if (values.length < 2 || values.length > mostChoices) return null;
  values.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const control = make("select", {}, make("option", { value: "" }, "all"));
  values.forEach((value, i) => control.append(make("option", { value: i + 1 }, value)));
  return {
    control,
    label: make("label", {}, `${name} `, control),
    lets: (row) => control.value === "" || row.cells[column].textContent === values[Number(control.value) - 1],
  };
}

function equipTable(table) {
  const rows = [...table.tBodies[0].rows];
  const section = table.closest("section.answer");
  const isOfGroups = table.classList.contains("groups");
  const changed = isOfGroups ? () => redraw(section) : () => undefined;
  if (rows.length > 1) makeSortable(table, changed);
  if (!isOfGroups && rows.length < fewestRows) return;
  const heads = [...table.tHead.rows[0].cells];
  const names = heads.map((head) => head.textContent);
  const options = isOfGroups ? names.filter((name) => data.options.includes(name)) : [];
  const menus = options.map((name) => menuOf(rows, names.indexOf(name), name)).filter(Boolean);
  if (rows.length > 1) makeFilter(table.parentElement, rows, isOfGroups ? "groups" : "rows", menus, changed);
}
