// The charts of a score, of the groups that its table shows.

const mostRows = 30;
const mostLines = 8;

// Draws the charts of one answer anew: the table's rows say which groups, and in which order.
function redraw(section) {
  const place = section.querySelector(".charts");
  const score = data.scores[Number(section.dataset.score)];
  const rows = [...section.querySelectorAll("table.groups tbody tr")];
  const groups = rows.filter((row) => !row.hidden && row.dataset.group).map((row) => Number(row.dataset.group));
  place.hidden = false;
  const width = Math.max(280, Math.floor(place.clientWidth));
  const charts = [groupsChart, stepsChart, budgetsChart].map((each) => each(score, groups, width));
  place.replaceChildren(...charts.filter(Boolean));
  closeHover();
}

function tasksOf(group) {
  return data.tasks.flatMap((task, i) => (task[2] === group ? [i] : []));
}

function optionsOf(task) {
  const own = data.options.map((name, i) => `${name}: ${data.values[i][task[5][i]]}`);
  return [...own, `seed: ${task[3]}`, ...(task[4] === "done" ? [] : [`state: ${task[4]}`])];
}

// A text that fits into so many pixels.
function fitted(text, width) {
  const most = Math.max(4, Math.floor(width / 6.6));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// A row for each group: a dot for each task, the mean, and its interval.
function groupsChart(score, groups, width) {
  const shown = groups.slice(0, mostRows).map((group) => ({
    group,
    mean: score.means[group] || [null, null, null],
    tasks: tasksOf(group).filter((i) => score.values[i] !== null),
  })).filter((row) => row.tasks.length || row.mean[0] !== null);
  if (!shown.length) return null;
  const isNarrow = width < 620;
  const step = isNarrow ? 40 : 26;
  const longest = Math.max(...shown.map((row) => data.groups[row.group].length), 12);
  const left = isNarrow ? 12 : Math.min(420, Math.floor(width * 0.36), 20 + 7 * longest);
  const frame = { left, right: width - 14, top: 8, bottom: 8 + shown.length * step };
  const x = scale(extent(shown, score), frame.left, frame.right);
  const content = [axis("x", x, frame, score.name)];
  const points = [];
  shown.forEach((row, i) => {
    const y = frame.top + (i + (isNarrow ? 0.72 : 0.5)) * step;
    const label = data.groups[row.group] || "all tasks";
    const at = isNarrow ? { x: frame.left, y: y - 14 } : { x: left - 10, y: y + 4, "text-anchor": "end" };
    const text = drawn("text", { ...at, class: "label" }, fitted(label, isNarrow ? width - 24 : left - 14));
    text.append(drawn("title", {}, label));
    content.push(text, ...intervalMarks(row.mean, x, y, frame));
    for (const task of row.tasks) {
      const lines = [`${score.name}: ${shownNumber(score.values[task])}`, ...optionsOf(data.tasks[task])];
      points.push({ x: x(score.values[task]), y, task, lines });
      content.push(drawn("circle", { cx: x(score.values[task]), cy: y, r: 4, class: "dot" }));
    }
  });
  const more = groups.length > mostRows ? ` The first ${mostRows} of ${groups.length} groups of the table.` : "";
  const direction = { true: "Lower is better. ", false: "Higher is better. " }[score.lower] || "";
  const said = `${direction}A dot is a task, the line the mean, the bar its interval.${more}`;
  return chart(`${score.name} by group`, said, width, frame.bottom + 40, content, points);
}

// What the axis has to hold: all dots and means, and ends of intervals unless they are far away, as of two values.
function extent(rows, score) {
  const values = rows.flatMap((row) => [row.mean[0], ...row.tasks.map((i) => score.values[i])]);
  const inner = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...inner), Math.max(...inner)];
  const room = (high - low) / 2;
  const [least, most] = [low > 0 ? Math.max(low - room, low / 3) : low - room, high + room];
  const ends = rows.flatMap((row) => row.mean.slice(1)).filter((value) => value !== null);
  return [...inner, ...ends.map((value) => Math.min(Math.max(value, least), most))];
}

function intervalMarks([mean, low, high], x, y, frame) {
  const marks = [];
  if (low !== null && high !== null) {
    const start = low > 0 || !x.isLogarithmic ? Math.max(x(low), frame.left) : frame.left;
    const length = Math.max(Math.min(x(high), frame.right) - start, 1);
    marks.push(drawn("rect", { x: start, y: y - 6, width: length, height: 12, class: "interval" }));
  }
  if (mean !== null) marks.push(drawn("line", { x1: x(mean), x2: x(mean), y1: y - 10, y2: y + 10, class: "mean" }));
  return marks;
}

// A line for each task: its score by step, groups in colors.
function stepsChart(score, groups, width) {
  const column = data.scores.indexOf(score) + 2;
  const shown = groups.slice(0, mostLines);
  const lines = shown.flatMap((group, color) => tasksOf(group).map((task) => ({
    group, color, task, points: data.tasks[task][6].filter((point) => point[column] !== null),
  }))).filter((line) => line.points.length);
  const all = lines.flatMap((line) => line.points);
  if (new Set(all.map((point) => point[0])).size < 2) return null;
  const frame = { left: 58, right: width - 14, top: 28, bottom: 300 };
  const x = scale(all.map((point) => point[0]), frame.left, frame.right, { mayBeLogarithmic: false });
  const y = scale(all.map((point) => point[column]), frame.bottom, frame.top);
  const content = [axis("x", x, frame, "step"), axis("y", y, frame, score.name)];
  const points = [];
  for (const line of lines) {
    const places = line.points.map((point) => `${x(point[0]).toFixed(1)},${y(point[column]).toFixed(1)}`);
    content.push(drawn("polyline", { points: places.join(" "), class: `curve color-${line.color}` }));
    for (const point of line.points) {
      const at = { cx: x(point[0]), cy: y(point[column]), r: 3 };
      const collapsed = point[1] ? ["collapsed"] : [];
      content.push(drawn("circle", { ...at, class: `spot color-${line.color} ${collapsed.join("")}` }));
      const said = [`${score.name}: ${shownNumber(point[column])} at step ${point[0].toLocaleString("en")}`];
      const told = [...said, ...collapsed, ...optionsOf(data.tasks[line.task])];
      points.push({ x: at.cx, y: at.cy, task: line.task, lines: told });
    }
  }
  const more = groups.length > mostLines ? ` The first ${mostLines} of ${groups.length} groups of the table.` : "";
  const said = `A line is a task; a hollow point is a collapsed checkpoint.${more}`;
  const found = chart(`${score.name} by step`, said, width, frame.bottom + 40, content, points);
  found.append(legend(shown.map((group) => data.groups[group] || "all tasks")));
  return found;
}

// The best score to expect under a budget, with its band.
function budgetsChart(score, groups, width) {
  const shown = score.budgets.slice(0, mostLines).filter((budget) => budget.points.length > 1);
  if (!shown.length) return null;
  const frame = { left: 58, right: width - 14, top: 28, bottom: 300 };
  const all = shown.flatMap((budget) => budget.points);
  const isWhole = shown[0].unit === "trainings";
  const kind = { mayBeLogarithmic: !isWhole, isWhole };
  const x = scale(all.map((point) => point[0]), frame.left, frame.right, kind);
  const y = scale(all.flatMap((point) => point.slice(1)).filter((value) => value !== null), frame.bottom, frame.top);
  const content = [axis("x", x, frame, `budget in ${shown[0].unit}`), axis("y", y, frame, score.name)];
  const points = [];
  const path = (list) => list.map(([across, up]) => `${x(across).toFixed(1)},${y(up).toFixed(1)}`).join(" ");
  shown.forEach((budget, color) => {
    const banded = budget.points.filter((point) => point[2] !== null && point[3] !== null);
    const above = banded.map((point) => [point[0], point[3]]).reverse();
    const band = [...banded.map((point) => [point[0], point[2]]), ...above];
    const line = budget.points.filter((point) => point[1] !== null);
    content.push(
      drawn("polygon", { points: path(band), class: `band color-${color}` }),
      drawn("polyline", { points: path(line), class: `curve thick color-${color}` }),
    );
    for (const point of line) {
      const ends = `${shownNumber(point[2])} to ${shownNumber(point[3])}`;
      const lines = [budget.label, `${shownNumber(point[0])} ${budget.unit}: ${shownNumber(point[1])}, ${ends}`];
      points.push({ x: x(point[0]), y: y(point[1]), lines });
    }
  });
  const more = score.budgets.length > mostLines ? ` The first ${mostLines} of ${score.budgets.length}.` : "";
  const said = `What the best of so many comes to, with a band of 95 %.${more}`;
  const found = chart(`Best ${score.name} to expect under a budget`, said, width, frame.bottom + 40, content, points);
  found.append(legend(shown.map((budget) => budget.label)));
  return found;
}

function legend(labels) {
  const entries = labels.map((label, i) => {
    const mark = drawn("svg", { class: "key", viewBox: "0 0 18 10", "aria-hidden": "true" },
      drawn("line", { x1: 0, x2: 18, y1: 5, y2: 5, class: `curve thick color-${i}` }));
    return make("li", {}, mark, ` ${label}`);
  });
  return make("ul", { class: "legend" }, ...entries);
}
